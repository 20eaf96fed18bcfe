"""Holders of money: who they are beside the sellers, and what each may know of its own row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from market.books import AccountingError
from market.flows import INCOME, Account
from market.units import Cents

if TYPE_CHECKING:
    from market.ledger import Ledger

COMPANIES: Final = "companies"
HOUSEHOLDS: Final = "households"
BANK: Final = "bank"
FUND: Final = "fund"
GOVERNMENT: Final = "government"
REST_OF_ECONOMY: Final = "rest_of_economy"
INSTITUTIONS: Final = (COMPANIES, HOUSEHOLDS, BANK, FUND, GOVERNMENT, REST_OF_ECONOMY)


class RefusedPosting(AccountingError):
    """A posting is malformed or would take what is not there; the books are as they were."""


class InsufficientDeposits(RefusedPosting):
    """The payer lacks the money and the bank lends no more; the books are as they were."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """One holder's row of the ledger, read-only: what an agent knows of its money now, in cents.

    Signs are those of BalanceSheet: `loans` and `deposits` are negative for debts (the bank's deposits are what it
    owes).
    """

    _ledger: Ledger
    code: int

    @property
    def name(self) -> str:
        """Name of the holder."""
        return self._ledger.holders[self.code]

    @property
    def deposits(self) -> Cents:
        """Money at the bank."""
        return self._ledger.balance(Account.DEPOSITS, holder=self.code)

    @property
    def loans(self) -> Cents:
        """What is owed to the holder by way of loans, less what it owes."""
        return self._ledger.balance(Account.LOANS, holder=self.code)

    @property
    def debt(self) -> Cents:
        """What the holder owes the bank."""
        return max(-self.loans, 0)

    @property
    def receivables(self) -> Cents:
        """Invoices sent and not yet paid."""
        return self._ledger.balance(Account.RECEIVABLES, holder=self.code)

    @property
    def payables(self) -> Cents:
        """Invoices received and not yet paid."""
        return -self._ledger.balance(Account.PAYABLES, holder=self.code)

    @property
    def credits(self) -> Cents:
        """Compute prepaid, less compute owed to those who prepaid it."""
        return self._ledger.balance(Account.CREDITS, holder=self.code)

    @property
    def capital(self) -> Cents:
        """Machines and sites at book value."""
        return self._ledger.balance(Account.CAPITAL, holder=self.code)

    @property
    def wip(self) -> Cents:
        """Machines and sites paid and not yet delivered."""
        return self._ledger.balance(Account.WIP, holder=self.code)

    @property
    def equity_held(self) -> Cents:
        """Shares in others at their issue price."""
        return self._ledger.balance(Account.EQUITY_HELD, holder=self.code)

    @property
    def equity_issued(self) -> Cents:
        """Own shares at their issue price."""
        return -self._ledger.balance(Account.EQUITY_ISSUED, holder=self.code)

    @property
    def net_worth(self) -> Cents:
        """What is owned less what is owed."""
        return -sum(self._ledger.balance(account, holder=self.code) for account in (Account.NET_WORTH, *INCOME))

    @property
    def revenue(self) -> Cents:
        """Earned since the month began, invoices sent included."""
        return -self._ledger.balance(Account.REVENUE, holder=self.code)

    @property
    def expenses(self) -> Cents:
        """Spent since the month began, invoices received, depreciation and interest included."""
        return self._ledger.balance(Account.EXPENSES, holder=self.code)

    @property
    def profit(self) -> Cents:
        """Revenue less expenses since the month began."""
        return self.revenue - self.expenses
