"""L42: what a failed firm owed, less what it had and what its assets fetched, is lost to its creditors, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from market.accounts import BANK, FUND, HOUSEHOLDS, REST_OF_ECONOMY
from market.flows import Flow
from market.ledger import NO_LIMIT
from simulation.month.dealing import credits_of
from simulation.month.funding import issue_equity
from simulation.month.liquidation import wind_up

MONTHS = 3
ITEMS = (
    "deposits", "loans", "receivables", "payables", "credits", "capital", "wip", "equity_held", "equity_issued",
    "net_worth",
)  # fmt: skip


@pytest.fixture(scope="module")
def before(economy_of):
    return economy_of(months=MONTHS)


@pytest.fixture
def economy(before):
    return before.fork()


def burden(economy, name, *, loan, unpaid):
    """Let `name` give away its deposits and `loan` more, and be charged `unpaid`; all in cents.

    By transfers, which welfare does not see.
    """
    ledger = economy.ledger
    ledger.limit_credit(name, cents=NO_LIMIT)
    view = ledger.view(name)
    ledger.pay(Flow.DIVIDENDS, payer=name, payee=FUND, cents=view.deposits + loan - view.debt)
    ledger.invoice(Flow.TAX_PROFIT, payer=name, payee=HOUSEHOLDS, cents=unpaid // 3)
    ledger.invoice(Flow.TAX_PROFIT, payer=name, payee=REST_OF_ECONOMY, cents=unpaid - unpaid // 3)


def wound_up(economy, name):
    world = economy.world
    return wind_up(
        world, economy.assumptions, seller=world.seller(name), kind="default", month=MONTHS - 1,
        growth=np.zeros(len(world.clouds)),
    )  # fmt: skip


def test_l42_creditors_lose_the_debt_less_what_the_assets_fetched(economy):
    """Bank and suppliers lose the same part of what each is owed."""
    book = economy.ledger.view("neocloud_1").capital + economy.ledger.view("neocloud_1").wip
    loan, unpaid = 2 * book, book
    burden(economy, "neocloud_1", loan=loan, unpaid=unpaid)
    end = wound_up(economy, "neocloud_1")
    least, most = economy.assumptions.finance.recovery
    assert (end.owed, end.cash, end.book) == (loan + unpaid, 0, book)
    assert least * book - 100 <= end.proceeds <= most * book
    assert end.bank_loss + end.creditor_loss == loan + unpaid - end.proceeds
    assert end.bank_loss == pytest.approx(2 * end.creditor_loss, abs=3)
    assert end.returned == 0


def test_the_loss_is_the_banks_and_the_suppliers_own_wealth(economy):
    ledger = economy.ledger
    book = ledger.view("neocloud_1").capital + ledger.view("neocloud_1").wip
    burden(economy, "neocloud_1", loan=2 * book, unpaid=book)
    worth = {name: ledger.view(name).net_worth for name in (BANK, HOUSEHOLDS, REST_OF_ECONOMY)}
    end = wound_up(economy, "neocloud_1")
    lost = {name: before - ledger.view(name).net_worth for name, before in worth.items()}
    assert lost[BANK] == end.bank_loss
    assert lost[HOUSEHOLDS] + lost[REST_OF_ECONOMY] == end.creditor_loss
    assert lost[REST_OF_ECONOMY] == pytest.approx(2 * lost[HOUSEHOLDS], abs=3)


def test_the_buyer_gets_the_machines_at_what_it_paid(economy):
    world, ledger = economy.world, economy.ledger
    cloud = world.seller("neocloud_1")
    machines, power = cloud.fleet.count, cloud.fleet.megawatts
    burden(economy, "neocloud_1", loan=10**12, unpaid=0)
    owned = {c.name: (c.fleet.count, c.fleet.megawatts, ledger.view(c.name).capital + ledger.view(c.name).wip)
             for c in world.clouds}  # fmt: skip
    owned[REST_OF_ECONOMY] = (
        world.other_fleet.count, world.other_fleet.megawatts,
        ledger.view(REST_OF_ECONOMY).capital + ledger.view(REST_OF_ECONOMY).wip,
    )  # fmt: skip
    end = wound_up(economy, "neocloud_1")
    buyer = world.other_fleet if end.buyer == REST_OF_ECONOMY else world.seller(end.buyer).fleet
    count, megawatts, worth = owned[end.buyer]
    assert buyer.count == pytest.approx(count + machines)
    assert buyer.megawatts == pytest.approx(megawatts + power)
    assert ledger.view(end.buyer).capital + ledger.view(end.buyer).wip == worth + end.proceeds
    assert ledger.view(end.buyer).capital == buyer.capital_cents(MONTHS - 1)  # later wear follows the price paid
    assert ledger.view(end.buyer).wip == buyer.work_in_progress_cents


def test_owners_get_back_what_is_left_of_a_firm_that_was_only_short_of_cash(economy):
    burden(economy, "neocloud_1", loan=100, unpaid=100)
    households = economy.ledger.view(HOUSEHOLDS).deposits
    end = wound_up(economy, "neocloud_1")
    assert end.bank_loss == end.creditor_loss == 0
    assert end.returned == end.proceeds - 200 > 0
    assert economy.ledger.view(HOUSEHOLDS).deposits == households + end.returned + 100 // 3


def test_equity_paid_in_is_lost_to_whoever_paid_it(economy):
    ledger, stakes, lab = economy.ledger, economy.world.finances.stakes, economy.ledger.view("lab_1")
    issue_equity(economy.world, holder=FUND, issuer=lab.code, cents=7 * 10**9)
    burden(economy, "lab_1", loan=10**10, unpaid=10**9)
    paid_in = lab.equity_issued
    granted = {lot.cloud: credits_of(economy.world, lab=lab.code) for lot in economy.world.deals.credits}
    stake_of = {holder: cents for (holder, issuer), cents in stakes.items() if issuer == lab.code}
    owners = {holder: (ledger.view(holder).equity_held, ledger.view(holder).net_worth) for holder in stake_of}
    assert stake_of[ledger.code(FUND)] >= 7 * 10**9
    end = wound_up(economy, "lab_1")
    assert end.owner_loss == paid_in == sum(stake_of.values())
    for holder, (held, worth) in owners.items():
        now = ledger.view(holder)
        assert stake_of[holder] == held - now.equity_held
        assert worth - now.net_worth == stake_of[holder] - granted.get(holder, 0)  # what it need not serve any more
    assert end.cash > 0  # small bills that customers still paid
    assert end.bank_loss + end.creditor_loss == 11 * 10**9 - end.cash


@pytest.mark.parametrize("name", ["neocloud_1", "fringe_1", "lab_1", "hoster_1"])
def test_nothing_is_left_of_a_failed_firm_and_no_posting_touches_it_again(name, economy):
    before = economy.ledger.view(name)
    burden(economy, name, loan=max(before.debt, 10**9), unpaid=10**7)
    economy.ledger.limit_credit(name, cents=0)
    economy.run(3)
    sheet = economy.record.closing.books.sheet
    code = sheet.holders.index(name)
    assert all(int(getattr(sheet, item)[code]) == 0 for item in ITEMS)
    run = economy.results()
    alive = run.sellers[run.sellers.seller == name].set_index("month")["alive"]
    assert alive.loc[: MONTHS - 1].all() and not alive.loc[MONTHS:].any()
    later = run.flows[run.flows.month > MONTHS]
    assert not ((later.payer == name) | (later.payee == name)).any()
    told = run.events[(run.events.kind == "default") & (run.events.actor == name)]
    assert told.month.tolist() == [MONTHS]


def test_weights_that_a_failed_lab_had_to_publish_outlive_it(economy_of):
    economy = economy_of({"policy.mandate_lag": 1}, months=MONTHS, horizon=MONTHS + 3)
    lab = economy.world.seller("lab_1")
    burden(economy, "lab_1", loan=10**9, unpaid=10**7)
    economy.ledger.limit_credit("lab_1", cents=0)
    economy.run(3)
    assert not lab.alive and lab.models and all(model.open for model in lab.models.values())
    place = economy.world.labs.index(lab)
    assert economy.recorder.training[0][place, 1] > 0 and economy.recorder.training[-1][place, 1] == 0.0
