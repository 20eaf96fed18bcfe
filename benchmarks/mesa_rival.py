"""The company step as one would write it first in Mesa: an agent per company, plain Python, tastes in dictionaries.

It follows the equations of `agents.valuation` one offer at a time and draws from Mesa's generator. It is the yardstick
of the speed benchmark, not a part of the economy.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Any

import mesa
import numpy as np
import numpy.typing as npt

from agents.offers import DEVELOPER, QUALITY_ORIGIN
from agents.terms import INTEGRATION_REFERENCE_VOLUME, remaining_friction
from benchmarks.worlds import World
from market.labour import MIX_DECADES, MIX_FIRST_DECADE
from market.serving import STAFF_REFERENCE_VOLUME
from market.units import (
    GIGABYTES_PER_TERABYTE,
    HOURS_PER_MONTH,
    MONTHS_PER_YEAR,
    SECONDS_PER_MONTH,
    TOKENS_PER_MTOK,
)

REVIEW = 1 / 6
RENEWAL = 0.1


def gumbel(rng: random.Random) -> float:
    """One Gumbel number."""
    return -math.log(-math.log(rng.random()))


def log_positive_stable(rng: random.Random, index: float) -> float:
    """Logarithm of one positive-stable number (Kanter); 0 at index 1, where it is no chance."""
    if index >= 1.0:
        return 0.0
    angle, clock = math.pi * rng.random(), -math.log(rng.random())
    return (
        math.log(math.sin(index * angle))
        - math.log(math.sin(angle)) / index
        + (1 - index) / index * (math.log(math.sin((1 - index) * angle)) - math.log(clock))
    )


def records(columns: dict[str, npt.NDArray[Any]]) -> list[dict[str, float]]:
    """One dictionary per row of the columns."""
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


@dataclass
class Workload:
    """One use of AI: its attributes, the offer it holds and its lasting tastes."""

    attributes: dict[str, float]
    held: int
    terms: dict[str, float] = field(default_factory=dict)
    taste_of_offer: dict[int, float] = field(default_factory=dict)
    taste_of_nest: dict[tuple[int, int], float] = field(default_factory=dict)
    tokens: float = 0.0
    bill: float = 0.0
    surplus: float = 0.0


class Company(mesa.Agent):
    """A company that reviews its workloads now and then and pays for them every month."""

    def __init__(self, model: Rival, attributes: dict[str, float], workloads: list[Workload]) -> None:
        super().__init__(model)
        self.attributes = attributes
        self.workloads = workloads

    def step(self) -> None:
        """Live one month."""
        for workload in self.workloads:
            if self.random.random() < REVIEW:
                if self.random.random() < RENEWAL:
                    workload.taste_of_offer.clear()
                    workload.taste_of_nest.clear()
                workload.terms = self.terms_of(workload)
                self.review(workload)
            if workload.held >= 0:
                workload.terms = self.terms_of(workload)
                self.use(workload)

    def terms_of(self, workload: Workload) -> dict[str, float]:
        """Terms of the workload's choice this month, from its attributes and those of the company."""
        world, own, firm = self.model.world, workload.attributes, self.attributes
        demand, lockin, selfhost, now = world.demand, world.lockin, world.selfhost, world.circumstances
        enterprise = 0.0 if firm["segment"] == DEVELOPER else 1.0
        tokens = own["volume"] * now.intensity
        gross = own["value"] * own["volume"] * now.intensity**now.value_exponent / TOKENS_PER_MTOK
        operated = tokens / now.serving_efficiency
        position = min(max(math.log10(operated) - MIX_FIRST_DECADE, 0.0) / MIX_DECADES, 1.0)
        people = (
            selfhost.staff_base + selfhost.staff_slope * (operated / STAFF_REFERENCE_VOLUME) ** selfhost.staff_exponent
        )
        of_company = firm["company_volume"] * now.intensity / now.serving_efficiency / STAFF_REFERENCE_VOLUME
        integrators = selfhost.integration_base + selfhost.integration_slope * of_company**selfhost.staff_exponent
        month_of_work = world.labour.integrator / MONTHS_PER_YEAR
        scale = (tokens / INTEGRATION_REFERENCE_VOLUME) ** lockin.volume_exponent
        work = enterprise * min(max(scale, lockin.least_scale), lockin.most_scale) * month_of_work
        hosted, self_run, developer = self.model.friction_left[int(firm["sector"])]
        held = self.model.by_code[workload.held] if workload.held >= 0 else {}
        spend = MONTHS_PER_YEAR * own["accepted_bill"]
        sla = int(own["sla"])
        sigma = demand.taste_spread * gross
        limit = demand.exposure_limit_regulated if firm["regulated"] else demand.exposure_limit
        friction_hosted = demand.friction_hosted * hosted if enterprise else demand.friction_developer * developer
        return {
            "held_model": held.get("model", -1), "held_vendor": held.get("vendor", -1),
            "held_cloud": held.get("host_cloud", -1), "held_own": held.get("own", 0.0), "tenancy": firm["tenancy"],
            "known": firm["known"], "aware_open": firm["aware_open"], "jurisdiction": firm["jurisdiction"],
            "dominant": firm["dominant"], "gross": gross, "sigma": sigma,
            "host_scale": 1 / (sigma * demand.dissimilarity_hosts),
            "need_factor": math.exp((own["need"] - QUALITY_ORIGIN) / demand.adequacy_spread),
            "mtok": tokens / TOKENS_PER_MTOK, "inverse_reference": 1 / own["reference_price"],
            "reference_value": own["reference_price"] * tokens / TOKENS_PER_MTOK
            * demand.use_elasticity / (1 - demand.use_elasticity),
            "tokens": tokens, "peak": self.model.peak[sla], "smallest": selfhost.smallest_replicas[sla],
            "spare": selfhost.spare_replicas[sla], "staff_fte": selfhost.staff_multiplier * people,
            "staff_wage": self.model.wage_base + self.model.wage_rise * position, "fixed": self.model.fixed[sla],
            "integration": own["share"] * integrators * month_of_work, "sensitivity": own["sensitivity"],
            "exposure_limit": limit if enterprise else math.inf,
            "privacy": demand.privacy_weight * gross * own["sensitivity"], "holdup": demand.holdup_weight * gross,
            "friction_hosted": friction_hosted, "friction_own": demand.friction_self * self_run,
            "friction_foreign": enterprise * demand.aversion_foreign, "work_api": lockin.months_api * work,
            "work_own": lockin.months_self * work, "work_cloud": lockin.months_cloud * work,
            "egress": enterprise * lockin.egress * GIGABYTES_PER_TERABYTE * own["data_tb"],
            "retraining": enterprise * (lockin.retraining + lockin.tenure_weight * own["tenure"]) * spend,
            "change_vendor": enterprise * lockin.vendor_change * gross,
            "change_within": enterprise * lockin.vendor_change * lockin.within_vendor * gross,
            "first_use": 0.0 if firm["adopted"] else now.first_use_months * work,
            "accounts": int(firm["accounts"]), "new_account": lockin.months_account * work,
        }  # fmt: skip

    def considers(self, workload: Workload, offer: dict[str, float]) -> bool:
        """Whether the workload may and would consider the offer."""
        terms = workload.terms
        if offer["code"] != workload.held:
            if not (int(terms["known"]) >> int(offer["seller"])) & 1 and offer["seller"] != terms["tenancy"]:
                return False
            if not offer["heard_by_all"] and not terms["aware_open"]:
                return False
        return terms["sensitivity"] * self.exposure(terms, offer) <= terms["exposure_limit"]

    def exposure(self, terms: dict[str, float], offer: dict[str, float]) -> float:
        """Exposure of the data: lower in the company's own cloud."""
        own_cloud = offer["host_cloud"] >= 0 and offer["host_cloud"] == terms["tenancy"]
        return offer["exposure_tenant"] if own_cloud else offer["exposure"]

    def monthly(self, terms: dict[str, float], offer: dict[str, float]) -> tuple[float, float, float]:
        """Cost, value of use and ratio of tokens."""
        elasticity = self.model.shared["use_elasticity"]
        if offer["metered"]:
            price = offer["price"]
            ratio = (price * terms["inverse_reference"]) ** -elasticity
            cost = price * terms["mtok"] * ratio + offer["integration"] * terms["integration"]
        else:
            load = terms["tokens"] / SECONDS_PER_MONTH * terms["peak"]
            capacity = offer["replica_throughput"] * self.model.shared["operating_load"]
            copies = max(terms["smallest"], math.ceil(load / capacity) + terms["spare"])
            machines = copies * offer["replica_gpus"] * HOURS_PER_MONTH * offer["price"]
            people = terms["staff_fte"] * terms["staff_wage"] + terms["fixed"]
            cost = machines * (1 + self.model.shared["overhead"]) + people / MONTHS_PER_YEAR
            price = cost / terms["mtok"]
            ratio = (price * terms["inverse_reference"]) ** -elasticity
        use = terms["reference_value"] * (1 - price * terms["inverse_reference"] * ratio)
        return cost, use, ratio

    def surplus(self, terms: dict[str, float], offer: dict[str, float]) -> float:
        """Systematic surplus a month."""
        cost, use, _ = self.monthly(terms, offer)
        adequate = 1 / (1 + terms["need_factor"] * offer["quality_factor"])
        return terms["gross"] * adequate * offer["reliability"] + use - cost

    def friction(self, terms: dict[str, float], offer: dict[str, float]) -> float:
        """Residual friction as a share of gross value."""
        foreign = offer["weights_of"] >= 0 and offer["weights_of"] != terms["jurisdiction"]
        route = offer["hosted"] * terms["friction_hosted"] + offer["own"] * terms["friction_own"]
        return route - (terms["friction_foreign"] if foreign else 0.0)

    def switching(self, workload: Workload, offer: dict[str, float]) -> float:
        """One-off cost of a move."""
        terms, cost = workload.terms, workload.terms["first_use"]
        if not (terms["accounts"] >> int(offer["seller"])) & 1:
            cost += terms["new_account"]
        if offer["code"] == workload.held:
            return cost
        other_model = workload.held >= 0 and offer["model"] != terms["held_model"]
        if offer["own"] and not terms["held_own"]:
            cost += terms["work_own"]
        elif offer["own"] and offer["host_cloud"] != terms["held_cloud"]:
            cost += terms["work_cloud"]
        elif other_model:
            cost += terms["work_api"]
        if other_model:
            cost += terms["retraining"]
        if terms["held_cloud"] >= 0 and offer["host_cloud"] != terms["held_cloud"]:
            cost += terms["egress"]
        if workload.held >= 0:
            elsewhere = offer["vendor"] != terms["held_vendor"]
            cost += terms["change_vendor"] if elsewhere else terms["change_within"]
        return cost

    def value(self, workload: Workload, offer: dict[str, float]) -> float:
        """Net value as the company sees it."""
        terms = workload.terms
        risks = terms["privacy"] * self.exposure(terms, offer)
        if offer["vendor"] == terms["dominant"]:
            risks += terms["holdup"] * offer["expected_rise"]
        once = self.switching(workload, offer) / self.model.shared["horizon"]
        return self.surplus(terms, offer) - risks - once + self.friction(terms, offer) * terms["gross"]

    def taste(self, workload: Workload, offer: dict[str, float]) -> float:
        """Lasting nested taste for an offer."""
        lam_host, lam_model = self.model.shared["lam_host"], self.model.shared["lam_model"]
        code, nest = int(offer["code"]), int(offer["nest"])
        if code not in workload.taste_of_offer:
            workload.taste_of_offer[code] = gumbel(self.random)
        for key, index in (((int(offer["model"]), nest), lam_host / lam_model), ((-1, nest), lam_model)):
            if key not in workload.taste_of_nest:
                workload.taste_of_nest[key] = log_positive_stable(self.random, index)
        of_model, of_class = workload.taste_of_nest[(int(offer["model"]), nest)], workload.taste_of_nest[(-1, nest)]
        return lam_host * (workload.taste_of_offer[code] + of_model) + lam_model * of_class

    def review(self, workload: Workload) -> None:
        """Choose the best considered offer, or none."""
        terms, lam_host = workload.terms, self.model.shared["lam_host"]
        by_model: dict[int, list[tuple[dict[str, float], float]]] = {}
        for offer in self.model.offers:
            if self.considers(workload, offer):
                by_model.setdefault(int(offer["group"]), []).append((offer, self.value(workload, offer)))
        best, chosen = terms["sigma"] * workload.taste_of_offer.setdefault(-1, gumbel(self.random)), -1
        for hosts in by_model.values():
            scaled = [value * terms["host_scale"] for _, value in hosts]
            top = max(scaled)
            weights = [math.exp(number - top) for number in scaled]
            total = sum(weights)
            moment = sum(weight * (number - top) for weight, number in zip(weights, scaled, strict=True))
            variety = math.log(total) - moment / total
            for offer, value in hosts:
                utility = value + terms["sigma"] * (self.taste(workload, offer) - lam_host * variety)
                if utility > best:
                    best, chosen = utility, int(offer["code"])
        workload.held = chosen

    def use(self, workload: Workload) -> None:
        """Use the offer held for a month."""
        terms, offer = workload.terms, self.model.by_code[workload.held]
        cost, _, ratio = self.monthly(terms, offer)
        workload.tokens, workload.bill = terms["tokens"] * ratio, cost
        true_friction = self.model.shared["friction_real"] * self.friction(terms, offer) * terms["gross"]
        workload.surplus = self.surplus(terms, offer) + true_friction


