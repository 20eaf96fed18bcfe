"""Cloud-lab deals month by month: who is bound, what is invested, paid with credits, shared, committed and told (M12).

Stakes are a share of profit by contract; the ledger keeps what was paid for them at the issue price. Credits are the
cloud's debt in compute: granted for equity, used up against rents, and revenue without organic demand behind it.
"""

from __future__ import annotations

import numpy as np

from agents.sellers import ModelLab, Trainer
from market.deals import ERROR_LEFT, CreditLot, commitment, expired, investment, spend_credits
from market.flows import Flow
from market.goods import Route
from market.reservations import Reserved
from market.units import BoolArray, CentsArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.deal_state import Tie
from simulation.month.paying import pay_or_owe
from simulation.world import World

MAJORITY = 0.5  # a larger stake commands a lab
MINORITY_CONTROL = 0.25  # so does a larger one than this while the lab is bound to one cloud (model.md 4.2, variant)


def hold_deals(world: World, assumptions: Scenario, *, month: int) -> None:
    """Which deals hold this month, and where exclusivity lets their labs rent."""
    terms, deals = assumptions.deal, world.deals
    begun = [lab for lab in world.labs if terms.active and lab.partner and lab.deal_month <= month]
    begun = [lab for lab in begun if lab.alive and world.clouds[world.code_of[lab.partner]].alive]
    deals.invested = tuple(
        Tie(
            lab=lab.code, cloud=world.code_of[lab.partner], since=lab.deal_month,
            exclusive=month < lab.deal_month + min(terms.exclusivity, terms.months),
        )
        for lab in begun
    )  # fmt: skip
    deals.ties = tuple(tie for tie in deals.invested if month < tie.since + terms.months)
    for lab in world.labs:
        if not lab.partner:
            continue
        tie = deals.tie_of(lab.code)
        only = np.arange(len(world.clouds)) == tie.cloud if tie is not None and tie.exclusive else True
        world.buyers.allowed[world.buyers.index(lab.name)] = lab.allowed * only


def excluded(world: World) -> BoolArray:
    """Offers of a bound lab through another cloud than its partner, which nobody may sell now; (offers,)."""
    book = world.book
    barred = np.zeros(len(book.offers), dtype=bool)
    for tie in world.deals.ties:
        if tie.exclusive:
            elsewhere = (book.host_cloud >= 0) & (book.host_cloud != tie.cloud)
            barred |= (book.route == Route.CLOSED_API) & (book.seller == tie.lab) & elsewhere
    return barred


def hours_that_stay(world: World, held: FloatArray) -> FloatArray:
    """Held GPU-hours (buyers, clouds) that may go on: a bound lab leaves the clouds it may no longer rent from."""
    bound = _bound_rows(world)
    if not bound:
        return held
    staying = held.copy()
    staying[bound] *= world.buyers.allowed[bound] > 0
    return staying


def hours_that_may_move(world: World, hours: FloatArray) -> FloatArray:
    """GPU-hours (buyers,) of who could buy them elsewhere, on which clouds set mark-ups.

    What a cloud uses to host models is no sale; a lab bound to its partner pays what that asks of those who could leave
    (most favoured customer).
    """
    moving = np.where(world.hosting_buyers, 0.0, hours)
    moving[_bound_rows(world)] = 0.0
    return moving


def _bound_rows(world: World) -> list[int]:
    """Rows of the labs among the buyers that may rent from their partner alone."""
    return [world.buyers.index(_name(world, tie.lab)) for tie in world.deals.ties if tie.exclusive]


def commanded_by(world: World, assumptions: Scenario) -> dict[str, str]:
    """Cloud that commands each lab: its owner, or a partner with a majority, or with a large minority while bound."""
    command = {lab.name: lab.parent for lab in world.labs if lab.parent}
    stake = assumptions.deal.stake
    for tie in world.deals.invested:
        bound = tie in world.deals.ties and tie.exclusive
        if stake > MAJORITY or (bound and stake > MINORITY_CONTROL):
            command[_name(world, tie.lab)] = world.clouds[tie.cloud].name
    return command


