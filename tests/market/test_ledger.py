"""The ledger by hand: who owns, owes and earns what after each kind of posting, and what is refused."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from market.accounts import InsufficientDeposits, RefusedPosting
from market.books import AccountingError
from market.company_accounts import bill_companies, post_companies, settle_companies
from market.flows import ENTRIES, INCOME, TREATMENT, Account, Exchange, Flow, OwnBooks, WriteOff
from market.ledger import Ledger

SELLERS = ("cloud_1", "lab_1", "vendor")
MILLION = 100_000_000  # cents


def founded() -> Ledger:
    ledger = Ledger(SELLERS)
    ledger.open_books(
        deposits={"cloud_1": 5 * MILLION, "lab_1": MILLION, "companies": 20 * MILLION, "fund": 9 * MILLION},
        debt={"cloud_1": 2 * MILLION},
        capital={"cloud_1": 3 * MILLION},
        wip={"cloud_1": MILLION},
        equity_held={"fund": 4 * MILLION},
        equity_issued={"cloud_1": 4 * MILLION},
    )
    return ledger


def state(ledger: Ledger) -> tuple[Any, ...]:
    columns = {name: values.tolist() for name, values in ledger.sheet().columns().items()}
    return columns, ledger._owed.tolist(), ledger._journal.tolist(), ledger._overdraft_drawn.tolist()


def test_the_economy_opens_with_net_worth_equal_to_what_exists_and_money_equal_to_debt() -> None:
    sheet = founded().sheet()
    assert sheet.net_worth.sum() == 4 * MILLION
    assert sheet.deposits.sum() == sheet.loans.sum() == 0
    assert sheet.loans[sheet.holders.index("rest_of_economy")] == -33 * MILLION
    assert sheet.net_worth[sheet.holders.index("bank")] == 0


def test_debt_beyond_deposits_leaves_the_money_with_the_rest_of_the_economy() -> None:
    ledger = Ledger(SELLERS)
    ledger.open_books(deposits={"lab_1": 30}, debt={"lab_1": 100})
    assert ledger.view("rest_of_economy").deposits == 70
    assert ledger.view("bank").deposits == -100


@pytest.mark.parametrize(
    ("opening", "complaint"),
    [
        ({"deposits": {"bank": 5}}, "bank's deposits"),
        ({"deposits": {"lab_1": -5}}, "lab_1"),
        ({"deposits": {"lab_1": 5.0}}, "not a non-negative whole number"),
        (
            {"deposits": {}, "equity_held": {"fund": 5}},
            "equity_held and equity_issued: claims exceed debts by 0.05 USD",
        ),
        ({"deposits": {"lab_9": 5}}, "no holder is called 'lab_9'"),
    ],
)
def test_an_opening_entry_that_cannot_be_true_is_refused(opening: dict[str, Any], complaint: str) -> None:
    ledger = Ledger(SELLERS)
    with pytest.raises(AccountingError, match=complaint):
        ledger.open_books(**opening)
    assert not ledger.sheet().deposits.any()


def test_books_open_once_and_before_the_first_posting() -> None:
    with pytest.raises(AccountingError, match="open already"):
        founded().open_books(deposits={})


def test_two_holders_never_share_a_name() -> None:
    with pytest.raises(AccountingError, match="two holders are called bank"):
        Ledger(["bank"])


def test_a_fee_paid_is_the_buyers_expense_and_the_sellers_revenue() -> None:
    ledger = founded()
    ledger.pay(Flow.API_FEE, payer="companies", payee="lab_1", cents=700)
    lab, companies = ledger.view("lab_1"), ledger.view("companies")
    assert (lab.deposits, lab.revenue, lab.profit) == (MILLION + 700, 700, 700)
    assert (companies.deposits, companies.expenses, companies.profit) == (20 * MILLION - 700, 700, -700)


def test_machines_paid_are_work_in_progress_until_delivered_and_lose_value_afterwards() -> None:
    ledger = founded()
    ledger.pay(Flow.CAPEX_GPU, payer="cloud_1", payee="vendor", cents=1000)
    cloud = ledger.view("cloud_1")
    assert (cloud.wip, cloud.capital, cloud.profit) == (MILLION + 1000, 3 * MILLION, 0)
    ledger.book(Flow.DELIVERY, debit="cloud_1", credit="cloud_1", cents=600)
    ledger.book(Flow.DEPRECIATION, debit="cloud_1", credit="cloud_1", cents=50)
    ledger.book(Flow.RETIREMENT, debit="cloud_1", credit="cloud_1", cents=7)
    assert (cloud.wip, cloud.capital, cloud.profit) == (MILLION + 400, 3 * MILLION + 543, -57)
    closed = ledger.close_month()
    assert closed.sheet.net_worth.sum() == closed.sheet.capital.sum() + closed.sheet.wip.sum()


@pytest.mark.parametrize(
    ("flow", "cents"), [(Flow.DELIVERY, MILLION + 1), (Flow.DEPRECIATION, 3 * MILLION + 1), (Flow.RETIREMENT, 2**50)]
)
def test_nothing_is_delivered_or_written_down_that_is_not_there(flow: Flow, cents: int) -> None:
    ledger = founded()
    before = state(ledger)
    with pytest.raises(RefusedPosting, match="than cloud_1 has"):
        ledger.book(flow, debit="cloud_1", credit="cloud_1", cents=cents)
    assert state(ledger) == before


def test_a_loan_creates_money_and_its_repayment_destroys_it() -> None:
    ledger = founded()
    money = -ledger.view("bank").deposits
    ledger.pay(Flow.NEW_LOAN, payer="bank", payee="lab_1", cents=400)
    assert -ledger.view("bank").deposits == money + 400
    assert ledger.view("lab_1").debt == 400
    ledger.pay(Flow.PRINCIPAL, payer="lab_1", payee="bank", cents=400)
    ledger.pay(Flow.INTEREST_LOAN, payer="lab_1", payee="bank", cents=3)
    assert -ledger.view("bank").deposits == money - 3
    assert ledger.view("bank").net_worth == 3
    ledger.close_month()


def test_nobody_repays_more_than_it_owes_or_borrows_from_anyone_but_the_bank() -> None:
    ledger = founded()
    with pytest.raises(RefusedPosting, match=r"principal takes 0.01 USD more loans than cloud_1 has"):
        ledger.pay(Flow.PRINCIPAL, payer="cloud_1", payee="bank", cents=2 * MILLION + 1)
    with pytest.raises(RefusedPosting, match="only the bank lends"):
        ledger.pay(Flow.NEW_LOAN, payer="fund", payee="lab_1", cents=1)
    with pytest.raises(RefusedPosting, match="only the bank lends"):
        ledger.pay(Flow.PRINCIPAL, payer="cloud_1", payee="fund", cents=1)


def test_shares_are_held_and_issued_at_their_issue_price() -> None:
    ledger = founded()
    ledger.pay(Flow.EQUITY_ISSUE, payer="fund", payee="lab_1", cents=900)
    assert ledger.view("lab_1").equity_issued == 900
    assert ledger.view("lab_1").net_worth == MILLION
    assert ledger.view("fund").equity_held == 4 * MILLION + 900


def test_dividends_and_subsidies_change_net_worth_and_are_no_profit() -> None:
    ledger = founded()
    ledger.pay(Flow.DIVIDENDS, payer="cloud_1", payee="fund", cents=80)
    sheet = ledger.sheet()
    cloud, fund = sheet.holders.index("cloud_1"), sheet.holders.index("fund")
    assert (sheet.transfers[cloud], sheet.transfers[fund]) == (-80, 80)
    assert sheet.profit_accounting[cloud] == sheet.profit_accounting[fund] == 0
    assert ledger.close_month().sheet.net_worth[fund] == 13 * MILLION + 80


def test_an_invoice_is_earned_at_once_and_paid_later() -> None:
    ledger = founded()
    ledger.invoice(Flow.HOSTED_FEE, payer="companies", payee="cloud_1", cents=300)
    assert ledger.view("cloud_1").revenue == ledger.view("cloud_1").receivables == 300
    assert ledger.view("companies").payables == 300
    assert ledger.view("companies").deposits == 20 * MILLION
    first = ledger.close_month()
    assert not first.flows.cash.any()
    ledger.settle(payer="companies", payee="cloud_1", cents=300)
    assert ledger.view("cloud_1").revenue == 0
    assert ledger.unpaid(payer="companies", payee="cloud_1") == 0
    second = ledger.close_month()
    assert second.flows.columns()["flow"].tolist() == ["settlement"]
    assert second.flows.cash.all()


def test_nobody_settles_more_than_was_invoiced_by_that_seller() -> None:
    ledger = founded()
    ledger.invoice(Flow.HOSTED_FEE, payer="companies", payee="cloud_1", cents=300)
    ledger.invoice(Flow.API_FEE, payer="companies", payee="lab_1", cents=300)
    before = state(ledger)
    with pytest.raises(RefusedPosting, match=r"companies owes cloud_1 3.00 USD and cannot settle 4.00 USD"):
        ledger.settle(payer="companies", payee="cloud_1", cents=400)
    assert state(ledger) == before


def test_a_payer_short_of_cash_is_lent_exactly_what_is_missing() -> None:
    ledger = founded()
    ledger.pay(Flow.WAGES, payer="vendor", payee="households", cents=250)
    vendor = ledger.view("vendor")
    assert (vendor.deposits, vendor.debt) == (0, 250)
    closed = ledger.close_month()
    assert closed.sheet.overdraft_drawn[vendor.code] == 250
    assert closed.flows.received(Flow.NEW_LOAN)[vendor.code] == 250


def test_a_payer_at_its_credit_limit_is_refused_with_what_it_lacks_and_nothing_changes() -> None:
    ledger = founded()
    ledger.limit_credit("vendor", cents=200)
    before = state(ledger)
    with pytest.raises(
        InsufficientDeposits, match=r"vendor lacks 2.50 USD to pay wages: it has 0.00 USD .* 2.00 USD more"
    ):
        ledger.pay(Flow.WAGES, payer=["lab_1", "vendor"], payee="households", cents=250)
    assert state(ledger) == before
    ledger.pay(Flow.WAGES, payer="vendor", payee="households", cents=200)
    assert ledger.view("vendor").debt == 200


def test_payments_of_one_call_settle_together_whatever_their_order() -> None:
    payers, payees = np.array([2, 1]), np.array([0, 2])
    books = []
    for order in (slice(None), slice(None, None, -1)):
        ledger = founded()
        ledger.pay(Flow.OTHER_COSTS, payer=payers[order], payee=payees[order], cents=np.array([500, 500]))
        assert ledger.view("vendor").debt == 0
        books.append(ledger.close_month().sheet.deposits.tolist())
    assert books[0] == books[1]


def test_one_payment_and_a_batch_of_one_leave_the_same_books() -> None:
    single, batch = founded(), founded()
    for flow in Flow:
        if (flow, True) not in ENTRIES or flow in (Flow.SETTLEMENT, Flow.ASSET_FIRE_SALE, Flow.PROJECT_FIRE_SALE):
            continue  # they need an invoice, or something to sell
        payer, payee = ("bank", "cloud_1") if flow == Flow.NEW_LOAN else ("cloud_1", "bank")
        if flow == Flow.EQUITY_SALE:
            payee = "fund"  # who sells shares has some
        single.pay(flow, payer=payer, payee=payee, cents=17)
        batch.pay(flow, payer=[payer], payee=[payee], cents=np.array([17]))
    assert state(single) == state(batch)


@pytest.mark.parametrize(
    ("posting", "complaint"),
    [
        ({"payer": "lab_1", "payee": "cloud_1", "cents": -1}, "api_fee of -0.01 USD from lab_1 to cloud_1"),
        ({"payer": "lab_1", "payee": "cloud_1", "cents": 1.5}, "convert dollars with to_cents"),
        ({"payer": "lab_1", "payee": "cloud_1", "cents": True}, "whole cents"),
        ({"payer": "lab_1", "payee": "cloud_1", "cents": 2**53 + 1}, "90 trillion"),
        ({"payer": "lab_1", "payee": "lab_1", "cents": 1}, "nobody pays itself"),
        ({"payer": "lab_7", "payee": "lab_1", "cents": 1}, "no holder is called 'lab_7'"),
        ({"payer": 99, "payee": "lab_1", "cents": 1}, "no holder has the code 99"),
        ({"payer": np.array([0, -1]), "payee": "lab_1", "cents": 1}, "no holder has the code -1"),
        ({"payer": np.array([0.0]), "payee": "lab_1", "cents": 1}, "whole codes"),
        ({"payer": [0, 1], "payee": "vendor", "cents": np.array([1, 2, 3])}, "2, 1, 3 long"),
    ],
)
def test_a_malformed_payment_is_refused_and_leaves_no_trace(posting: dict[str, Any], complaint: str) -> None:
    ledger = founded()
    before = state(ledger)
    with pytest.raises(RefusedPosting, match=complaint):
        ledger.pay(Flow.API_FEE, **posting)
    assert state(ledger) == before


def test_flows_move_only_in_the_way_they_are_declared() -> None:
    ledger = founded()
    with pytest.raises(RefusedPosting, match="depreciation cannot be paid in cash"):
        ledger.pay(Flow.DEPRECIATION, payer="cloud_1", payee="lab_1", cents=1)
    with pytest.raises(RefusedPosting, match="dividends cannot be invoiced"):
        ledger.invoice(Flow.DIVIDENDS, payer="cloud_1", payee="lab_1", cents=1)
    with pytest.raises(RefusedPosting, match="invoice it or pay it"):
        ledger.book(Flow.API_FEE, debit="cloud_1", credit="lab_1", cents=1)
    with pytest.raises(RefusedPosting, match="inside one holder's books"):
        ledger.book(Flow.DELIVERY, debit="cloud_1", credit="lab_1", cents=1)


def test_a_payment_of_nothing_is_no_payment() -> None:
    ledger = founded()
    ledger.pay(Flow.API_FEE, payer="companies", payee="lab_1", cents=0)
    ledger.pay(Flow.API_FEE, payer="companies", payee=np.arange(9), cents=np.zeros(9, dtype=np.int64))
    assert len(ledger.close_month().flows) == 0


def test_every_flow_has_a_booking_and_the_codes_are_unique() -> None:
    assert set(TREATMENT) == set(Flow)
    assert len({int(flow) for flow in Flow}) == len(Flow.__members__)
    for flow, treatment in TREATMENT.items():
        assert ((flow, True) in ENTRIES) == (not isinstance(treatment, (OwnBooks, WriteOff, Exchange)))


def test_the_closed_month_lists_each_flow_once_and_explains_every_deposit() -> None:
    ledger = founded()
    for _ in range(3):
        ledger.pay(Flow.COMPUTE_RENT, payer="lab_1", payee="cloud_1", cents=100)
    ledger.pay(Flow.COMPUTE_RENT, payer="lab_1", payee="cloud_1", cents=40, organic=False)
    ledger.invoice(Flow.COMPUTE_RENT, payer="lab_1", payee="cloud_1", cents=9)
    ledger.book(Flow.DEPRECIATION, debit="cloud_1", credit="cloud_1", cents=5)
    closed = ledger.close_month()
    flows = closed.flows
    assert list(zip(flows.cents.tolist(), flows.cash.tolist(), flows.organic.tolist(), strict=True)) == [
        (9, False, True),
        (40, True, False),
        (300, True, True),
        (5, False, True),
    ]
    assert flows.received(Flow.COMPUTE_RENT)[0] == 349
    assert flows.received(Flow.COMPUTE_RENT, organic_only=True)[0] == 309
    assert closed.sheet.revenue[0] == 349
    assert (closed.sheet.deposits - closed.sheet.opening_deposits)[:2].tolist() == [340, -340]
    with pytest.raises(ValueError, match="read-only"):
        flows.cents[0] = 1


def test_a_month_starts_with_no_income_and_the_worth_of_the_last() -> None:
    ledger = founded()
    ledger.pay(Flow.API_FEE, payer="companies", payee="lab_1", cents=700)
    worth = ledger.close_month().sheet.net_worth
    sheet = ledger.sheet()
    assert not (sheet.revenue.any() or sheet.expenses.any() or sheet.transfers.any())
    assert sheet.net_worth.tolist() == worth.tolist()
    assert sheet.opening_deposits.tolist() == sheet.deposits.tolist()
    assert ledger.month == 1


@pytest.mark.parametrize(
    ("account", "holder", "complaint"),
    [
        (
            Account.DEPOSITS,
            "lab_1",
            r"lab_1: 0.07 USD of the change in deposits has no flow .*compute_rent of 1.00 USD",
        ),
        (Account.CAPITAL, "cloud_1", "cloud_1: 0.07 USD of the change in capital"),
        (Account.REVENUE, "cloud_1", "cloud_1: 0.07 USD of the change in revenue"),
        (Account.RECEIVABLES, "vendor", "vendor: 0.07 USD of the change in receivables"),
    ],
)
def test_the_audit_names_whose_account_was_tampered_with_and_by_how_much(
    account: Account, holder: str, complaint: str
) -> None:
    ledger = founded()
    ledger.pay(Flow.COMPUTE_RENT, payer="lab_1", payee="cloud_1", cents=100)
    ledger._balances[account, ledger.code(holder)] += 7
    with pytest.raises(AccountingError, match=complaint):
        ledger.close_month()
    assert ledger.month == 0


def test_a_payment_left_out_of_the_journal_is_found() -> None:
    ledger = founded()
    ledger.pay(Flow.COMPUTE_RENT, payer="lab_1", payee="cloud_1", cents=100)
    del ledger._journal[:]
    with pytest.raises(AccountingError, match=r"cloud_1: 1.00 USD of the change in deposits"):
        ledger.close_month()


def test_opening_balances_that_were_tampered_with_are_found_by_their_own_identities() -> None:
    for account, complaint in (
        (Account.DEPOSITS, "assets exceed liabilities and net worth by 0.07 USD"),
        (Account.NET_WORTH, "lab_1: assets exceed"),
    ):
        ledger = founded()
        for books in (ledger._balances, ledger._opening):
            books[account, ledger.code("lab_1")] += 7
        with pytest.raises(AccountingError, match=complaint):
            ledger.close_month()
    ledger = founded()
    for books in (ledger._balances, ledger._opening):
        books[Account.DEPOSITS, 0] += 7
        books[Account.NET_WORTH, 0] -= 7
    with pytest.raises(AccountingError, match=r"deposits: claims exceed debts by 0.07 USD"):
        ledger.close_month()
    ledger = founded()
    ledger._owed[0, 1] += 7
    with pytest.raises(AccountingError, match="payables and unpaid invoices differ"):
        ledger.close_month()


def test_a_fork_goes_on_by_itself_and_a_pickle_survives() -> None:
    ledger = founded()
    ledger.pay(Flow.API_FEE, payer="companies", payee="lab_1", cents=700)
    for twin in (copy.deepcopy(ledger), pickle.loads(pickle.dumps(ledger))):
        assert state(twin) == state(ledger)
        twin.pay(Flow.API_FEE, payer="companies", payee="lab_1", cents=1)
        assert twin.view("lab_1").deposits == ledger.view("lab_1").deposits + 1
        twin.close_month()
    assert ledger.month == 0


def test_a_view_in_a_forked_economy_shows_the_fork() -> None:
    ledger = founded()
    twin, view = copy.deepcopy((ledger, ledger.view("lab_1")))
    twin.pay(Flow.WAGES, payer="lab_1", payee="households", cents=5)
    assert view.deposits == MILLION - 5
    assert view.name == "lab_1"


def test_many_small_bills_wait_until_they_reach_five_dollars() -> None:
    ledger = founded()
    sellers = np.array([1, 1, 0, -1], dtype=np.int16)
    payable = np.zeros(4, dtype=np.int64)
    bills = np.array([200, 900, 499, 0])
    paid = bill_companies(ledger, Flow.API_FEE, counterparty=sellers, cents=bills, payable=payable)
    payable = payable + bills - paid
    assert paid.tolist() == [0, 900, 0, 0]
    assert ledger.view("lab_1").revenue == 1100
    assert ledger.view("lab_1").receivables == 200
    ledger.close_month()
    paid = bill_companies(ledger, Flow.API_FEE, counterparty=sellers, cents=np.array([300, 1, 0, 0]), payable=payable)
    payable = payable + np.array([300, 1, 0, 0]) - paid
    assert paid.tolist() == [500, 0, 0, 0]
    assert payable.tolist() == [0, 1, 499, 0]
    assert ledger.view("companies").payables == payable.sum()
    settle_companies(ledger, counterparty=sellers, payable=np.where(np.arange(4) == 2, payable, 0))
    assert ledger.view("companies").payables == 1
    ledger.close_month()


def test_the_smallest_payment_of_a_row_that_stands_for_many_firms_scales_with_its_weight() -> None:
    ledger = founded()
    paid = bill_companies(
        ledger,
        Flow.API_FEE,
        counterparty=np.array([1, 1]),
        cents=np.array([900, 900]),
        payable=np.zeros(2, dtype=np.int64),
        least=np.array([500, 1000]),
    )
    assert paid.tolist() == [900, 0]


def test_bills_the_companies_cannot_pay_leave_rows_and_ledger_as_they_were() -> None:
    ledger = founded()
    ledger.limit_credit("companies", cents=0)
    ledger.invoice(Flow.API_FEE, payer="companies", payee="cloud_1", cents=20 * MILLION)
    before = state(ledger)
    payable = np.array([0, 20 * MILLION])
    with pytest.raises(InsufficientDeposits, match="settlement"):
        bill_companies(ledger, Flow.API_FEE, counterparty=np.array([1, 0]), cents=np.array([900, 1]), payable=payable)
    assert state(ledger) == before


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ({"counterparty": np.array([0, 1]), "cents": np.array([5, -1])}, "row 1 is billed -0.01 USD"),
        (
            {"counterparty": np.array([0, 77]), "cents": np.array([5, 1])},
            "row 1 is billed 0.01 USD .* by holder 77, which",
        ),
        ({"counterparty": np.array([0, -1]), "cents": np.array([5, 1])}, "row 1 is billed 0.01 USD .* by holder -1"),
        ({"counterparty": np.array([0, 1]), "cents": np.array([5.0, 1.0])}, "int64 cents, not float64"),
        ({"counterparty": np.array([0, 1]), "cents": np.array([5])}, "has the shape"),
        (
            {"counterparty": np.zeros(300, dtype=np.int16), "cents": np.full(300, 2**53)},
            "row 256 .* all rows of a seller",
        ),
        ({"counterparty": np.array([0, 1]), "cents": np.array([2**62, 1])}, "row 0 .* at most"),
    ],
)
def test_rows_that_cannot_be_billed_are_refused_by_number(rows: dict[str, Any], complaint: str) -> None:
    ledger = founded()
    before = state(ledger)
    with pytest.raises(RefusedPosting, match=complaint):
        post_companies(ledger, Flow.API_FEE, **rows)
    with pytest.raises(RefusedPosting, match=complaint):
        bill_companies(ledger, Flow.API_FEE, **rows, payable=np.zeros_like(rows["cents"]))
    assert state(ledger) == before


def test_the_companies_sell_to_the_rest_of_the_economy_row_by_row() -> None:
    ledger = founded()
    rest = np.full(3, ledger.code("rest_of_economy"))
    post_companies(ledger, Flow.VALUE_SALES, counterparty=rest, cents=np.array([1, 2, 3]), receiving=True)
    assert ledger.view("companies").revenue == 6
    assert ledger.view("rest_of_economy").debt == 33 * MILLION + 6


def test_income_accounts_are_those_a_month_clears() -> None:
    assert set(INCOME) == {Account.REVENUE, Account.EXPENSES, Account.TRANSFERS}


def test_nothing_to_pay_leaves_no_trace_even_for_a_payment_to_oneself() -> None:
    ledger = founded()
    before = state(ledger)
    ledger.pay(Flow.WAGES, payer="lab_1", payee="households", cents=0)
    ledger.pay(Flow.WAGES, payer="lab_1", payee="lab_1", cents=0)
    assert state(ledger) == before
    with pytest.raises(RefusedPosting, match="cannot be paid in cash"):
        ledger.pay(Flow.DEPRECIATION, payer="lab_1", payee="lab_1", cents=0)


@pytest.mark.parametrize("payees", [["lab_1"], ["lab_1", "vendor"]])
def test_equity_and_write_offs_are_posted_alike_one_by_one_and_together(payees: list[str]) -> None:
    together, apart = founded(), founded()
    together.pay(Flow.EQUITY_ISSUE, payer="fund", payee=payees, cents=[5] * len(payees))
    together.book(Flow.DEPRECIATION, debit=["cloud_1", "cloud_1"], credit=["cloud_1", "cloud_1"], cents=[3, 4])
    for payee in payees:
        apart.pay(Flow.EQUITY_ISSUE, payer="fund", payee=payee, cents=5)
    for cents in (3, 4):
        apart.book(Flow.DEPRECIATION, debit="cloud_1", credit="cloud_1", cents=cents)
    assert state(together)[0] == state(apart)[0]
    together.close_month()
