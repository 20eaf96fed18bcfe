"""What happens where assumptions lead the economy out of reach of its equations: it stops, and says where and why."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from agents.offers import OfferError
from market.bertrand import NoEquilibriumError
from market.books import AccountingError
from market.clearing import ClearingError
from market.demand import DemandError
from market.money import MoneyError
from simulation.audit import AuditError
from simulation.results.schema import TableError

REFUSALS = (
    AccountingError, ArithmeticError, AuditError, ClearingError, DemandError, MoneyError, NoEquilibriumError,
    OfferError, TableError,
)  # fmt: skip


class EconomyBreakdown(RuntimeError):
    """The economy cannot go on under its assumptions; the message is one line: which world, when, in what, why."""


@contextmanager
def sound_arithmetic(world: str) -> Iterator[None]:
    """Let no number overflow or lose its meaning unseen: raises EconomyBreakdown for the named world.

    Underflow is no fault: the share of a hopeless option is 0.
    """
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        try:
            yield
        except REFUSALS as refusal:
            reason = " ".join(f"{type(refusal).__name__}: {refusal}".split())
            raise EconomyBreakdown(
                f"{world}: no further than {_phase(refusal)} ({reason}); take back the most extreme of its assumptions"
            ) from refusal


def _phase(refusal: Exception) -> str:
    """Name of the phase of the month in which it happened, in words."""
    frames = traceback.extract_tb(refusal.__traceback__)
    names = [frame.name for frame in frames if frame.filename.endswith("economy.py")]
    inner = [name for name in names if name not in ("step", "__init__")]
    return inner[-1].replace("_", " ") if inner else "its founding"
