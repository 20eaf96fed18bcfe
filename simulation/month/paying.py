"""Payments of sellers that may run out of money: who cannot pay owes, and who owes in the end fails (M17)."""

from __future__ import annotations

import numpy as np

from agents.finance import credit_line
from agents.sellers import CloudProvider, Hoster, ModelLab, OpenWeightReleaser, Seller
from agents.sovereignty import RESERVED
from market.accounts import BANK, InsufficientDeposits
from market.flows import Flow
from market.ledger import NO_LIMIT, Ledger
from market.money import to_cents
from market.postings import Amounts, Holders
from market.units import CENTS_PER_DOLLAR, MONTHS_PER_YEAR, BoolArray, CentsArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.world import World


def pay_or_owe(ledger: Ledger, flow: Flow, *, payer: Holders, payee: Holders, cents: Amounts) -> None:
    """Pay as `Ledger.pay` does; a payer without money and credit pays each payee the same part and owes the rest."""
    try:
        ledger.pay(flow, payer=payer, payee=payee, cents=cents)
    except InsufficientDeposits:
        payers, payees, amounts = np.broadcast_arrays(_codes(ledger, payer), _codes(ledger, payee), np.asarray(cents))
        now = _within_means(ledger, payers=payers, cents=amounts.astype(np.int64))
        ledger.pay(flow, payer=payers, payee=payees, cents=now)
        ledger.invoice(flow, payer=payers, payee=payees, cents=amounts - now)


def _codes(ledger: Ledger, holders: Holders) -> IntArray:
    if isinstance(holders, str):
        return np.array([ledger.code(holders)])
    return np.array([ledger.code(each) if isinstance(each, str) else int(each) for each in np.atleast_1d(holders)])


def _within_means(ledger: Ledger, *, payers: IntArray, cents: CentsArray) -> CentsArray:
    """What of each payment its payer can make, in whole cents; (payments,)."""
    everyone = np.arange(len(ledger.holders))
    due = np.zeros(len(everyone), dtype=np.int64)
    np.add.at(due, payers, cents)
    room = np.maximum(ledger.room(everyone), 0)
    room[ledger.code(BANK)] = NO_LIMIT
    short = due > room
    part = np.divide(room, due, out=np.ones(len(due)), where=short)
    share = np.maximum(np.floor(cents * part[payers]).astype(np.int64) - 1, 0)  # never a cent above the means
    return np.where(short[payers], share, cents)


def backed(seller: Seller) -> bool:
    """Whether a patron stands behind a seller: another business, a state, a law that guarantees its sales, or
    the vendor's position."""
    if isinstance(seller, CloudProvider):
        return seller.role in ("hyperscaler", *RESERVED)
    if isinstance(seller, OpenWeightReleaser):
        return seller.funding != "equity"
    return not isinstance(seller, (ModelLab, Hoster))


def limited(world: World) -> BoolArray:
    """Sellers whose credit is limited: alive, and without a patron; (sellers,)."""
    return np.array([seller.alive and not backed(seller) for seller in world.sellers])


def remember_margins(world: World) -> None:
    """Keep what each seller earned this month before interest, wear and taxes: its EBITDA, of the last year."""
    finances, count = world.finances, len(world.sellers)
    wear = np.array([world.depreciation.get(seller.name, 0) for seller in world.sellers])
    earned = world.ledger.sheet().profit_accounting[:count] + wear + finances.interest
    finances.margins = [*finances.margins, earned / CENTS_PER_DOLLAR][-MONTHS_PER_YEAR:]


def renew_credit_lines(world: World, assumptions: Scenario) -> None:
    """Let the bank lend each limited seller up to its covenant, from the margins of the last year."""
    lines = np.full(len(world.sellers), NO_LIMIT)
    if assumptions.finance.enforced:
        bound = limited(world)
        lines[bound] = to_cents(credit_line(yearly_margins(world), leverage=leverages(world, assumptions))[bound])
    for seller in world.sellers:
        world.ledger.limit_credit(seller.code, cents=int(lines[seller.code]))


def yearly_margins(world: World) -> FloatArray:
    """EBITDA at the pace of the last year, USD a year; (sellers,)."""
    return np.asarray(np.mean(world.finances.margins, axis=0) * MONTHS_PER_YEAR)


def leverages(world: World, assumptions: Scenario) -> FloatArray:
    """Years of EBITDA up to which the bank lends; (sellers,): a cloud's own, for all others that of established
    firms."""
    others = assumptions.invest.leverage_hyperscaler
    return np.array([seller.leverage if isinstance(seller, CloudProvider) else others for seller in world.sellers])
