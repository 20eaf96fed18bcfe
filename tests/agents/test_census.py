"""Passes over the population: what the compiled loops find is what the sentences about them say."""

from __future__ import annotations

import numpy as np

from agents import census
from agents.hearing import Hearing, listen
from market.chance import Chance, Mechanism

COMPANIES = 200


def population(seed: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    first = np.concatenate([[0], np.cumsum(draw.integers(1, 6, COMPANIES))])
    slots = int(first[-1])
    live = draw.random(slots) < 0.7
    return {
        "first_slot": first, "company": np.repeat(np.arange(COMPANIES, dtype=np.int32), np.diff(first)),
        "live": live,
        "held": np.where(live & (draw.random(slots) < 0.6), draw.integers(0, 8, slots), -1).astype(np.int16),
        "volume": draw.lognormal(0, 2, slots), "ready": draw.random(COMPANIES) < 0.6,
        "retires": draw.uniform(0, 20, slots),
    }  # fmt: skip


def test_a_developer_dominates_a_company_that_buys_most_of_its_tokens_from_it() -> None:
    world, vendor = population(1), np.array([3, 3, 4, 4, 5, 5, 6, 6], dtype=np.int16)
    dominant = census.dominant_vendors(
        np.arange(COMPANIES), world["first_slot"], world["live"], world["held"], world["volume"], vendor
    )
    for c in range(COMPANIES):
        own = slice(world["first_slot"][c], world["first_slot"][c + 1])
        used = world["live"][own] & (world["held"][own] >= 0)
        tokens = np.zeros(8)
        np.add.at(tokens, vendor[world["held"][own][used]], world["volume"][own][used])
        most = int(np.argmax(tokens))
        expected = most if used.any() and tokens[most] > 0.5 * tokens.sum() else -1
        assert dominant[c] == expected


def test_two_workloads_of_one_developer_outweigh_the_largest_of_another() -> None:
    volume, held = np.array([4.0, 3.0, 3.0]), np.array([0, 1, 1], dtype=np.int16)
    dominant = census.dominant_vendors(
        np.array([0]), np.array([0, 3]), np.ones(3, dtype=bool), held, volume, np.array([7, 8], dtype=np.int16)
    )
    assert dominant.tolist() == [8]


def test_only_free_slots_of_ready_companies_wait_for_a_workload() -> None:
    world = population(2)
    ended, waiting = census.ended_and_waiting(world["live"], world["retires"], world["ready"], world["company"], 7)
    assert np.array_equal(ended, np.flatnonzero(world["live"] & (world["retires"] <= 7)))
    assert np.array_equal(waiting, np.flatnonzero(~world["live"] & world["ready"][world["company"]]))


def test_companies_learn_by_the_numbers_of_chance_and_by_what_their_peers_use() -> None:
    draw, chance, month = np.random.default_rng(3), Chance(5), 9
    neighbours = draw.integers(0, COMPANIES, (COMPANIES, 4)).astype(np.int32)
    used = draw.integers(0, 2**20, COMPANIES).astype(np.uint64)
    known = draw.integers(0, 2**20, COMPANIES).astype(np.uint64)
    uses_open, no_need = draw.random(COMPANIES) < 0.3, draw.random(COMPANIES) < 0.2
    ready, aware = draw.random(COMPANIES) < 0.3, draw.random(COMPANIES) < 0.3
    size = draw.integers(0, 3, COMPANIES).astype(np.uint8)
    mechanisms = (Mechanism.READINESS, Mechanism.OPEN_AWARENESS, Mechanism.SEARCH, Mechanism.KNOWLEDGE_DECAY)
    hearing = Hearing(
        ready=np.array([0.2, 0.5, 0.8]), open=np.linspace(0.1, 0.9, 5), meet=0.4, forget=0.0, sellers=np.arange(20),
        states=np.array([census.month_state(chance, mechanism, month) for mechanism in mechanisms]),
    )  # fmt: skip
    now_ready, now_aware, now_known = listen(
        ready, no_need, aware, known, used, uses_open, size, neighbours, hearing
    )
    rows = np.arange(COMPANIES)
    uniform = {m: chance.uniform(m, month=month, entity=rows) for m in mechanisms}
    turned = (uniform[Mechanism.READINESS] < hearing.ready[size]) & ~no_need
    heard = uniform[Mechanism.OPEN_AWARENESS] < hearing.open[uses_open[neighbours].sum(axis=1)]
    met = uniform[Mechanism.SEARCH] < 0.4
    bit = np.uint64(1) << (uniform[Mechanism.SEARCH] / 0.4 * 20).astype(np.uint64)
    seen = used | np.bitwise_or.reduce(used[neighbours], axis=1)
    assert np.array_equal(now_ready, ready | turned)
    assert np.array_equal(now_aware, aware | heard)
    assert np.array_equal(now_known, known | seen | np.where(met, bit, np.uint64(0)))


def test_workloads_are_reviewed_by_chance_when_new_and_when_their_offer_ends_is_bettered_or_gets_dearer() -> None:
    chance, slots, month = Chance(4), np.arange(6), 3
    never, always = 0.0, 1.0
    held = np.array([-1, 0, 1, 2, 2, 2], dtype=np.int16)
    taste_month = np.array([3, 0, 0, 0, 0, 0], dtype=np.int16)
    accepted_price, accepted_best = np.array([0, 1.0, 1.0, 1.0, 2.0, 2.0]), np.array([0, 5.0, 5.0, 9.0, 5.0, 9.0])
    triggers = census.Triggers(
        state=census.month_state(chance, Mechanism.REVIEW, month), chance=never, month=month,
        available=np.array([True, False, True]), price=np.array([1.0, 1.0, 2.0]), best=np.array([5.0, 5.0, 10.0]),
        quality=4.0, bill=1.5,
    )  # fmt: skip
    columns = slots, held, taste_month, accepted_price, accepted_best
    assert census.under_review(*columns, triggers).tolist() == [0, 2, 3, 4]
    assert census.under_review(*columns, triggers._replace(chance=always)).tolist() == slots.tolist()


def test_the_largest_slot_of_a_company_is_the_first_among_equals() -> None:
    first = np.array([0, 3, 4, 6])
    assert census.largest_slots(first, np.array([1.0, 4.0, 4.0, 0.0, 0.0, 0.0])).tolist() == [1, 3, 4]
