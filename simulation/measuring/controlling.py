"""Dear measures of a month, on a fixed panel: kill-switch exposure and the infrastructure gap (docs/model.md 4.1, 4.2).

Measuring reads the record and changes nothing. Exposure is reported as a mean over three months.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from agents.fallback import Chain, Horizons, options
from agents.infrastructure import FEATURES
from agents.offers import NONE, OfferTerms, offer_terms
from agents.terms import Workloads, terms, weights
from market.control import Control, control_index, exposures, lost_to_shortage
from market.indicators import shapley_values
from market.units import TOKENS_PER_MTOK, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.measuring.control_panel import ControlPanel, control_panel, sample_of_month
from simulation.measuring.exposing import Measured, Withdrawals, exposed, firms_in_use
from simulation.measuring.indicators import access_mean
from simulation.measuring.service_chains import (
    chain_of,
    controllers_of,
    free_hours,
    links_of,
    machine_shares,
    undelivered,
)
from simulation.month.conditions import circumstances_of, dominant_vendor
from simulation.world import MonthRecord, World

SMOOTHED_OVER = 3  # months
LAYERS = ("lab", "releaser", "cloud", "host", "chip")
SIZES = 3


class DearMeasures:
    """The panel, who controls whom, and the exposures of the last months."""

    def __init__(self, scenario: Scenario, *, world: World) -> None:
        self._control = scenario.control
        self.panel = founding_control_panel(world, size=scenario.control.panel)
        self.controllers = controllers_of(world.sellers)
        self._links = links_of(world, self.controllers)
        self._layer = np.array([seller.layer for seller in world.sellers])
        self._past: deque[FloatArray] = deque(maxlen=SMOOTHED_OVER)  # (horizons, controllers)

    def indicators(self, world: World, record: MonthRecord) -> dict[str, float]:
        """Every indicator measured on the panel; none where the panel is empty."""
        if self._control.panel == 0:
            return {}
        self._see_owners(world)
        measured, exposure = self.measure(world, record)
        self._past.append(exposure)
        return self._control_numbers() | infrastructure_gap(world, record, measured)

    def _see_owners(self, world: World) -> None:
        """Look again at who controls whom where an owner had to sell; exposures before that are another world's."""
        now = controllers_of(world.sellers)
        if not np.array_equal(now.members, self.controllers.members):
            self.controllers, self._links = now, links_of(world, now)
            self._past.clear()

    def chain(self, world: World, record: MonthRecord, *, offers: OfferTerms) -> Chain:
        """The service chain of every offer this month."""
        return chain_of(
            world, record.assumptions, links=self._links, controllers=self.controllers, control=self._control,
            record=record, offers=offers,
        )  # fmt: skip

    def measure(self, world: World, record: MonthRecord) -> tuple[Measured, FloatArray]:
        """The panel this month, and the exposure of realised value to each controller; (horizons, controllers)."""
        control: Control = self._control
        spans = (control.horizon, control.long_horizon)
        assumptions: Scenario = record.assumptions
        circumstances = circumstances_of(world, assumptions, month=record.month)
        offers = _terms_of_offers(world, record)
        chain = self.chain(world, record, offers=offers)
        demand = record.demand
        sample = sample_of_month(
            self.panel, live=world.companies.live, holders=demand.live_rows,
            value=demand.weight * demand.wanted.gross * record.service.served,
        )  # fmt: skip
        rows = sample.rows
        company = world.companies.company[rows].astype(np.int64)
        realised, offer, hours = _present_service(world, record, rows=rows, chain=chain)
        workloads = Workloads.of(
            world.companies, need=demand.need, dominant=dominant_vendor(world, rows=rows)
        )
        accounts = terms(
            workloads, rows, sheet=demand.sheet, demand=assumptions.demand, lockin=assumptions.lockin,
            selfhost=assumptions.selfhost, labour=assumptions.labour, circumstances=circumstances,
        )  # fmt: skip
        found = options(
            accounts, offers, weights(assumptions.demand, assumptions.lockin, assumptions.selfhost), chain=chain,
            horizons=Horizons(months=np.array(spans, dtype=np.float64), marginal_hour=assumptions.invest.opex),
            realised=realised, ready=world.companies.ready[company], misled=not assumptions.belief.true_beliefs,
        )  # fmt: skip
        measured = Measured(
            stands_for=sample.stands_for, certain=sample.certain, company=company, realised=realised, offer=offer,
            hours=hours, options=found,
        )  # fmt: skip
        return measured, self._exposures(world, record, measured, denier=chain.denier, spans=spans)

    def _exposures(
        self, world: World, record: MonthRecord, measured: Measured, *, denier: IntArray, spans: tuple[int, ...]
    ) -> FloatArray:
        """Exposure by horizon and controller; the chip vendor's by the deliveries it stops."""
        share = machine_shares(world, record, links=self._links, controllers=self.controllers)
        pool = free_hours(world, record, self.controllers, self._control)
        result, firms = np.empty((len(spans), len(pool))), firms_in_use(world, record, measured)
        for span, months in enumerate(spans):
            fallbacks = exposed(world, measured, firms_behind=firms, denier=denier, span=span).fallbacks
            result[span] = exposures(fallbacks, share=share, pool=pool)
            result[span, world.vendor.code] = lost_to_shortage(
                fallbacks.value, fallbacks.hours,
                missing=undelivered(world, record, months=months, control=self._control),
            )  # fmt: skip
        return result

    def withdrawals(self, world: World, record: MonthRecord) -> Withdrawals:
        """What the exposures of this month are made of, workload by workload of the panel."""
        control, chain = self._control, self.chain(world, record, offers=_terms_of_offers(world, record))
        measured, exposure = self.measure(world, record)
        spans, firms = (control.horizon, control.long_horizon), firms_in_use(world, record, measured)
        return Withdrawals(
            months=spans,
            exposure=exposure,
            exposed=tuple(
                exposed(world, measured, firms_behind=firms, denier=chain.denier, span=span)
                for span in range(len(spans))
            ),
            share=machine_shares(world, record, links=self._links, controllers=self.controllers),
            pool=free_hours(world, record, self.controllers, control),
            undelivered=tuple(undelivered(world, record, months=months, control=control) for months in spans),
        )

    def exposure(self) -> FloatArray:
        """Exposure to every controller, (horizons, controllers), mean of the last months; nan where none is known."""
        past = np.array([exposure for exposure in self._past if np.isfinite(exposure).all()])
        spans = 2
        return past.mean(axis=0) if len(past) else np.full((spans, len(self.controllers.members)), np.nan)

    def _control_numbers(self) -> dict[str, float]:
        """Layer sums over single firms and the index over ultimate owners, means of the last months."""
        past = np.array([exposure for exposure in self._past if np.isfinite(exposure).all()])
        if len(past) == 0:
            return {}
        controllers, numbers = self.controllers, {}
        for exposure, suffix in zip(past.mean(axis=0), ("", "_long"), strict=True):
            for layer in LAYERS:
                numbers[f"control_{layer}{suffix}"] = float(exposure[: controllers.firms][self._layer == layer].sum())
            index = control_index(exposure[controllers.ultimate])
            numbers |= {f"control_hhi{suffix}": index.hhi, f"control_max{suffix}": index.largest}
            numbers[f"control_total{suffix}"] = index.total
        return numbers


