"""The ledger: every cent of the economy belongs to a holder and moves through one door.

A payment changes two accounts of the payer and two of the payee (quadruple entry; Godley and Lavoie 2007, ch. 2).
Money is int64 cents, so conservation is an equality. There are no sources or sinks: households, bank, fund, government
and the rest of the economy are holders like the sellers. Postings are checked first and change the books afterwards,
so that a refused one leaves no trace; every month is audited when it closes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np

from market.accounts import BANK, INSTITUTIONS, AccountView, RefusedPosting
from market.books import (
    AccountingError,
    BalanceSheet,
    ClosedMonth,
    aggregate,
    balance_sheet,
    sums_by_code,
)
from market.flows import (
    ENTRIES,
    INCOME,
    TREATMENT,
    Account,
    Entry,
    Exchange,
    Flow,
    OwnBooks,
    WriteOff,
)
from market.money import LARGEST_AMOUNT
from market.postings import Amounts, Batch, Holders, code_of, opening_balances, post, read_batch
from market.reconciliation import LARGEST_BALANCE, reconcile
from market.refusals import (
    GUARDED,
    changes_invoices,
    owed_after,
    refuse_beyond_credit,
    refuse_missing,
    refuse_too_large,
)
from market.units import Cents, CentsArray, IntArray

NO_LIMIT: Final[Cents] = LARGEST_BALANCE

_JOURNAL_COLUMNS: Final = 6
_POSTED_TO: Final = {
    key: np.array([entry.payer_debit, entry.payer_credit, entry.payee_debit, entry.payee_credit], dtype=np.int64)
    for key, entry in ENTRIES.items()
}


class Ledger:
    """Accounts of all holders: the sellers under their permanent codes, then the six institutions.

    Balances are (accounts, holders) int64 cents with debits positive; the journal of the month holds every posting. A
    holder short of cash is lent what is missing by the bank, up to its credit limit, which is out of reach unless
    `limit_credit` sets one.
    """

    def __init__(self, sellers: Sequence[str]) -> None:
        """Open empty accounts for `sellers`, in the order of their permanent codes, and for the institutions.

        Raises AccountingError if a name occurs twice.
        """
        holders = (*sellers, *INSTITUTIONS)
        if len(set(holders)) != len(holders):
            twice = next(name for name in holders if holders.count(name) > 1)
            raise AccountingError(f"two holders are called {twice}: give each seller a name of its own")
        self.holders: Final[tuple[str, ...]] = holders
        self.month = 0
        self._codes = {name: code for code, name in enumerate(holders)}
        self._count = len(holders)
        self._bank = self._codes[BANK]
        self._balances = np.zeros((len(Account), self._count), dtype=np.int64)
        self._opening = self._balances.copy()
        self._owed = np.zeros((self._count, self._count), dtype=np.int64)
        self._credit_limit = np.full(self._count, NO_LIMIT, dtype=np.int64)
        self._overdraft_drawn = np.zeros(self._count, dtype=np.int64)
        self._journal = array("q")
        self._open = False

    # reading

    def code(self, holder: str) -> int:
        """Code of the holder of that name, for a seller its permanent code; RefusedPosting if there is none."""
        return code_of(holder, codes=self._codes)

    def balance(self, account: Account, *, holder: str | int) -> Cents:
        """Balance of an account in cents, debits positive (see market.flows)."""
        return int(self._balances[account, self._code_of(holder)])

    def view(self, holder: str | int) -> AccountView:
        """The holder's row, read-only."""
        return AccountView(self, self._code_of(holder))

    def sheet(self) -> BalanceSheet:
        """The balance sheets of all holders as they are now, with what they earned since the month began."""
        return balance_sheet(
            self._balances, opening=self._opening, overdraft_drawn=self._overdraft_drawn, holders=self.holders
        )

    def unpaid(self, *, payer: str | int, payee: str | int) -> Cents:
        """Cents of invoices that `payee` sent and `payer` has not settled."""
        return int(self._owed[self._code_of(payer), self._code_of(payee)])

    def room(self, holders: IntArray) -> CentsArray:
        """What each of `holders` (codes) could pay now: its deposits and what the bank still lends it; (n,) cents."""
        deposits, debt = self._balances[Account.DEPOSITS, holders], -self._balances[Account.LOANS, holders]
        room: CentsArray = deposits + np.maximum(self._credit_limit[holders] - np.maximum(debt, 0), 0)
        return room

    def owed_by(self, debtor: str | int) -> CentsArray:
        """Unpaid invoices of `debtor` by who sent them; (holders,) cents."""
        owed: CentsArray = self._owed[self._code_of(debtor)].copy()
        return owed

    def _code_of(self, holder: str | int) -> int:
        return code_of(holder, codes=self._codes)

    # the opening entry

    def open_books(
        self,
        *,
        deposits: Mapping[str, Cents],
        debt: Mapping[str, Cents] | None = None,
        capital: Mapping[str, Cents] | None = None,
        wip: Mapping[str, Cents] | None = None,
        equity_held: Mapping[str, Cents] | None = None,
        equity_issued: Mapping[str, Cents] | None = None,
    ) -> None:
        """Book what everyone owns and owes at the start, in non-negative cents by holder; net worth follows.

        `debt` is owed to the bank. Money is somebody's debt: the bank opens with loans equal to the deposits it owes,
        the rest of the economy borrowing what `debt` leaves open (or holding the deposits that the debt of others
        created). Raises AccountingError if books are open, an amount is negative, the bank is given deposits or debt,
        the equity held is not the equity issued, or the audit of the opening balances fails.
        """
        if self._open or self._journal:
            raise AccountingError("the books are open already: the opening entry comes before every posting")
        balances = opening_balances(
            {
                Account.DEPOSITS: deposits,
                Account.LOANS: debt or {},
                Account.CAPITAL: capital or {},
                Account.WIP: wip or {},
                Account.EQUITY_HELD: equity_held or {},
                Account.EQUITY_ISSUED: equity_issued or {},
            },
            codes=self._codes,
        )
        reconcile(
            opening=balances,
            closing=balances,
            flows=aggregate(self._postings(), holders=self.holders),
            owed=self._owed,
            bank=self._bank,
        )
        self._balances = balances
        self._opening = balances.copy()
        self._open = True

    def limit_credit(self, holder: str | int, *, cents: Cents) -> None:
        """Let the bank lend `holder` automatically only while its debt stays within `cents`."""
        self._credit_limit[self._code_of(holder)] = cents

    # posting

    def pay(self, flow: Flow, *, payer: Holders, payee: Holders, cents: Amounts, organic: bool = True) -> None:
        """Move deposits from `payer` to `payee` for the reason `flow`.

        Holders are names or codes; `payer`, `payee` and `cents` are scalars or arrays (n,) that broadcast. The
        payments of one call settle together, so their order does not matter: what a payer receives in the call counts
        before it is found short. A payer still short is lent the difference by the bank (a new loan, also counted in
        the month's `overdraft_drawn`). Zero amounts are no payments. `organic` is false for money that returns by
        agreement.

        Raises InsufficientDeposits, naming who lacks what, if the credit limit is reached; RefusedPosting if an amount
        is negative or not a whole number of cents, a holder is unknown or pays itself, or more is repaid or settled
        than is owed. Nothing has changed then.
        """
        if type(cents) is int and isinstance(payer, (str, int)) and isinstance(payee, (str, int)):
            self._pay_one(flow, payer=self._code_of(payer), payee=self._code_of(payee), cents=cents, organic=organic)
        else:
            self._post(flow, payer=payer, payee=payee, cents=cents, cash=True, organic=organic)

    def invoice(self, flow: Flow, *, payer: Holders, payee: Holders, cents: Amounts, organic: bool = True) -> None:
        """Charge `payer` now for what it pays later: the seller earns and the buyer spends, no deposits move.

        Arguments and errors as in `pay`; also refused for flows that are never owed (loans, equity, transfers).
        """
        if isinstance(TREATMENT[flow], Exchange):
            raise RefusedPosting(f"{flow.name.lower()} is settled as it is booked: book it")
        if isinstance(TREATMENT[flow], WriteOff):
            raise RefusedPosting(f"{flow.name.lower()} ends a claim and charges nobody: book it")
        self._post(flow, payer=payer, payee=payee, cents=cents, cash=False, organic=organic)

    def settle(self, *, payer: Holders, payee: Holders, cents: Amounts) -> None:
        """Pay invoices sent earlier: the flow `settlement`. Arguments and errors as in `pay`."""
        self._post(Flow.SETTLEMENT, payer=payer, payee=payee, cents=cents, cash=True, organic=True)

    def book(
        self, flow: Flow, *, debit: Holders, credit: Holders, cents: Amounts, organic: bool = True
    ) -> None:
        """Record what moves no cash: depreciation, delivery, losses, claims written off, credits of a cloud to a lab.

        `debit` and `credit` name the same holder for entries inside its books, payer and payee for exchanges; for a
        write-off the creditor is debited and the debtor credited. Arrays and `organic` as in `pay`. Raises
        RefusedPosting if holders do not fit the flow, if it is a payment, or if more is delivered, written down or
        written off than is there.
        """
        if not isinstance(TREATMENT[flow], (OwnBooks, WriteOff, Exchange)):
            raise RefusedPosting(f"{flow.name.lower()} is owed to another holder: invoice it or pay it")
        self._post(flow, payer=debit, payee=credit, cents=cents, cash=False, organic=organic)

    def _pay_one(self, flow: Flow, *, payer: int, payee: int, cents: Cents, organic: bool) -> None:
        """One payment; falls back to the general way whenever anything about it needs a closer look."""
        accounts = ENTRIES.get((flow, True))
        balances = self._balances
        plain = (
            accounts is not None
            and 0 < cents <= LARGEST_AMOUNT
            and payer != payee
            and _is_plain(accounts)
            and (payer == self._bank or balances[Account.DEPOSITS, payer] >= cents)
        )
        if cents == 0 and accounts is not None:
            return
        if not plain or accounts is None:
            self._post(flow, payer=payer, payee=payee, cents=cents, cash=True, organic=organic)
            return
        balances[accounts.payer_debit, payer] += cents
        balances[accounts.payer_credit, payer] -= cents
        balances[accounts.payee_debit, payee] += cents
        balances[accounts.payee_credit, payee] -= cents
        self._journal.extend((flow, 1, payer, payee, organic, cents))

    def _post(self, flow: Flow, *, payer: Holders, payee: Holders, cents: Amounts, cash: bool, organic: bool) -> None:
        """Check a batch of postings of one flow and then carry it out, overdrafts included."""
        accounts = _entry(flow, cash=cash)
        batch = read_batch(flow, payer=payer, payee=payee, cents=cents, codes=self._codes)
        if batch.cents.size == 0:
            return
        if not changes_invoices(flow, cash=cash) and self._post_soundly(batch, accounts=_POSTED_TO[flow, cash]):
            self._record(batch, cash=cash, organic=organic)
            return
        change = self._change(batch, accounts=accounts)
        owed = owed_after(self._owed, batch, cash=cash, holders=self.holders)
        shortfall = np.maximum(-(self._balances[Account.DEPOSITS] + change[Account.DEPOSITS]), 0)
        shortfall[self._bank] = 0  # it never lacks its own money
        after = self._balances + change
        if shortfall.any():
            refuse_beyond_credit(
                flow, after, shortfall=shortfall, limit=self._credit_limit, deposits=self._balances[Account.DEPOSITS],
                holders=self.holders,
            )  # fmt: skip
        refuse_missing(flow, after, accounts=accounts, bank=self._bank, holders=self.holders)
        refuse_too_large(flow, after, holders=self.holders)
        if shortfall.any():
            self._lend_missing(shortfall)
        self._balances += change
        self._owed = owed
        self._record(batch, cash=cash, organic=organic)

    def _post_soundly(self, batch: Batch, *, accounts: IntArray) -> bool:
        """Post what leaves nobody short and no balance too large; false, and nothing changed, for anything else."""
        return bool(post(self._balances, batch.payers, batch.payees, batch.cents, accounts, self._bank))

    def _change(self, batch: Batch, *, accounts: Entry) -> IntArray:
        """What the batch does to every balance, (accounts, holders)."""
        change = np.zeros_like(self._balances)
        paid = sums_by_code(batch.payers, cents=batch.cents, count=self._count)
        received = sums_by_code(batch.payees, cents=batch.cents, count=self._count)
        change[accounts.payer_debit] += paid
        change[accounts.payer_credit] -= paid
        change[accounts.payee_debit] += received
        change[accounts.payee_credit] -= received
        return change

    def _lend_missing(self, shortfall: CentsArray) -> None:
        short = np.flatnonzero(shortfall)
        self._post(Flow.NEW_LOAN, payer=self._bank, payee=short, cents=shortfall[short], cash=True, organic=True)
        self._overdraft_drawn += shortfall

    def _record(self, batch: Batch, *, cash: bool, organic: bool) -> None:
        postings = np.empty((batch.cents.size, _JOURNAL_COLUMNS), dtype=np.int64)
        postings[:, :2] = (batch.flow, cash)
        postings[:, 2] = batch.payers
        postings[:, 3] = batch.payees
        postings[:, 4] = organic
        postings[:, 5] = batch.cents
        self._journal.frombytes(postings.tobytes())

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Post all that the block posts, or nothing: if a posting is refused, the books are as before the block."""
        saved = (self._balances.copy(), self._owed.copy(), self._overdraft_drawn.copy(), len(self._journal))
        try:
            yield
        except BaseException:
            self._balances, self._owed, self._overdraft_drawn, postings = saved
            del self._journal[postings:]
            raise

    # the end of the month

    def close_month(self) -> ClosedMonth:
        """Audit the month's books, carry its result to net worth and start the next month; returns the month, frozen.

        Raises AccountingError, naming the culprit, if the books do not follow from the flows or contradict themselves;
        nothing is closed then.
        """
        flows = aggregate(self._postings(), holders=self.holders)
        reconcile(opening=self._opening, closing=self._balances, flows=flows, owed=self._owed, bank=self._bank)
        closed = ClosedMonth(number=self.month, flows=flows, sheet=self.sheet())
        self._balances[Account.NET_WORTH] += self._balances[list(INCOME)].sum(axis=0)
        self._balances[list(INCOME)] = 0
        self._opening = self._balances.copy()
        self._overdraft_drawn = np.zeros_like(self._overdraft_drawn)
        self._journal = array("q")
        self._open = True
        self.month += 1
        return closed

    def _postings(self) -> IntArray:
        """The journal as (postings, 6): flow, cash, payer, payee, organic, cents."""
        return np.frombuffer(self._journal.tobytes(), dtype=np.int64).reshape(-1, _JOURNAL_COLUMNS)


def _is_plain(accounts: Entry) -> bool:
    """Whether what a payment buys is an account that needs no closer look: neither owned nor owed."""
    return accounts.payer_debit not in GUARDED and accounts.payee_credit not in GUARDED


def _entry(flow: Flow, *, cash: bool) -> Entry:
    """The accounts a posting changes; refuses flows that cannot be posted this way."""
    try:
        return ENTRIES[flow, cash]
    except KeyError:
        way = "paid in cash: book it" if cash else "invoiced: pay it"
        raise RefusedPosting(f"{Flow(flow).name.lower()} cannot be {way}") from None
