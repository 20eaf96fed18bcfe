"""Charts of one company's story: what it used, what it spent and planned, its options, the iceberg, its payments."""

from __future__ import annotations

from html import escape
from typing import Any

from app.amounts import actor, offer, usd
from app.chart import KIND_COLOURS
from app.story_data import NOTHING, cost, is_shocked, payments
from simulation.telling.portrait import CompanyMonth, CompanyStory, WorkloadMonth
from simulation.telling.portrait_iceberg import Iceberg
from simulation.telling.portrait_options import Option
from simulation.timeline import month_name

MONTHS_PER_YEAR = 12
MOST_OPTIONS = 4
PALE = "#8a9097"
VALUE = "value its AI brings"  # dwarfs the rest: shown where it is asked for
SHOCK_COLOUR, PLAN_COLOUR, SEEN, BELIEVED = "#D55E00", "#CC79A7", "#56B4E9", "#E69F00"
PARTS = {  # of a workload's cost
    "bill_usd": ("bills for models and machines", "#0072B2"), "staff_usd": ("people", KIND_COLOURS["specialists"]),
    "other_usd": ("overhead, tools, energy", "#999999"),
}  # fmt: skip
UNDER_WATER = {  # of the cost of running a model oneself
    "visible_usd": ("machines at average load", SEEN), "spares_usd": ("machines for peaks and reserve", "#0072B2"),
    "overhead_usd": ("storage, network, monitoring", "#6A8CA8"), "people_usd": ("people", KIND_COLOURS["specialists"]),
    "fixed_usd": ("tools and audits", "#999999"), "undone_usd": ("work its people leave undone", "#C9A66B"),
}  # fmt: skip
USES = {  # what is in use -> words, colour
    NOTHING: ("uses no AI", "#C3C9CF"), "closed_api": ("closed model", KIND_COLOURS["lab"]),
    "hosted_open": ("hosted open model", KIND_COLOURS["host"]),
    "own": ("open model it runs itself", KIND_COLOURS["companies"]),
}  # fmt: skip


def use_of(workload: WorkloadMonth) -> str:
    """What a workload uses, one of `USES`."""
    if workload.chain is None:
        return NOTHING
    if workload.chain.host == "company":
        return "own"
    return "hosted_open" if workload.chain.host != workload.chain.model_owner else "closed_api"


def choices_option(story: CompanyStory) -> dict[str, Any]:
    """What each workload used in each month: a row for each workload, a cell for each month, coloured by kind."""
    slots = sorted({w.slot for month in story.months for w in month.workloads})
    kinds = list(USES)
    cells = [
        {
            "value": [at, slots.index(w.slot), kinds.index(use_of(w))],
            "tooltip": {"formatter": f"<b>{month_name(month.month)}, workload {w.slot + 1}</b><br>"
                        f"{escape(offer(w.offer))}<br>{usd(cost(w))} a month"
                        f"{'<br>the bill is a shock' if is_shocked(w) else ''}"},
        }
        for at, month in enumerate(story.months) for w in month.workloads
    ]  # fmt: skip
    pieces = [{"value": k, "label": words, "color": colour} for k, (words, colour) in enumerate(USES.values())]
    return {
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 16, "top": 34, "bottom": 8, "containLabel": True},
        "visualMap": {
            "type": "piecewise", "pieces": pieces, "orient": "horizontal", "top": 0, "left": "center", "dimension": 2,
            "itemSymbol": "roundRect", "selectedMode": False, "textStyle": {"color": "#8a9097"},
        },
        "xAxis": {"type": "category", "data": [month_name(month.month) for month in story.months]},
        "yAxis": {"type": "category", "data": [f"workload {slot + 1}" for slot in slots], "inverse": True},
        "series": [{"type": "heatmap", "data": cells, "itemStyle": {"borderWidth": 0}}],
    }  # fmt: skip


