"""`power`: who could deny, reprice or is needed, actor by actor, at the end of a world, with intervals over draws.

Kill-switch exposure is what the value realised would lose if the actor withdrew; hold-up power what a lasting price
rise brings it, per dollar of its customers' surplus; the Shapley value what it is needed for; PageRank and Katz how
central it is among those who pay and those who depend on one another. Analysis only: nothing in the economy reads
these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from market.estimators import Interval, fieller_ratio, paired_mean
from market.indicators import hhi
from market.structure import effective_suppliers, katz, modified_hhi, pagerank
from market.units import CENTS_PER_DOLLAR, FloatArray
from scenarios.scenario import Scenario
from scenarios.writing import resolved_toml
from simulation.answering.pairing import Progress, compile_kernels, miniature
from simulation.economy import ComputeEconomy
from simulation.experiments.holding_up import MONTHS, gains_of_price_rises
from simulation.experiments.telling import named_csv
from simulation.measuring.margins import lerner_by_seller
from simulation.measuring.networks import SEGMENTS, dependency_graph, write_networks
from simulation.measuring.service_chains import parent_of
from simulation.month.interests import incomes
from simulation.results.storage import results_folder
from simulation.workers import available_cores, map_worlds

if TYPE_CHECKING:
    import networkx as nx

TABLE, CONCENTRATION, NETWORKS = "actors.csv", "concentration.csv", "networks"
GAIN, AT_STAKE = "hold_up_gain_usd", "customers_surplus_usd"
ATTENUATION = 0.5  # of Katz on shares: a path counts half as much for every edge
MEASURES: Mapping[str, str] = {
    "exposure": "part of realised value lost if it withdrew, three months to replace it",
    "exposure_long": "the same with two years",
    "hold_up": f"profit that a 10% price rise lasting {MONTHS} months brings, per dollar of its customers' surplus",
    "shapley": "part of all value created that it is needed for",
    "lerner": "margin over price",
    "pagerank_payments": "PageRank among those who pay one another",
    "katz_payments": "Katz centrality among them",
    "pagerank_dependence": "PageRank among those who depend on one another for realised value",
    "katz_dependence": "Katz centrality among them",
    "suppliers": "number of equal sellers that would be as concentrated as those it buys from",
    GAIN: "that profit, USD a month",
    AT_STAKE: "its customers' surplus, USD a month",
    "revenue_usd": "revenue of the month",
}
INDICES = ("hhi", "modified_hhi")
LAYERS = {"clouds": ("cloud",), "labs": ("lab",), "clouds and labs": ("cloud", "lab")}


@dataclass(frozen=True)
class Job:
    """One draw for one worker; `folder` takes the networks."""

    scenario: Scenario
    arm: str
    draw: int
    threads: int
    folder: Path | None = None


@dataclass(frozen=True)
class Found:
    """One draw: measures by actor, and concentration by layer."""

    layer: Mapping[str, str]  # actor -> layer
    actors: Mapping[str, Mapping[str, float]]  # actor -> measure -> value
    concentration: Mapping[str, Mapping[str, float]]  # layer -> hhi, modified_hhi


@dataclass(frozen=True)
class Power:
    """Every actor over the draws in which it is in business."""

    scenario: Scenario
    arm: str
    draws: int
    layer: Mapping[str, str]
    actors: Mapping[str, Mapping[str, Interval]]
    concentration: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)


def power(
    scenario: Scenario, draws: int, out: Path, *, arm: str = "open", workers: int | None = None, threads: int = 1,
    progress: Progress = lambda done, total: None,
) -> Power:  # fmt: skip
    """Measure power at the end of draws 1 to `draws`, and leave tables and, of draw 1, the networks in `out`.

    Raises StorageError for a folder that cannot be used.
    """
    done = 0

    def count(_: Any) -> None:
        nonlocal done
        done += 1
        progress(done, draws)

    with results_folder(out, command="power") as writer:
        jobs = [
            Job(scenario, arm, draw, threads, writer.folder / NETWORKS if draw == 1 else None)
            for draw in range(1, draws + 1)
        ]
        found = map_worlds(
            power_of_draw, jobs, workers=workers or available_cores(), threads=threads,
            warm_up=partial(compile_kernels, miniature(scenario), threads), done=count,
        )  # fmt: skip
        result = over_draws(scenario, arm, found)
        writer.write_file(TABLE, named_csv(power_rows(result)).encode())
        writer.write_file(CONCENTRATION, named_csv(concentration_rows(result)).encode())
        writer.write_scenario(scenario.name, resolved_toml(scenario))
        writer.finish(command="power", runs=[], not_modelled=[])
    return result


def power_of_draw(job: Job) -> Found:
    """Measure one world at its end."""
    economy = ComputeEconomy(job.scenario, draw=job.draw, arm=job.arm, threads=job.threads)
    lasts = min(MONTHS, job.scenario.horizon.months - 1)
    economy.run(job.scenario.horizon.months - lasts)
    active = [seller.code for seller in economy.sellers if seller.alive and sells(economy, seller.code)]
    gains = gains_of_price_rises(economy, active, months=lasts)
    economy.run()
    if job.folder is not None:
        write_networks(economy, job.folder)
    return measured(economy, dict(zip(active, gains, strict=True)))


def sells(economy: ComputeEconomy, code: int) -> bool:
    """Whether a seller sells GPU-hours or tokens, so that it has a price to raise."""
    book = economy.world.book
    own = (book.seller == code) & economy.record.demand.sheet.available
    return bool(code < len(economy.world.clouds) or (own & (economy.record.service.tokens_by_offer > 0)).any())


def measured(economy: ComputeEconomy, gain: Mapping[int, float]) -> Found:
    """Every measure of every seller in business at the end of the last month."""
    world, record = economy.world, economy.record
    dear = economy.recorder.dear
    exposure = dear.exposure()
    depends = dependency_graph(world, record)
    pays = economy.trade_network.payments()
    central = {
        "pagerank_payments": _central(pays, "cents", pagerank), "katz_payments": _central(pays, "cents", _katz),
        "pagerank_dependence": _central(depends, "usd", pagerank), "katz_dependence": _central(depends, "usd", _katz),
    }  # fmt: skip
    suppliers = _central(pays.subgraph(seller.name for seller in world.sellers), "cents", effective_suppliers)
    captured = economy.results(("value_capture",)).value_capture
    last = captured[captured["month"] == record.month]
    needed = dict(zip(last["player"], last["shapley_share"], strict=True))
    stake = customers_surplus(economy, depends)
    lerner = lerner_by_seller(world, record)
    revenue = record.closing.books.sheet.revenue / CENTS_PER_DOLLAR
    actors = {}
    for seller in world.sellers:
        if not seller.alive:
            continue
        code, name = seller.code, seller.name
        actors[name] = {
            "exposure": float(exposure[0, code]), "exposure_long": float(exposure[1, code]),
            GAIN: gain.get(code, float("nan")), AT_STAKE: stake.get(name, 0.0),
            "shapley": float(needed.get(name, np.nan)), "lerner": float(lerner[code]),
            **{measure: values.get(name, 0.0) for measure, values in central.items()},
            "suppliers": suppliers.get(name, float("nan")), "revenue_usd": float(revenue[code]),
        }
    blocs = {name: {"shapley": float(value)} for name, value in needed.items() if name not in actors}
    layer = dict(zip(last["player"], last["layer"], strict=True))
    return Found(
        layer=layer | {seller.name: seller.layer for seller in world.sellers}, actors=actors | blocs,
        concentration={name: concentration(economy, layers) for name, layers in LAYERS.items()},
    )


def customers_surplus(economy: ComputeEconomy, depends: nx.DiGraph) -> dict[str, float]:
    """Companies' systematic surplus behind each seller, USD a month: in proportion to the value that depends on it."""
    total = sum(data["usd"] for one, _, data in depends.edges(data=True) if one in SEGMENTS)
    indicators = economy.results(("indicators",)).indicators
    surplus = float(indicators["consumer_surplus_systematic"].iloc[-1])
    behind = dict(depends.in_degree(weight="usd"))
    return {name: surplus * value / total for name, value in behind.items()} if total > 0 else {}


