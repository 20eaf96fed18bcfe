"""How firms are financed, and when they fail: credit lines, instalments, equity, taxes, payouts, entry (M17).

Pure functions of money in USD; rates are yearly. Who has failed and what then happens to its assets and debts is in
`simulation/month/`. Source: docs/model.md M17 and section 11 point 9.
"""

from __future__ import annotations

import numpy as np

from market.parameters import ParameterGroup, flag, quantity
from market.pricing import annuity
from market.units import FloatArray

NEWS_SCALE = 0.05  # return above the hurdle at which `entry_rate` holds, 1/year
LARGEST_RETURN = 5.0  # 1/year, up to which a return is looked for


class Finance(ParameterGroup):
    """Credit, equity, failure, entry, taxes, and the cash that firms are founded with."""

    enforced: bool = flag(
        True,
        meaning="credit is limited, who cannot pay fails, firms enter and leave, profits are taxed and paid out; "
        "false: the bank lends whatever is missing and nobody fails",
        source="derived",
    )

    loan_rate: float = quantity(
        0.07, unit="1/year", meaning="interest on bank loans", low=0.04, high=0.11, most=1.0, symbol="r_loan"
    )
    loan_months: int = quantity(
        60, unit="months", meaning="months over which a loan is repaid", low=36, high=84, least=1, symbol="loan_life"
    )
    founding_cash_months: float = quantity(
        12.0, unit="months", meaning="cash at founding over a month's operating margin or GPU bill", low=3, high=24,
        symbol="cash0",
    )
    company_cash: float = quantity(
        5000.0, unit="USD/employee", meaning="deposits of a company at founding, kept before profit is paid out",
        low=1000, high=20000, most=1e5, symbol="cash_A",
    )
    hoster_cash: float = quantity(
        1.0e7, unit="USD", meaning="cash of an independent hoster at founding", low=1e6, high=1e8, symbol="cash_H"
    )
    fund_wealth: float = quantity(
        2.0e12, unit="USD", meaning="deposits of investors at founding; large enough never to bind", least=0.0,
        source="derived", most=8e13, symbol="cash_F",
    )
    government_wealth: float = quantity(
        1.0e12, unit="USD", meaning="deposits of the government at founding; large enough never to bind",
        source="derived", most=8e13, symbol="cash_G",
    )
    rest_wealth: float = quantity(
        5.0e13, unit="USD", meaning="deposits of the rest of the economy at founding; large enough never to bind",
        source="derived", most=8e13, symbol="cash_E",
    )
    smallest_bill: float = quantity(
        5.0, unit="USD", meaning="a bill accrues until it reaches this", low=0, high=50, symbol="bill_min"
    )
    grace_months: int = quantity(
        12, unit="months", meaning="months for which the bank waits for principal in arrears while interest is paid",
        low=0, high=24, most=600, symbol="grace",
    )  # fmt: skip
    recovery: tuple[float, float] = quantity(
        (0.3, 0.6), unit="share", meaning="least and most of their book value that assets of a failed firm fetch",
        low=(0.1, 0.4), high=(0.5, 0.8), most=1.0, symbol="fire_lo/fire_hi",
    )  # fmt: skip
    parent_support: bool = flag(
        True, meaning="a cloud pays for the lab it owns what that cannot, as new equity, while it has the cash"
    )
    appetite: float = quantity(
        1.0, unit="1", meaning="what investors give over what growth supports", low=0.5, high=2,
        symbol="appetite_mult",
    )
    appetite_persistence: float = quantity(
        0.95, unit="1", meaning="persistence of the investors' mood a, month by month", low=0.8, high=0.99, most=0.999,
        symbol="app_rho",
    )  # fmt: skip
    appetite_spread: float = quantity(
        0.1, unit="ln", meaning="monthly spread of the news that moves it; 0: a is 1", low=0.05, high=0.3,
        symbol="app_sd",
    )
    tax: float = quantity(
        0.21, unit="share", meaning="tax on sellers' accounting profit, losses carried forward", low=0.1, high=0.3,
        most=0.9, symbol="tax",
    )  # fmt: skip
    payout: float = quantity(
        0.083, unit="1/month", meaning="part of the cash beyond `payout_reserve` that a profitable seller pays out",
        low=0.0, high=0.5, most=1.0, symbol="payout",
    )  # fmt: skip
    payout_reserve: float = quantity(
        12.0, unit="months", meaning="months of all its spending that a seller keeps in cash", low=6, high=24,
        symbol="payout_cash",
    )
    entry: float = quantity(
        1.0, unit="1", meaning="multiplier of entry; 0: nobody enters", low=0, high=4, most=100, symbol="entry_mult"
    )
    entry_rate: float = quantity(
        0.05, unit="1/month", meaning="firms of a kind founded a month per 5 points of return above the hurdle",
        low=0.01, high=0.1, symbol="r0",
    )
    hurdle_added: float = quantity(
        0.02, unit="1/year", meaning="return above the cost of capital that founders ask for", low=0, high=0.06,
        symbol="hurdle_add",
    )
    entry_size: float = quantity(
        0.01, unit="share", meaning="part of all rented GPU-hours for which a neocloud is founded", low=0.003,
        high=0.03, least=1e-4, most=1.0, symbol="entry_size",
    )  # fmt: skip
    entry_run: float = quantity(
        0.1, unit="share", meaning="part of a frontier training run that a new lab must be able to pay for", low=0.03,
        high=0.5, most=1.0, symbol="C_min",
    )  # fmt: skip
    seats: tuple[int, int, int] = quantity(
        (3, 4, 2), unit="firms", meaning="neoclouds, hosters and labs that can be founded at most", most=8,
        source="derived", symbol="seats",
    )  # fmt: skip
    exit_share: float = quantity(
        0.001, unit="share", meaning="share of its market below which a seller gives up after `exit_months`", low=0,
        high=0.005, most=1.0, symbol="exit_share",
    )  # fmt: skip
    exit_months: int = quantity(
        12, unit="months", meaning="months for which it waits with so small a share", low=6, high=24, least=1,
        most=600, symbol="exit_months",
    )  # fmt: skip



