"""The charts of the comparison: both arms and their difference by month, money by layer, the plane of the verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from app.chart import INK, KIND_COLOURS, MUTED
from app.series import date_of, number_text, rounded
from market.units import FloatArray
from simulation.answering.answer import Answer
from simulation.answering.figures import gains, half_width
from simulation.answering.measures import MEASURES, Measure
from simulation.answering.plane import limits, pair_points, rows_in_view
from simulation.answering.verdict import TABLE

BILLION = 1e9
REGIONS = ("rgba(0,158,115,0.16)", "rgba(230,159,0,0.15)", "rgba(213,94,0,0.17)")  # little, part, most goes to clouds
FAINT = (1.0, 0.55, 0.8)  # access wider, flat, narrower
WIDEST = {"theta": (-2.0, 3.0), "access": (-30.0, 30.0)}


def measure_of(column: str) -> Measure:
    """The measure of an indicator column."""
    return next(measure for measure in MEASURES if measure.column == column)


def shown_measures(answer: Answer) -> list[Measure]:
    """Measures that some month of the worlds has, in the order of the report."""
    return [
        measure
        for measure in MEASURES
        if measure.column not in answer.basis.not_modelled and np.isfinite(answer.closed_paths[measure.column]).any()
    ]


def paths_option(answer: Answer, measure: Measure) -> dict[str, Any]:
    """The mean over pairs in both arms, by month."""
    arms = {"open": (answer.open_paths, INK, "solid"), "closed": (answer.closed_paths, MUTED, "dashed")}
    return _by_month(
        answer,
        [
            {
                **_line(arm, _mean(paths[measure.column] * measure.per_unit)),
                "color": colour,
                "lineStyle": {"width": 2, "type": dash},
            }
            for arm, (paths, colour, dash) in arms.items()
        ],
    )


def difference_option(answer: Answer, measure: Measure) -> dict[str, Any]:
    """The mean difference, open less closed, by month, with its 95% interval over pairs as a band."""
    change = (answer.open_paths[measure.column] - answer.closed_paths[measure.column]) * measure.per_unit
    centre, half = _mean(change), half_width(change)
    colour = KIND_COLOURS["companies"]
    band = {"lineStyle": {"opacity": 0}, "stack": "band", "stackStrategy": "all", "silent": True, "color": colour}
    series = [
        {**_line("open less closed", centre), "color": colour, "lineStyle": {"width": 2}, "markLine": _line_at(0.0)},
    ]
    if change.shape[0] > 1:
        series += [
            {**_line("least (95%)", centre - half), **band},
            {**_line("width of the interval", 2.0 * half), **band, "areaStyle": {"opacity": 0.22, "color": colour}},
        ]
    option = _by_month(answer, series)
    return option | {"tooltip": {"show": False}}


def money_option(answer: Answer) -> dict[str, Any]:
    """Change of every layer's money, open less closed, USD bn a month; boxes are 95% intervals over pairs."""
    changes = [(label, change, layer) for label, _, layer, change in gains(answer)][::-1]
    data = []
    for _, change, layer in changes:
        low, value, high = (
            rounded((number if np.isfinite(number) else change.value) / BILLION)
            for number in (change.low, change.value, change.high)
        )
        looks = {"color": KIND_COLOURS[layer] + "55", "borderColor": KIND_COLOURS[layer], "borderWidth": 1.6}
        data.append({"value": [low, low, value, high, high], "itemStyle": looks})
    return {
        "grid": {"left": 6, "right": 18, "top": 8, "bottom": 2, "containLabel": True},
        "tooltip": {"show": False},
        "xAxis": {"type": "value", "splitNumber": 4},
        "yAxis": {"type": "category", "data": [label for label, *_ in changes], "axisTick": {"show": False}},
        "series": [
            {"type": "boxplot", "data": data, "boxWidth": [6, 16], "markLine": _line_at(0.0, axis="xAxis")},
        ],
    }  # fmt: skip


