"""What the command line prints: progress, the path of a world by year, and the table of parameters."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulation.timeline import FIRST_YEAR

if TYPE_CHECKING:
    from market.parameters import Declaration
    from scenarios import Scenario
    from simulation.run import Run

LONGEST_SILENCE = 600.0  # seconds
LONGEST_CELL = 26  # characters of a value or range in the table of parameters; JSON has them whole
_PATH = (  # column of `indicators`, heading in two lines, factor, decimals
    ("adoption", "adoption", "%", 100.0, 1),
    ("access_mean", "access", "%", 100.0, 1),
    ("access_small", "small", "%", 100.0, 1),
    ("open_share_enterprise", "open ent.", "%", 100.0, 1),
    ("open_share_developer", "open dev.", "%", 100.0, 1),
    ("price_closed", "closed", "$/Mtok", 1.0, 2),
    ("price_open", "open", "$/Mtok", 1.0, 2),
    ("gpu_hour_price", "GPU-hour", "$", 1.0, 2),
    ("cloud_hhi", "clouds", "HHI", 1.0, 3),
    ("profit_lab", "labs", "$bn/mo", 1e-9, 2),
    ("profit_cloud", "clouds", "$bn/mo", 1e-9, 2),
    ("profit_chip", "chips", "$bn/mo", 1e-9, 2),
    ("consumer_surplus", "surplus", "$bn/mo", 1e-9, 2),
)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, or a line for every tenth where nobody watches; yields a function of (done, total)."""
    if not sys.stderr.isatty():
        yield _progress_lines(what)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(bar_width=None), MofNCompleteColumn(), TimeElapsedColumn())
    left = (TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *left, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


def time_text(seconds: float) -> str:
    """A duration a person can plan with."""
    for length, unit in ((86_400.0, "days"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.1f} {unit}" if seconds < 10 * length else f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 1.0):.0f} s"


def size_text(count: float) -> str:
    """So many bytes."""
    for size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


def path_by_year(world: Run) -> str:
    """Which world it is, and yearly means of the indicators worth a first look; a mean without values is a dash."""
    indicators, scenario = world.indicators, world.scenario
    years = indicators["month"] // 12 + FIRST_YEAR
    means = indicators.groupby(years)[[column for column, *_ in _PATH]].mean()
    heads = [["", *(first for _, first, *_ in _PATH)], ["year", *(second for _, _, second, *_ in _PATH)]]
    rows = [
        [str(year), *(_rounded(means.at[year, column] * factor, digits) for column, *_, factor, digits in _PATH)]
        for year in means.index
    ]
    return f"{world_named(scenario, arm=world.arm, draws=f'draw {world.draw}')}\n{aligned([*heads, *rows])}"


def world_named(scenario: Scenario, *, arm: str, draws: str) -> str:
    """Which worlds are shown."""
    return (
        f"{scenario.name}, {scenario.companies.calibration} calibration, {arm} arm, {draws}: "
        f"{scenario.companies.count:,} companies, {scenario.horizon.months} months"
    )


def parameters_text(scenario: Scenario, *, assumed: bool) -> str:
    """The parameters of a scenario as a table, then how many rest on an assumption."""
    found = _listed(scenario, assumed=assumed)
    head = ["parameter", "value", "unit", "range", "source", "meaning (symbol)"]
    rows = [
        [item.key, _short(_plain(value)), "" if item.options else item.unit, _range(item), item.source, _meaning(item)]
        for item, value in found
    ]
    every = _listed(scenario, assumed=False)
    count = sum(item.assumed for item, _ in every)
    last = f"{count} of {len(every)} parameters are assumed: no fact supports their default."
    return f"{aligned([head, *rows], left=True)}\n{last}"


def parameters_json(scenario: Scenario, *, assumed: bool) -> str:
    """The same as JSON: one object per parameter."""
    rows = [
        {
            "key": item.key, "value": value, "default": item.default, "unit": item.unit, "meaning": item.meaning,
            "source": item.source, "assumed": item.assumed, "symbol": item.symbol, "type": item.type,
            "low": item.low, "high": item.high, "least": item.least, "most": item.most, "options": item.options,
        }
        for item, value in _listed(scenario, assumed=assumed)
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def aligned(rows: list[list[str]], *, left: bool = False) -> str:
    """Rows of text in columns two spaces apart: numbers to the right, or everything to the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    pad = str.ljust if left else str.rjust
    lines = ("  ".join(pad(text, width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _listed(scenario: Scenario, *, assumed: bool) -> list[tuple[Declaration, Any]]:
    return [(item, value) for item, value in scenario.parameters() if item.assumed or not assumed]


def _progress_lines(what: str) -> Callable[[int, int], None]:
    """Tell of every tenth of the work, and of every ten minutes, in a line of its own, with the time that is left."""
    told, spoke = 0, time.monotonic()
    first: tuple[int, float] | None = None

    def advance(done: int, total: int) -> None:
        nonlocal told, spoke, first
        now = time.monotonic()
        if first is None:
            first = (done, now)
        tenth = 10 * done // total
        if tenth > told or now - spoke > LONGEST_SILENCE:
            told, spoke = tenth, now
            left = ""
            if first[0] < done < total:
                left = f", about {time_text((now - first[1]) / (done - first[0]) * (total - done))} left"
            sys.stderr.write(f"{what}: {done} of {total}{left}\n")
            sys.stderr.flush()

    return advance


def _rounded(value: float, digits: int) -> str:
    return "-" if value != value else f"{value:,.{digits}f}"


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_plain(entry) for entry in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}".replace("e+0", "e").replace("e+", "e") if isinstance(value, float) else str(value) or '""'


def _range(item: Declaration) -> str:
    """The alternatives of a text, the range of the sweep of a number; a dash where none is declared."""
    if item.options:
        return _short("|".join(item.options))
    return "-" if item.low is None or item.high is None else _short(f"{_plain(item.low)} to {_plain(item.high)}")


def _meaning(item: Declaration) -> str:
    return f"{item.meaning} ({item.symbol})" if item.symbol else item.meaning


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def as_json(data: Any) -> str:
    """Plain data as JSON, with null for what is no number."""
    return json.dumps(_without_nan(data), indent=2, ensure_ascii=False, allow_nan=False)


def _without_nan(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_without_nan(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
