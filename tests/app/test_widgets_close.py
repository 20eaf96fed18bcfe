"""A page that goes away closes all its widgets: none may hide its own `close` behind a setting of that name."""

from __future__ import annotations

import ipyvuetify
import ipywidgets
import solara

from app.controls import Controls
from app.session import Session


def test_every_widget_of_changed_settings_can_be_closed() -> None:
    session = Session.opened("companies=200&set=horizon.months%3D3")
    _, rc = solara.render(Controls(session), handle_error=False)
    chips = rc.find(ipyvuetify.Chip).widgets
    assert chips and all(chip.close_ for chip in chips)
    assert all(callable(widget.close) for widget in rc.find(ipywidgets.Widget).widgets)
    rc.close()
    session.close()
