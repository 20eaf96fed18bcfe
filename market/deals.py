"""Deals between a cloud and a lab: money and compute credits for equity, a revenue share, commitments, information.

Pure functions; cents are int64, GPU-hours a month, rates monthly. Who has a deal with whom is said by the labs of a
scenario (`partner`); the terms are shared. Source: docs/model.md M12; the FTC staff report on such partnerships.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from market.parameters import ParameterGroup, flag, quantity
from market.units import Cents, FloatArray

ERROR_LEFT = 0.5  # of a forecast error about a lab that tells its cloud what it plans (model.md M12)


class Deals(ParameterGroup):
    """Cloud-lab deals and integration."""

    active: bool = flag(
        True, meaning="deals and integration act; false: investors alone finance labs, owned labs buy as all do",
        source="derived", symbol="deal",
    )  # fmt: skip
    stake: float = quantity(
        0.2, unit="share", meaning="part of a lab's profit, and of its equity rounds, that the partner takes", low=0,
        high=0.5, most=1.0, symbol="stake",
    )  # fmt: skip
    credit_part: float = quantity(
        0.7, unit="share", meaning="part of the partner's investment given as credits for its own compute", low=0,
        high=1, most=1.0, symbol="credit_frac",
    )  # fmt: skip
    credit_months: int = quantity(
        24, unit="months", meaning="months after which credits expire", low=12, high=60, least=1, most=600,
        symbol="credit_life",
    )  # fmt: skip
    revenue_share: float = quantity(
        0.2, unit="share", meaning="part of a lab's revenue outside the partner's marketplace that the partner gets",
        low=0, high=0.5, most=0.9, source="fact 9.02", symbol="rev_share",
    )  # fmt: skip
    take_or_pay: float = quantity(
        0.8, unit="share", meaning="part of its usual GPU-hours that a lab reserves with its partner", low=0, high=1,
        most=1.0, symbol="take_or_pay",
    )  # fmt: skip
    exclusivity: int = quantity(
        24, unit="months", meaning="months for which a lab rents from, and is sold by, no other cloud than its partner",
        low=0, high=60, most=600, symbol="excl",
    )  # fmt: skip
    months: int = quantity(
        96, unit="months", meaning="length of a deal: revenue share, commitment and information end with it", low=48,
        high=120, least=1, most=600, source="fact 9.02", symbol="deal_life",
    )  # fmt: skip
    information: bool = flag(
        True, meaning="the partner learns the lab's plans: half the forecast error about it, and know-how flows",
        symbol="info",
    )
    leak: float = quantity(
        0.02, unit="1/month", meaning="further share of the gap to the best that a lab with such a partner closes",
        low=0, high=0.1, most=1.0, symbol="leak_info",
    )  # fmt: skip
    integration: bool = flag(
        True, meaning="an owned lab reckons with its owner's compute at opportunity cost, its owner with its profit",
        source="derived", symbol="integration",
    )


@dataclass(frozen=True, slots=True)
class CreditLot:
    """Credits granted at one time and not yet used."""

    cloud: int  # code of who owes the compute
    lab: int  # code of who may use it
    cents: Cents
    expires: int  # first month in which they are gone


def investment(round_cents: Cents, *, stake: float, credit_part: float) -> tuple[Cents, Cents]:
    """What a partner pays into an equity round in cash and in credits, cents: its stake in all that is issued."""
    whole = int(np.rint(stake * round_cents))
    credits = int(np.rint(credit_part * whole))
    return whole - credits, credits


def spend_credits(
    lots: Sequence[CreditLot], *, cloud: int, lab: int, cents: Cents
) -> tuple[tuple[CreditLot, ...], Cents]:
    """Pay up to `cents` with what a lab holds at a cloud, oldest first; the lots left and the cents paid."""
    owed, left = cents, []
    for lot in lots:
        taken = min(owed, lot.cents) if (lot.cloud, lot.lab) == (cloud, lab) else 0
        owed -= taken
        if lot.cents > taken:
            left.append(replace(lot, cents=lot.cents - taken) if taken else lot)
    return tuple(left), cents - owed


def expired(lots: Sequence[CreditLot], *, month: int) -> tuple[CreditLot, ...]:
    """Lots that are gone in `month`."""
    return tuple(lot for lot in lots if lot.expires <= month)


def commitment(
    usual: FloatArray, *, partner: FloatArray, reserved: FloatArray, take_or_pay: float, room: FloatArray
) -> FloatArray:
    """Hours that deals make their labs reserve with their partners now, GPU-hours a month; (buyers, clouds).

    usual (buyers,) expected hours; partner (buyers, clouds) 1 where a deal binds; reserved (buyers, clouds) already;
    room (clouds,) what each cloud may still promise, shared in proportion to what is asked.
    """
    asked = np.maximum(take_or_pay * usual[:, None] - reserved, 0.0) * partner
    total = asked.sum(axis=0)
    part = np.divide(room, total, out=np.ones_like(room), where=total > room)
    return np.asarray(asked * part)
