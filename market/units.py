"""Units of the economy: array aliases, calendar and conversion constants.

Money is USD in floating point until it is invoiced, then integer cents (`market.money`); time is the month; tokens are
blended input and output, priced per million; compute is GPU-hours of an H100 equivalent (model.md section 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
CodeArray = npt.NDArray[np.int16]
SmallArray = npt.NDArray[np.int8]
ByteArray = npt.NDArray[np.uint8]
MaskArray = npt.NDArray[np.uint64]
BoolArray = npt.NDArray[np.bool_]
CentsArray = npt.NDArray[np.int64]

Cents = int
Dollars = float
GpuHours = float
MTokens = float
Month = int

HOURS_PER_MONTH = 730.0
SECONDS_PER_MONTH = 2.628e6
MONTHS_PER_YEAR = 12
TOKENS_PER_MTOK = 1e6
CENTS_PER_DOLLAR = 100
GIGABYTES_PER_TERABYTE = 1000.0


def running_sum(values: Iterable[float]) -> float:
    """Sum of floats from the first to the last, the same bits on every Python.

    From 3.12 on the built-in `sum` corrects for rounding, and a world that differs in the last bit is another one.
    """
    total = 0.0
    for value in values:
        total += value
    return total


def weighted_count(code: npt.NDArray[np.integer[Any]], weights: FloatArray, length: int) -> FloatArray:
    """Sum of `weights` by `code`, in order of appearance; (length,), or more where a code is beyond it."""
    return np.asarray(np.bincount(code, weights=weights, minlength=length), dtype=np.float64)
