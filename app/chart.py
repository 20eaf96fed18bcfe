"""The frame every chart stands in: its size, its colours by day and by night, and what it says to a screen reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import solara

from simulation.answering.figures import LAYER_COLOURS

KIND_COLOURS = LAYER_COLOURS  # one colour for each kind of seller, the same in figures on paper
INK, MUTED = "@text", "@muted"  # colours of a series that follow the theme
_INK = {  # text, lines that matter, lines that guide, ground of a tooltip
    False: {"text": "#2b2f33", "muted": "#6b7177", "guide": "#e6e8ea", "ground": "#ffffff"},
    True: {"text": "#e8eaed", "muted": "#a3a9b0", "guide": "#3a3f45", "ground": "#24282d"},
}
FONT = "Roboto, 'Helvetica Neue', Arial, sans-serif"


@solara.component
def Chart(
    option: Mapping[str, Any],
    *,
    label: str,
    height: int = 260,
    on_click: Callable[[Any], None] | None = None,
    save_as: str = "",
) -> None:
    """An ECharts option in an element with `role=img`, which `label` describes: what is shown, and in which unit.

    save_as: name of the file that the picture can be saved as; without one there is no button for it.
    """
    dark = bool(solara.lab.use_dark_effective())
    saved = {"toolbox": save_button(save_as, dark=dark)} if save_as else {}
    solara.FigureEcharts(
        option=themed({**option, **saved}, dark=dark),
        on_click=on_click,
        responsive=True,
        attributes={"style": f"height: {height}px; width: 100%;", "role": "img", "aria-label": label},
    )


def save_button(name: str, *, dark: bool) -> dict[str, Any]:
    """ECharts' own button that saves a picture as it stands, three pixels for one, on the ground of the theme."""
    ink = _INK[dark]
    picture = {"name": name, "title": "Save as PNG", "pixelRatio": 3, "backgroundColor": ink["ground"]}
    return {
        "right": 2, "top": 0, "itemSize": 13, "iconStyle": {"borderColor": ink["muted"]},
        "feature": {"saveAsImage": picture},
    }  # fmt: skip


def css(colour: str) -> str:
    """A colour of a series as the page's own styles name it."""
    return {INK: "var(--ink)", MUTED: "var(--soft)"}.get(colour, colour)


def on_paper(colour: str) -> str:
    """A colour of a series in a figure on white."""
    return _INK[False][colour[1:]] if colour in (INK, MUTED) else colour


def themed(option: Mapping[str, Any], *, dark: bool) -> dict[str, Any]:
    """The option with the colours of the theme wherever it names none of its own, and without animation."""
    ink = _INK[dark]
    text = {"color": ink["text"], "fontFamily": FONT}
    found: dict[str, Any] = {"animation": False, "backgroundColor": "transparent", **option}
    found["textStyle"] = text | option.get("textStyle", {})
    for axis in ("xAxis", "yAxis"):
        if axis in option:
            found[axis] = _each(option[axis], lambda one: _themed_axis(one, ink))
    if "legend" in option:
        plain = {"textStyle": {"color": ink["text"]}, "inactiveColor": ink["guide"], "pageTextStyle": text}
        found["legend"] = _each(option["legend"], lambda one: {**plain, **one})
    if "title" in option:
        found["title"] = _each(option["title"], lambda one: _under(one, "textStyle", {"color": ink["text"]}))
    if "tooltip" in option:
        looks = {"backgroundColor": ink["ground"], "borderColor": ink["guide"], "confine": True}
        found["tooltip"] = {**looks, **_under(option["tooltip"], "textStyle", {"color": ink["text"], "fontSize": 12})}
    if "series" in option:
        found["series"] = [
            _inked(_under(series, "label", {"color": ink["text"]}) if "label" in series else series, ink)
            for series in option["series"]
        ]
    return found


def _themed_axis(axis: Mapping[str, Any], ink: Mapping[str, str]) -> dict[str, Any]:
    parts: dict[str, dict[str, Any]] = {
        "axisLabel": {"color": ink["muted"]},
        "axisLine": {"lineStyle": {"color": ink["muted"]}},
        "axisTick": {"lineStyle": {"color": ink["muted"]}},
        "splitLine": {"lineStyle": {"color": ink["guide"]}},
        "nameTextStyle": {"color": ink["muted"]},
    }
    found = dict(axis)
    for part, looks in parts.items():
        found = _under(found, part, looks)
    return found


def _inked(option: Any, ink: Mapping[str, str]) -> Any:
    """The option with the theme's colours in place of INK and MUTED, data of the series left alone."""
    if isinstance(option, str):
        return ink[option[1:]] if option in (INK, MUTED) else option
    if isinstance(option, list | tuple):
        return [_inked(part, ink) for part in option]
    if isinstance(option, Mapping):
        plain = option.get("type") in ("line", "scatter", "bar", "boxplot")
        return {key: part if plain and key == "data" else _inked(part, ink) for key, part in option.items()}
    return option


def _under(option: Mapping[str, Any], key: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The option with `defaults` below what it says under `key`."""
    return {**option, key: {**defaults, **option.get(key, {})}}


def _each(value: Any, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Any:
    """`change` of one option, or of each of a list."""
    return [change(one) for one in value] if isinstance(value, list | tuple) else change(value)
