"""The time series of the Explore page: which indicators stand together in a chart, and the chart of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.chart import KIND_COLOURS, MUTED
from simulation.results.indicator_table import INDICATORS
from simulation.results.schema import Column

INK = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")  # Okabe and Ito, for lines that belong to no kind of seller
DIGITS = 4  # significant, of a number on the page
_PER_UNIT = {  # unit of a column -> unit on the page, and the factor between them
    "share": ("%", 100.0),
    "USD/month": ("USD bn a month", 1e-9),
    "USD/Mtok": ("USD per million tokens", 1.0),
    "USD/GPU-hour": ("USD per GPU-hour", 1.0),
    "H100e": ("million H100 equivalents", 1e-6),
    "ratio": ("ratio", 1.0),
    "index": ("index", 1.0),
}


@dataclass(frozen=True)
class Line:
    """One line of a chart: an indicator, what it is called there, and its colour."""

    column: str
    label: str
    colour: str

    @property
    def declared(self) -> Column:
        """The column as declared: its unit and meaning."""
        return INDICATORS[self.column]


@dataclass(frozen=True)
class Panel:
    """One chart: its title, its lines (all in one unit), and whether its axis counts in powers."""

    title: str
    lines: tuple[Line, ...]
    log: bool = False
    from_zero: bool = True

    @property
    def unit(self) -> str:
        """The unit on the page."""
        return shown_unit(self.lines[0].declared)[0]

    @property
    def factor(self) -> float:
        """From the unit of the columns to the unit on the page."""
        return shown_unit(self.lines[0].declared)[1]


def shown_unit(column: Column) -> tuple[str, float]:
    """Unit in which a column is shown on the page, and the factor from its own."""
    return _PER_UNIT.get(column.unit, (column.unit, 1.0))


def _panel(
    title: str, *lines: tuple[str, str], kinds: Sequence[str] = (), log: bool = False, zero: bool = True
) -> Panel:
    colours = [KIND_COLOURS.get(kind, MUTED) for kind in kinds] or list(INK)
    drawn = tuple(Line(column, label, colour) for (column, label), colour in zip(lines, colours, strict=False))
    return Panel(title, drawn, log=log, from_zero=zero)


SECTIONS: dict[str, tuple[Panel, ...]] = {
    "Access": (
        _panel(
            "Access to AI", ("access_mean", "all companies"), ("access_small", "smaller half"),
            ("access_value_weighted", "weighted by value"),
        ),
        _panel(
            "Companies that use AI", ("adoption", "all"), ("adoption_small", "10–49 employees"),
            ("adoption_large", "250 and more"),
        ),
        _panel(
            "Tokens on open models", ("open_share_tokens", "all tokens"), ("open_share_enterprise", "enterprises"),
            ("open_share_developer", "developers"),
        ),
        _panel("Best models", ("frontier_quality", "best of all"), ("open_quality", "best open"), zero=False),
    ),
    "Control": (
        _panel(
            "Who could switch it off", ("control_lab", "labs"), ("control_releaser", "releasers' interfaces"),
            ("control_cloud", "clouds"), ("control_host", "hosters"), ("control_chip", "chip vendor"),
            kinds=("lab", "releaser", "cloud", "host", "chip"),
        ),
        _panel(
            "Concentration", ("cloud_hhi", "clouds"), ("api_hhi", "labs' interfaces"), ("control_hhi", "kill switch"),
            kinds=("cloud", "lab", ""),
        ),
    ),
    "Prices": (
        _panel(
            "Price of tokens", ("price_closed", "closed interfaces"), ("price_open", "hosted open models"),
            ("price_paid", "paid on average"), kinds=("lab", "host", "companies"), log=True,
        ),
        _panel(
            "Price of computing", ("gpu_hour_price", "on demand"), ("gpu_hour_price_contract", "one-year contract"),
        ),
    ),
    "Capacity": (
        _panel("Machines", ("gpu_fleet_h100e", "all owners"), kinds=("cloud",)),
        _panel(
            "Machines at work", ("utilisation_shared", "hosts and labs"), ("utilisation_self", "companies' own"),
            kinds=("host", "companies"),
        ),
        _panel("Demand over supply", ("load", "clouds"), kinds=("cloud",)),
    ),
    "Money": (
        _panel(
            "Profit by layer", ("profit_lab", "labs"), ("profit_releaser", "releasers"), ("profit_cloud", "clouds"),
            ("profit_host", "hosters"), ("profit_chip", "chip vendor"),
            kinds=("lab", "releaser", "cloud", "host", "chip"),
        ),
        _panel(
            "What companies gain", ("consumer_surplus_systematic", "value less all costs"),
            ("consumer_surplus_taste", "value of variety"), ("welfare", "everybody's gain"),
            kinds=("companies", "host", ""),
        ),
        _panel(
            "Revenue from AI", ("revenue_cloud", "clouds"), ("revenue_lab", "labs"), ("revenue_chip", "chip vendor"),
            kinds=("cloud", "lab", "chip"),
        ),
    ),
}  # fmt: skip


def series_option(
    panel: Panel, indicators: pd.DataFrame, *, months: int, before: pd.DataFrame | None = None
) -> dict[str, Any]:
    """The chart of a panel over all `months`; `before` is an earlier run, drawn thin and dashed."""
    series = [_line(line, indicators, panel.factor) for line in panel.lines]
    if before is not None and len(before):
        series += [_line(line, before, panel.factor, faint=True) for line in panel.lines]
    return {
        "grid": {"left": 6, "right": 14, "top": 10, "bottom": 2, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "time", "min": date_of(0), "max": date_of(months - 1), "splitLine": {"show": False},
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {
            "type": "log" if panel.log else "value", "scale": not panel.from_zero, "splitNumber": 4,
            "axisLabel": {"fontSize": 11},
        },
        "series": series,
    }  # fmt: skip


def _line(line: Line, frame: pd.DataFrame, factor: float, *, faint: bool = False) -> dict[str, Any]:
    values = frame[line.column] * factor if len(frame) else []
    months = frame["month"] if len(frame) else []
    looks = {"width": 1, "type": "dashed", "opacity": 0.55} if faint else {"width": 2}
    return {
        "type": "line", "name": f"{line.label}, before" if faint else line.label, "showSymbol": False,
        "data": [[date_of(int(month)), rounded(value)] for month, value in zip(months, values, strict=True)],
        "color": line.colour, "lineStyle": looks, "connectNulls": False, "silent": faint,
        "emphasis": {"disabled": True},
    }  # fmt: skip


def date_of(month: int) -> str:
    """The first day of a month that counts from January 2023, as ECharts reads dates."""
    return f"{2023 + month // 12}-{month % 12 + 1:02d}-01"


def rounded(value: float) -> float | None:
    """A number with as many digits as the page shows; None where there is none."""
    if not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}")


def number_text(value: float) -> str:
    """A number as the page writes it: 0.0123, 4.57, 123, 12,345; a dash where there is none."""
    found = rounded(value)
    if found is None:
        return "–"
    if found != 0 and not 1e-4 <= abs(found) < 1e7:
        return f"{found:.3g}"
    digits = max(0, min(4, 2 - math.floor(math.log10(abs(found)))) if found else 0)
    return f"{found:,.{digits}f}"


def described(panel: Panel, indicators: pd.DataFrame) -> str:
    """What a screen reader says of the chart: quantity, unit, and the last value of every line."""
    values = "no month is simulated yet"
    if len(indicators):
        last = indicators.iloc[-1]
        values = ", ".join(f"{line.label} {number_text(last[line.column] * panel.factor)}" for line in panel.lines)
        values = f"in {date_of(int(last['month']))[:7]}: {values}"
    return f"{panel.title}, {panel.unit}, line chart by month; {values}"
