"""Mediation: how much of what opening does runs through prices, through quality and through beliefs (model.md 4.5).

The closed arm is followed month by month and its path recorded; the open arm is then run again with one channel held
on that path and everything else free. What is missing from the effect then ran through that channel. The parts need
not add up: channels work on one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from market.estimators import Interval, paired_mean
from market.goods import Route
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.answering.comparison import over_months, paths_of_frames, tail_weights
from simulation.answering.pairing import Progress, compile_kernels, miniature
from simulation.console import aligned
from simulation.economy import ComputeEconomy
from simulation.experiments.attributing import OUTCOMES
from simulation.experiments.telling import estimate_data, money_text, named_csv, points_text, wrapped
from simulation.results.indicator_table import INDICATORS
from simulation.results.storage import ResultsWriter
from simulation.workers import available_cores, map_worlds
from simulation.world import PricePath

TABLE = "mediation.csv"
CHANNELS: Mapping[str, str] = {
    "prices": "what clouds and labs charge: GPU-hours on demand and under contract, labs' interfaces",
    "quality": "what labs train, and how good their models get",
    "beliefs": "what companies believe running a model themselves costs",
}
TOTAL = "total"


@dataclass(frozen=True)
class Mediation:
    """What opening does with every channel free, and how much less with one held; (draws,) each, by outcome."""

    effects: Mapping[str, Mapping[str, FloatArray]]  # TOTAL or channel -> outcome -> open less closed

    def through(self, channel: str, outcome: str) -> Interval:
        """What of the effect on an outcome runs through a channel."""
        return paired_mean(self.effects[TOTAL][outcome] - self.effects[channel][outcome])

    def total(self, outcome: str) -> Interval:
        """The whole effect."""
        return paired_mean(self.effects[TOTAL][outcome])


@dataclass(frozen=True)
class Recorded:
    """The path of one arm: what another can be held on."""

    prices: PricePath
    training: FloatArray  # (months, labs, 3) GPU-hours and points
    beliefs: FloatArray  # (months, 2, companies) mean and variance


@dataclass(frozen=True)
class Job:
    """One draw of one scenario, all of whose arms one worker runs."""

    scenario: Scenario
    draw: int
    threads: int


def mediate(
    scenario: Scenario, pairs: int, out: Path, *, workers: int | None = None, threads: int = 1,
    progress: Progress = lambda done, total: None,
) -> Mediation:  # fmt: skip
    """Run the channels over draws 1 to `pairs`, and leave the table in the folder `out`."""
    done = 0

    def count(_: Any) -> None:
        nonlocal done
        done += 1
        progress(done, pairs)

    found = map_worlds(
        effects_of_draw, [Job(scenario, draw, threads) for draw in range(1, pairs + 1)],
        workers=workers or available_cores(), threads=threads,
        warm_up=partial(compile_kernels, miniature(scenario), threads), done=count,
    )  # fmt: skip
    mediation = Mediation(
        {run: {name: np.array([draw[run][name] for draw in found]) for name in OUTCOMES} for run in (TOTAL, *CHANNELS)}
    )
    ResultsWriter(out).write_file(TABLE, named_csv(mediation_rows(mediation)).encode())
    return mediation


def effects_of_draw(job: Job) -> dict[str, dict[str, float]]:
    """Open less closed by outcome in one random world, with every channel free and with each held."""
    closed, path = recorded(job.scenario, arm="closed", draw=job.draw, threads=job.threads)
    held: dict[str, dict[str, Any]] = {
        TOTAL: {},
        "prices": {"prices": path.prices},
        "quality": {"training": path.training},
        "beliefs": {"beliefs": path.beliefs},
    }
    effects = {}
    for run, channel in held.items():
        economy = held_economy(job.scenario, arm="open", draw=job.draw, threads=job.threads, **channel)
        economy.run()
        effects[run] = _difference(job.scenario, closed, economy)
    return effects


def recorded(scenario: Scenario, *, arm: str, draw: int, threads: int = 1) -> tuple[ComputeEconomy, Recorded]:
    """A world run to its end, and the path it took."""
    economy = ComputeEconomy(scenario, draw=draw, arm=arm, threads=threads)
    clouds, interfaces, beliefs = [], [], []
    book = economy.world.book
    labs = [lab.code for lab in economy.world.labs]
    of_labs = (book.route == Route.CLOSED_API) & np.isin(book.seller, labs)
    for _ in range(scenario.horizon.months):
        economy.step()
        tariffs, companies = economy.record.tariffs, economy.companies
        clouds.append([tariffs.scarcity_price, tariffs.cloud_price, tariffs.contract_quote, tariffs.cloud_cost])
        interfaces.append(np.where(of_labs & tariffs.sheet.available, tariffs.sheet.price, np.nan))
        beliefs.append([companies.belief_mean, companies.belief_variance])
    training = economy.results(()).training_path
    assert training is not None
    return economy, Recorded(PricePath(np.array(clouds), np.array(interfaces)), training, np.array(beliefs))


def held_economy(
    scenario: Scenario, *, arm: str, draw: int, threads: int = 1, prices: PricePath | None = None,
    training: FloatArray | None = None, beliefs: FloatArray | None = None,
) -> ComputeEconomy:  # fmt: skip
    """A world before its first month, held on whatever paths of another are given."""
    economy = ComputeEconomy(scenario, draw=draw, arm=arm, threads=threads, training_path=training)
    economy.world.price_path, economy.world.belief_path = prices, beliefs
    return economy


def mediation_rows(found: Mediation) -> list[dict[str, Any]]:
    """One row per outcome: the whole effect, and what runs through each channel."""
    return [
        {"outcome": name, "channel": channel, **estimate_data(
            "effect", found.total(name) if channel == TOTAL else found.through(channel, name))}
        for name in OUTCOMES for channel in (TOTAL, *CHANNELS)
    ]  # fmt: skip


def mediation_text(found: Mediation) -> str:
    """The table as printed."""
    head = "What of it runs through which channel: the effect less the effect with the channel held as it was closed"
    rows = [["", *OUTCOMES.values()], ["all of it", *(_cell(name, found.total(name)) for name in OUTCOMES)]]
    for channel in CHANNELS:
        rows.append([f"through {channel}", *(_cell(name, found.through(channel, name)) for name in OUTCOMES)])
    told = "; ".join(f"{channel}: {meaning}" for channel, meaning in CHANNELS.items())
    return "\n".join([head, aligned(rows), wrapped(f"{told}. The parts need not add up.")])


def _difference(scenario: Scenario, closed: ComputeEconomy, open_: ComputeEconomy) -> dict[str, float]:
    """Means over the last months, open less closed."""
    paths = [paths_of_frames([economy.results((INDICATORS.name,)).indicators]) for economy in (closed, open_)]
    weights = tail_weights(scenario.horizon.months, scenario.answer.tail_months)
    effects = {}
    for name in OUTCOMES:
        before, after = over_months(paths[0][name], paths[1][name], weights)
        effects[name] = float(after[0] - before[0])
    return effects


def _cell(column: str, estimate: Interval) -> str:
    return points_text(estimate) if column.startswith("access") else money_text(estimate)