def concentration(economy: ComputeEconomy, layers: Sequence[str]) -> dict[str, float]:
    """Herfindahl index of a layer's revenue, plain and counting common owners, 0..1."""
    firms = [seller for seller in economy.sellers if seller.alive and seller.layer in layers]
    revenue = economy.record.closing.books.sheet.revenue
    sales = np.array([max(float(revenue[seller.code]), 0.0) for seller in firms])
    if not sales.sum() > 0:
        return {"hhi": float("nan"), "modified_hhi": float("nan")}
    interest = holdings(economy)[[seller.code for seller in firms]]
    return {"hhi": hhi(sales), "modified_hhi": modified_hhi(sales, interest.T)}


def holdings(economy: ComputeEconomy) -> FloatArray:
    """Part of each seller (row) that every seller holds (column), (sellers, sellers); the rest it is its own.

    A stake of a deal counts as it is; a firm with a majority owner is wholly that owner's.
    """
    world = economy.world
    held = incomes(world, economy.assumptions).T.copy()
    np.fill_diagonal(held, 0.0)
    for seller in world.sellers:
        if parent_of(seller):
            held[seller.code] = 0.0
            held[seller.code, world.code_of[parent_of(seller)]] = 1.0
    np.fill_diagonal(held, 1.0 - held.sum(axis=1))
    return np.asarray(held)


