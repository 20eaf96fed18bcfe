"""Remove an actor: the kill-switch exposure, who loses access, where the others go, and what limits them."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import solara

from app.amounts import count, share, usd
from app.chart import KIND_COLOURS, Chart
from app.courses import Snapshot
from app.parts import Choose, Note, tag
from app.removal_data import FATES, LOSSES, Exposed, exposed_by, horizons_of, limits, months_text
from app.tables import AsTable, Looks
from simulation.measuring.removing import LOST, MOVES, STAYS, UNTOUCHED, NotMeasured
from simulation.timeline import month_name

FATE_COLOURS = {UNTOUCHED: "#B8C0C8", STAYS: "#56B4E9", MOVES: "#0072B2", LOST: "#D55E00"}
LOSS_COLOUR, PLACE_COLOUR, GROUP_COLOUR = "#D55E00", "#0072B2", KIND_COLOURS["companies"]
HALO = {False: "#ffffff", True: "#1e2226"}


def fates_option(found: Exposed) -> dict[str, Any]:
    """What becomes of each group's value, in percent, as stacked bars."""
    groups = [group for group in found.groups if group.total > 0]
    return {
        "tooltip": {"trigger": "item"},
        "legend": [{"data": list(FATES.values()), "top": 0, "icon": "rect", "itemWidth": 12, "itemHeight": 10}],
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 28, "containLabel": True},
        "xAxis": {
            "type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value}%"},
            "name": "of the value its AI brings", "nameLocation": "middle", "nameGap": 28,
        },
        "yAxis": {"type": "category", "data": [group.group for group in groups], "inverse": True},
        "series": [
            {
                "type": "bar", "name": words, "stack": "value", "barWidth": "62%",
                "itemStyle": {"color": FATE_COLOURS[fate]},
                "data": [
                    {
                        "value": round(100 * group.usd[fate] / group.total, 3),
                        "tooltip": {
                            "formatter": f"<b>{group.group}: {words}</b><br>{usd(group.usd[fate])} a month, "
                            f"{share(group.usd[fate] / group.total)} of the value its AI brings"
                        },
                    }
                    for group in groups
                ],
            }
            for fate, words in FATES.items()
        ],
    }  # fmt: skip


def goes_option(found: Exposed, *, dark: bool = False) -> dict[str, Any]:
    """From which group where, USD a month, as a Sankey diagram of all that is touched."""
    groups = list(dict.fromkeys(group for group, _, _ in found.goes))
    places = list(dict.fromkeys(place for _, place, _ in found.goes))
    total = {name: sum(u for a, b, u in found.goes if name in (a, b)) for name in (*groups, *places)}
    every = sum(usd for _, _, usd in found.goes)

    def node(name: str, colour: str, side: str) -> dict[str, Any]:
        return {
            "name": name, "itemStyle": {"color": colour, "borderWidth": 0},
            "label": {
                "formatter": f"{name}  {usd(total[name])}", "position": side, "textBorderColor": HALO[dark],
                "textBorderWidth": 3,
            },
            "tooltip": {
                "formatter": f"<b>{escape(name)}</b><br>{usd(total[name])} a month, {share(total[name] / every)} of "
                "what is touched"
            },
        }  # fmt: skip

    return {
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "sankey", "left": 8, "right": 270, "top": 22, "bottom": 10, "nodeWidth": 14, "nodeGap": 10,
                "draggable": False, "emphasis": {"focus": "adjacency"}, "label": {"fontSize": 12},
                "lineStyle": {"color": "target", "opacity": 0.35},
                "data": [
                    *(node(name, GROUP_COLOUR, "right") for name in groups),
                    *(node(name, LOSS_COLOUR if name in LOSSES else PLACE_COLOUR, "right") for name in places),
                ],
                "links": [
                    {
                        "source": group, "target": place, "value": value,
                        "tooltip": {"formatter": f"<b>{escape(group)} → {escape(place)}</b><br>{usd(value)} a month"},
                    }
                    for group, place, value in found.goes
                ],
            }
        ],
    }  # fmt: skip


def ranking_option(found: Exposed) -> dict[str, Any]:
    """Who could deny how much: exposure to the most dangerous actors, in percent of all value realised."""
    words = dict(found.actors)
    rows = [(name, layer, part) for name, layer, part in found.ranking if part > 0]
    return {
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 30, "containLabel": True},
        "xAxis": {
            "type": "value", "axisLabel": {"formatter": "{value}%"}, "name": "of all value lost", "min": 0,
            "nameLocation": "middle", "nameGap": 28,
        },
        "yAxis": {"type": "category", "data": [words[name] for name, _, _ in rows], "inverse": True},
        "series": [
            {
                "type": "bar", "barWidth": "62%", "label": {"show": True, "position": "right"},
                "data": [
                    {
                        "value": 100 * part, "name": name, "label": {"formatter": share(part)},
                        "itemStyle": {
                            "color": KIND_COLOURS[layer], "opacity": 1.0 if name == found.actor else 0.55,
                        },
                        "tooltip": {
                            "formatter": f"<b>{escape(words[name])}</b><br>{share(part)} of all value realised is lost "
                            "without it"
                        },
                    }
                    for name, layer, part in rows
                ],
            }
        ],
    }  # fmt: skip