def spending_option(story: CompanyStory) -> dict[str, Any]:
    """What the company spent in each month by kind, what it had planned, where the bill was a shock; USD a month."""
    months = story.months
    names = [month_name(month.month) for month in months]
    planned = [_planned(month) for month in months]
    bars = [
        {
            "type": "bar", "stack": "spent", "name": words, "itemStyle": {"color": colour}, "barCategoryGap": "12%",
            "data": [round(sum(getattr(w, part) for w in month.workloads), 2) for month in months],
        }
        for part, (words, colour) in PARTS.items()
    ]  # fmt: skip
    shocks = [
        {
            "value": [names[at], round(month.spend_usd, 2)],
            "tooltip": {"formatter": f"<b>{names[at]}: the bill is a shock</b><br>{usd(month.spend_usd)} a month"},
        }
        for at, month in enumerate(months)
        if any(is_shocked(w) for w in month.workloads)
    ]
    lines: list[dict[str, Any]] = [
        {
            "type": "line", "name": VALUE, "symbol": "none", "step": "middle",
            "lineStyle": {"color": "#009E73", "width": 1.5}, "itemStyle": {"color": "#009E73"},
            "data": [round(sum(w.value_usd for w in month.workloads), 2) for month in months],
        },
        {
            "type": "line", "name": "planned when it began to run a model", "symbol": "none", "step": "middle",
            "lineStyle": {"color": PLAN_COLOUR, "type": "dashed", "width": 2}, "itemStyle": {"color": PLAN_COLOUR},
            "data": planned,
        },
        {
            "type": "scatter", "name": "bill shock", "symbol": "triangle", "symbolSize": 12, "data": shocks,
            "itemStyle": {"color": SHOCK_COLOUR},
        },
    ]  # fmt: skip
    return {
        "tooltip": {"trigger": "axis"},
        "legend": [{"top": 0, "itemWidth": 14, "itemHeight": 9, "selected": {VALUE: False}, "inactiveColor": PALE}],
        "grid": {"left": 8, "right": 16, "top": 76, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value"},
        "series": [*bars, *(line for line in lines if any(value is not None for value in line["data"]))],
    }


def _planned(month: CompanyMonth) -> float | None:
    """Cost planned for what runs in production, USD a month; None where nothing does."""
    known = [w.planned_usd for w in month.workloads if w.planned_usd == w.planned_usd]
    return round(sum(known), 2) if known else None


def options_shown(workload: WorkloadMonth) -> list[Option]:
    """The best offers of a review, the best of each route, and the one chosen; best first."""
    best = {option.route: option for option in workload.options[::-1]}
    return [
        option
        for at, option in enumerate(workload.options)
        if at < MOST_OPTIONS or option.chosen or option is best[option.route]
    ]


def options_option(workload: WorkloadMonth) -> dict[str, Any]:
    """Offers that a review compared: cost a year as the company saw it and in truth; the one chosen is marked."""
    shown = options_shown(workload)
    names = [f"✓ {offer(option.offer)}" if option.chosen else offer(option.offer) for option in shown]

    def bar(name: str, colour: str, amounts: list[float]) -> dict[str, Any]:
        data = [
            {
                "value": round(MONTHS_PER_YEAR * amount, 2),
                "tooltip": {
                    "formatter": f"<b>{escape(offer(option.offer))}</b>{' (chosen)' if option.chosen else ''}<br>"
                    f"cost as it saw it: {usd(MONTHS_PER_YEAR * option.believed_cost_usd)} a year<br>"
                    f"cost in truth: {usd(MONTHS_PER_YEAR * option.true_cost_usd)} a year<br>"
                    f"quality {option.quality - workload.need:+.0f} points from its need<br>worth net, as it saw it: "
                    f"{usd(MONTHS_PER_YEAR * option.perceived_value_usd)} a year, liking aside"
                },
            }
            for amount, option in zip(amounts, shown, strict=True)
        ]
        return {"type": "bar", "name": name, "itemStyle": {"color": colour}, "data": data, "barGap": "0%"}

    return {
        "tooltip": {"trigger": "item"},
        "legend": [{"top": 0, "itemWidth": 12, "itemHeight": 10}],
        "grid": {"left": 8, "right": 24, "top": 30, "bottom": 26, "containLabel": True},
        "xAxis": {"type": "value", "name": "US dollars a year", "nameLocation": "middle", "nameGap": 26,
                  "splitNumber": 3, "min": 0, "axisLabel": {"hideOverlap": True}},
        "yAxis": {
            "type": "category", "data": names, "inverse": True,
            "axisLabel": {"width": 210, "overflow": "break", "lineHeight": 13, "fontSize": 11},
        },
        "series": [
            bar("cost as the company saw it", BELIEVED, [option.believed_cost_usd for option in shown]),
            bar("cost in truth", "#0072B2", [option.true_cost_usd for option in shown]),
        ],
    }  # fmt: skip


def iceberg_option(own: Iceberg) -> dict[str, Any]:
    """The iceberg: what a newcomer sees above the waterline, what comes with it below; USD a year."""
    yearly = {part: MONTHS_PER_YEAR * getattr(own, part) for part in UNDER_WATER}
    believed, seen = MONTHS_PER_YEAR * own.believed_usd, yearly["visible_usd"]
    total = MONTHS_PER_YEAR * own.total_usd
    return {
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 200, "top": 26, "bottom": 12, "containLabel": True},
        "xAxis": {"type": "category", "data": [""], "axisTick": {"show": False}},
        "yAxis": {
            "type": "value", "name": "US dollars a year", "nameTextStyle": {"align": "left"},
            "max": 1.15 * seen, "min": -1.08 * max(total - seen, believed - seen, 0.05 * seen),
            "axisLabel": {"show": False}, "splitLine": {"show": False},
        },
        "series": [
            {
                "type": "bar", "stack": "ice", "name": words, "barWidth": 130, "itemStyle": {"color": colour},
                "data": [round(amount if part == "visible_usd" else -amount, 2)],
                "label": {
                    "show": amount > 0.035 * total, "position": "right", "formatter": f"{words}  {usd(amount)}",
                },
                "tooltip": {"formatter": f"<b>{words}</b><br>{usd(amount)} a year"},
                **({"markLine": _waterlines(seen, believed)} if part == "visible_usd" else {}),
            }
            for part, (words, colour) in UNDER_WATER.items()
            for amount in (yearly[part],)
        ],
    }  # fmt: skip


