"""Whom a dollar that companies spend on AI reaches first, and with whom it comes to rest, with closed and open weights.

First stops are read from the books. From there a dollar is followed through what each layer spends on current account
and on machines, in the proportions of the books: what a layer keeps rests with its owners, what it pays to people, for
energy and materials, to banks and the state leaves the industry. A layer that spends more than it earns passes on all
of a customer's dollar; investors pay the rest of its bills.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from market.estimators import Interval, paired_mean
from paper import drawing
from paper.library import ARMS, Library
from simulation.results.reading import Results

NEEDS = ("answer",)
LAYERS = ("lab", "releaser", "host", "cloud", "chip")
SPENT = (
    "api_fee", "hosted_fee", "compute_rent", "marketplace_cut", "distill_tokens", "wages", "power_opex", "capex_gpu",
    "capex_dc", "vendor_inputs", "other_costs", "interest_loan", "take_or_pay_shortfall", "tax_profit", "egress",
    "migration_services", "poc_cost", "advice_fee", "revenue_share", "chip_tax", "credit_use", "liability_damage",
)  # fmt: skip
EARNED_ELSEWHERE = ("consumer_fees", "complement_sales", "compute_rent", "capex_gpu", "capex_dc")  # of the rest
ENDS = {"household": "people", "rest": "energy and materials", "state": "state", "bank": "bank", "fund": "owners",
        "companies": "back to companies"}  # fmt: skip
NAMES = {"lab": "labs", "releaser": "releasers", "host": "hosters", "cloud": "clouds", "chip": "chip vendor"}
ORDER = ("lab", "releaser", "host", "cloud", "chip", "household", "rest", "bank", "state", "companies")
LOOK = {  # colour, hatching: told apart in grey
    "lab": ("lab", ""), "releaser": ("releaser", ""), "host": ("host", "...."), "cloud": ("cloud", "////"),
    "chip": ("chip", "\\\\\\\\"), "household": ("specialists", "..."), "rest": ("state", ""), "bank": ("other", "xxxx"),
    "state": ("other", "++"), "companies": ("companies", ""),
}  # fmt: skip


def data(results: Library) -> pd.DataFrame:
    """Share of a dollar by stage, arm and who holds it: means over draws, and the paired change with its interval."""
    found = {arm: shares_by_draw(results.results("answer"), arm, results.tail()) for arm in ARMS}
    rows = []
    for stage in ("first", "last"):
        for holder in ORDER:
            closed, open_ = (np.array([draw[stage].get(holder, 0.0) for draw in found[arm]]) for arm in ARMS)
            change = paired_mean(open_ - closed)
            rows.append(
                (stage, NAMES.get(holder, ENDS.get(holder, holder)), holder, closed.mean(), open_.mean(),
                 change.value, change.low, change.high)
            )  # fmt: skip
    return pd.DataFrame(
        rows, columns=["stage", "holder", "code", "closed", "open", "change", "change_low", "change_high"]
    )


def caption(results: Library) -> str:
    """What is shown, and what whiskers are."""
    tail = results.tail()
    return (
        "Where a dollar goes that companies spend on AI. Left: who is paid first, and with whom it comes to rest after "
        f"suppliers have paid theirs (means over {results.size}, months {tail.start} to {tail.stop - 1}). Right: the "
        "paired "
        "change of where it comes to rest, open less closed, with 95% intervals over pairs."
    )


def draw(results: Library) -> Figure:
    """Draw the bars and the changes."""
    frame = data(results)
    figure = drawing.new_figure(78.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1.0))
    _draw_bars(left, frame)
    last = frame[(frame["stage"] == "last") & ((frame["closed"] > 0.002) | (frame["open"] > 0.002))]
    estimates = [Interval(row.change, row.change_low, row.change_high) for row in last.itertuples()]
    for place, (row, estimate) in enumerate(zip(last.itertuples(), estimates, strict=True)):
        drawing.draw_interval(right, place, estimate, colour=drawing.COLOURS[LOOK[row.code][0]], factor=100.0)
    drawing.zero_line(right)
    drawing.name_rows(right, [str(row.holder) for row in last.itertuples()])
    right.set_xlim(*drawing.limits_clear_of(estimates, factor=100.0))
    right.set_xlabel("cents of a dollar, open less closed")
    drawing.titled(right, "b", "change of where it rests")
    return figure


def _draw_bars(axes: Axes, frame: pd.DataFrame) -> None:
    """First stop and rest, closed above open."""
    from matplotlib.patches import Patch

    bars = [(stage, arm) for stage in ("first", "last") for arm in ARMS]
    shown: dict[str, str] = {}
    for place, (stage, arm) in enumerate(bars):
        start = 0.0
        for row in frame[frame["stage"] == stage].itertuples():
            share = 100.0 * getattr(row, arm)
            colour, hatch = LOOK[str(row.code)]
            axes.barh(place + 0.35 * (place > 1), share, left=start, height=0.72, color=drawing.COLOURS[colour],
                      hatch=hatch, edgecolor="white", linewidth=0.4)  # fmt: skip
            if share > 9.0:
                axes.text(start + share / 2, place + 0.35 * (place > 1), f"{share:.0f}", ha="center", va="center",
                          fontsize=drawing.small(), bbox={"boxstyle": "round,pad=0.12", "facecolor": "white",
                                                          "edgecolor": "none", "alpha": 0.85})  # fmt: skip
            if share > 0.3:
                shown[str(row.code)] = str(row.holder)
            start += share
    labels = [f"{stage},\n{arm}" for stage in ("paid first", "at rest") for arm in ARMS]
    axes.set_yticks([0, 1, 2.35, 3.35], labels)
    axes.set_ylim(3.85, -0.5)
    axes.set_xlim(0.0, 100.0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("cents of a dollar")
    handles = [
        Patch(facecolor=drawing.COLOURS[LOOK[code][0]], hatch=LOOK[code][1], edgecolor="white", label=shown[code])
        for code in ORDER if code in shown
    ]  # fmt: skip
    axes.legend(handles=handles, ncols=4, loc="upper center", bbox_to_anchor=(0.45, -0.19), columnspacing=0.9,
                handlelength=1.3, fontsize=drawing.small())  # fmt: skip
    drawing.titled(axes, "a", "a dollar of companies' spending")


def shares_by_draw(results: Results, arm: str, months: range) -> list[dict[str, dict[str, float]]]:
    """For every draw the share of a dollar by first recipient, and by where it rests."""
    sellers = results.sellers.drop_duplicates("seller").set_index("seller")["layer"].to_dict()
    flows = results.flows
    kept = flows[
        (flows["arm"] == arm) & flows["month"].between(months.start, months.stop - 1)
        & flows["flow"].isin((*SPENT, *EARNED_ELSEWHERE))
    ]  # fmt: skip
    by_layer = kept.assign(
        payer=kept["payer"].map(sellers).fillna(kept["payer"]), payee=kept["payee"].map(sellers).fillna(kept["payee"])
    )
    return [_traced(rows) for _, rows in by_layer.groupby("draw")]


def _traced(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """A dollar of companies followed through one world."""
    paid = rows.groupby(["payer", "payee"])["cents"].sum() / 100.0
    first = paid.get("companies", pd.Series(dtype=float))
    first = (first / first.sum()).to_dict()
    between = np.zeros((len(LAYERS), len(LAYERS)))
    out: list[dict[str, float]] = []
    for row, layer in enumerate(LAYERS):
        outlays = {str(payee): float(usd) for (payer, payee), usd in paid.items() if payer == layer and payee != layer}
        earned = float(sum(usd for (payer, payee), usd in paid.items() if payee == layer and payer != layer))
        base = max(earned, sum(outlays.values()))
        shares = {payee: usd / base for payee, usd in outlays.items()} if base > 0 else {}
        between[row] = [shares.get(other, 0.0) for other in LAYERS]
        kept = 1.0 - sum(shares.values()) if base > 0 else 1.0
        out.append({payee: share for payee, share in shares.items() if payee not in LAYERS} | {layer: kept})
    start = np.array([first.get(layer, 0.0) for layer in LAYERS])
    through = np.linalg.solve(np.eye(len(LAYERS)) - between.T, start)  # what passes every layer, once or more often
    last = {holder: share for holder, share in first.items() if holder not in LAYERS}
    for passed, shares in zip(through, out, strict=True):
        for holder, share in shares.items():
            last[holder] = last.get(holder, 0.0) + float(passed * share)
    return {"first": first, "last": last}