def fate_rows(found: Exposed) -> list[tuple[str, ...]]:
    """Groups as a table: value, then what is lost, moves, stays and is not touched."""
    order = (LOST, MOVES, STAYS, UNTOUCHED)
    rows = [(group.group, usd(group.total), *(usd(group.usd[fate]) for fate in order)) for group in found.groups]
    return [*rows, ("all", usd(found.total), *(usd(found.usd(fate)) for fate in order))]


def removal_label(found: Exposed) -> str:
    """What the pictures show, for who cannot see them."""
    return (
        f"Without {dict(found.actors)[found.actor]}, {months_text(found.horizon)} to replace it, in "
        f"{month_name(found.month)}: {share(found.exposure)} of all value realised, {usd(found.lost)} a month, is lost."
    )


@solara.component
def RemovalView(
    snapshot: Snapshot, *, actor: str = "", on_actor: Callable[[str], Any] | None = None
) -> None:  # fmt: skip
    """Who loses what without `actor`, and who could deny how much; without `on_actor` the view keeps its own choice."""
    own, set_own = solara.use_state_or_update(actor)
    span, set_span = solara.use_state("0")
    chosen, choose = (own, set_own) if on_actor is None else (actor, on_actor)

    def look() -> Exposed | str:
        with snapshot.reading() as economy:
            try:
                return exposed_by(economy, chosen, span=int(span))
            except NotMeasured as refusal:
                return str(refusal)

    task = solara.lab.use_task(look, dependencies=[snapshot.identity, chosen, span])
    found = task.latest
    with solara.Div(classes=["cw-view"]):
        Looks()
        if found is None:
            tag("p", "Looking at every workload's alternatives…", class_="cw-muted", role="status")
        elif isinstance(found, str):
            Note(found)
        else:
            horizons = horizons_of(snapshot.scenario.control)
            _Removed(found, horizons=horizons, span=span, on_span=set_span, on_actor=choose)


@solara.component
def _Removed(
    found: Exposed, *, horizons: list[tuple[str, str]], span: str, on_span: Callable[[str], Any],
    on_actor: Callable[[str], Any],
) -> None:  # fmt: skip
    dark = bool(solara.lab.use_dark_effective())
    label, name = removal_label(found), dict(found.actors)[found.actor]
    with solara.Div(classes=["cw-view"]):
        with solara.Div(classes=["cw-tools"]):
            Choose("Take away", found.actor, list(found.actors), on_actor)
            Choose("It must be replaced", span, horizons, on_span)
        with solara.Div(classes=["cw-figures"]):
            later = f"{months_text(found.horizon)} on"
            _figure(share(found.exposure), f"of all value realised is lost without {name}, {later}")
            _figure(usd(found.lost), f"lost a month, of {usd(found.total)} that AI in use brings")
            _figure(usd(found.usd(MOVES) + found.usd(STAYS)), "a month goes on elsewhere")
            hours = f"of machines asked for elsewhere a month, {count(found.hours_free)} h free"
            _figure(f"{count(found.hours_wanted)} h", hours)
        tag("p", f"{limits(found)} {_published(found)}")
        with solara.Div(classes=["cw-two"]):
            with solara.Div(classes=["cw-panel"]):
                tag("h3", "Who loses access, by size and kind of company")
                Chart(
                    fates_option(found), label=f"Value by group of companies, percent. {label}", height=320,
                    save_as=f"without {name}, who loses",
                )  # fmt: skip
                AsTable(f"Value in {month_name(found.month)}, US dollars a month", FATE_COLUMNS, fate_rows(found))
            with solara.Div(classes=["cw-panel"]):
                tag("h3", "Who could deny how much")
                Chart(
                    ranking_option(found), height=320, on_click=lambda event: on_actor(_clicked(event, found)),
                    label=f"Kill-switch exposure by actor, percent of all value realised, {month_name(found.month)}",
                )  # fmt: skip
                AsTable(
                    "Part of all value realised that is lost without each", ("actor", "lost without it"),
                    [(dict(found.actors)[who], share(part)) for who, _, part in found.ranking],
                )  # fmt: skip
        with solara.Div(classes=["cw-panel"]):
            tag("h3", f"Where they go without {name}")
            if found.goes:
                Chart(
                    goes_option(found, dark=dark), height=440, save_as=f"without {name}, where they go",
                    label=f"Where the value that {name} stands behind goes, US dollars a month. {label}",
                )  # fmt: skip
                AsTable(
                    "From which group where, US dollars a month", ("from", "to", "a month"),
                    [(group, place, usd(value)) for group, place, value in found.goes],
                )  # fmt: skip
            else:
                tag("p", "Nobody is touched.", class_="cw-muted")
            tag("p", EXPLANATION, class_="cw-muted")


FATE_COLUMNS = ("who", "value", "lost", "moves elsewhere", "goes on, machines of others", "not touched")
EXPLANATION = (
    "Measured on a sample of workloads that stands for all companies. Each falls back on its best option without the "
    "actor: net of higher cost, of moving and of months without service. Those that need machines share what rivals "
    "have free and what training gives up, best value per hour first; own operations share the specialists without a "
    "job."
)


def _published(found: Exposed) -> str:
    return f"As a mean over three months, which is what the indicators of control report: {share(found.published)}."


def _figure(number: str, words: str) -> None:
    tag("div", tag("b", number), tag("span", words))


def _clicked(event: Any, found: Exposed) -> str:
    """The actor whose bar was clicked."""
    data = event.get("data") or {}
    return str(data.get("name") or found.actor)

