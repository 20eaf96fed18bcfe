"""A firm is wound up: what it owns is sold, who it owes is paid alike, the rest is written off (docs/model.md M17).

Afterwards all its accounts are zero for good. Nothing here decides who fails.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.conduct import damped_forecast, desired_capacity
from agents.sellers import CloudProvider, OpenWeightReleaser, Seller, Trainer
from agents.sovereignty import SOVEREIGN
from market.accounts import BANK, FUND, HOUSEHOLDS, REST_OF_ECONOMY
from market.chance import Mechanism
from market.company_accounts import settle_companies
from market.fleet import Fleet
from market.flows import Flow
from market.money import apportion
from market.units import CENTS_PER_DOLLAR, Cents, FloatArray
from scenarios.scenario import Scenario
from simulation.month.dealing import forfeit_credits
from simulation.month.expectations import affordable
from simulation.month.paying import yearly_margins
from simulation.world import World


@dataclass(frozen=True)
class Resolution:
    """The end of one firm, in cents."""

    seller: str
    kind: str  # default | exit
    owed: Cents  # loans and unpaid invoices when it stopped
    cash: Cents  # at that moment, with what customers still paid
    book: Cents  # machines, sites and projects at book value
    proceeds: Cents  # what they fetched
    buyer: str  # who bought them; empty where there was nothing
    bank_loss: Cents
    creditor_loss: Cents
    owner_loss: Cents  # equity paid in that is gone
    returned: Cents  # left for the owners after all debts


def wind_up(
    world: World, assumptions: Scenario, *, seller: Seller, kind: str, month: int, growth: FloatArray
) -> Resolution:
    """Sell, pay, write off and close; `growth` (clouds,) is the monthly growth of demand each cloud expects."""
    ledger = world.ledger
    _collect_bills(world, seller=seller)
    forfeit_credits(world, seller=seller.code)
    view = ledger.view(seller.code)
    owed, cash = view.debt + view.payables, view.deposits
    book, proceeds, buyer = view.capital + view.wip, 0, ""
    if isinstance(seller, CloudProvider):
        proceeds, buyer = _sell_fleet(world, assumptions, cloud=seller, month=month, growth=growth)
    bank_loss, creditor_loss = _pay_creditors(world, seller=seller)
    returned = ledger.view(seller.code).deposits
    ledger.pay(Flow.DIVIDENDS, payer=seller.code, payee=FUND, cents=returned)
    ledger.pay(Flow.DIVIDENDS, payer=FUND, payee=HOUSEHOLDS, cents=returned)
    owner_loss = _cancel_shares(world, seller=seller)
    close_down(world, seller=seller)
    return Resolution(
        seller=seller.name, kind=kind, owed=owed, cash=cash, book=book, proceeds=proceeds, buyer=buyer,
        bank_loss=bank_loss, creditor_loss=creditor_loss, owner_loss=owner_loss, returned=returned,
    )  # fmt: skip


def _collect_bills(world: World, *, seller: Seller) -> None:
    """Companies pay the small bills that had accrued with the firm."""
    companies, book = world.companies, world.book
    held = companies.held.astype(np.int64)
    rows = np.flatnonzero((held >= 0) & (companies.payable > 0) & (book.seller[np.maximum(held, 0)] == seller.code))
    if rows.size == 0:
        return
    bills = companies.payable[rows]
    settle_companies(world.ledger, counterparty=np.full(len(rows), seller.code), payable=bills)
    deposits = companies.deposits.copy()
    np.subtract.at(deposits, companies.company[rows], bills)
    companies.commit("settlement", deposits=deposits)
    companies.commit("settlement", rows=rows, payable=0)


def _sell_fleet(
    world: World, assumptions: Scenario, *, cloud: CloudProvider, month: int, growth: FloatArray
) -> tuple[Cents, str]:
    """Sell all machines, sites and projects in one lot for a part of their book value; price and buyer.

    The surviving cloud that lacks most machines and can pay gets them, else the rest of the economy for its own sites.
    """
    ledger = world.ledger
    least, most = assumptions.finance.recovery
    luck = float(world.chance.uniform(Mechanism.FIRE_SALE, month=month, entity=cloud.luck))
    lot = cloud.fleet.valued_at(least + luck * (most - least))
    capital, projects = lot.capital_cents(month), lot.work_in_progress_cents
    view = ledger.view(cloud.code)
    if view.capital + view.wip == 0:
        return 0, ""
    ledger.book(Flow.FIRE_SALE_LOSS, debit=cloud.code, credit=cloud.code, cents=view.capital - capital)
    ledger.book(Flow.PROJECT_LOSS, debit=cloud.code, credit=cloud.code, cents=view.wip - projects)
    price = (capital + projects) / CENTS_PER_DOLLAR
    winner = highest_bidder(world, assumptions, price=price, growth=growth, but=cloud)
    buyer, fleet = (REST_OF_ECONOMY, world.other_fleet) if winner is None else (winner.name, winner.fleet)
    ledger.pay(Flow.ASSET_FIRE_SALE, payer=buyer, payee=cloud.code, cents=capital)
    ledger.pay(Flow.PROJECT_FIRE_SALE, payer=buyer, payee=cloud.code, cents=projects)
    fleet.take_over(lot)
    cloud.fleet = Fleet()
    return capital + projects, buyer


def highest_bidder(
    world: World, assumptions: Scenario, *, price: float, growth: FloatArray, but: CloudProvider
) -> CloudProvider | None:
    """The surviving cloud that lacks most machines for the demand it expects, among those that can pay `price` USD; not
    the sovereign cloud, which machines abroad are of no use to.
    """
    invest, margins = assumptions.invest, yearly_margins(world)
    missing: dict[int, float] = {}
    for k, cloud in enumerate(world.clouds):
        if not cloud.alive or cloud is but or cloud.role == SOVEREIGN or not cloud.demand_history:
            continue
        expected = damped_forecast(
            cloud.demand_history[-1], float(growth[k]), horizon=invest.gpu_lead_months, damping=invest.outlook.damping
        )
        desired = desired_capacity(
            expected, reserve=invest.reserve, target_load=assumptions.pricing.load_target,
            availability=invest.availability,
        )  # fmt: skip
        lacks = desired - cloud.fleet.count - cloud.fleet.count_on_order
        if lacks > 0 and affordable(world, assumptions, cloud=cloud, margin=float(margins[cloud.code])) >= price:
            missing[k] = lacks
    return world.clouds[max(missing, key=lambda k: missing[k])] if missing else None


def _pay_creditors(world: World, *, seller: Seller) -> tuple[Cents, Cents]:
    """Pay bank and suppliers in equal parts and write off what is left; losses of the bank and of the suppliers."""
    ledger, code = world.ledger, seller.code
    bank = ledger.code(BANK)
    view, invoices = ledger.view(code), ledger.owed_by(code)
    suppliers = np.flatnonzero(invoices)
    claims = np.array([view.debt, *invoices[suppliers]], dtype=np.int64)
    cash = view.deposits
    paid = claims if cash >= claims.sum() else apportion(cash, claims.astype(np.float64))
    paid = np.minimum(paid, claims)  # a cent of rounding is no gift
    ledger.pay(Flow.PRINCIPAL, payer=code, payee=bank, cents=int(paid[0]))
    ledger.settle(payer=code, payee=suppliers, cents=paid[1:])
    lost = claims - paid
    ledger.book(Flow.LOAN_WRITE_OFF, debit=bank, credit=code, cents=int(lost[0]))
    ledger.book(Flow.INVOICE_WRITE_OFF, debit=suppliers, credit=np.full(len(suppliers), code), cents=lost[1:])
    on_interest = int(lost[1:][suppliers == bank].sum())
    world.finances.bank_result -= int(lost[0]) + on_interest
    return int(lost[0]) + on_interest, int(lost[1:].sum()) - on_interest


def _cancel_shares(world: World, *, seller: Seller) -> Cents:
    """Shares in the firm, and those it held, are worth nothing; what its owners had paid in."""
    stakes, lost = world.finances.stakes, 0
    for holder, issuer in [key for key in stakes if seller.code in key]:
        cents = stakes.pop((holder, issuer))
        world.ledger.book(Flow.EQUITY_WRITE_OFF, debit=holder, credit=issuer, cents=cents)
        lost += cents if issuer == seller.code else 0
    return lost


def close_down(world: World, *, seller: Seller) -> None:
    """Withdraw what the firm sold; weights it had published stay with whoever runs them."""
    seller.alive = False
    finances = world.finances
    finances.arrears[seller.code] = finances.carried_losses[seller.code] = 0.0
    finances.arrears_months[seller.code] = 0
    finances.instalments = [np.where(np.arange(len(due)) == seller.code, 0.0, due) for due in finances.instalments]
    if isinstance(seller, Trainer):
        seller.run = None
        seller.models = {tier: model for tier, model in seller.models.items() if model.open}
    if isinstance(seller, OpenWeightReleaser):
        seller.left, seller.pending = True, []
    if isinstance(seller, CloudProvider):
        seller.fleet = Fleet()
        _move_tenants(world, cloud=seller)


def _move_tenants(world: World, *, cloud: CloudProvider) -> None:
    """Ordinary business of the cloud moves to the survivors in proportion to theirs, row by row in their order."""
    companies = world.companies
    survivors = [other for other in world.clouds if other.alive and other.legacy_share > 0]
    total = sum(other.legacy_share for other in survivors)
    tenants = np.flatnonzero(companies.tenancy == cloud.code)
    share, cloud.legacy_share = cloud.legacy_share, 0.0
    if not survivors:
        companies.commit("choice", rows=tenants, tenancy=np.full(len(tenants), -1))
        return
    part = np.array([other.legacy_share / total for other in survivors])
    for other, fraction in zip(survivors, part, strict=True):
        other.legacy_share += share * float(fraction)
    place = np.searchsorted(np.cumsum(part)[:-1], (np.arange(len(tenants)) + 0.5) / max(len(tenants), 1), side="right")
    to = np.array([other.code for other in survivors])[place]
    opened = np.left_shift(np.uint64(1), to.astype(np.uint64))
    companies.commit("choice", rows=tenants, tenancy=to, accounts=companies.accounts[tenants] | opened)


