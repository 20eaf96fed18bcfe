"""The left side of the page: which world is looked at, what is changed in it, and every parameter with its control."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from typing import Any

import reacton.ipyvuetify as rv
import solara

from app.choices import ARMS, FEWEST, LAST_DRAW, MOST
from app.parameters import (
    Group,
    Parameter,
    change_text,
    differences,
    grouped,
    matching,
    often_changed,
    value_text,
)
from app.parts import Action, Choose, Note, Number, tag
from app.session import Session
from scenarios import Scenario, read_scenario, shipped_names
from scenarios.writing import value_text as in_toml

MOST_FOUND = 40  # parameters shown of a search
WHAT_TO_WRITE = {"list": "write a list: [1, 2.5]", "integer": "write a whole number", "number": "write a number"}
ARM_WORDS = {
    "open": "open: weights may be released", "closed": "closed: no new weights", "absent": "absent: no releasers",
}  # fmt: skip


@solara.component
def Controls(session: Session) -> None:
    """Scenario, size, draw and arm, what is changed, and the parameters."""
    choice = session.choice.value
    names = scenario_names()
    own = [(choice.scenario, "your own scenario")] if choice.text else []

    def choose(name: str) -> None:
        if not choice.text or name != choice.scenario:
            session.adjust(scenario=name, text="", changes=())

    with rv.Html(tag="div", class_="cw-controls"):
        Choose("Scenario", choice.scenario, own + names, choose, hint="The world that is simulated")
        with rv.Html(tag="div", class_="cw-row"):
            Number(
                "Companies", choice.companies, lambda text: _whole(session, "companies", text, FEWEST, MOST),
                step="100", hint=f"Companies simulated, {FEWEST:,} to {MOST:,}: more take longer, with less chance",
            )
            Number(
                "Draw", choice.draw, lambda text: _whole(session, "draw", text, 1, LAST_DRAW), step="1",
                hint="Number of the random world: the same number has the same luck in every scenario and arm",
            )
        Choose(
            "Arm", choice.arm, [(arm, ARM_WORDS[arm]) for arm in ARMS], lambda arm: session.adjust(arm=arm),
            hint="Whether developers may publish the weights of new models",
        )
        if session.problem.value:
            Note(session.problem.value, kind="error")
        Chips(session)
        Story(session)
        with rv.Html(tag="section", class_="cw-parameters", attributes={"aria-label": "Parameters"}):
            Parameters(session)


def _whole(session: Session, field: str, text: str, least: int, most: int) -> None:
    """Take a whole number that was typed, or say why it cannot be."""
    if text.strip().isdecimal() and least <= int(text) <= most:
        session.adjust(**{field: int(text)})
    else:
        session.problem.value = f"{field}: give a whole number from {least:,} to {most:,}"


@solara.component
def Chips(session: Session) -> None:
    """What the user has changed, each with a way back."""
    choice = session.choice.value
    if not choice.changes:
        return
    declared = {declaration.key: declaration for declaration, _ in session.scenario.parameters()}
    with rv.Html(tag="div", class_="cw-chips", attributes={"aria-label": "Changed parameters"}):
        for key, value in choice.changes:
            Chip(session, key, change_text(key, value, declared=declared)).key(key)
        Action("Reset all", lambda: session.adjust(changes=()), hint="Take back every change")


@solara.component
def Chip(session: Session, key: str, text: str) -> None:
    """One change; its cross takes it back."""
    chip = rv.Chip(
        children=[text], close_=True, small=True, outlined=True, color="primary",
        attributes={"title": f"{key} was changed; the cross takes it back"},
    )  # fmt: skip
    rv.use_event(chip, "click:close", lambda *_: session.choose(session.choice.value.unchanged(key)))


@solara.component
def Story(session: Session) -> None:
    """What the scenario asks, and what it changes from the baseline."""
    choice = session.choice.value
    plain = solara.use_memo(choice.read_unchanged, [choice.scenario, choice.text, choice.companies])
    found = solara.use_memo(lambda: differences(plain, baseline()), [choice.scenario, choice.text, choice.companies])
    with rv.Html(tag="section", class_="cw-story", attributes={"aria-label": "About the scenario"}):
        if plain.question:
            tag("p", plain.question, class_="cw-question")
        if not found:
            tag("p", "The baseline: every parameter as calibrated.", class_="cw-muted")
        else:
            points = "one point" if len(found) == 1 else f"{len(found)} points"
            tag("p", f"Differs from the baseline in {points}:", class_="cw-muted")
            with rv.Html(tag="ul", class_="cw-differences"):
                for difference in found:
                    tag(
                        "li", tag("b", difference.label), ": ", tag("s", difference.before), " → ", difference.after,
                        title=difference.note,
                    )
        if plain.expected:
            with rv.Html(tag="details", class_="cw-expected"):
                tag("summary", "What was expected beforehand")
                tag("p", plain.expected)


@solara.component
def Parameters(session: Session) -> None:
    """Every parameter: found by words, or by group."""
    words, set_words = solara.use_state("")
    opened, set_opened = solara.use_state("often")
    choice = session.choice.value
    groups = solara.use_memo(
        lambda: grouped(choice.read_unchanged()), [choice.scenario, choice.text, choice.companies]
    )
    changes = dict(choice.changes)
    tag("h2", "Parameters", class_="cw-heading")
    rv.TextField(
        label="Search parameters", v_model=words, on_v_model=set_words, dense=True, outlined=True, hide_details=True,
        clearable=True, prepend_inner_icon="mdi-magnify", attributes={"autocomplete": "off"},
    )  # fmt: skip
    if (words or "").strip():
        found = matching(groups, words)
        tag("p", f"{len(found)} found" + (f", the first {MOST_FOUND} shown" if len(found) > MOST_FOUND else ""),
            class_="cw-muted", role="status")
        for parameter in found[:MOST_FOUND]:
            Control(session, parameter, changes.get(parameter.key, parameter.value), in_full=True).key(parameter.key)
        return
    for group in (often_changed(groups), *groups):
        Drawer(session, group, opened == group.name, set_opened, changes).key(group.name)


@solara.component
def Drawer(session: Session, group: Group, is_open: bool, set_opened: Any, changes: dict[str, Any]) -> None:
    """One group of parameters, its controls made only while it is open."""
    touched = sum(parameter.key in changes for parameter in group.parameters)
    head = rv.Html(
        tag="button", class_="cw-drawer", attributes={"aria-expanded": str(is_open).lower(), "type": "button",
                                                      "title": group.meaning},
        children=[
            rv.Icon(small=True, children=["mdi-chevron-down" if is_open else "mdi-chevron-right"]),
            tag("span", group.title, class_="cw-drawer-title"),
            tag("span", f"{touched} changed" if touched else str(len(group.parameters)),
                class_="cw-count cw-changed" if touched else "cw-count"),
        ],
    )  # fmt: skip
    rv.use_event(head, "click", lambda *_: set_opened("" if is_open else group.name))
    if is_open:
        tag("p", group.meaning, class_="cw-muted")
        for parameter in group.parameters:
            value = changes.get(parameter.key, parameter.value)
            Control(session, parameter, value, in_full=group.name == "often").key(parameter.key)


@solara.component
def Control(session: Session, parameter: Parameter, value: Any, *, in_full: bool = False) -> None:
    """The control of one parameter, made from its declaration; `in_full`: with its group in the label."""
    told = parameter.declaration
    label = parameter.full_label if in_full else parameter.label

    def change(new: Any) -> None:
        choice = session.choice.value
        session.choose(choice.unchanged(told.key) if new == parameter.value else choice.changed(told.key, new))

    changed = value != parameter.value
    with rv.Html(
        tag="div", class_="cw-parameter cw-is-changed" if changed else "cw-parameter",
        attributes={"title": parameter.explanation},
    ):
        tag("small", parameter.explanation, class_="cw-explained")
        if told.type == "flag":
            rv.Switch(
                label=label, v_model=value, on_v_model=change, dense=True, hide_details=True, inset=True
            )
            return
        if told.options:
            Choose(label, value, [(option, value_text(option)) for option in told.options], change)
            return
        tag("div", tag("span", label), tag("span", parameter.unit, class_="cw-unit"), class_="cw-label")
        if told.type == "list":
            Typed(parameter, in_toml(value), change)
            return
        if told.type == "text":
            Typed(parameter, str(value), change)
            return
        with rv.Html(tag="div", class_="cw-slider"):
            if parameter.has_slider:
                least, greatest, step = parameter.slider(value)
                rv.Slider(
                    v_model=float(value), on_v_model=lambda new: change(_as(told.type, new)), min=least, max=greatest,
                    step=step, dense=True, hide_details=True,
                    attributes={"aria-label": f"{parameter.label}, {parameter.unit or 'number'}"},
                )  # fmt: skip
            Typed(parameter, f"{value:.10g}", change, narrow=parameter.has_slider)


@solara.component
def Typed(parameter: Parameter, shown: str, change: Any, *, narrow: bool = False) -> None:
    """A field in which the value of a parameter is typed."""
    text, set_text = solara.use_state_or_update(shown)
    problem, set_problem = solara.use_state("")
    field = rv.TextField(
        v_model=text, on_v_model=set_text, dense=True, outlined=True, hide_details=not problem,
        error_messages=[problem] if problem else [], class_="cw-typed cw-narrow" if narrow else "cw-typed",
        attributes={"aria-label": f"{parameter.label}, typed"},
    )  # fmt: skip

    def done(*_: Any) -> None:
        if text == shown:
            return
        try:
            new = _parsed(parameter.declaration.type, text or "")
        except ValueError:
            set_problem(WHAT_TO_WRITE[parameter.declaration.type])
            return
        set_problem("")
        change(new)

    rv.use_event(field, "blur", done)
    rv.use_event(field, "keydown.enter", done)


@cache
def scenario_names() -> list[tuple[str, str]]:
    """The shipped scenarios with their titles."""
    return [(name, _title(name)) for name in shipped_names()]


@cache
def baseline() -> Scenario:
    """What every other scenario is compared with."""
    return read_scenario("baseline")


def _title(name: str) -> str:
    scenario = read_scenario(name)
    number = name.split("_")[0].upper() if name[0] == "s" and name[1:3].isdigit() else ""
    title = scenario.title or name
    if name.startswith("limits/"):
        return f"Known answer: {title}"
    return f"{number} · {title}" if number else title


def _parsed(kind: str, text: str) -> Any:
    """A typed text as a value of a type; raises ValueError."""
    if kind == "text":
        return text.strip()
    if kind == "list":
        found = tomllib.loads(f"value = {text}")
        if set(found) != {"value"} or not isinstance(found["value"], list):
            raise ValueError(text)
        return found["value"]
    return _as(kind, float(text))


def _as(kind: str, number: float) -> Any:
    """A number as the type a parameter has; raises ValueError where it is none of that type."""
    if not math.isfinite(number):
        raise ValueError(number)
    if kind == "integer":
        if number != int(number):
            raise ValueError(number)
        return int(number)
    return round(float(number), 12)