def _waterlines(seen: float, believed: float) -> dict[str, Any]:
    """The waterline, and how deep the company thinks the ice goes."""
    return {
        "symbol": "none", "silent": True,
        "label": {"position": "insideStartTop", "color": BELIEVED},
        "data": [
            {"yAxis": 0, "lineStyle": {"color": "#56B4E9", "type": "solid", "width": 2}, "label": {"show": False}},
            {
                "yAxis": round(seen - believed, 2), "lineStyle": {"color": BELIEVED, "type": "dashed", "width": 2},
                "label": {"formatter": f"it believes {usd(believed)}"},
            },
        ],
    }  # fmt: skip


def payments_option(month: CompanyMonth, *, dark: bool = False) -> dict[str, Any]:
    """What the company pays for in a month, and to whom, as a Sankey diagram; USD a month."""
    lines = payments(month)
    halo = "#1e2226" if dark else "#ffffff"
    goods: dict[str, float] = {}
    payees: dict[str, float] = {}
    joined: dict[tuple[str, str], float] = {}
    for who, what, amount in lines:
        goods[what] = goods.get(what, 0.0) + amount
        payees[actor(who)] = payees.get(actor(who), 0.0) + amount
        joined[what, actor(who)] = joined.get((what, actor(who)), 0.0) + amount
    colours = {"people": KIND_COLOURS["specialists"], "other suppliers": "#999999"}

    def node(name: str, words: str, colour: str, amount: float) -> dict[str, Any]:
        return {
            "name": name, "itemStyle": {"color": colour, "borderWidth": 0},
            "label": {"formatter": f"{words}  {usd(amount)}", "textBorderColor": halo, "textBorderWidth": 3},
            "tooltip": {"formatter": f"<b>{escape(words)}</b><br>{usd(amount)} a month"},
        }

    def link(source: str, target: str, amount: float) -> dict[str, Any]:
        return {
            "source": source, "target": target, "value": round(amount, 4),
            "tooltip": {"formatter": f"{usd(amount)} a month"},
        }

    return {
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "sankey", "left": 8, "right": 190, "top": 10, "bottom": 10, "nodeWidth": 14, "nodeGap": 12,
                "draggable": False, "emphasis": {"focus": "adjacency"}, "label": {"fontSize": 12},
                "lineStyle": {"color": "target", "opacity": 0.35},
                "data": [
                    node("company", "the company", KIND_COLOURS["companies"], sum(goods.values())),
                    *(node(f"for {what}", what, "#8a9097", amount) for what, amount in goods.items()),
                    *(node(f"to {who}", who, colours.get(who, "#0072B2"), u) for who, u in payees.items()),
                ],
                "links": [
                    *(link("company", f"for {what}", amount) for what, amount in goods.items()),
                    *(link(f"for {what}", f"to {who}", amount) for (what, who), amount in joined.items()),
                ],
            }
        ],
    }  # fmt: skip
