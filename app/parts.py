"""Small parts of the page: headings and paragraphs with their own marks, buttons, notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reacton.ipyvuetify as rv
import solara


def tag(name: str, *children: Any, class_: str = "", **attributes: str) -> Any:
    """An HTML element; underscores in names of attributes are hyphens."""
    marks = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    return rv.Html(tag=name, children=list(children), class_=class_, attributes=marks)


@solara.component
def Action(
    text: str,
    on_click: Callable[[], Any],
    *,
    icon: str = "",
    primary: bool = False,
    disabled: bool = False,
    hint: str = "",
    small: bool = True,
) -> None:
    """A button with a word on it, `hint` for whoever hovers or cannot see."""
    button = rv.Btn(
        children=[rv.Icon(left=True, small=True, children=[icon]), text] if icon else [text],
        color="primary" if primary else None, outlined=not primary, depressed=True, small=small, disabled=disabled,
        attributes={"title": hint or text, "aria-label": hint or text}, class_="cw-action",
    )  # fmt: skip
    rv.use_event(button, "click", lambda *_: on_click())


@solara.component
def Note(text: str, *, kind: str = "info") -> None:
    """A message across the page: `info`, `warning` or `error`."""
    rv.Alert(type=kind, dense=True, text=True, children=[text], class_="cw-note", attributes={"role": "status"})


@solara.component
def Choose(
    label: str,
    value: str,
    options: Sequence[tuple[str, str]],
    on_value: Callable[[str], Any],
    *,
    hint: str = "",
) -> None:
    """A list to choose from; `options` are values and the words they are shown as."""
    rv.Select(
        label=label, v_model=value, on_v_model=on_value, dense=True, outlined=True, hide_details=True,
        items=[{"value": key, "text": words} for key, words in options], attributes={"title": hint},
        menu_props={"maxHeight": 420, "offsetY": True},
    )  # fmt: skip


@solara.component
def Number(
    label: str, value: float, on_value: Callable[[str], Any], *, suffix: str = "", hint: str = "", step: str = "any"
) -> None:
    """A field for one number; what is typed is handed on as text when the field is left."""
    text, set_text = solara.use_state_or_update(f"{value:.10g}")
    field = rv.TextField(
        label=label, v_model=text, on_v_model=set_text, type="number", dense=True, outlined=True, hide_details=True,
        suffix=suffix, attributes={"title": hint, "step": step},
    )  # fmt: skip

    def done(*_: Any) -> None:
        if text != f"{value:.10g}":
            on_value(text)

    rv.use_event(field, "blur", done)
    rv.use_event(field, "keydown.enter", done)


@solara.component_vue("copied.vue")
def Copied(*, text: str, address: bool = False) -> None:
    """A line of text with a button that copies it; an `address` is put behind that of the page."""
