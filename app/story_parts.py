"""Parts of a story: the options of a review, the iceberg, whom the company pays and who stands behind that."""

from __future__ import annotations

import solara

from app.amounts import actor, offer, share, usd
from app.chart import Chart
from app.parts import Choose, tag
from app.story_data import payments, reviews
from app.story_options import UNDER_WATER, iceberg_option, options_option, options_shown, payments_option
from app.tables import AsTable
from simulation.telling.portrait import CompanyMonth, CompanyStory, WorkloadMonth
from simulation.timeline import month_name


@solara.component
def Reviewed(story: CompanyStory) -> None:
    """The options of a review with their perceived and true yearly cost, and the iceberg of running a model oneself."""
    found = reviews(story)
    at, set_at = solara.use_state(-1)  # -1: the latest in which something was chosen
    choice = next((k for k, (_, w) in enumerate(found) if any(o.chosen for o in w.options)), 0)
    at = choice if not 0 <= at < len(found) else at
    with solara.Div(classes=["cw-two"]):
        with solara.Div(classes=["cw-panel"]):
            tag("h3", "What it could choose from: cost a year as it saw it, and in truth")
            if not found:
                tag("p", "It has not compared offers yet.", class_="cw-muted")
            else:
                names = [
                    (str(k), f"{month_name(month)}, workload {w.slot + 1}: {offer(w.offer)}")
                    for k, (month, w) in enumerate(found)
                ]
                Choose("Review", str(at), names, lambda value: set_at(int(value)))
                month, workload = found[at]
                Chart(
                    options_option(workload), height=100 + 44 * len(options_shown(workload)),
                    label=f"Cost of offers considered in {month_name(month)}, as seen and in truth, US dollars a year",
                )  # fmt: skip
                AsTable("US dollars a year; liking is what else speaks for it", OPTION_COLUMNS, option_rows(workload))
        with solara.Div(classes=["cw-panel"]):
            tag("h3", "The iceberg: what running a model itself costs")
            _Ice(found[at][1] if found else _latest(story))


OPTION_COLUMNS = ("offer", "seen", "in truth", "worth net, as seen", "in truth", "liking", "")


def option_rows(workload: WorkloadMonth) -> list[tuple[str, ...]]:
    """Options as a table, best first."""
    return [
        (offer(o.offer), *(usd(12 * value) for value in (o.believed_cost_usd, o.true_cost_usd, o.perceived_value_usd,
                                                  o.true_value_usd, o.taste_usd)), "chosen" if o.chosen else "")
        for o in workload.options
    ]  # fmt: skip


def _latest(story: CompanyStory) -> WorkloadMonth | None:
    return next((w for m in story.months[::-1] for w in m.workloads if w.own), None)


@solara.component
def _Ice(workload: WorkloadMonth | None) -> None:
    own = workload.own if workload else None
    if own is None:
        tag("p", "There are no public weights that it could run.", class_="cw-muted")
        return
    over = own.total_usd / own.visible_usd if own.visible_usd > 0 else float("nan")
    does = "It runs" if own.held else "It could run"
    seen, believed, total = (usd(12 * amount) for amount in (own.visible_usd, own.believed_usd, own.total_usd))
    parts = [(words, usd(12 * getattr(own, part))) for part, (words, _) in UNDER_WATER.items()]
    with solara.Div():
        tag(
            "p", f"{does} {offer(own.offer)}. It sees {seen} a year and believes {believed}; all of it is {total}, "
            f"{over:.1f} times what is seen.",
        )  # fmt: skip
        Chart(
            iceberg_option(own), height=400, save_as="iceberg",
            label=f"Cost of running a model itself, US dollars a year: {seen} seen, {believed} believed, {total} all",
        )  # fmt: skip
        rows = [*parts, ("all of it", total), ("as it believes", believed)]
        AsTable("US dollars a year", ("part", "a year"), rows)


@solara.component
def Paid(month: CompanyMonth, *, dark: bool) -> None:
    """What it pays for and to whom in the last month, and who stands behind that."""
    lines = payments(month)
    with solara.Div(classes=["cw-panel"]):
        tag("h3", f"What it pays for, and to whom, in {month_name(month.month)}")
        if not lines:
            tag("p", "It pays nobody for AI.", class_="cw-muted")
            return
        Chart(
            payments_option(month, dark=dark), height=max(220, 60 * len({line[1] for line in lines})),
            label=f"Payments of the company in {month_name(month.month)}, US dollars a month, by what and whom",
        )  # fmt: skip
        AsTable(
            "US dollars a month", ("to", "for", "a month"), [(actor(who), what, usd(u)) for who, what, u in lines]
        )
        rows = [_behind(w) for w in month.workloads if w.chain is not None]
        tag("h4", "Who stands behind it")
        heads = tag("tr", *(tag("th", name, scope="col") for name in BEHIND))
        body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
        tag("table", tag("thead", heads), tag("tbody", *body), class_="cw-data")


BEHIND = ("workload", "model of", "run by", "machines", "chips")


def _behind(workload: WorkloadMonth) -> tuple[str, ...]:
    chain = workload.chain
    assert chain is not None
    machines = ", ".join(
        "its own" if name == "company" else f"{actor(name)} {share(part)}" for name, part in chain.compute
    )
    runs = "the company itself" if chain.host == "company" else actor(chain.host)
    names = (actor(chain.model_owner), runs, machines, actor(chain.chip_vendor))
    return (f"{workload.slot + 1}: {offer(workload.offer)}", *names)