class Rival(mesa.Model):
    """The company step with one Mesa agent per company."""

    def __init__(self, world: World, companies: int) -> None:
        super().__init__(rng=1)
        self.world = world
        offers = world.offers()
        self.shared: dict[str, float] = world.weights()._asdict()
        self.by_code = records({name: getattr(offers, name) for name in offers._fields if name != "order"})
        self.offers = [self.by_code[code] for code in offers.order.tolist()]
        self.friction_left = remaining_friction(world.circumstances.experience, world.demand).tolist()
        self.peak, self.fixed = world.selfhost.peak_to_average.tolist(), world.selfhost.fixed_cost.tolist()
        self.wage_base, self.wage_rise = world.labour.wage_of_the_smallest, world.labour.wage_rise_with_size
        every = {name: getattr(world.workloads, name) for name in world.workloads.__dataclass_fields__}
        columns = {name: column for name, column in every.items() if column is not None}  # no vouchers here
        rows = np.flatnonzero(world.workloads.company < companies)
        per_slot = len(world.workloads.company)
        slots = records({name: column[rows] for name, column in columns.items() if len(column) == per_slot})
        firms = records({name: column[:companies] for name, column in columns.items() if len(column) != per_slot})
        owned: dict[int, list[Workload]] = {}
        for slot in slots:
            owned.setdefault(int(slot["company"]), []).append(Workload(slot, held=int(slot["held"])))
        for company, workloads in owned.items():
            Company(self, firms[company], workloads)
        self.workloads = len(rows)

    def step(self) -> None:
        """Advance one month."""
        self.agents.shuffle_do("step")