def invest_in_partners(world: World, assumptions: Scenario, *, month: int, rounds: CentsArray) -> CentsArray:
    """Partners take their stake in the equity that labs issue (labs,), in cash and credits; what each paid, cents.

    A partner that lacks the cash takes no part in a round.
    """
    terms, paid = assumptions.deal, np.zeros_like(rounds)
    for k, lab in enumerate(world.labs):
        tie = world.deals.tie_of(lab.code)
        if tie is None:
            continue
        cash, credits = investment(int(rounds[k]), stake=terms.stake, credit_part=terms.credit_part)
        if cash > world.ledger.room(np.array([tie.cloud]))[0]:
            continue
        world.ledger.pay(Flow.EQUITY_ISSUE, payer=tie.cloud, payee=tie.lab, cents=cash)
        world.ledger.book(Flow.CREDIT_GRANT, debit=tie.cloud, credit=tie.lab, cents=credits, organic=False)
        if credits:
            lot = CreditLot(cloud=tie.cloud, lab=tie.lab, cents=credits, expires=month + terms.credit_months)
            world.deals.credits = (*world.deals.credits, lot)
            _count(world.deals.granted, lot, credits)
        paid[k] = cash + credits
        if paid[k]:
            stakes = world.finances.stakes
            stakes[tie.cloud, tie.lab] = stakes.get((tie.cloud, tie.lab), 0) + int(paid[k])
            world.finances.last_raised[tie.lab] = world.finances.month
    return paid


def pay_with_credits(world: World, *, payers: IntArray, cents: CentsArray) -> CentsArray:
    """What of bills for GPU-hours (payers, clouds) is left to be paid in money once credits are used up; cents."""
    if not world.deals.credits:
        return cents
    left = cents.copy()
    for row, lab in enumerate(payers.tolist()):
        for cloud in sorted({lot.cloud for lot in world.deals.credits if lot.lab == lab}):
            lots, used = spend_credits(world.deals.credits, cloud=cloud, lab=lab, cents=int(cents[row, cloud]))
            if used:
                world.deals.credits = lots
                world.ledger.book(Flow.CREDIT_USE, debit=lab, credit=cloud, cents=used, organic=False)
                _count(world.deals.used, CreditLot(cloud=cloud, lab=lab, cents=used, expires=0), used)
                left[row, cloud] -= used
    return left


def expire_credits(world: World, *, month: int) -> None:
    """Credits past their term are lost to the lab and revenue of the cloud."""
    _lose(world, expired(world.deals.credits, month=month))


def forfeit_credits(world: World, *, seller: int) -> None:
    """Credits with a firm that is wound up, or of one, are gone as if they had expired."""
    _lose(world, tuple(lot for lot in world.deals.credits if seller in (lot.cloud, lot.lab)))


def _lose(world: World, gone: tuple[CreditLot, ...]) -> None:
    for lot in gone:
        world.ledger.book(Flow.CREDIT_EXPIRY, debit=lot.lab, credit=lot.cloud, cents=lot.cents, organic=False)
        _count(world.deals.expired, lot, lot.cents)
    world.deals.credits = tuple(lot for lot in world.deals.credits if lot not in gone)


def credits_of(world: World, *, lab: int) -> int:
    """Credits that a lab may still use, cents."""
    return sum(lot.cents for lot in world.deals.credits if lot.lab == lab)


def revenue_share(world: World, assumptions: Scenario, *, lab: int) -> float:
    """Part of a lab's revenue outside its partner's marketplace that the partner takes; 0 without a deal."""
    return assumptions.deal.revenue_share if world.deals.tie_of(lab) is not None else 0.0


def share_left(world: World, assumptions: Scenario, *, codes: IntArray) -> FloatArray:
    """What revenue shares leave of the price of the given offers; (codes,). The partner's own marketplace is free."""
    left = np.ones(len(codes))
    for tie in world.deals.ties:
        shared = (world.book.seller[codes] == tie.lab) & (world.book.route[codes] == Route.CLOSED_API)
        left[shared & (world.book.host_cloud[codes] != tie.cloud)] -= assumptions.deal.revenue_share
    return left


