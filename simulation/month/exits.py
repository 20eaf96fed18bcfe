"""Who cannot go on leaves, and who sees a profit enters (docs/model.md M17)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.sellers import CloudProvider, Hoster, ModelLab, Seller
from market.accounts import FUND, HOUSEHOLDS
from market.flows import Flow
from market.goods import Route
from market.units import CENTS_PER_DOLLAR, FloatArray
from scenarios.scenario import Scenario
from simulation.month.accounts import Accounts
from simulation.month.compute import Compute
from simulation.month.debts import remember_borrowing, remember_outlays
from simulation.month.entry import enter
from simulation.month.funding import clear_arrears, issue_equity
from simulation.month.liquidation import Resolution, wind_up
from simulation.month.paying import limited
from simulation.month.plans import Plans
from simulation.month.service import Service
from simulation.month.tariffs import Tariffs
from simulation.world import World


@dataclass(frozen=True)
class Exits:
    """Firms that left and firms that were founded this month."""

    resolutions: tuple[Resolution, ...] = ()
    founded: tuple[str, ...] = ()
    equity_at_founding: tuple[int, ...] = ()  # cents, by firm founded

    @property
    def written_down(self) -> float:
        """Book value lost in fire sales, USD."""
        return sum(end.book - end.proceeds for end in self.resolutions) / CENTS_PER_DOLLAR


def exit_and_enter(
    world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs, compute: Compute, service: Service,
    accounts: Accounts, plans: Plans,
) -> Exits:  # fmt: skip
    """Support, failure and its resolution, orderly exit, entry."""
    if not assumptions.finance.enforced:
        return Exits()
    machines = plans.machines_bought[: len(world.clouds)] * world.bought_at * (1 + assumptions.policy.chip_tax)
    remember_outlays(world, invested=machines + plans.sites_bought[:-1] * assumptions.invest.shell_price)
    remember_borrowing(world, assumptions)
    if assumptions.finance.parent_support:
        support_owned_labs(world)
    ends = [
        wind_up(world, assumptions, seller=seller, kind=kind, month=month, growth=plans.expected_growth)
        for kind, leavers in (
            ("default", insolvent(world, assumptions)),
            ("exit", given_up(world, assumptions, month=month, compute=compute, service=service, accounts=accounts)),
        )
        for seller in leavers
        if seller.alive
    ]
    for end in ends:  # what a firm wound up later still paid to one before it
        late = max(world.ledger.view(end.seller).deposits, 0)
        world.ledger.pay(Flow.DIVIDENDS, payer=end.seller, payee=FUND, cents=late)
        world.ledger.pay(Flow.DIVIDENDS, payer=FUND, payee=HOUSEHOLDS, cents=late)
    founded = list(enter(world, assumptions, month=month, tariffs=tariffs, compute=compute))
    return Exits(
        resolutions=tuple(ends),
        founded=tuple(name for name, _ in founded),
        equity_at_founding=tuple(cents for _, cents in founded),
    )


def support_owned_labs(world: World) -> None:
    """A cloud pays in what the lab it owns cannot pay, as far as its own deposits go."""
    for lab in world.labs:
        parent = world.seller(lab.parent) if lab.parent else None
        if not lab.alive or parent is None or not parent.alive:
            continue
        arrears = int(np.rint(world.finances.arrears[lab.code] * CENTS_PER_DOLLAR))
        missing = world.ledger.view(lab.code).payables + arrears
        cents = min(missing, max(world.ledger.view(parent.code).deposits, 0))
        if cents > 0:
            issue_equity(world, holder=parent.name, issuer=lab.code, cents=cents)
            clear_arrears(world, seller=lab)


def insolvent(world: World, assumptions: Scenario) -> list[Seller]:
    """Sellers that owe what they cannot pay, whoever buys before whoever sells to them.

    Unpaid invoices are a default at once; principal in arrears is one when the bank has waited `grace_months`.
    """
    finances = world.finances
    waited = finances.arrears_months > assumptions.finance.grace_months
    bound = limited(world)
    owing = [
        seller
        for seller in world.sellers
        if bound[seller.code] and (world.ledger.view(seller.code).payables > 0 or waited[seller.code])
    ]
    return sorted(owing, key=lambda seller: (_stage(seller), world.ledger.view(seller.code).receivables > 0))


def _stage(seller: Seller) -> int:
    """Place downstream: hosters and labs buy from clouds."""
    return 1 if isinstance(seller, CloudProvider) else 0


def given_up(
    world: World, assumptions: Scenario, *, month: int, compute: Compute, service: Service, accounts: Accounts
) -> list[Seller]:
    """Sellers whose share of their market has been below `exit_share` for `exit_months`, as long after their founding
    at least; clouds with ordinary business stay."""
    finance, finances = assumptions.finance, world.finances
    share = market_shares(world, compute=compute, service=service, accounts=accounts)
    small = share < finance.exit_share  # not where it is nan: no market yet, or not open for business
    settled_in = month - np.array([seller.founded for seller in world.sellers]) >= finance.exit_months
    finances.small_months = np.where(small & settled_in, finances.small_months + 1, 0)
    bound = limited(world)
    return [
        seller
        for seller in world.sellers
        if bound[seller.code]
        and finances.small_months[seller.code] >= finance.exit_months
        and getattr(seller, "legacy_share", 0.0) <= 0
    ]


def market_shares(world: World, *, compute: Compute, service: Service, accounts: Accounts) -> FloatArray:
    """Share of each seller in what its kind sells; (sellers,), nan where nothing is sold or the seller has nothing yet.

    Clouds: GPU-hours served. Labs: sales of closed interfaces. Hosters: hosted tokens. Releasers: nan, for what they
    give away has no market to lose.
    """
    book, share = world.book, np.full(len(world.sellers), np.nan)
    hours = compute.cleared.served.sum(axis=(0, 2))
    of_interfaces = np.where(book.route == Route.CLOSED_API, accounts.revenue_by_offer, 0)
    of_hosting = np.where(book.route == Route.HOSTED_OPEN, service.tokens_by_offer, 0.0)
    sales = np.bincount(book.seller, weights=of_interfaces, minlength=len(share))
    hosted = np.bincount(book.seller, weights=of_hosting, minlength=len(share))
    for seller in world.sellers:
        if isinstance(seller, CloudProvider) and seller.fleet.count > 0:
            share[seller.code] = _part(float(hours[seller.code]), float(hours.sum()))
        elif isinstance(seller, ModelLab) and seller.models:
            share[seller.code] = _part(float(sales[seller.code]), float(sales.sum()))
        elif isinstance(seller, Hoster):
            share[seller.code] = _part(float(hosted[seller.code]), float(hosted.sum()))
    return share


def _part(amount: float, total: float) -> float:
    return amount / total if total > 0 else float("nan")


def end_relations(world: World) -> None:
    """Contracts, hours held and queues of who is out of business end."""
    gone = {seller.name for seller in world.sellers if not seller.alive}
    if not gone:
        return
    buyers = world.buyers
    rows = np.array([name not in gone for name in buyers.names], dtype=np.float64)
    columns = np.array([float(cloud.alive) for cloud in world.clouds])
    keep = rows[:, None] * columns[None, :]
    buyers.serving, buyers.training = buyers.serving * keep, buyers.training * keep
    buyers.reserved_serving, buyers.reserved_training = buyers.reserved_serving * keep, buyers.reserved_training * keep
    buyers.backlog = buyers.backlog * keep[:, :, None]
    world.usual_hours = world.usual_hours * rows
    world.reservations = tuple(r for r in world.reservations if keep[r.buyer, r.seller] > 0)


