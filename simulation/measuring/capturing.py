"""Value capture by firm: Shapley values at a month's snapshot (docs/model.md 4.3). Reported, never classed on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.offers import NONE, offer_terms
from agents.sources import worth_of_sources
from agents.terms import Workloads, terms, weights
from market.goods import Offer, Route
from market.indicators import shapley_values
from market.units import MONTHS_PER_YEAR, FloatArray
from market.value_capture import coalition_values
from simulation.measuring.controlling import DearMeasures
from simulation.month.capacity import is_hyperscaler
from simulation.month.conditions import circumstances_of, dominant_vendor
from simulation.world import OTHER, MonthRecord, World

USERS = "companies"
FRINGE = "fringe"  # every cloud without pricing power, as one bloc
OTHERS = "other developers"  # the smallest ones, where there are more than can be told apart
MOST_PLAYERS = 12


@dataclass(frozen=True)
class Player:
    """A firm, or a bloc that moves together."""

    name: str
    layer: str
    codes: tuple[int, ...]  # of its sellers; none for the users


@dataclass(frozen=True)
class ValueCapture:
    """Who is needed how much, USD a month; (players,)."""

    players: tuple[Player, ...]
    shapley: FloatArray
    added: FloatArray  # what is lost where the player leaves everybody else

    def share(self, layer: str) -> float:
        """Part of all value that the Shapley values give to a layer; nan where nothing is created."""
        total = self.shapley.sum()
        part = sum(value for player, value in zip(self.players, self.shapley, strict=True) if player.layer == layer)
        return float(part / total) if total > 0 else float("nan")


def is_measured(month: int, *, months: int, tail: int) -> bool:
    """Whether value capture is measured in `month`: at the year-ends among the last `tail` of `months` months.

    Years are counted back from the last month of the horizon, which is always one of them.
    """
    return month >= months - tail and (months - 1 - month) % MONTHS_PER_YEAR == 0


def players_of(world: World) -> tuple[Player, ...]:
    """Hyperscalers, the other clouds as one bloc, developers of models, and the users; all who are in business."""
    large = [cloud for cloud in world.clouds if cloud.alive and is_hyperscaler(cloud)]
    small = [cloud for cloud in world.clouds if cloud.alive and not is_hyperscaler(cloud)]
    clouds = [Player(cloud.name, "cloud", (cloud.code,)) for cloud in large]
    clouds += [Player(FRINGE, "cloud", tuple(cloud.code for cloud in small))] if small else []
    places = max(MOST_PLAYERS - len(clouds) - 1, 1)
    alive = [trainer for trainer in world.trainers if trainer.alive]
    trainers = sorted(alive, key=lambda trainer: (-sum(trainer.revenue_history[-1:]), trainer.code))
    alone, rest = (trainers, []) if len(trainers) <= places else (trainers[: places - 1], trainers[places - 1 :])
    developers = [Player(trainer.name, trainer.layer, (trainer.code,)) for trainer in alone]
    developers += [Player(OTHERS, "lab", tuple(trainer.code for trainer in rest))] if rest else []
    return (*clouds, *developers, Player(USERS, USERS, ()))


def value_capture(world: World, record: MonthRecord, *, measures: DearMeasures) -> ValueCapture:
    """Shapley values of the firms and the users this month.

    Published weights are nobody's to refuse: who published them is needed no more (L17).
    """
    players = players_of(world)
    clouds = [p for p in players if p.layer == "cloud"]
    developers = [p for p in players if p.codes and p.layer != "cloud"]
    net, hours, free, weight = _worth(world, record, measures=measures, developers=developers)
    room = _capacity(world, record)
    served = coalition_values(
        net=net, hours=hours, weight=weight, free=free,
        capacity=np.array([room[list(p.codes)].sum() for p in clouds]),
    )  # fmt: skip
    worth = np.concatenate([np.zeros(served.size), served.ravel()])  # bits: clouds, developers, last the users
    everybody = len(worth) - 1
    return ValueCapture(
        players=players,
        shapley=shapley_values(worth),
        added=np.array([worth[everybody] - worth[everybody - (1 << place)] for place in range(len(players))]),
    )


def capture_shares(captured: ValueCapture) -> dict[str, float]:
    """The part of the value created that each layer is needed for, as indicators."""
    return {f"value_share_{layer}": captured.share(layer) for layer in ("lab", "releaser", "cloud", USERS)}


def capture_rows(captured: ValueCapture) -> dict[str, npt.ArrayLike]:
    """Rows of the table `value_capture`."""
    total = captured.shapley.sum()
    share = captured.shapley / total if total > 0 else np.full(len(captured.players), np.nan)
    return {
        "player": np.array([player.name for player in captured.players], dtype=object),
        "layer": np.array([player.layer for player in captured.players], dtype=object),
        "shapley_usd": captured.shapley, "shapley_share": share, "added_value_usd": captured.added,
    }  # fmt: skip


def _worth(
    world: World, record: MonthRecord, *, measures: DearMeasures, developers: list[Player]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Net value and GPU-hours by developer and, last, of public weights at clouds; on own machines; firms behind."""
    assumptions, companies = record.assumptions, world.companies
    circumstances = circumstances_of(world, assumptions, month=record.month)
    sheet = record.demand.sheet
    offers = offer_terms(sheet, demand=assumptions.demand, selfhost=assumptions.selfhost, circumstances=circumstances)
    panel = measures.panel
    using = companies.live[panel.rows] & companies.ready[companies.company[panel.rows]]
    rows = panel.rows[using]
    workloads = Workloads.of(companies, need=record.demand.need, dominant=dominant_vendor(world, rows=rows))
    accounts = terms(
        workloads, rows, sheet=sheet, demand=assumptions.demand, lockin=assumptions.lockin,
        selfhost=assumptions.selfhost, labour=assumptions.labour, circumstances=circumstances,
    )  # fmt: skip
    by_code = {code: place for place, player in enumerate(developers) for code in player.codes}
    public, own = len(developers), len(developers) + 1
    source = np.array([_source(world, offer, by_code=by_code, public=public, own=own) for offer in world.book.offers])
    found = worth_of_sources(
        accounts, offers, weights(assumptions.demand, assumptions.lockin, assumptions.selfhost),
        chain=measures.chain(world, record, offers=offers), source=source, sources=own + 1,
        hour_cost=assumptions.invest.opex,
    )  # fmt: skip
    firms = panel.stands_for[using] * companies.weight[companies.company[rows]]
    return found.net[:, :own], found.hours[:, :own], found.net[:, own], firms


def _source(world: World, offer: Offer, *, by_code: dict[int, int], public: int, own: int) -> int:
    """Who must agree to an offer besides a cloud: its developer, nobody, or not even a cloud."""
    if offer.route == Route.CLOSED_API:
        return by_code.get(world.code_of[offer.vendor], NONE)
    return public if offer.route in (Route.HOSTED_OPEN, Route.SELF_RENT) else own


def _capacity(world: World, record: MonthRecord) -> FloatArray:
    """GPU-hours of each cloud that are idle or serve companies; (clouds,)."""
    compute = record.compute
    held = compute.serving_held.copy()
    held[world.buyers.index(OTHER)] = 0.0
    for lab, hours in zip(world.labs, compute.subscription_hours, strict=True):
        row = world.buyers.index(lab.name)
        total = held[row].sum()
        held[row] *= max(1.0 - hours / total, 0.0) if total > 0 else 0.0
    idle = np.maximum(compute.cleared.supply - compute.cleared.served.sum(axis=(0, 2)), 0.0)
    return np.asarray(idle + held.sum(axis=0))
