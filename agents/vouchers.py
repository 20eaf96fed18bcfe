"""Vouchers: the state pays a part of what small and medium companies spend on AI (docs/model.md M16).

A company that bears a part d of every outlay C values an offer at N = B g + Use(d p) - d C - ... . Divided by d this is
the value of an offer at its full price to a company whose reference price, gross value and costs of moving are 1/d
times as large: so the equations of M1 stay as they are, and what they return is brought back here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.choice import Choices
from agents.regulator import Policy
from agents.usage import Usage
from market.units import ByteArray, FloatArray

LARGE = 2  # size class from which no voucher is given: 250 employees and more


def own_part(size_class: ByteArray, policy: Policy) -> FloatArray | None:
    """Part of its outlay on AI that each company bears, (companies,); None where nobody has a voucher."""
    if policy.sme_voucher == 0:
        return None
    return np.where(size_class < LARGE, 1.0 - policy.sme_voucher, 1.0)


def in_full_dollars(choices: Choices, own: FloatArray) -> Choices:
    """Choices made at 1/own times the true values, own (rows,), with all values brought back; bills are true."""
    scaled = ("decision_value", "true_value", "sigma", "migration", "egress", "disruption")
    return replace(choices, **{name: getattr(choices, name) * own for name in scaled})


def at_full_price(wanted: Usage, own: FloatArray) -> Usage:
    """What companies use at the prices that they bear, own (rows,): value of use is theirs, the bill the seller's.

    Surplus is before what the voucher pays.
    """
    use = wanted.use * own
    return replace(wanted, use=use, surplus=wanted.surplus + (use - wanted.use))
