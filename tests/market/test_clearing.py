"""Clearing of the compute market: priorities, rationing, diversion and queues."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from market.chance import Chance, Mechanism
from market.clearing import CLASSES, ClearedMarket, ClearingError, Compute, Priority, clear
from market.units import FloatArray


def demand(*entries: tuple[int, int, Priority, float], buyers: int = 2, providers: int = 1) -> FloatArray:
    """GPU-hours by (buyer, provider, class), zero where nothing is asked."""
    placed = np.zeros((buyers, providers, CLASSES))
    for buyer, provider, priority, hours in entries:
        placed[buyer, provider, priority] = hours
    return placed


def cleared(
    supply: list[float],
    immediate: FloatArray,
    *,
    deferrable: FloatArray | None = None,
    backlog: FloatArray | None = None,
    preference: FloatArray | None = None,
    compute: Compute | None = None,
    integrated: list[bool] | None = None,
    captive: list[bool] | None = None,
) -> ClearedMarket:
    nothing = np.zeros_like(immediate)
    return clear(
        supply=np.array(supply),
        immediate=immediate,
        deferrable=nothing if deferrable is None else deferrable,
        backlog=nothing if backlog is None else backlog,
        preference=np.ones(immediate.shape[:2]) if preference is None else preference,
        compute=compute or Compute(),
        integrated=None if integrated is None else np.array(integrated),
        captive=None if captive is None else np.array(captive),
    )


def test_within_a_class_everybody_gets_the_same_share_of_what_was_asked() -> None:
    market = cleared([100.0], demand((0, 0, Priority.SPOT, 80.0), (1, 0, Priority.SPOT, 60.0)))
    assert market.served[:, 0, Priority.SPOT] == pytest.approx([100 * 80 / 140, 100 * 60 / 140])
    assert market.lost.sum() == pytest.approx(40)
    assert market.load == pytest.approx([1.4])


def test_a_reservation_is_served_before_spot() -> None:
    market = cleared([100.0], demand((0, 0, Priority.SPOT, 80.0), (1, 0, Priority.RESERVED, 60.0)))
    assert market.served[1, 0, Priority.RESERVED] == pytest.approx(60)
    assert market.served[0, 0, Priority.SPOT] == pytest.approx(40)


def test_foreclosure_spares_the_contracts_of_everybody_else() -> None:
    asked = demand((0, 0, Priority.RIVAL_LAB, 80.0), (1, 0, Priority.OUTSIDE, 60.0))
    fair, foreclosed = (
        cleared([70.0], asked, compute=Compute(foreclosure=share), integrated=[True]) for share in (0.0, 1.0)
    )
    assert fair.served[0, 0, Priority.RIVAL_LAB] == pytest.approx(40)
    assert fair.served[1, 0, Priority.OUTSIDE] == pytest.approx(30)
    assert foreclosed.served[1, 0, Priority.OUTSIDE] == pytest.approx(60)
    assert foreclosed.served[0, 0, Priority.RIVAL_LAB] == pytest.approx(10)


def test_an_integrated_cloud_forecloses_rival_labs_and_hosters_behind_spot() -> None:
    asked = demand((0, 0, Priority.HOSTER, 80.0), (1, 0, Priority.SPOT, 80.0))
    fair, foreclosed, independent = (
        cleared([100.0], asked, compute=Compute(foreclosure=share), integrated=[owns])
        for share, owns in ((0.0, True), (0.5, True), (0.5, False))
    )
    assert fair.served[0, 0, Priority.HOSTER] == pytest.approx(80)
    assert foreclosed.served[0, 0, Priority.HOSTER] == pytest.approx(40)
    assert foreclosed.served[1, 0, Priority.SPOT] == pytest.approx(60)
    assert independent.served[0, 0, Priority.HOSTER] == pytest.approx(80)


def test_inference_that_finds_no_room_goes_to_a_provider_with_room() -> None:
    asked = demand((0, 0, Priority.HOSTER, 150.0), (1, 1, Priority.SPOT, 20.0), providers=2)
    market = cleared([100.0, 60.0], asked)
    assert market.diverted[0, 0].sum() == pytest.approx(40)
    assert market.received[0, 1, Priority.HOSTER] == pytest.approx(40)
    assert market.served[1, 1].sum() == pytest.approx(20)
    assert market.lost.sum() == pytest.approx(10)


def test_diverted_demand_follows_the_buyers_preference_and_never_goes_where_it_may_not() -> None:
    asked = demand((0, 0, Priority.SPOT, 130.0), providers=4)
    preference = np.array([[1.0, 2.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    market = cleared([100.0, 60.0, 60.0, 60.0], asked, preference=preference)
    assert market.received[0, :, Priority.SPOT] == pytest.approx([0, 20, 10, 0])


def test_training_waits_and_some_of_it_gives_up() -> None:
    asked = demand((0, 0, Priority.RIVAL_LAB, 150.0))
    market = cleared([100.0], np.zeros_like(asked), deferrable=asked, compute=Compute(renege=0.2))
    assert market.backlog.sum() == pytest.approx(40)
    assert market.reneged.sum() == pytest.approx(10)
    assert market.received.sum() == market.lost.sum() == 0
    again = cleared([100.0], np.zeros_like(asked), backlog=market.backlog)
    assert again.served.sum() == pytest.approx(40)
    assert again.backlog.sum() == 0


def test_mean_wait_in_a_steady_queue_is_backlog_over_throughput() -> None:
    arriving = demand((0, 0, Priority.RIVAL_LAB, 130.0))
    backlog = np.zeros_like(arriving)
    compute = Compute(renege=0.25)
    for _ in range(200):
        market = cleared([100.0], np.zeros_like(arriving), deferrable=arriving, backlog=backlog, compute=compute)
        backlog = market.backlog
    assert market.served.sum() == pytest.approx(100)
    assert market.reneged.sum() == pytest.approx(30)  # what arrives beyond supply gives up in the end
    waiting = backlog.sum()
    leaving = market.served.sum() + market.reneged.sum()
    mean_wait = waiting / leaving
    staying = waiting / (waiting + arriving.sum())  # chance that an hour present in a month is there in the next
    assert mean_wait == pytest.approx(staying / (1 - staying))


providers_count, buyers_count = 4, 5
cube = nps.arrays(
    np.float64, (buyers_count, providers_count, CLASSES), elements=st.floats(0, 1e8) | st.just(0.0)
)


@settings(max_examples=150, deadline=None)
@given(
    supply=nps.arrays(np.float64, providers_count, elements=st.floats(0, 1e9) | st.just(0.0)),
    immediate=cube,
    deferrable=cube,
    backlog=cube,
    preference=nps.arrays(np.float64, (buyers_count, providers_count), elements=st.floats(0, 10) | st.just(0.0)),
    foreclosure=st.floats(0, 1),
    renege=st.floats(0, 1),
    integrated=nps.arrays(np.bool_, providers_count),
    captive=nps.arrays(np.bool_, providers_count),
)
def test_every_gpu_hour_asked_for_is_accounted_for_and_no_provider_serves_more_than_it_has(
    supply: FloatArray, immediate: FloatArray, deferrable: FloatArray, backlog: FloatArray, preference: FloatArray,
    foreclosure: float, renege: float, integrated: np.ndarray, captive: np.ndarray,
) -> None:
    market = clear(
        supply=supply, immediate=immediate, deferrable=deferrable, backlog=backlog, preference=preference,
        compute=Compute(foreclosure=foreclosure, renege=renege), integrated=integrated, captive=captive,
    )
    assert market.diverted[:, captive].sum() == 0.0
    scale = max(supply.sum(), market.demanded.sum(), 1.0)
    assert np.abs(market.identity_gap).max() <= 1e-9 * scale
    assert market.received.sum() == pytest.approx(market.diverted.sum(), rel=1e-9, abs=1e-9 * scale)
    assert (market.served.sum(axis=(0, 2)) <= supply + 1e-9 * scale).all()
    assert (market.received[:, market.demanded > supply].sum() <= 1e-9 * scale).all()
    for term in (market.served, market.received, market.diverted, market.lost, market.reneged, market.backlog):
        assert term.min() >= -1e-9 * scale


def test_customers_that_nobody_else_may_serve_go_without_where_their_provider_is_full() -> None:
    bids = (0, 0, Priority.SELF_RENT, 30.0), (0, 1, Priority.SELF_RENT, 80.0), (1, 1, Priority.SPOT, 20.0)
    asked = demand(*bids, providers=2)
    free, bound = (cleared([100.0, 50.0], asked, captive=[False, tied]) for tied in (False, True))
    assert free.diverted[:, 1].sum() == pytest.approx(50) and free.lost.sum() == pytest.approx(0)
    assert bound.diverted.sum() == 0.0 and bound.lost[:, 1].sum() == pytest.approx(50)
    assert cleared([100.0, 50.0], asked, captive=[False, False]).served.tobytes() == free.served.tobytes()


def test_relabelling_the_providers_relabels_the_outcome() -> None:
    draw = Chance(3).uniform(Mechanism.SEARCH, entity=np.arange(3 * 4 * (CLASSES + 1) + 4))
    asked = 30 * draw[: 12 * CLASSES].reshape(3, 4, CLASSES)
    supply, preference = 100 + 300 * draw[-4:], draw[12 * CLASSES : -4].reshape(3, 4)
    turned = [2, 0, 3, 1]
    straight = cleared(list(supply), asked, deferrable=asked / 2, preference=preference)
    relabelled = cleared(
        list(supply[turned]), asked[:, turned], deferrable=asked[:, turned] / 2, preference=preference[:, turned]
    )
    assert relabelled.served == pytest.approx(straight.served[:, turned])
    assert relabelled.lost == pytest.approx(straight.lost[:, turned])


def test_contradictory_demands_are_refused_with_the_reason() -> None:
    asked = demand((0, 0, Priority.SPOT, 1.0))
    with pytest.raises(ClearingError, match="negative"):
        cleared([10.0], -asked)
    with pytest.raises(ClearingError, match="one number for each of 1 providers"):
        cleared([10.0, 20.0], asked)
    with pytest.raises(ClearingError, match="shape"):
        cleared([10.0], asked, backlog=np.zeros((2, 1, 3)))
