"""The addresses of the server: the page at /, and at /mesa the same economy in Mesa's own frame."""

from __future__ import annotations

import solara

from app.mesa_view import MesaPage
from app.page import Layout, Page

routes = [
    solara.Route(path="/", component=Page, layout=Layout, label="Commonweight"),
    solara.Route(path="mesa", component=MesaPage, layout=solara.AppLayout, label="Mesa"),
]