def founding_control_panel(world: World, *, size: int) -> ControlPanel:
    """The panel of a world: slots of companies that may need AI, by segment and size."""
    companies = world.companies
    company, stratum = companies.company, companies.segment * np.uint8(SIZES) + companies.size_class
    return control_panel(
        world.chance,
        volume=companies.weight[company] * companies.slot_volume,
        firms=companies.weight[company] * companies.share,
        strata=stratum[company],
        eligible=np.flatnonzero(~companies.no_need[company]),
        size=size,
    )


def _present_service(
    world: World, record: MonthRecord, *, rows: IntArray, chain: Chain
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Value delivered (USD a month per firm), offer held and GPU-hours at clouds of the workloads `rows`."""
    demand, served = record.demand, record.service.served
    realised, hours = np.zeros(len(rows)), np.zeros(len(rows))
    offer = world.companies.held[rows].astype(np.int64)
    holds = np.flatnonzero(offer != NONE)
    at = np.searchsorted(demand.live_rows, rows[holds])
    realised[holds] = demand.wanted.gross[at] * served[at]
    code = offer[holds]
    shared = demand.wanted.tokens[at] * chain.hours_per_mtok[code] / TOKENS_PER_MTOK
    rented = np.where(demand.sheet.host_cloud[code] == NONE, 0.0, demand.wanted.gpu_hours_held[at])
    in_cloud = np.where(chain.service[code] == NONE, rented, shared)
    hours[holds] = in_cloud * served[at]
    return realised, offer, hours


def _terms_of_offers(world: World, record: MonthRecord) -> OfferTerms:
    assumptions = record.assumptions
    return offer_terms(
        record.demand.sheet, demand=assumptions.demand, selfhost=assumptions.selfhost,
        circumstances=circumstances_of(world, assumptions, month=record.month),
    )  # fmt: skip


def infrastructure_gap(world: World, record: MonthRecord, measured: Measured) -> dict[str, float]:
    """Access on the best downloadable model at marginal cost and full staff, less access; and its parts (4.1).

    Parts are order-averaged over what could be out of the way (`agents.infrastructure.FEATURES`); the rest is what that
    would not change: frictions, risks, shortage and, with a minus, what models nobody can download do better. Nominal
    access is the gap and access, which is exact; nothing where no weights can be downloaded.
    """
    if not measured_downloadable(record):
        return {}
    coefficient = access_weight(world, record, measured)
    gap = float((coefficient * (measured.options.nominal - measured.realised)).sum())
    with_features = (coefficient[:, None] * measured.options.with_features).sum(axis=0)
    part = shapley_values(with_features)
    rest = gap - float(with_features[-1] - with_features[0])
    access = access_mean(record.closing.outcomes, world.companies.weight)
    return (
        {"nominal_access": access + gap, "infrastructure_gap": gap}
        | {f"infrastructure_gap_{name}": float(part[bit]) for bit, name in enumerate(FEATURES)}
        | {"infrastructure_gap_rest": rest}
    )


def measured_downloadable(record: MonthRecord) -> bool:
    """Whether any weights can be downloaded this month."""
    sheet = record.demand.sheet
    return bool((sheet.available & sheet.open).any())


def access_weight(world: World, record: MonthRecord, measured: Measured) -> FloatArray:
    """What a dollar of value in each workload adds to mean access, one firm one vote; (n,) 1/(USD a month)."""
    companies, potential = world.companies, record.closing.outcomes.potential
    counts = (potential > 0) & ~companies.no_need
    weight = np.divide(companies.weight, potential, out=np.zeros(companies.rows), where=counts)
    firms = companies.weight[counts].sum()
    return np.asarray(measured.stands_for * weight[measured.company] / firms)
