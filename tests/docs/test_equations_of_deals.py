"""M12 as docs/model.md writes it: what partners pay, get, commit and know, and with what they price."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from market.deals import CreditLot, Deals, commitment
from market.flows import Flow
from market.goods import Route
from market.pricing import contract_prices
from scenarios.scenario import Scenario
from simulation.deal_state import DealBook, Tie
from simulation.month import dealing
from simulation.month.interests import interest_of_sellers, transfer_prices
from tests.docs.equations import Page, near, worlds

CLOUDS, LABS = 3, 4


class Paid:
    """A ledger that only remembers who pays whom."""

    def __init__(self, room: int = 10**15) -> None:
        self.rows: list[tuple[Flow, int, int, int]] = []
        self._room = room

    def room(self, holders: Any) -> Any:
        return np.full(len(holders), self._room)

    def pay(self, flow: Flow, *, payer: int, payee: int, cents: int) -> None:
        self.rows.append((flow, payer, payee, cents))

    def book(self, flow: Flow, *, debit: int, credit: int, cents: int, organic: bool) -> None:
        assert not organic
        self.rows.append((flow, debit, credit, cents))


def scenario(**deal: Any) -> Scenario:
    return Scenario(name="deals", deal=Deals(**deal))


def industry(ties: tuple[Tie, ...], parents: tuple[str, ...], **more: Any) -> Any:
    """Clouds 0, 1, 2 and labs 3 to 6, of which `parents` names the owners."""
    clouds = [SimpleNamespace(name=f"cloud_{k}", code=k, demand_history=[100.0]) for k in range(CLOUDS)]
    labs = [
        SimpleNamespace(name=f"lab_{k}", code=CLOUDS + k, parent=parent) for k, parent in enumerate(parents)
    ]
    sellers = [*clouds, *labs]
    names = [lab.name for lab in labs]
    return SimpleNamespace(
        clouds=clouds, labs=labs, sellers=sellers, code_of={seller.name: seller.code for seller in sellers},
        deals=DealBook(ties=ties, invested=ties), buyers=SimpleNamespace(index=names.index), **more,
    )  # fmt: skip


@pytest.mark.parametrize("room", [10**12, 1000])
def test_equity_rounds_in_cash_and_credits(page: Page, room: int) -> None:
    taken = set()
    for r in worlds():
        stake, part, issued = r.uniform(0, 0.5), r.uniform(), int(r.integers(0, 40_000))
        tie, ledger = Tie(lab=CLOUDS, cloud=1, since=0, exclusive=True), Paid(room)
        finances = SimpleNamespace(stakes={}, last_raised={}, month=5)
        world = industry((tie,), ("",) * LABS, ledger=ledger, finances=finances)
        told = dealing.invest_in_partners(
            world, scenario(stake=stake, credit_part=part), month=5, rounds=np.array([issued, issued, 0, 0])
        )
        cash, credits = page["equity_round"](issued, stake, part, room)
        assert list(told) == [cash + credits, 0, 0, 0]
        paid = {flow: cents for flow, _, _, cents in ledger.rows}
        assert (paid.get(Flow.EQUITY_ISSUE, 0), paid.get(Flow.CREDIT_GRANT, 0)) == (cash, credits)
        taken.add(cash > 0)
    assert True in taken and (False in taken or room > 1000)


def test_bills_paid_with_credits(page: Page) -> None:
    for r in worlds():
        cents = [int(x) for x in r.integers(1, 50, 4)]
        world = industry((), ("",) * LABS, ledger=Paid())
        strange = CreditLot(cloud=2, lab=CLOUDS, cents=7, expires=9)
        world.deals.credits = (*(CreditLot(cloud=0, lab=CLOUDS, cents=c, expires=9) for c in cents), strange)
        bill = int(r.integers(0, 150))
        told = dealing.pay_with_credits(world, payers=np.array([CLOUDS]), cents=np.array([[bill, 0, 0]]))
        left, in_money = page["paid_with_credits"](cents, bill)
        assert told[0, 0] == in_money
        assert [lot.cents for lot in world.deals.credits] == [*(c for c in left if c > 0), 7]


def test_revenue_shares_and_what_labs_keep(page: Page) -> None:
    for r in worlds():
        tie, share = Tie(lab=CLOUDS, cloud=1, since=0, exclusive=False), r.uniform(0, 0.5)
        host = np.array([-1, 0, 1, 2])
        book = SimpleNamespace(
            seller=np.full(4, CLOUDS), route=np.full(4, Route.CLOSED_API), host_cloud=host,
        )  # fmt: skip
        ledger, assumptions = Paid(), scenario(revenue_share=share)
        cut = assumptions.cloud.marketplace_cut
        world = industry((tie,), ("",) * LABS, book=book, ledger=ledger)
        kept = dealing.net_of_cut(world, assumptions, codes=np.arange(4))
        assert near([page["kept_of_sale"](cut, share, h >= 0, h == 1) for h in host], kept)
        sales, subscriptions = r.integers(0, 10**9, 4), r.integers(0, 10**9, LABS)
        told = dealing.pay_revenue_shares(world, assumptions, revenue_by_offer=sales, subscriptions=subscriptions)
        elsewhere = [(cents, h >= 0) for cents, h in zip(sales, host, strict=True) if h != 1]
        assert told[0] == page["shared_revenue"](elsewhere, subscriptions[0], cut, share) and not told[1:].any()
        assert ledger.rows == [(Flow.REVENUE_SHARE, CLOUDS, 1, told[0])]


def test_commitments_and_what_partners_know(page: Page) -> None:
    for r in worlds():
        usual, reserved, room = r.uniform(0, 100, 3), r.uniform(0, 80, 3), r.uniform(1, 200)
        told = commitment(
            usual, partner=np.ones((3, 1)), reserved=reserved[:, None], take_or_pay=0.8, room=np.array([room])
        )[:, 0]
        assert near(page["committed"](usual, reserved, 0.8, room), told)
        expected, wanted = r.uniform(0, 100), r.uniform(0, 100)
        world = industry((Tie(lab=CLOUDS, cloud=1, since=0, exclusive=True),), ("",) * LABS)
        world.deals.expected_hours[CLOUDS] = expected
        assumptions = scenario()
        demanded = np.zeros((LABS, CLOUDS))
        demanded[0, 1] = wanted
        dealing.tell_partners(world, assumptions, demanded=demanded)
        now, correction = page["told"](expected, wanted, assumptions.invest.adaptation)
        assert near([now, 100 + correction], [world.deals.expected_hours[CLOUDS], world.clouds[1].demand_history[-1]])


def test_interests_and_transfer_prices(page: Page) -> None:
    """Who commands a lab, in whose interest prices are set, and what an owned lab reckons with."""
    commanded = set()
    for r in worlds():
        stake, bound = float(r.choice([0.1, 0.3, 0.6])), bool(r.integers(2))
        partner = {lab: int(r.integers(CLOUDS)) for lab in r.choice(LABS, 2, replace=False)}
        parents = tuple(
            f"cloud_{r.integers(CLOUDS)}" if k not in partner and r.integers(2) else "" for k in range(LABS)
        )
        ties = tuple(Tie(lab=CLOUDS + k, cloud=cloud, since=0, exclusive=bound) for k, cloud in partner.items())
        world, assumptions = industry(ties, parents), scenario(stake=stake)
        owners = [world.code_of.get(parent) for parent in parents]
        found = [page["commander"](owner, partner.get(k), stake, bound) for k, owner in enumerate(owners)]
        told = dealing.commanded_by(world, assumptions)
        assert found == [world.code_of[told[lab.name]] if lab.name in told else None for lab in world.labs]
        parts = {(cloud, CLOUDS + k): stake for k, cloud in partner.items()}
        parts |= {(owner, CLOUDS + k): 1 for k, owner in enumerate(owners) if owner is not None}
        commanders = [*range(CLOUDS), *(CLOUDS + k if c is None else c for k, c in enumerate(found))]
        assert near(page["interests"](parts, commanders), interest_of_sellers(world, assumptions))
        commanded |= {c is not None for k, c in enumerate(found) if k in partner}

        held = r.uniform(0, 9, (LABS, CLOUDS)) * (r.random(LABS) < 0.8)[:, None]
        world.buyers = SimpleNamespace(index=world.buyers.index, serving=held, training=held * 0.5)
        price, mark_up, share = r.uniform(2, 5, LABS), r.uniform(0, 1, CLOUDS), r.dirichlet(np.ones(CLOUDS), LABS)
        told = transfer_prices(world, assumptions, gpu_price=price, mark_up=mark_up, share=share)
        part = [h / h.sum() if h.sum() > 0 else s for h, s in zip(held, share, strict=True)]
        mine = [p - (x[o] * mark_up[o] if o is not None else 0) for p, x, o in zip(price, part, owners, strict=True)]
        assert near(mine, told)
    assert commanded == {True, False}


def test_contract_prices_of_clouds(page: Page) -> None:
    """P2 of clouds, with and without a part in labs: at the code's rest point no cloud wants another price."""
    at_the_end = set()
    for r in worlds():
        cost, brand, hours = r.uniform(1, 4, CLOUDS), r.uniform(0, 0.3, CLOUDS), r.lognormal(6, 1, 5)
        allowed = r.random((5, CLOUDS)) < 0.8
        renting, slope = r.uniform(0, 500, CLOUDS), -r.uniform(0, 300, CLOUDS)
        start, through = cost * r.uniform(1, 1.5, CLOUDS), r.uniform(-300, 300, CLOUDS) * r.integers(2)
        told, gap = contract_prices(
            cost, hours=hours, brand=brand, spread=0.4, allowed=allowed, self_hours=renting,
            self_slope=np.diag(slope), interest=np.eye(CLOUDS), elsewhere=through, markup_most=0.6, start=start,
        )  # fmt: skip
        assert gap < 1e-6
        for k in range(CLOUDS):
            shares = [page["contract_shares"](brand, start, 0.4, row)[k] for row in allowed]
            held = hours @ shares
            found = page["cloud_price"](
                told, cost[k], hours, brand, 0.4, allowed, renting[k], slope[k], through[k] / held if held else 0,
                0.6, k,
            )  # fmt: skip
            assert abs(found / told[k] - 1) < 1e-6
            at_the_end.add(bool(told[k] < cost[k] * 1.6 - 1e-6))
    assert at_the_end == {True, False}
