"""The sellers: clouds, labs, releasers, hosters and the chip vendor, each a Mesa agent.

A seller holds what it knows and owns (fleet, models, contracts, mark-ups) and no money: accounts live in the ledger.
What it decides are methods that return values; the phases in simulation/month/ commit them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import mesa

from market.fleet import Fleet
from market.goods import Model
from market.units import FloatArray

NEVER_FOUNDED = -1


class Seller(mesa.Agent):  # type: ignore[misc]
    """Anything that sells: a name, a permanent code and a layer for value capture."""

    kind = "seller"  # what it is
    wacc = 0.0  # 1/year, cost of the capital in machines and sites: only clouds own any
    jurisdiction = 0  # bloc that it belongs to: that of the weights it publishes, of the machines it owns
    founded = 0  # month; NEVER_FOUNDED at a seat that nobody has taken
    seat = False  # reserved at founding for a firm that may enter later
    alive = True  # in business: founded, and neither failed nor gone

    def __init__(self, model: mesa.Model, *, name: str, code: int, layer: str) -> None:
        super().__init__(model)
        self.name = name  # unique
        self.code = code  # permanent
        self.luck = code  # what its draws are keyed by
        self.layer = layer  # in which its profit counts


class CloudProvider(Seller):
    """Rents accelerators, hosts open models, runs a marketplace; hyperscaler, fringe or neocloud."""

    kind = "cloud"

    def __init__(
        self, model: mesa.Model, *, name: str, code: int, wacc: float, role: str, fleet: Fleet, legacy_share: float,
        scarcity_price: float, leverage: float, brand: float,
    ) -> None:
        super().__init__(model, name=name, code=code, layer="cloud")
        self.wacc = wacc  # 1/year
        self.role = role  # hyperscaler, fringe, neocloud or public
        self.fleet = fleet  # machines and sites
        self.legacy_share = legacy_share  # of ordinary cloud revenue at founding
        self.scarcity_price = scarcity_price  # USD per GPU-hour: avoidable cost plus scarcity premium
        self.price = scarcity_price  # posted, USD per GPU-hour
        self.leverage = leverage  # years of EBITDA
        self.brand = brand  # log-price points a contract buyer pays for the name
        self.demand_history: list[float] = []  # GPU-hours expected to be desired, by month, smoothed
        self.past_purchases = 0.0  # H100e bought so far
        self.planned_share = 0.0  # of all rented GPU-hours, while an entrant builds


class Hoster(Seller):
    """Serves open models on rented accelerators."""

    kind = "hoster"

    def __init__(self, model: mesa.Model, *, name: str, code: int, allowed: FloatArray) -> None:
        super().__init__(model, name=name, code=code, layer="host")
        self.allowed = allowed  # (clouds,) 1 where it may rent


@dataclass
class TrainingRun:
    """A model under way: GPU-hours still to burn and what may be spent on them per month."""

    gpu_hours: float  # of the whole run
    left: float  # GPU-hours still to burn
    budget: float  # USD a month for GPU-hours
    started: int  # month
    distillation: float = 0.0  # points


class Trainer(Seller):
    """What labs and releasers share: knowledge, models, a training run and compute contracts."""

    def __init__(
        self, model: mesa.Model, *, name: str, code: int, layer: str, allowed: FloatArray, models: dict[str, Model]
    ) -> None:
        super().__init__(model, name=name, code=code, layer=layer)
        self.allowed = allowed  # (clouds,) 1 where it may rent
        self.models = models  # by tier: frontier, small (labs); open, api (releasers)
        self.algorithms = 0.0  # dex of algorithmic knowledge
        self.run: TrainingRun | None = None  # under way
        self.last_run_hours = 0.0  # GPU-hours of the last run
        self.research_spend: list[float] = []  # USD, by month
        self.usage_share = 0.0  # of all tokens served last month, those on open models included
        self.flywheel = 0.0  # points
        self.revenue_history: list[float] = []  # USD, by month
        self.gpu_price_paid = 0.0  # expected, from what it paid, USD per GPU-hour


class InTests(NamedTuple):
    """A finished model of a lab in its tests."""

    ready: int  # month from which it may be sold
    quality: float  # points
    gpu_hours: float  # of its run
    flaws_left: float  # after its tests, part of what is wrong with it


class ModelLab(Trainer):
    """Trains and sells closed models; frontier or follower, independent or owned by a cloud."""

    kind = "lab"

    def __init__(
        self, model: mesa.Model, *, name: str, code: int, allowed: FloatArray, models: dict[str, Model], role: str,
        parent: str, marketplaces: tuple[str, ...], partner: str = "", deal_month: int = 0,
    ) -> None:
        super().__init__(model, name=name, code=code, layer="lab", allowed=allowed, models=models)
        self.role = role  # frontier or follower
        self.parent = parent  # cloud that owns it, empty: nobody
        self.marketplaces = marketplaces  # clouds that resell its interface
        self.partner = partner  # cloud it has a deal with, from `deal_month` on
        self.deal_month = deal_month  # month
        self.distils = role == "follower"  # trains on answers of the frontier until found out
        self.planned: dict[str, Model] = {}  # models of an entrant before its first run is finished
        self.in_tests: list[InTests] = []  # models that are finished and not for sale yet
        self.training_cash = 0.0  # USD: equity and revenue set aside for training and not yet spent
        self.head_start = 0.0  # share of its first run that was done before founding


class Announced(NamedTuple):
    """Weights that a releaser has said it will publish."""

    month: int
    quality: float  # points
    flaws_left: float  # part of what is wrong with them that tests have left


class OpenWeightReleaser(Trainer):
    """Trains models whose weights it publishes: on the dated schedule, afterwards where that is worth most to it."""

    kind = "releaser"

    def __init__(
        self, model: mesa.Model, *, name: str, code: int, jurisdiction: int, allowed: FloatArray,
        models: dict[str, Model], funding: str, closed_api: bool, first_release: int, parent: str = "",
        parent_stake: float = 0.0,
    ) -> None:
        super().__init__(model, name=name, code=code, layer="releaser", allowed=allowed, models=models)
        self.jurisdiction = jurisdiction  # bloc, 0 or 1
        self.funding = funding  # complement | state | equity
        self.closed_api = closed_api  # sells an interface where it may not publish
        self.parent = parent  # cloud that owns it, empty: nobody
        self.parent_stake = parent_stake  # part of the GPU-hours pulled in by open weights that the owner sells
        self.next_release = first_release  # month
        self.pending: list[Announced] = []  # weights that will be published
        self.withholds = False  # keeps its newest weights to itself by its own choice
        self.keeps = False  # its newest model is an interface for good
        self.misses = 0  # releases in a row that were not worth their training
        self.trains = True  # goes on training
        self.stalled_until = 0  # month before which nothing new comes out
        self.left = False  # for good
        self.cut_off_since = -1  # month from which export control cuts it off from machines, -1: it does not
        self.hours_before = 0.0  # GPU-hours a month that it trained with before that
        self.forked = False  # its community carries on what it published


class ChipVendor(Seller):
    """Makes accelerators: a layer of its own, with output that follows orders at a limited pace."""

    kind = "chip"

    def __init__(self, model: mesa.Model, *, name: str, code: int, output: float) -> None:
        super().__init__(model, name=name, code=code, layer="chip")
        self.output = output  # H100e a month
        self.sold = 0.0  # cumulative H100e
        self.orders: list[float] = []  # H100e by month
        self.system_price = 0.0  # USD per H100e, server and network
        self.price = 0.0  # USD per H100e, chip only
        self.machine_price = 0.0  # chip and system
        self.unit_cost = 0.0  # chip, at cost
