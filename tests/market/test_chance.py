"""Chance is a cube of independent uniforms, read by address.

Statistical assertions fail by bad luck with probability below 1e-6 each; the numbers are fixed, so a pass is a pass.
"""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from market.chance import Chance, Mechanism, UnaddressableDrawError, mix64, open_unit, uniform01

ERROR_RATE = 1e-6
MANY = 200_000
KNOWN = [0.6172527179167612, 0.6959673685374618, 0.5033832836583646]
KNOWN_PANEL = 0.16331197116141627

DIRECTIONS = {
    "month": lambda chance: chance.uniform(Mechanism.REVIEW, month=np.arange(MANY), entity=3, subject=5),
    "entity": lambda chance: chance.uniform(Mechanism.REVIEW, month=3, entity=np.arange(MANY), subject=5),
    "subject": lambda chance: chance.uniform(Mechanism.REVIEW, month=3, entity=5, subject=np.arange(MANY)),
    "mechanism": lambda chance: np.concatenate(
        [chance.uniform(mechanism, entity=np.arange(MANY // len(Mechanism))) for mechanism in Mechanism]
    ),
    "draw": lambda chance: np.array([Chance(draw).uniform(Mechanism.REVIEW).item() for draw in range(1, 4001)]),
}


def two_sided_limit(tests: int = 1) -> float:
    """Largest standard normal deviate that `tests` independent tests may show."""
    return float(stats.norm.isf(ERROR_RATE / tests / 2))


def test_a_draw_keeps_its_value_in_every_version_of_the_program() -> None:
    values = Chance(1).uniform(Mechanism.REVIEW, month=2, entity=np.array([0, 1, 123_456_789]), subject=4)
    assert values.tolist() == KNOWN
    assert float(Chance(2**31).uniform(Mechanism.PANEL)) == KNOWN_PANEL


def test_kernels_and_arrays_read_the_same_numbers() -> None:
    @njit
    def in_a_kernel(draw: int, months: np.ndarray, entities: np.ndarray, subjects: np.ndarray) -> np.ndarray:
        out = np.empty(len(months))
        for i in range(len(months)):
            out[i] = uniform01(draw, 41, months[i], entities[i], subjects[i])
        return out

    rng = Chance(9)
    words = [(rng.bits(Mechanism.PANEL, subject=k, entity=np.arange(5000)) >> np.uint64(20)) for k in range(3)]
    months, entities, subjects = (word.astype(np.int64) for word in words)
    arrays = Chance(77).uniform(Mechanism.TASTE_REFRESH, month=months, entity=entities, subject=subjects)
    assert np.array_equal(in_a_kernel(77, months, entities, subjects), arrays)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_draws_are_uniform_along_every_axis_of_the_cube(direction: str) -> None:
    values = DIRECTIONS[direction](Chance(11))
    cells = np.bincount((values * 64).astype(int), minlength=64)
    assert stats.chisquare(cells).statistic < stats.chi2.isf(ERROR_RATE, 63)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("lag", [1, 2, 64])
def test_neighbours_along_every_axis_are_independent(direction: str, lag: int) -> None:
    values = DIRECTIONS[direction](Chance(12))
    first, second = values[:-lag], values[lag:]
    joint = np.bincount((first * 8).astype(int) * 8 + (second * 8).astype(int), minlength=64)
    assert stats.chisquare(joint).statistic < stats.chi2.isf(ERROR_RATE, 63)
    correlation = np.corrcoef(first, second)[0, 1]
    assert abs(correlation) * np.sqrt(len(first)) < two_sided_limit()


def test_the_same_entity_is_independent_across_draws_mechanisms_and_roles() -> None:
    entity = np.arange(MANY)
    base = Chance(5).uniform(Mechanism.REVIEW, month=1, entity=entity)
    others = [
        Chance(6).uniform(Mechanism.REVIEW, month=1, entity=entity),
        Chance(5).uniform(Mechanism.SEARCH, month=1, entity=entity),
        Chance(5).uniform(Mechanism.REVIEW, month=2, entity=entity),
        Chance(5).uniform(Mechanism.REVIEW, month=1, subject=entity),
    ]
    for other in others:
        assert abs(np.corrcoef(base, other)[0, 1]) * np.sqrt(MANY) < two_sided_limit(len(others))


def test_every_bit_of_a_draw_is_fair() -> None:
    bits = Chance(13).bits(Mechanism.SEARCH, entity=np.arange(MANY))
    ones = np.array([np.count_nonzero(bits >> np.uint64(place) & np.uint64(1)) for place in range(64)])
    assert np.abs(ones - MANY / 2).max() / np.sqrt(MANY / 4) < two_sided_limit(64)


def test_flipping_one_bit_of_an_address_flips_half_the_bits_of_the_draw() -> None:
    entity = np.arange(20_000, dtype=np.uint64)
    before = Chance(14).bits(Mechanism.SEARCH, entity=entity)
    for place in range(0, 40, 3):
        after = Chance(14).bits(Mechanism.SEARCH, entity=entity ^ np.uint64(1 << place))
        flipped = np.bitwise_count(before ^ after).mean()
        assert abs(flipped - 32) / np.sqrt(16 / len(entity)) < two_sided_limit(14)


def test_the_finaliser_never_sends_two_words_to_one() -> None:
    words = np.arange(MANY, dtype=np.uint64) * np.uint64(2**40 + 1)
    assert len(np.unique(mix64(words))) == MANY


def test_uniforms_never_reach_zero_or_one() -> None:
    smallest, largest = open_unit(np.array([0, 2**64 - 1], dtype=np.uint64))
    assert smallest == 2.0**-53
    assert largest == 1.0 - 2.0**-53


def test_normals_and_exponentials_have_their_moments() -> None:
    normal = Chance(15).normal(Mechanism.RUN_OUTCOME, entity=np.arange(MANY))
    exponential = Chance(15).exponential(Mechanism.WORKLOAD_LIFE, entity=np.arange(MANY))
    limit = two_sided_limit(4) / np.sqrt(MANY)
    assert abs(normal.mean()) < limit
    assert abs(normal.var() - 1) < limit * np.sqrt(2)
    assert abs(exponential.mean() - 1) < limit
    assert abs(exponential.var() - 1) < limit * np.sqrt(8)


def test_the_population_draws_in_the_shape_of_its_address() -> None:
    months = np.arange(4)[:, None]
    values = Chance(3).uniform(Mechanism.REVIEW, month=months, entity=np.arange(6))
    assert values.shape == (4, 6)
    assert values[2, 5] == Chance(3).uniform(Mechanism.REVIEW, month=2, entity=5)
    assert Chance(3).uniform(Mechanism.REVIEW, entity=np.arange(0)).shape == (0,)


def test_what_is_drawn_for_one_company_does_not_depend_on_who_else_draws() -> None:
    everyone = Chance(3).uniform(Mechanism.REVIEW, month=7, entity=np.arange(1000))
    some = np.array([999, 3, 500])
    assert np.array_equal(Chance(3).uniform(Mechanism.REVIEW, month=7, entity=some), everyone[some])


@pytest.mark.parametrize("draw", [0, -1, 1.0, True, "1"])
def test_random_worlds_are_numbered_from_one(draw: object) -> None:
    with pytest.raises(UnaddressableDrawError, match="integers from 1"):
        Chance(draw)  # type: ignore[arg-type]


def test_an_address_is_made_of_whole_numbers() -> None:
    with pytest.raises(UnaddressableDrawError, match="whole numbers"):
        Chance(1).uniform(Mechanism.REVIEW, entity=np.array([0.5]))


def test_mechanisms_have_different_numbers() -> None:
    assert len(set(Mechanism)) == len(Mechanism.__members__)
