"""The rent clouds expect where load stays: what its pull to cost leaves of scarcity."""

from __future__ import annotations

import numpy as np
import pytest

from agents.conduct import expected_rent
from market.pricing import Pricing


def test_a_market_at_its_target_load_rests_at_cost():
    assert expected_rent(0.78, cost_price=2.0, pricing=Pricing(load_target=0.78)) == 2.0


def test_lasting_scarcity_keeps_a_premium_that_the_pull_to_cost_bounds():
    pricing = Pricing(load_target=0.78, scarcity_response=0.9, cost_pull=0.45)
    assert expected_rent(1.28, cost_price=2.0, pricing=pricing) == pytest.approx(2.0 * np.e)


@pytest.mark.parametrize(("load", "rent"), [(0.9, np.inf), (0.78, 2.0), (0.5, 0.0)])
def test_without_a_pull_to_cost_only_the_target_load_is_a_place_of_rest(load, rent):
    assert expected_rent(load, cost_price=2.0, pricing=Pricing(load_target=0.78, cost_pull=0.0)) == rent