def net_of_cut(world: World, assumptions: Scenario, *, codes: IntArray) -> FloatArray:
    """Share of the price that the seller keeps: less than 1 through a cloud's marketplace or with a revenue share."""
    through = (world.book.host_cloud[codes] >= 0) & (world.book.route[codes] == Route.CLOSED_API)
    kept = np.where(through, 1 - assumptions.cloud.marketplace_cut, 1.0)
    return kept * share_left(world, assumptions, codes=codes)


def pay_revenue_shares(
    world: World, assumptions: Scenario, *, revenue_by_offer: CentsArray, subscriptions: CentsArray
) -> CentsArray:
    """Labs pay their partners a share of what they keep of sales elsewhere and of subscriptions; cents (labs,)."""
    share, book = assumptions.deal.revenue_share, world.book
    paid = np.zeros(len(world.labs), dtype=np.int64)
    for tie in world.deals.ties:
        k = tie.lab - world.labs[0].code
        sold = (book.seller == tie.lab) & (book.route == Route.CLOSED_API) & (book.host_cloud != tie.cloud)
        kept = np.where(book.host_cloud >= 0, 1 - assumptions.cloud.marketplace_cut, 1.0)
        base = float((revenue_by_offer * kept)[sold].sum()) + float(subscriptions[k])
        paid[k] = int(np.rint(share * base))
        pay_or_owe(world.ledger, Flow.REVENUE_SHARE, payer=tie.lab, payee=tie.cloud, cents=int(paid[k]))
    return paid


def pay_partners(world: World, assumptions: Scenario, *, dividends: CentsArray) -> CentsArray:
    """Partners' part of the dividends (sellers,) of the labs they hold; what each seller paid them, cents."""
    paid = np.zeros_like(dividends)
    for tie in world.deals.invested:
        paid[tie.lab] = int(np.rint(assumptions.deal.stake * dividends[tie.lab]))
        world.ledger.pay(Flow.DIVIDENDS, payer=tie.lab, payee=tie.cloud, cents=int(paid[tie.lab]))
    return paid


def committed_hours(
    world: World, assumptions: Scenario, *, usual: FloatArray, held: Reserved, room: FloatArray
) -> FloatArray:
    """GPU-hours that deals make labs reserve with their partners this month, of those they `usual`ly want, bursts left
    aside; (buyers, clouds)."""
    partner = np.zeros_like(held.hours)
    for tie in world.deals.ties:
        partner[world.buyers.index(_name(world, tie.lab)), tie.cloud] = 1.0
    return commitment(
        usual, partner=partner, reserved=held.hours, take_or_pay=assumptions.deal.take_or_pay, room=room
    )


def tell_partners(world: World, assumptions: Scenario, *, demanded: FloatArray) -> None:
    """Clouds with information rights correct what they expect by half the error they would make about their lab.

    demanded (buyers, clouds) GPU-hours wanted this month; the newest entry of each cloud's memory is corrected.
    """
    if not assumptions.deal.information:
        return
    for tie in world.deals.ties:
        hours = float(demanded[world.buyers.index(_name(world, tie.lab)), tie.cloud])
        before = world.deals.expected_hours.get(tie.lab, hours)
        adapted = before + assumptions.invest.outlook.adaptation * (hours - before)
        told = adapted + (1 - ERROR_LEFT) * (hours - adapted)
        world.clouds[tie.cloud].demand_history[-1] += told - adapted
        world.deals.expected_hours[tie.lab] = told


def told_know_how(world: World, assumptions: Scenario, *, trainer: Trainer) -> float:
    """Further share of the gap to the best that a trainer closes because a cloud with information rights is its own."""
    if not (assumptions.deal.information and isinstance(trainer, ModelLab)):
        return 0.0
    knowing = {tie.cloud for tie in world.deals.ties}
    affiliated = any(tie.lab == trainer.code for tie in world.deals.ties)
    owned = bool(trainer.parent) and world.code_of[trainer.parent] in knowing
    return assumptions.deal.leak if affiliated or owned else 0.0


def _name(world: World, code: int) -> str:
    return world.sellers[code].name


def _count(register: dict[tuple[int, int], int], lot: CreditLot, cents: int) -> None:
    key = (lot.cloud, lot.lab)
    register[key] = register.get(key, 0) + cents
