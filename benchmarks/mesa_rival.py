"""The company step as one would write it first in Mesa: an agent per company, plain Python, tastes in dictionaries.

It follows the equations of `agents.valuation` one offer at a time and draws from Mesa's generator. It is the yardstick
of the speed benchmark, not a part of the economy.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import mesa
import numpy as np

from benchmarks.worlds import World
from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_MONTH

REVIEW = 1 / 6
RENEWAL = 0.1


def gumbel(rng: random.Random) -> float:
    """One Gumbel number."""
    return -math.log(-math.log(rng.random()))


def log_positive_stable(rng: random.Random, index: float) -> float:
    """Logarithm of one positive-stable number (Kanter)."""
    angle, clock = math.pi * rng.random(), -math.log(rng.random())
    return (
        math.log(math.sin(index * angle))
        - math.log(math.sin(angle)) / index
        + (1 - index) / index * (math.log(math.sin((1 - index) * angle)) - math.log(clock))
    )


@dataclass
class Workload:
    """One use of AI, with the terms of its choice and its lasting tastes."""

    terms: dict[str, float]
    held: int
    taste_of_offer: dict[int, float] = field(default_factory=dict)
    taste_of_nest: dict[tuple[int, int], float] = field(default_factory=dict)
    tokens: float = 0.0
    bill: float = 0.0
    surplus: float = 0.0


class Company(mesa.Agent):
    """A company that reviews its workloads now and then and pays for them every month."""

    def __init__(self, model: Rival, workloads: list[Workload]) -> None:
        super().__init__(model)
        self.workloads = workloads

    def step(self) -> None:
        """Live one month."""
        for workload in self.workloads:
            if self.random.random() < REVIEW:
                if self.random.random() < RENEWAL:
                    workload.taste_of_offer.clear()
                    workload.taste_of_nest.clear()
                self.review(workload)
            if workload.held >= 0:
                self.use(workload)

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
        offers = world.offers()
        self.shared: dict[str, float] = world.weights()._asdict()
        names = [name for name in offers._fields if name != "order"]
        self.by_code = [
            dict(zip(names, row, strict=True))
            for row in zip(*(getattr(offers, name).tolist() for name in names), strict=True)
        ]
        self.offers = [self.by_code[code] for code in offers.order.tolist()]
        rows = np.flatnonzero(world.workloads.company < companies)
        terms = world.terms(rows)
        per_row = zip(*(column.tolist() for column in terms), strict=True)
        owned: dict[int, list[Workload]] = {}
        for row, values in zip(rows.tolist(), per_row, strict=True):
            workload = Workload(dict(zip(terms._fields, values, strict=True)), held=int(world.workloads.held[row]))
            owned.setdefault(int(world.workloads.company[row]), []).append(workload)
        for workloads in owned.values():
            Company(self, workloads)
        self.workloads = len(rows)

    def step(self) -> None:
        """Advance one month."""
        self.agents.shuffle_do("step")
