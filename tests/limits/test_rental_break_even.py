"""The price at which renting an accelerator out just earns the cost of capital: docs/model.md section 6, L37."""

from __future__ import annotations

import pytest

from market.pricing import annuity, target_return


def break_even(price_decline: float = 0.0) -> float:
    return target_return(
        capex=45e3, opex=160 / 730, wacc=0.10, life_months=60, load=0.85, price_decline=price_decline
    )


def test_l37_renting_an_accelerator_out_breaks_even_at_one_dollar_eighty() -> None:
    assert annuity(0.10, 60) == pytest.approx(0.02124704, abs=5e-9)
    assert break_even() == pytest.approx(1.7987, abs=5e-5)


def test_a_machine_whose_successors_get_cheaper_must_earn_its_price_fall_too() -> None:
    assert break_even(price_decline=0.15) == pytest.approx(2.44, abs=5e-3)