def debt_limit(*, ebitda_year: float, leverage: float, debt: float) -> float:
    """New debt the bank grants: leverage times a year's EBITDA less what is owed; never negative."""
    return max(0.0, leverage * ebitda_year - debt)


def credit_line(ebitda_year: FloatArray, *, leverage: FloatArray) -> FloatArray:
    """Debt up to which the bank lends, USD (firms,): the covenant. A firm beyond it has broken it and gets no more."""
    return np.asarray(np.maximum(leverage * ebitda_year, 0.0))


def instalment(borrowed: FloatArray, *, rate: float, months: int) -> FloatArray:
    """Monthly payment, interest and principal, that repays what was borrowed over `months`; USD (firms,)."""
    return np.asarray(borrowed * annuity(rate, months))


def next_mood(mood: float, *, news: float, finance: Finance) -> float:
    """ln of the investors' appetite over its mean path: AR(1), `news` standard normal.

    `appetite_of` turns it into an appetite whose mean over time is 1.
    """
    return finance.appetite_persistence * mood + finance.appetite_spread * news


def appetite_of(mood: float, *, months: int, finance: Finance) -> float:
    """Appetite a behind a mood that has moved for `months` from 0: exp(mood - variance/2), so that its mean is 1."""
    persistence = finance.appetite_persistence**2
    variance = finance.appetite_spread**2 * (1 - persistence**months) / (1 - persistence)
    return float(np.exp(mood - variance / 2))


def tax_due(profit: FloatArray, *, carried: FloatArray, rate: float) -> tuple[FloatArray, FloatArray]:
    """Tax on this month's profit and the losses carried on; (firms,) each. Earlier losses come off first."""
    offset = np.where(profit > 0, np.minimum(carried, profit), 0.0)
    return rate * np.maximum(profit - offset, 0.0), carried - offset + np.maximum(-profit, 0.0)


def paid_out(
    cash: FloatArray, *, kept: FloatArray, profit: FloatArray, debt: FloatArray, payout: FloatArray
) -> FloatArray:
    """Dividends, USD (firms,): part of the cash beyond what is kept, of who earns a profit and owes no loan."""
    return np.where((profit > 0) & (debt <= 0), payout * np.maximum(cash - kept, 0.0), 0.0)


def return_on_machines(
    *, margin: float, machine_price: float, shell_price: float, life: int, shell_life: int, price_decline: float
) -> float:
    """Yearly return at which a machine with its part of a site just pays: what the gate of M4 asks for, solved for the
    cost of capital, from minus the fall of machine prices up to `LARGEST_RETURN`.

    margin: USD a month; machine and shell price: USD per machine. By bisection, user cost rising in the rate.
    """
    fall = -float(np.log(1 - price_decline))
    low, high = -fall, LARGEST_RETURN

    def surplus(rate: float) -> float:
        shell = shell_price * annuity(max(rate, 0.0), shell_life)
        return margin - machine_price * annuity(rate + fall, life) - shell

    if surplus(low) <= 0:
        return low
    if surplus(high) >= 0:
        return high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if surplus(middle) > 0 else (low, middle)
    return (low + high) / 2


def founding_rate(expected_return: float, *, hurdle: float, finance: Finance) -> float:
    """Firms founded a month: `entry_rate` at five points of return above the hurdle, none below it."""
    return finance.entry * finance.entry_rate * max(0.0, expected_return - hurdle) / NEWS_SCALE


def poisson(uniform: float, *, mean: float, most: int) -> int:
    """Poisson number behind a uniform draw, at most `most`: by inversion, so that one draw decides."""
    count, term = 0, float(np.exp(-mean))
    below = term
    while uniform > below and count < most:
        count += 1
        term *= mean / count
        below += term
    return count
