"""Taking an actor away: what is lost is the exposure that the indicators report, and nothing of value disappears."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulation import ComputeEconomy
from simulation.measuring.removing import (
    LOST,
    MOVES,
    NotMeasured,
    Removal,
    controller_names,
    removal,
    withdrawals_of,
)

MONTHS = 12


@pytest.fixture(scope="module")
def economy(economy_of: Callable[..., ComputeEconomy]) -> ComputeEconomy:
    return economy_of(months=MONTHS)


@pytest.fixture(scope="module")
def removals(economy: ComputeEconomy) -> list[list[Removal]]:
    """Every controller removed, by horizon."""
    found, names = withdrawals_of(economy), controller_names(economy)
    return [
        [removal(economy.world, found, controller=k, actor=name, span=span) for k, name in enumerate(names)]
        for span in range(2)
    ]


def test_the_value_lost_is_the_months_exposure_of_every_actor(removals: list[list[Removal]]) -> None:
    assert max(gone.exposure for gone in removals[0]) > 0.01
    for gone in (*removals[0], *removals[1]):
        assert gone.lost_usd / gone.usd() == pytest.approx(gone.exposure, rel=1e-9, abs=1e-12)


def test_looking_again_finds_what_the_recorder_measured(economy: ComputeEconomy) -> None:
    """One month is all there is in the mean over three months after the first."""
    first = ComputeEconomy(economy.plan, draw=economy.draw, arm=economy.arm)
    first.step()
    found, last = withdrawals_of(first), first.results(("indicators",)).indicators.iloc[-1]
    assert (found.exposure == first.recorder.dear.exposure()).all()
    for layer in ("lab", "cloud", "host"):
        codes = [seller.code for seller in first.sellers if seller.layer == layer]
        assert found.exposure[0, codes].sum() == pytest.approx(last[f"control_{layer}"], abs=1e-12)


def test_looking_changes_nothing(economy_of: Callable[..., ComputeEconomy]) -> None:
    looked, alone = economy_of(months=4), economy_of(months=4)
    withdrawals_of(looked)
    looked.step(), alone.step()
    for table in ("indicators", "flows"):
        assert getattr(looked.results(), table).equals(getattr(alone.results(), table))


def test_nobody_moves_to_whoever_withdrew_and_machines_found_are_machines_free(removals: list[list[Removal]]) -> None:
    for gone in removals[0]:
        to = gone.outcomes.loc[gone.outcomes["outcome"] == MOVES, "seller"]
        assert gone.actor not in set(to)
        assert gone.hours_found <= gone.hours_wanted * (1 + 1e-9)
    rented = [gone for gone in removals[0] if gone.actor.startswith("hyperscaler")]
    assert all(gone.hours_found <= gone.hours_free * (1 + 1e-9) for gone in rented)


def test_the_same_workloads_are_there_whoever_withdraws(removals: list[list[Removal]]) -> None:
    for of_horizon in removals:
        totals = np.array([gone.usd() for gone in of_horizon])
        workloads = np.array([gone.outcomes["workloads"].sum() for gone in of_horizon])
        assert totals == pytest.approx(totals[0], rel=1e-9)
        assert workloads == pytest.approx(workloads[0], rel=1e-9)


def test_every_loss_has_a_reason_and_the_vendors_is_that_machines_wear_out(removals: list[list[Removal]]) -> None:
    for gone in removals[1]:
        lost = gone.outcomes[gone.outcomes["outcome"] == LOST]
        assert (lost["reason"] != "").all()
        assert set(lost["reason"]) <= {"no_deliveries"} or gone.actor != "chip_vendor"


def test_without_a_panel_nobody_can_say(economy_of: Callable[..., ComputeEconomy]) -> None:
    with pytest.raises(NotMeasured, match=r"control\.panel is 0"):
        withdrawals_of(economy_of({"control.panel": 0}, months=1))
    with pytest.raises(NotMeasured, match="no month has been simulated"):
        withdrawals_of(economy_of())
