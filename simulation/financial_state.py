"""What finance remembers of every seller from month to month (docs/model.md M17)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from market.units import Cents, CentsArray, FloatArray, IntArray

NEVER = -1_000_000  # month


@dataclass
class FinancialState:
    """By seller code where an array is (sellers,); all empty while nobody can fail."""

    mood: float = 0.0  # ln of the investors' appetite over its mean path
    appetite: float = 1.0  # of the month, over what growth supports
    founding_cash: FloatArray = field(default_factory=lambda: np.zeros(0))  # (sellers,) USD
    interest: CentsArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (sellers,) of the month
    margins: list[FloatArray] = field(default_factory=list)  # (sellers,) EBITDA in USD, by month of the last year
    outlays: list[FloatArray] = field(default_factory=list)  # (sellers,) USD spent in a month, of the last year
    instalments: list[FloatArray] = field(default_factory=list)  # (sellers,) USD a month, by month of borrowing
    arrears: FloatArray = field(default_factory=lambda: np.zeros(0))  # (sellers,) USD of principal due and unpaid
    arrears_months: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (sellers,)
    carried_losses: FloatArray = field(default_factory=lambda: np.zeros(0))  # (sellers,) USD against later tax
    small_months: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (sellers,) below exit_share
    month: int = 0  # that is being simulated
    last_raised: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (sellers,) month of equity
    stakes: dict[tuple[int, int], Cents] = field(default_factory=dict)  # equity by holder and issuer
    bank_result: Cents = 0  # interest less write-offs, not yet paid out
    returns: dict[str, float] = field(default_factory=dict)  # yearly, expected by founders, by kind of seller

    @staticmethod
    def of(cash: FloatArray) -> FinancialState:
        """The state at founding, with `cash` (sellers,) USD: nobody owes, has lost or holds anything yet."""
        sellers = len(cash)
        return FinancialState(
            founding_cash=cash,
            interest=np.zeros(sellers, dtype=np.int64),
            arrears=np.zeros(sellers),
            arrears_months=np.zeros(sellers, dtype=np.int64),
            carried_losses=np.zeros(sellers),
            small_months=np.zeros(sellers, dtype=np.int64),
            last_raised=np.full(sellers, NEVER),
        )
