"""What becomes of each workload adds up to the exposure that is reported."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.control import NOBODY, Fallbacks, exposures
from market.withdrawal import withdrawal

CONTROLLERS, OFFERS, ROWS = 4, 5, 30


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10_000), room=st.floats(0, 60))
def test_what_single_workloads_lose_is_the_exposure_to_every_controller(seed: int, room: float) -> None:
    luck = np.random.default_rng(seed)
    deniers = luck.permuted(np.tile(np.arange(-1, CONTROLLERS), (OFFERS, 1)), axis=1)[:, :2]
    offer = luck.integers(0, OFFERS, ROWS)
    rows = Fallbacks(
        value=luck.integers(1, 9, ROWS).astype(float), hours=luck.uniform(0, 3, ROWS), offer=offer,
        denier=deniers[offer], kept=luck.choice([0.0, 0.5, 1.0], (ROWS, 2)), needs=luck.uniform(0, 4, (ROWS, 2)),
        runs_on=luck.integers(0, 3, (ROWS, 2)),
    )  # fmt: skip
    share = luck.choice([0.0, 0.3, 0.7, -1.0], (OFFERS, CONTROLLERS))
    pool = np.full(CONTROLLERS, room)
    reported = exposures(rows, share=share, pool=pool)
    for controller in range(CONTROLLERS):
        gone = withdrawal(rows, controller=controller, share=share[:, controller], pool=room)
        lost = float(rows.value @ (1.0 - gone.left)) / float(rows.value.sum())
        assert lost == pytest.approx(reported[controller], abs=1e-12)
        assert (gone.left[~gone.hit] == 1.0).all()
        assert ((gone.left >= 0) & (gone.left <= 1)).all()
        asked = np.where(gone.hit & np.isfinite(gone.wants), gone.wants, 0.0)
        found = float(asked @ gone.served)
        assert found <= room * (1 + 1e-9) + 1e-9
        assert (gone.place[~(rows.denier == controller).any(axis=1)] == NOBODY).all()
