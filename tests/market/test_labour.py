"""The four specialist roles: wages and the mix a service needs."""

from __future__ import annotations

import numpy as np
import pytest

from market.labour import Labour, loaded_wage, mix_position, role_mix, staff_by_role

VOLUMES = np.array([0.0, 1e6, 1e8, 1e9, 3e10, 1e11, 1e13])


def test_the_role_mix_adds_up_to_the_whole_staff_at_every_volume() -> None:
    assert role_mix(VOLUMES).sum(axis=-1) == pytest.approx(np.ones(len(VOLUMES)))
    assert staff_by_role(np.full(len(VOLUMES), 8.3), VOLUMES).sum(axis=-1) == pytest.approx(8.3)
    assert (role_mix(VOLUMES) > 0).all()


def test_large_services_need_more_engineers_of_models_and_fewer_integrators() -> None:
    small, large = role_mix(np.array([1e8, 1e11]))
    assert small == pytest.approx([0.05, 0.43, 0.42, 0.10])
    assert large == pytest.approx([0.27, 0.36, 0.18, 0.19])


def test_the_mean_wage_is_linear_between_the_mixes_of_the_smallest_and_largest() -> None:
    labour = Labour()
    by_mix = role_mix(VOLUMES) @ np.array(labour.wages)
    assert loaded_wage(VOLUMES, labour) == pytest.approx(by_mix)
    line = labour.wage_of_the_smallest + labour.wage_rise_with_size * mix_position(VOLUMES)
    assert (loaded_wage(VOLUMES, labour) == line).all()


def test_a_company_below_the_smallest_reference_volume_hires_the_same_mix() -> None:
    assert mix_position(0.0) == mix_position(1e8) == 0.0
    assert mix_position(1e14) == 1.0
