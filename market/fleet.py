"""Fleets: accelerators by vintage, the sites and power they need, and what is on order.

A machine is paid when ordered, arrives months later, waits until live power is free for it, earns until its life ends
and loses value in a straight line, in whole cents. Source of the equations: docs/model.md, M4, M5 and section 11
point 8; how the vendor prices and shares out machines is in `market.vendor`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from market.parameters import ParameterGroup, choice, quantity
from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, FloatArray, running_sum
from market.vintages import Vintage, Vintages

KILOWATTS_PER_MEGAWATT = 1000.0
SLIVER = 1e-9  # share of a delivery too small to be commissioned by itself


class Chip(ParameterGroup):
    """The chip vendor: price, output and allocation."""

    price: float = quantity(
        27000.0, unit="USD/H100e", meaning="price of an accelerator at month 0", low=25000, high=40000, least=1e-6,
        source="fact 2.11", symbol="chip0",
    )
    gross_margin: float = quantity(
        0.73, unit="share", meaning="gross margin of the vendor when orders equal output", low=0.6, high=0.78,
        most=0.99, source="fact 10.05", symbol="gm",
    )
    price_path: str = choice(
        "annual_decline", ("annual_decline", "experience"),
        meaning="how the vendor's cost falls: by a yearly rate, or with cumulative output (experience curve)",
        symbol="chip_path",
    )
    price_decline: float = quantity(
        0.15, unit="1/year", meaning="yearly fall of the price of a machine", low=0.05, high=0.3, most=0.9,
        symbol="price_decline",
    )
    experience_exponent: float = quantity(
        0.27, unit="1", meaning="fall of cost with cumulative output, as an exponent", low=0.1, high=0.5,
        source="derived", symbol="b_chip",
    )
    scarcity_exponent: float = quantity(
        0.3, unit="1", meaning="rise of the price with orders over output, as an exponent", low=0, high=1,
        most=20, symbol="kappa_v",
    )
    first_output: float = quantity(
        32000.0, unit="H100e/month", meaning="output at month 0", low=15000, high=40000, least=1, symbol="output0"
    )
    output_growth_max: tuple[float, ...] = quantity(
        (0.19, 0.12, 0.05, 0.045, 0.03, 0.02), unit="1/month",
        meaning="fastest change of output by year from 2023, the last lasting",
        low=(0.1, 0.04, 0.02, 0.01, 0.01, 0.01), high=(0.2, 0.15, 0.06, 0.05, 0.04, 0.03), most=1.0,
        symbol="chip_growth_max", any_length=True,
    )
    output_fall_max: float = quantity(
        0.01, unit="1/month", meaning="fastest fall of output when orders fall short: foundry contracts run on",
        low=0.0, high=0.1, most=0.9, symbol="chip_fall_max",
    )
    delivery_multiplier: float = quantity(
        1.0, unit="share", meaning="deliveries over output", low=0.5, high=1, least=0.01, most=1.0,
        symbol="delivery_mult",
    )
    allocation_exponent: float = quantity(
        0.9, unit="1", meaning="weight of past purchases when output is shared out, as an exponent", low=0.5, high=2,
        most=20, symbol="alloc_pow",
    )
    smuggled: float = quantity(
        0.05, unit="share", meaning="part of the machines it needs that a bloc under export control finds all the same",
        low=0, high=0.2, most=1.0, symbol="smuggle",
    )


class Founding(ParameterGroup):
    """Machines and sites that exist or are under way at month 0."""

    fleet: float = quantity(
        1.9e5, unit="H100e", meaning="accelerators of all clouds at month 0", low=1.5e5, high=4e5, least=1,
        most=1e9, symbol="fleet0",
    )
    site_share: float = quantity(
        0.4, unit="1/month", meaning="site power energised in month 1 over the power of the founding fleet", low=0.1,
        high=0.7, symbol="site0",
    )
    site_growth: float = quantity(
        0.07, unit="1/month", meaning="growth of the site power energised, month by month", low=0, high=0.08,
        least=-0.5, most=0.3, symbol="site_growth",
    )
    site_months: int = quantity(
        30, unit="months", meaning="months of site power under way at month 0", low=12, high=30, most=120,
        symbol="site_months",
    )


class Power(ParameterGroup):
    """When sites are ordered and how fast grid power may grow."""

    trigger: float = quantity(
        0.2, unit="share", meaning="free share of planned power below which sites are ordered", low=0.1, high=0.4,
        most=0.9, symbol="mw_trigger",
    )
    growth_cap: float = quantity(
        10.0, unit="1/year", meaning="fastest growth of one owner's site power (10 does not bind)", low=0.05, high=10,
        symbol="mw_growth_cap",
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """Capacity ordered and paid that does not work yet: accelerators in H100e, or site power in MW."""

    arrival: int  # month
    count: float  # H100e or MW
    cents: int  # paid


@dataclass(frozen=True)
class Commissioned:
    """What started and stopped working at the start of a month."""

    machines: float  # H100e
    machine_cents: int  # from work in progress to capital
    megawatts: float
    site_cents: int
    machines_retired: float  # H100e
    megawatts_retired: float


@dataclass
class Fleet:
    """Machines and sites of one owner."""

    machines: Vintages = field(default_factory=Vintages)  # at work, H100e
    sites: Vintages = field(default_factory=Vintages)  # live, MW
    machines_on_order: list[Delivery] = field(default_factory=list)  # in order of arrival, late ones for want of power
    sites_on_order: list[Delivery] = field(default_factory=list)  # in order of arrival

    @property
    def count(self) -> float:
        """Accelerators at work, H100e."""
        return self.machines.count

    @property
    def megawatts(self) -> float:
        """Live site power, MW."""
        return self.sites.count

    @property
    def count_on_order(self) -> float:
        """Accelerators paid and not at work, those waiting for power included, H100e."""
        return running_sum(delivery.count for delivery in self.machines_on_order)

    @property
    def megawatts_on_order(self) -> float:
        """Site power paid and not live, MW."""
        return running_sum(delivery.count for delivery in self.sites_on_order)

    @property
    def work_in_progress_cents(self) -> int:
        """Paid for machines and sites that do not work yet."""
        return sum(delivery.cents for delivery in self.machines_on_order + self.sites_on_order)

    def waiting(self, month: int) -> float:
        """Accelerators that have arrived by `month` and find no live power, H100e."""
        return running_sum(delivery.count for delivery in self.machines_on_order if delivery.arrival <= month)

    def free_megawatts(self, power_per_gpu: float) -> float:
        """Live site power that no machine at work uses, MW; `power_per_gpu` in kW per H100e."""
        return self.megawatts - self.count * power_per_gpu / KILOWATTS_PER_MEGAWATT

    def capital_cents(self, month: int) -> int:
        """Book value of machines and sites at the end of `month`."""
        return self.machines.book_cents(month) + self.sites.book_cents(month)

    def depreciation_cents(self, month: int) -> int:
        """Book value that machines and sites lose in `month`; over a vintage's life it sums to its cost."""
        return self.capital_cents(month - 1) - self.capital_cents(month)

    def supply(self, availability: float) -> float:
        """GPU-hours a month."""
        return self.count * HOURS_PER_MONTH * availability

    def retiring(self, first: int, last: int) -> float:
        """Accelerators at work whose life ends in months `first` to `last`, H100e."""
        return self.machines.retiring(first, last)

    def install_machines(self, *, commissioned: int, count: float, cents: int, life: int) -> None:
        """Put founding accelerators to work; `cents` is their cost when new."""
        self.machines = self.machines.joined_by(Vintage(commissioned, life, count, cents))

    def install_site(self, *, commissioned: int, megawatts: float, cents: int, life: int) -> None:
        """Put founding site power to work; `cents` is its cost when new."""
        self.sites = self.sites.joined_by(Vintage(commissioned, life, megawatts, cents))

    def order_machines(self, *, arrival: int, count: float, cents: int) -> None:
        """Take note of accelerators ordered and paid."""
        self.machines_on_order.append(Delivery(arrival=arrival, count=count, cents=cents))
        self.machines_on_order.sort(key=lambda delivery: delivery.arrival)

    def order_site(self, *, arrival: int, megawatts: float, cents: int) -> None:
        """Take note of site power ordered and paid."""
        self.sites_on_order.append(Delivery(arrival=arrival, count=megawatts, cents=cents))

    def valued_at(self, share: float) -> Fleet:
        """The same machines, sites and orders at a `share` of what they cost, in whole cents."""
        return Fleet(
            machines=self.machines.valued_at(share),
            sites=self.sites.valued_at(share),
            machines_on_order=[replace(order, cents=int(order.cents * share)) for order in self.machines_on_order],
            sites_on_order=[replace(order, cents=int(order.cents * share)) for order in self.sites_on_order],
        )

    def take_over(self, bought: Fleet) -> None:
        """Add all that another fleet holds and has on order."""
        self.machines = self.machines.joined_with(bought.machines)
        self.sites = self.sites.joined_with(bought.sites)
        by_arrival = [*self.machines_on_order, *bought.machines_on_order]
        self.machines_on_order = sorted(by_arrival, key=lambda delivery: delivery.arrival)
        self.sites_on_order = [*self.sites_on_order, *bought.sites_on_order]

    def commission(self, month: int, *, power_per_gpu: float, machine_life: int, site_life: int) -> Commissioned:
        """Start the month: retire what has reached its life, energise sites, power on machines in order of arrival.

        Machines that find no live power stay on order, part of a delivery included; `power_per_gpu` in kW per H100e,
        lives in months.
        """
        machines_retired, megawatts_retired = self.machines.retired_by(month), self.sites.retired_by(month)
        self.machines, self.sites = self.machines.working_in(month), self.sites.working_in(month)

        live = [delivery for delivery in self.sites_on_order if delivery.arrival <= month]
        self.sites_on_order = [delivery for delivery in self.sites_on_order if delivery.arrival > month]
        megawatts, site_cents = sum(site.count for site in live), sum(site.cents for site in live)
        if live:
            self.sites = self.sites.joined_by(Vintage(month, site_life, megawatts, site_cents))

        powered = self._power_on(month, power_per_gpu)
        machines, machine_cents = sum(part.count for part in powered), sum(part.cents for part in powered)
        if powered:
            self.machines = self.machines.joined_by(Vintage(month, machine_life, machines, machine_cents))
        return Commissioned(
            machines=machines, machine_cents=machine_cents, megawatts=megawatts, site_cents=site_cents,
            machines_retired=machines_retired, megawatts_retired=megawatts_retired,
        )  # fmt: skip

    def _power_on(self, month: int, power_per_gpu: float) -> list[Delivery]:
        """Take from what has arrived as many machines as live power is free for; the rest stays on order."""
        room = max(self.free_megawatts(power_per_gpu), 0.0) * KILOWATTS_PER_MEGAWATT / power_per_gpu
        powered: list[Delivery] = []
        kept: list[Delivery] = []
        for delivery in self.machines_on_order:
            if delivery.arrival > month:
                kept.append(delivery)
                continue
            fits = min(delivery.count, room)
            if fits < delivery.count and fits <= SLIVER * delivery.count:
                kept.append(delivery)
                continue
            room -= fits
            if fits == delivery.count:
                powered.append(delivery)
                continue
            cents = int(delivery.cents * (fits / delivery.count))
            powered.append(Delivery(arrival=delivery.arrival, count=fits, cents=cents))
            kept.append(
                Delivery(arrival=delivery.arrival, count=delivery.count - fits, cents=delivery.cents - cents)
            )
        self.machines_on_order = kept
        return powered


def founding_sites(founding: Founding, fleet_megawatts: float) -> FloatArray:
    """Site power under way at month 0: MW energised in months 1, 2, ... of an owner whose founding fleet draws so much.

    Shape (site_months,). `founding.site_share` of the fleet's power a month, growing by `founding.site_growth` a month.
    """
    month = np.arange(founding.site_months, dtype=np.float64)
    return fleet_megawatts * founding.site_share * (1 + founding.site_growth) ** month


def site_order(*, needed_megawatts: float, planned_megawatts: float, power: Power) -> float:
    """Site power to order this month, MW (M4).

    Sites are ordered once less than `trigger` of the planned power (live and on order) is free of the machines expected
    at the end of the horizon (`needed_megawatts`), enough to free that share again, at most at the growth cap.
    """
    if planned_megawatts - needed_megawatts >= power.trigger * planned_megawatts:
        return 0.0
    wanted = needed_megawatts / (1 - power.trigger) - planned_megawatts
    monthly_cap = float((1 + power.growth_cap) ** (1 / MONTHS_PER_YEAR)) - 1
    return min(wanted, planned_megawatts * monthly_cap)