def over_draws(scenario: Scenario, arm: str, found: Sequence[Found]) -> Power:
    """Means with 95% intervals over the draws that have a value."""
    names = list(dict.fromkeys(name for each in found for name in each.actors))
    layer = {name: each.layer[name] for each in found for name in each.layer}

    def mean(values: list[float]) -> Interval:
        known = np.array([value for value in values if np.isfinite(value)])
        return paired_mean(known) if len(known) else Interval(np.nan, np.nan, np.nan)

    def measures(name: str) -> dict[str, Interval]:
        rows = [each.actors[name] for each in found if name in each.actors]
        plain = {m: mean([row.get(m, float("nan")) for row in rows]) for m in MEASURES if m != "hold_up"}
        asked = [(row[GAIN], row[AT_STAKE]) for row in rows if np.isfinite(row.get(GAIN, np.nan))]
        return {m: hold_up(asked) if m == "hold_up" else plain[m] for m in MEASURES}

    return Power(
        scenario=scenario, arm=arm, draws=len(found), layer=layer, actors={name: measures(name) for name in names},
        concentration={
            layers: {kind: mean([each.concentration[layers][kind] for each in found]) for kind in INDICES}
            for layers in LAYERS
        },
    )  # fmt: skip


def hold_up(draws: Sequence[tuple[float, float]]) -> Interval:
    """Gain per dollar of customers' surplus, of sums over draws and never a mean of ratios (Fieller's interval).

    Refused where customers' surplus is not clear of zero, and for fewer than two draws.
    """
    if len(draws) < 2:
        return Interval(np.nan, np.nan, np.nan, refused=True)
    gain, at_stake = (np.array([draw[part] for draw in draws]) for part in (0, 1))
    return fieller_ratio(gain, at_stake)


def power_rows(found: Power) -> list[dict[str, Any]]:
    """One row per actor and measure."""
    return [
        {"actor": name, "layer": found.layer[name], "arm": found.arm, "measure": measure, "value": value.value,
         "low": value.low, "high": value.high}
        for name, measures in found.actors.items() for measure, value in measures.items()
    ]  # fmt: skip


def concentration_rows(found: Power) -> list[dict[str, Any]]:
    """One row per layer and index."""
    return [
        {"layer": layer, "arm": found.arm, "index": kind, "value": value.value, "low": value.low, "high": value.high}
        for layer, kinds in found.concentration.items() for kind, value in kinds.items()
    ]  # fmt: skip


def _central(graph: nx.DiGraph, weight: str, index: Any) -> dict[str, float]:
    """An index of every node, edges weighted by their share of what leaves a node."""
    import networkx as nx

    names = list(graph)
    if not names:
        return {}
    matrix: FloatArray = nx.to_numpy_array(graph, nodelist=names, weight=weight)
    leaving = matrix.sum(axis=1, keepdims=True)
    share = np.divide(matrix, leaving, out=np.zeros_like(matrix), where=leaving > 0)
    return dict(zip(names, (float(value) for value in index(share)), strict=True))


def _katz(share: FloatArray) -> FloatArray:
    return katz(share, attenuation=ATTENUATION)
