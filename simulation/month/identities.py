"""The identities that every month must satisfy, on quantities, rows, licences and welfare; a breach ends the run.

The ledger audits money itself when the month closes; these are the invariants of docs/model.md section 3 beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from market.accounts import COMPANIES
from market.books import as_dollars
from market.flows import Account, Flow
from market.goods import Route
from market.labour import ROLES
from market.serving import throughput
from market.units import TOKENS_PER_MTOK, CentsArray
from scenarios.scenario import Scenario
from simulation import audit
from simulation.month.compute import active_parameters
from simulation.month.outcomes import LAYERS, Outcomes
from simulation.world import MonthRecord, World

SALES = (
    Flow.API_FEE, Flow.HOSTED_FEE, Flow.COMPUTE_RENT, Flow.MARKETPLACE_CUT, Flow.DISTILL_TOKENS, Flow.COMPLEMENT_SALES,
    Flow.CONSUMER_FEES, Flow.LEGACY_CLOUD_FEE, Flow.LEGACY_CASH_FLOW, Flow.TAKE_OR_PAY_SHORTFALL, Flow.CAPEX_GPU,
    Flow.CAPEX_DC, Flow.EGRESS, Flow.POC_COST, Flow.CREDIT_USE, Flow.CREDIT_EXPIRY, Flow.REVENUE_SHARE,
)  # fmt: skip
"""What a seller earns, by kind of flow."""


def check_identities(world: World, assumptions: Scenario, *, record: MonthRecord, outcomes: Outcomes) -> None:
    """Raise where quantities, rows or the two computations of welfare disagree; never warn."""
    _check_compute(world, record=record)
    _check_inference(world, assumptions, record=record)
    _check_money(world, record=record)
    audit.audit_licences(
        [offer.line.name for offer in world.book.offers],
        held=world.companies.held,
        offered_in_arm=world.ever_offered,
        arm=world.arm,
    )
    _check_credits(world)
    audit.audit_access(outcomes.access)
    audit.audit_welfare_twice(outcomes.welfare, from_quantities=outcomes.from_quantities)
    if world.labour is not None:
        work = record.accounts.specialists
        heads = np.stack([*work.by_seller.values(), work.by_companies])
        audit.audit_specialists(ROLES, employed=heads, idle=world.labour.idle, stock=world.labour.stock)
    _check_failures(world, record=record)
    if world.bulletin.lab_share.any():
        audit.audit_shares("labs' API revenue", world.bulletin.lab_share)


def _check_compute(world: World, *, record: MonthRecord) -> None:
    """Nobody sells more than he has (I7), and every GPU-hour wanted is accounted for (I9)."""
    cleared = record.compute.cleared
    names = [cloud.name for cloud in world.clouds]
    served = cleared.served.sum(axis=(0, 2))
    spot = record.compute.spot
    sold = served if spot is None else served + spot.hours
    audit.audit_capacity(names, served=served, held=cleared.supply, sold=sold, supply=cleared.supply)
    audit.audit_service(
        names,
        demanded=(cleared.immediate + cleared.deferrable).sum(axis=(0, 2)),
        received=cleared.received.sum(axis=(0, 2)),
        served=served,
        backlog_change=(cleared.backlog - cleared.opening_backlog).sum(axis=(0, 2)),
        reneged=cleared.reneged.sum(axis=(0, 2)),
        diverted=cleared.diverted.sum(axis=(0, 2)),
        lost=cleared.lost.sum(axis=(0, 2)),
    )


def _check_inference(world: World, assumptions: Scenario, *, record: MonthRecord) -> None:
    """Tokens of a shared service took the GPU-hours that computed for it (I6)."""
    services = record.compute.services
    if not services:
        return
    tokens = np.zeros(len(services))
    place = {key: row for row, key in enumerate(services)}
    for offer in world.book.offers:
        row = place.get((offer.host, offer.line.code))
        if row is not None and offer.route <= Route.HOSTED_OPEN:
            tokens[row] += record.demand.tokens_by_offer[offer.code]
    active = [active_parameters(world.book.lines[line].active, assumptions) for _, line in services]
    speed = throughput(np.array(active), record.capacity.serving_efficiency, assumptions.selfhost)
    audit.audit_inference_hours(
        [f"{world.book.lines[line].name} at {host}" for host, line in services],
        tokens=tokens,
        gpu_seconds_per_token=1.0 / speed,
        gpu_hours_billed=np.array([s.busy for s in services.values()]),
    )


def _check_money(world: World, *, record: MonthRecord) -> None:
    """Rows and ledger agree, invoices are price times quantity (I8), layers earn what flows to them (I10)."""
    view = world.ledger.view(COMPANIES)
    audit.audit_company_rows(
        deposits=world.companies.deposits,
        companies_hold=view.deposits - view.debt,
        payable=world.companies.payable,
        companies_owe=view.payables,
    )
    sheet = record.demand.sheet
    metered = sheet.route <= Route.HOSTED_OPEN
    audit.audit_invoices(
        [f"{offer.line.name} from {offer.seller}" for offer in world.book.offers],
        price=np.where(metered, sheet.price, 0.0),
        quantity=np.where(metered, record.service.tokens_by_offer / TOKENS_PER_MTOK, 0.0),
        cents=np.where(metered, record.accounts.revenue_by_offer, 0),
        invoices=np.bincount(record.demand.code, minlength=len(world.book.offers)),
    )
    books = record.closing.books
    layer_of = [seller.layer for seller in world.sellers]
    layer_of += [""] * (len(books.sheet.holders) - len(layer_of))
    earned = {
        layer: sum(int(cents) for cents, of in zip(books.sheet.revenue, layer_of, strict=True) if of == layer)
        for layer in LAYERS
    }
    audit.audit_layer_revenue(earned, layer_of=layer_of, flows=books.flows, tagged=SALES)


def _check_credits(world: World) -> None:
    """Credits are used up to what was granted (I14), and what labs hold in all is what the ledger says."""
    deals = world.deals
    pairs = sorted(deals.granted)
    left = {pair: sum(lot.cents for lot in deals.credits if (lot.cloud, lot.lab) == pair) for pair in pairs}

    def column(register: Mapping[tuple[int, int], int]) -> CentsArray:
        return np.array([register.get(pair, 0) for pair in pairs], dtype=np.int64)

    audit.audit_credits(
        [f"{world.sellers[lab].name} at {world.sellers[cloud].name}" for cloud, lab in pairs],
        granted=column(deals.granted), used=column(deals.used), expired=column(deals.expired), held=column(left),
    )  # fmt: skip
    of_holder = np.zeros(len(world.sellers), dtype=np.int64)
    for (cloud, lab), cents in left.items():
        of_holder[lab] += cents
        of_holder[cloud] -= cents
    booked = np.array([world.ledger.balance(Account.CREDITS, holder=seller.code) for seller in world.sellers])
    if (of_holder != booked).any():
        code = int(np.flatnonzero(of_holder != booked)[0])
        gap = as_dollars(int(of_holder[code] - booked[code]))
        raise audit.AuditError(f"{world.sellers[code].name}: credits by deal and in the books differ by {gap} (I14)")


def _check_failures(world: World, *, record: MonthRecord) -> None:
    """What failed firms owed was paid or written off (I13), and nothing is left of them."""
    flows, ends = record.closing.books.flows, record.exits.resolutions
    count, codes = len(world.sellers), [world.code_of[end.seller] for end in ends]
    audit.audit_defaults(
        [end.seller for end in ends],
        owed=np.array([end.owed for end in ends], dtype=np.int64),
        cash=np.array([end.cash for end in ends], dtype=np.int64),
        proceeds=flows.received(Flow.ASSET_FIRE_SALE, Flow.PROJECT_FIRE_SALE)[codes],
        written_off=flows.received(Flow.LOAN_WRITE_OFF, Flow.INVOICE_WRITE_OFF)[codes],
    )
    sheet, dead = record.closing.books.sheet, np.array([not seller.alive for seller in world.sellers])
    items = {name: getattr(sheet, name)[:count] for name in audit.LEFT_BY_THE_DEAD}
    audit.audit_the_dead([seller.name for seller in world.sellers], dead=dead, items=items)


WELFARE_TERMS = (
    "consumer_surplus_systematic", "consumer_surplus_taste", "profit_lab", "profit_releaser", "profit_cloud",
    "profit_host", "profit_chip", "profit_public", "profit_bank", "wage_rent", "net_tax", "other_surplus",
)  # fmt: skip
"""Indicators whose sum is welfare."""


def check_published(indicators: Mapping[str, float]) -> None:
    """Welfare as published is the sum of its published parts (I16)."""
    parts = {name: indicators[name] for name in WELFARE_TERMS if name in indicators}
    parts["external_harm"] = -indicators.get("external_harm", 0.0)
    audit.audit_welfare(indicators["welfare"], parts=parts)
