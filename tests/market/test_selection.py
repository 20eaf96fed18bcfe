"""Selecting entries is boolean indexing."""

import numpy as np
import pytest

from market.selection import one_of, selected


@pytest.mark.parametrize("where", [[True, False, True], [False] * 3, [True] * 3])
def test_what_is_selected_is_what_boolean_indexing_gives(where: list[bool]) -> None:
    values = np.array([3.0, 1.0, 2.0])
    assert selected(values, np.array(where)).tolist() == values[where].tolist()


def test_nothing_can_be_selected_from_nothing() -> None:
    assert selected(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)).size == 0


@pytest.mark.parametrize("some", [[2], [0, 3], []])
def test_one_of_is_isin(some: list[int]) -> None:
    values = np.array([0, 2, 2, 1], dtype=np.int16)
    assert one_of(values, some).tolist() == np.isin(values, some).tolist()
