"""The leverage of one voice: elasticities from paired worlds (docs/model.md M18)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import read_scenario
from simulation.experiments.leverage import leverage, leverage_of_runs, spoken


def worlds(*levels: float) -> list[Any]:
    return [SimpleNamespace(indicators=pd.DataFrame({"profit_lab": [9.0, level, level]})) for level in levels]


def test_an_outcome_a_tenth_higher_under_the_one_stance_than_the_other_has_an_elasticity_of_a_twentieth() -> None:
    found = leverage_of_runs(worlds(1.05, 1.05), worlds(0.95, 0.95), measures=["profit_lab"], tail_months=2)
    assert found.elasticity["profit_lab"].value == pytest.approx(0.05)
    assert found.elasticity["profit_lab"].low == pytest.approx(0.05)
    assert found.pairs == 2


def test_losses_have_an_elasticity_too_and_nothing_has_none() -> None:
    found = leverage_of_runs(worlds(-1.0), worlds(-3.0), measures=["profit_lab"], tail_months=2)
    assert found.elasticity["profit_lab"].value == pytest.approx(0.5)
    nothing = leverage_of_runs(worlds(0.0), worlds(0.0), measures=["profit_lab"], tail_months=2)
    assert np.isnan(nothing.elasticity["profit_lab"].value)


def test_an_indicator_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no indicator is called 'profits'"):
        leverage_of_runs(worlds(1.0), worlds(1.0), measures=["profits"], tail_months=1)


def test_a_voice_that_does_not_carry_moves_nothing() -> None:
    small = {"companies.count": 200, "companies.panel": 200, "horizon.months": 3, "control.panel": 0}
    mute = read_scenario("baseline", overrides=small | {"actor.voice": 0.0})
    assert spoken(mute, stance=-1.0).actor.stance == -1.0
    found = leverage(mute, pairs=1, measures=["price_closed", "welfare"])
    assert [interval.value for interval in found.elasticity.values()] == [0.0, 0.0]
