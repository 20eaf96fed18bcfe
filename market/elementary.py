"""Logarithm, exponential and sine in plain float64 arithmetic, the same for one number in a kernel and for an array.

Libraries differ in the last bit of these functions, and between scalars and vectors, so a kernel and its NumPy twin
could not agree exactly. Each function here is written once and runs on both: as NumPy on arrays, and compiled (where it
vectorises) inside numba kernels. No fused multiply-add, no fast-math: the order of operations is the text. The relative
error is below 1e-14 on the stated domains.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, overload, register_jitable

_MANTISSA = np.uint64(0x000FFFFFFFFFFFFF)
_EXPONENT_OF_TWO_TO_52 = np.uint64(0x4330000000000000)
_SQRT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)
_SHIFT_52 = np.uint64(52)
_SHIFT_12 = np.uint64(12)
_ROUNDER = 1.5 * 2.0**52
_ROUNDER_BITS = np.uint64(0x4338000000000000)
_EXPONENT_BIAS = np.uint64(1023)
_HALF_STEP = 2.0**-53
_EXPONENT_OF_ONE = np.uint64(0x3FF0000000000000)

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_LOG2_E = math.log2(math.e)
_EXP_RANGE = 708.0

_ATANH = tuple(2.0 / (2 * k + 1) for k in range(9))
_INVERSE_FACTORIAL = tuple(1.0 / math.factorial(k) for k in range(13))
_SINE = tuple((-1.0) ** k * math.pi ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(11))

_A0, _A1, _A2, _A3, _A4, _A5, _A6, _A7, _A8 = _ATANH
_, _, _F2, _F3, _F4, _F5, _F6, _F7, _F8, _F9, _F10, _F11, _F12 = _INVERSE_FACTORIAL
_S0, _S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8, _S9, _S10 = _SINE


@intrinsic  # type: ignore[untyped-decorator]
def _float_to_bits(typing_context: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.uint64(types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _bits_to_float(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.uint64), generate


def bits_of(number: Any) -> Any:
    """The 64 bits of float64 numbers, as uint64."""
    return number.view(np.uint64)


def float_of(word: Any) -> Any:
    """The float64 numbers whose bits are given."""
    return word.view(np.float64)


@overload(bits_of, strict=False)  # type: ignore[untyped-decorator]
def _bits_of_scalar(number: Any) -> Any:
    return lambda number: _float_to_bits(number)  # type: ignore[call-arg]


@overload(float_of, strict=False)  # type: ignore[untyped-decorator]
def _float_of_scalar(word: Any) -> Any:
    return lambda word: _bits_to_float(word)  # type: ignore[call-arg]


def pick(condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the condition holds, else `no`."""
    return np.where(condition, yes, no)


@overload(pick, strict=False)  # type: ignore[untyped-decorator]
def _pick_scalar(condition: Any, yes: Any, no: Any) -> Any:
    return lambda condition, yes, no: yes if condition else no


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def log(x: Any) -> Any:
    """Natural logarithm of positive normal numbers: x = m 2^k with m in [sqrt(1/2), sqrt 2), then the atanh series."""
    bits = bits_of(x)
    shifted = bits + (_EXPONENT_OF_ONE - _SQRT_HALF_BITS)
    power = float_of((shifted >> _SHIFT_52) | _EXPONENT_OF_TWO_TO_52) - (2.0**52 + 1023.0)
    mantissa = float_of((shifted & _MANTISSA) + _SQRT_HALF_BITS)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    series = _A8
    series = series * z + _A7
    series = series * z + _A6
    series = series * z + _A5
    series = series * z + _A4
    series = series * z + _A3
    series = series * z + _A2
    series = series * z + _A1
    return power * _LN2_HIGH + (s * (series * z + _A0) + power * _LN2_LOW)


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def exp(x: Any) -> Any:
    """Exponential of numbers in [-708, 708]; beyond, the value at the bound (numbers of 1e-308 or 1e308)."""
    x = np.minimum(np.maximum(x, -_EXP_RANGE), _EXP_RANGE)
    shifted = x * _LOG2_E + _ROUNDER
    power = shifted - _ROUNDER
    r = (x - power * _LN2_HIGH) - power * _LN2_LOW
    series = _F12
    series = series * r + _F11
    series = series * r + _F10
    series = series * r + _F9
    series = series * r + _F8
    series = series * r + _F7
    series = series * r + _F6
    series = series * r + _F5
    series = series * r + _F4
    series = series * r + _F3
    series = series * r + _F2
    series = series * r + 1.0
    series = series * r + 1.0
    scale = float_of(((bits_of(shifted) - _ROUNDER_BITS) + _EXPONENT_BIAS) << _SHIFT_52)
    return series * scale


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def sine_of_turn(t: Any) -> Any:
    """sin(pi t) for t in [0, 1], accurate at both ends: the odd Taylor series of min(t, 1 - t)."""
    t = np.minimum(t, 1.0 - t)
    z = t * t
    series = _S10
    series = series * z + _S9
    series = series * z + _S8
    series = series * z + _S7
    series = series * z + _S6
    series = series * z + _S5
    series = series * z + _S4
    series = series * z + _S3
    series = series * z + _S2
    series = series * z + _S1
    return t * (series * z + _S0)


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def power(base: Any, exponent: Any) -> Any:
    """base ** exponent for positive base."""
    return exp(exponent * log(base))


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def open_unit_of(word: Any) -> Any:
    """Odd multiples of 2**-53 in (0, 1) from 64 random bits: `market.chance.open_unit` by bit pattern, to vectorise."""
    return (float_of((word >> _SHIFT_12) | _EXPONENT_OF_ONE) - 1.0) + _HALF_STEP
