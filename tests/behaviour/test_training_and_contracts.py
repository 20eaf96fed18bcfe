"""What labs owe anyway, what they promise their partners, and what open weights take from their data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.sellers import TrainingRun
from market.goods import Route
from market.reservations import Reservation
from simulation.economy import ComputeEconomy
from simulation.month import dealing
from simulation.month.compute import training_bid
from simulation.month.outcomes import other_surplus
from simulation.month.publishing import weighted_median
from simulation.month.reserving import Contracts, Idle, Reserved, idle_commitments
from simulation.month.seller_costs import buy_distillation
from simulation.month.training import next_run
from simulation.run import Run

Founded = Callable[..., ComputeEconomy]


def contracts(*book: Reservation, serving: float) -> Contracts:
    none = np.zeros((2, 1))
    return Contracts(
        book=book, signed=np.zeros(1), reserved=Reserved(hours=none, value=none),
        for_serving=np.array([[0.0], [serving]]), for_training=none, shortfall=none,
    )  # fmt: skip


def test_hours_under_contract_that_customers_do_not_need_are_idle_until_they_lapse() -> None:
    held = (
        Reservation(seller=0, buyer=1, hours=100.0, price=2.0, start=0, end=12),
        Reservation(seller=0, buyer=1, hours=50.0, price=4.0, start=3, end=11),
        Reservation(seller=0, buyer=0, hours=900.0, price=9.0, start=3, end=15),  # somebody else's
        Reservation(seller=0, buyer=1, hours=70.0, price=9.0, start=0, end=10),  # over
    )
    idle = idle_commitments(contracts(*held, serving=80.0), buyer=1, month=10)
    assert idle.hours.tolist() == [70.0, 20.0]
    assert idle.price == pytest.approx((100 * 2 + 50 * 4) / 150)
    assert idle_commitments(contracts(*held, serving=0.0), buyer=1, month=15).hours.size == 0


def test_hours_that_are_owed_anyway_make_a_lab_begin_a_run_it_would_not_pay_for(economy_of: Founded) -> None:
    """Where it must pay back in a month no run pays by itself; one whose hours are owed does."""
    economy = economy_of({"lab.payback_months": 1.0}, months=6)
    world, record = economy.world, economy.record
    lab = world.labs[0]
    lab.run, lab.training_cash = None, 1e12

    def chosen(idle: Idle) -> TrainingRun | None:
        return next_run(
            world, economy.assumptions, lab=lab, month=6, tariffs=record.tariffs, inflow=1e9, supply=1e9, idle=idle
        )

    assert chosen(Idle(np.zeros(0), 0.0)) is None
    run = chosen(Idle(np.full(12, 1e9), 2 * lab.gpu_price_paid))
    assert run is not None and run.gpu_hours > 0


def test_hours_that_wait_already_are_not_asked_for_again(economy_of: Founded) -> None:
    world = economy_of(months=3).world
    lab = world.labs[0]
    lab.run = TrainingRun(gpu_hours=100.0, left=60.0, budget=1e9, started=2)
    asked = [
        training_bid(world, lab, month=3, price=4.0, waiting=waiting, committed=0.0, committed_price=0.0)
        for waiting in (0.0, 25.0, 80.0)
    ]
    assert asked == [60.0, 35.0, 0.0]


def test_nobody_waits_for_hours_of_a_run_that_is_over(economy_of: Founded) -> None:
    economy = economy_of(months=6)
    world = economy.world
    lab = next(each for each in world.labs if each.run is not None)
    assert lab.run is not None
    row = world.buyers.index(lab.name)
    lab.run.left = 0.0
    world.buyers.backlog[row] = 1.0
    economy.step()
    assert not world.buyers.backlog[row].any()


def test_a_partner_is_promised_usual_hours_and_no_burst(
    economy_of: Founded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab that wanted a hundredth of its usual hours in half of the months promises no more than that."""
    asked: list[np.ndarray] = []
    commitment = dealing.commitment

    def watched(usual: np.ndarray, **named: object) -> np.ndarray:
        asked.append(usual)
        return commitment(usual, **named)  # type: ignore[arg-type]

    economy = economy_of({"deal.exclusivity": 0}, months=8)
    world = economy.world
    row = world.buyers.index("lab_1")
    world.wanted_shares = [share.copy() for share in world.wanted_shares]
    for share in world.wanted_shares[::2]:
        share[row] *= 0.01
    usual = world.usual_hours[row]
    monkeypatch.setattr(dealing, "commitment", watched)
    economy.step()
    assert usual > 0
    assert asked[0][row] < 0.1 * usual


def test_usage_data_are_a_part_of_all_tokens_and_open_models_take_theirs(economy_of: Founded) -> None:
    closed, opened = (economy_of(months=18, horizon=18, arm=arm) for arm in ("closed", "open"))
    for economy in (closed, opened):
        answered = economy.record.service.tokens_by_offer
        book = economy.world.book
        for lab in economy.world.labs:
            own = book.codes(seller=lab.name, route=Route.CLOSED_API)
            assert lab.usage_share == pytest.approx(answered[own].sum() / answered.sum())
    shares = [sum(lab.usage_share for lab in economy.world.labs) for economy in (closed, opened)]
    assert 0 < shares[1] < shares[0] < 1


def test_distillation_may_be_found_out_in_every_month_of_its_run_and_is_paid_for_once(economy_of: Founded) -> None:
    economy = economy_of({"frontier.detection": 300.0}, months=2)
    world = economy.world
    follower = world.labs[0]
    follower.distils = True
    follower.run = TrainingRun(gpu_hours=1.0, left=1.0, budget=1.0, started=1, distillation=2.0)
    spent = buy_distillation(world, economy.assumptions, month=7, tariffs=economy.record.tariffs)
    assert spent == 0.0
    assert not follower.distils


def test_the_median_need_counts_firms_and_no_rows() -> None:
    values, firms = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 9.0])
    assert weighted_median(values, firms) == 2.0
    assert weighted_median(values, np.array([10.0, 1.0, 1.0])) == 3.0
    assert weighted_median(values, np.ones(3)) == np.median(values)


def test_what_other_buyers_pay_beyond_the_rent_they_go_by_is_no_surplus(economy_of: Founded) -> None:
    economy = economy_of(months=6)
    world, record, assumed = economy.world, economy.record, economy.assumptions
    row = world.buyers.index("other")
    tariffs = record.tariffs
    even = tariffs.__class__(**{**vars(tariffs), "cloud_price": np.full_like(tariffs.cloud_price, tariffs.rent)})
    found, alike = (
        other_surplus(world, assumed, month=5, tariffs=each, compute=record.compute) for each in (tariffs, even)
    )
    held = record.compute.serving_held[row]
    assert held.any()
    assert alike - found == pytest.approx(float((held * (tariffs.cloud_price - tariffs.rent)).sum()))


def test_every_token_runs_on_an_open_model_or_on_somebodys_interface(run_of_world: Callable[..., Run]) -> None:
    found = run_of_world(months=18, arm="closed").indicators
    whole = found["open_share_tokens"] + found["lab_share_tokens"] + found["releaser_share_tokens"]
    assert whole.to_numpy() == pytest.approx(1.0)
    assert found["releaser_share_tokens"].max() > 0
    assert (found["api_fees_lab"] > 0).all()
    assert (found["api_fees_lab"] < found["revenue_lab"]).all()  # which holds subscriptions too