def plane_option(answer: Answer) -> dict[str, Any]:
    """Every pair whose labs lose between spread and shift, the mean with its 95% box, the classes as regions."""
    theta, gain = pair_points(answer)
    mean, thresholds = answer.headline.difference("access_small"), answer.thresholds
    access = type(mean)(100.0 * mean.value, 100.0 * mean.low, 100.0 * mean.high, mean.refused)
    across = limits(theta, answer.theta, inside=(-0.1, 1.1), widest=WIDEST["theta"])
    upwards = limits(100.0 * gain, access, inside=rows_in_view(thresholds), widest=WIDEST["access"])
    across, upwards = _whole(across, step=0.5), _whole(upwards, step=1.0 if upwards[1] - upwards[0] > 4.0 else 0.5)
    columns = (across[0], thresholds.theta_low, thresholds.theta_high, across[1])
    rows = (upwards[1], 100.0 * thresholds.access, -100.0 * thresholds.access, upwards[0])
    areas = [
        [
            {
                "coord": [columns[column], rows[row]], "name": TABLE[row][column].replace("+", "+\n"),
                "itemStyle": {"color": REGIONS[column], "opacity": FAINT[row]},
                "label": {"position": "inside", "color": MUTED, "fontSize": 10, "lineHeight": 12},
            },
            {"coord": [columns[column + 1], rows[row + 1]]},
        ]
        for row in range(3)
        for column in range(3)
    ]  # fmt: skip
    points = [
        [rounded(float(np.clip(x, *across))), rounded(float(np.clip(100.0 * y, *upwards)))]
        for x, y in zip(theta, gain, strict=True)
    ]
    series: list[dict[str, Any]] = [
        {
            "type": "scatter", "name": "one pair", "data": points, "symbolSize": 8, "color": MUTED,
            "markArea": {"silent": True, "data": areas},
        }
    ]  # fmt: skip
    if not answer.theta.refused and np.isfinite(access.low):
        box = [{"coord": [answer.theta.low, access.low]}, {"coord": [answer.theta.high, access.high]}]
        box[0]["itemStyle"] = {"color": "transparent", "borderColor": INK, "borderWidth": 1.5}  # type: ignore[assignment]
        series.append(
            {
                "type": "scatter", "name": "mean, 95% box", "data": [[answer.theta.value, access.value]],
                "symbol": "diamond", "symbolSize": 12, "color": INK, "markArea": {"silent": True, "data": [box]},
            }
        )  # fmt: skip
    plain = {"type": "value", "splitLine": {"show": False}, "axisLine": {"onZero": False}, "nameLocation": "middle"}
    return {
        "grid": {"left": 24, "right": 14, "top": 10, "bottom": 22, "containLabel": True},
        "tooltip": {"show": False},
        "xAxis": {
            **plain, "name": "Theta: what clouds gain per dollar labs lose", "nameGap": 26,
            "min": rounded(across[0]), "max": rounded(across[1]),
        },
        "yAxis": {
            **plain, "name": "access of small companies, points", "nameGap": 34,
            "min": rounded(upwards[0]), "max": rounded(upwards[1]),
        },
        "series": series,
    }  # fmt: skip


def by_month(answer: Answer, measure: Measure) -> pd.DataFrame:
    """Both means, their difference and its 95% interval by month, in the unit shown."""
    open_, closed = (paths[measure.column] * measure.per_unit for paths in (answer.open_paths, answer.closed_paths))
    centre, half = _mean(open_ - closed), half_width(open_ - closed)
    half = np.where(open_.shape[0] > 1, half, np.nan)
    return pd.DataFrame(
        {
            "month": np.arange(open_.shape[1]), "open": _mean(open_), "closed": _mean(closed), "difference": centre,
            "ci_low": centre - half, "ci_high": centre + half,
        }
    )  # fmt: skip


def told(answer: Answer, measure: Measure) -> str:
    """The change of a measure in words, for those who do not see the chart."""
    change = answer.headline.difference(measure.column)
    value, low, high = (number_text(number * measure.per_unit) for number in (change.value, change.low, change.high))
    return f"open less closed {value} {measure.unit} over the last months, 95% interval {low} to {high}"


def _mean(paths: FloatArray) -> FloatArray:
    """Mean over the pairs that have a value, by month; nan where none has; (months,)."""
    known = np.isfinite(paths)
    count = known.sum(axis=0)
    total = np.where(known, paths, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0))


def _whole(ends: tuple[float, float], *, step: float) -> tuple[float, float]:
    """The ends of an axis, outwards to a multiple of `step`."""
    return float(np.floor(ends[0] / step) * step), float(np.ceil(ends[1] / step) * step)


def _by_month(answer: Answer, series: list[dict[str, Any]]) -> dict[str, Any]:
    months = answer.basis.months
    return {
        "grid": {"left": 6, "right": 14, "top": 12, "bottom": 2, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "time", "min": date_of(0), "max": date_of(months - 1), "splitLine": {"show": False},
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {"type": "value", "splitNumber": 4},
        "series": series,
    }  # fmt: skip


def _line(name: str, values: FloatArray) -> dict[str, Any]:
    data = [[date_of(month), rounded(value)] for month, value in enumerate(values)]
    return {"type": "line", "name": name, "showSymbol": False, "data": data, "emphasis": {"disabled": True}}


def _line_at(value: float, *, axis: str = "yAxis") -> dict[str, Any]:
    """A thin line that marks a value."""
    looks = {"color": MUTED, "type": "solid", "width": 1}
    return {"silent": True, "symbol": "none", "label": {"show": False}, "lineStyle": looks, "data": [{axis: value}]}
