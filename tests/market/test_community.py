"""Community around published weights: the equations of M14 by hand."""

from __future__ import annotations

import numpy as np
import pytest

from market.community import (
    Communities,
    OpenWeights,
    fork_growth,
    next_communities,
    next_stock,
    patch_rate,
    quality_bonus,
)

WEIGHTS = OpenWeights()


def after(months: int, *, readability: float, users: float = 1e4, renewed: bool = False) -> Communities:
    around = Communities.none(1)
    for _ in range(months):
        around = next_communities(
            around, users=np.array([users]), readability=np.array([readability]), published=np.array([True]),
            renewed=np.array([renewed]), weights=WEIGHTS,
        )  # fmt: skip
    return around


def test_a_stock_of_contributions_fades_and_is_renewed_by_users():
    stock = next_stock(np.array([1.0]), users=np.array([900.0]), readability=np.array([1.0]), weights=WEIGHTS)
    assert stock == pytest.approx([0.97 + 0.02 * np.log(10)])


def test_a_lasting_community_settles_where_contributions_replace_what_fades():
    settled = after(600, readability=0.15).stock[0]
    assert settled == pytest.approx(0.02 * 0.15**1.5 * np.log1p(100) / 0.03, rel=1e-6)


@pytest.mark.parametrize(("users", "points"), [(1e4, 0.82), (1e6, 1.50)])
def test_weights_alone_are_worth_about_a_point(users: float, points: float):
    assert quality_bonus(after(600, readability=0.15, users=users).stock, WEIGHTS)[0] == pytest.approx(points, abs=0.01)


def test_the_bonus_stays_below_its_limit_however_many_contribute():
    bonus = quality_bonus(np.array([0.0, 1.0, 20.0]), WEIGHTS)
    assert bonus[0] == 0.0
    assert bonus[1] == pytest.approx(5 * (1 - np.exp(-1)))
    assert bonus[1] < bonus[2] < 5.0


def test_what_cannot_be_read_is_mended_at_a_fifth_of_the_rate():
    assert patch_rate(np.array([0.0, 0.15, 1.0]), WEIGHTS) == pytest.approx([0.06, 0.096, 0.3])


def test_nothing_is_found_in_weights_that_cannot_be_read():
    around = after(24, readability=0.0)
    assert around.found[0] == 0.0 and around.present[0] == 1.0 and around.stock[0] == 0.0


def test_readers_find_flaws_at_the_audit_hazard_and_mend_them_later():
    around = after(12, readability=1.0)
    assert around.hidden[0] == pytest.approx(np.exp(-0.05 * 12))
    assert 0 < around.known[0] < around.found[0]
    assert around.present[0] == pytest.approx(1 - around.found[0] + around.known[0])


def test_a_new_version_brings_new_flaws_and_keeps_the_community():
    one = after(12, readability=1.0)
    renewed = next_communities(
        one, users=np.array([1e4]), readability=np.array([1.0]), published=np.array([True]), renewed=np.array([True]),
        weights=WEIGHTS,
    )  # fmt: skip
    assert renewed.hidden[0] == pytest.approx(np.exp(-0.05))
    assert renewed.stock[0] > 0.97 * one.stock[0]


def test_a_closed_line_has_no_community():
    around = next_communities(
        Communities.none(2), users=np.array([1e5, 1e5]), readability=np.zeros(2), published=np.array([False, False]),
        renewed=np.array([True, False]), weights=WEIGHTS,
    )  # fmt: skip
    assert not around.stock.any() and not around.users.any() and (around.present == 1).all()


def test_a_fork_of_weights_alone_creeps_and_one_without_readability_stands_still():
    assert fork_growth(0.0, WEIGHTS) == 0.0
    assert 12 * fork_growth(0.15, WEIGHTS) == pytest.approx(1.5)
    assert 12 * fork_growth(1.0, WEIGHTS) == pytest.approx(10.0)
