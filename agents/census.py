"""Passes over all companies and their workloads, compiled: who waits, who looks around again, who uses what.

A month touches every workload several times, mostly to find that nothing happens to it. Each function here is one pass
over the columns of `agents.companies`; draws are those of `market.chance` at the same addresses.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.offers import NONE
from market.chance import Chance, Mechanism, absorb, open_unit
from market.compiling import kernel
from market.units import BoolArray, CodeArray, FloatArray, IntArray, MaskArray

_ONE = np.uint64(1)


def month_state(chance: Chance, mechanism: Mechanism, month: int) -> np.uint64:
    """State of the hash after draw, mechanism and month; a kernel absorbs the entity and then subject 0."""
    return np.uint64(absorb(np.array([chance.state(mechanism)]), np.array([month], dtype=np.uint64))[0])


@kernel
def uniform_of(state: Any, entity: Any) -> Any:
    return open_unit(absorb(absorb(state, np.uint64(entity)), np.uint64(0)))


@kernel
def ended_and_waiting(
    live: BoolArray, retires: FloatArray, ready: BoolArray, company: IntArray, month: int
) -> tuple[IntArray, IntArray]:
    """Slots whose workload ends in `month`, and free slots of ready companies, where the next one may begin."""
    ends, waits = np.empty(live.size, np.int64), np.empty(live.size, np.int64)
    ended, waiting = 0, 0
    for slot in range(live.size):  # every slot is written down and kept by moving on: cheaper than asking
        ends[ended] = waits[waiting] = slot
        ended += live[slot] & (retires[slot] <= month)
        waiting += ~live[slot] & ready[company[slot]]
    return ends[:ended].copy(), waits[:waiting].copy()


@kernel
def dominant_vendors(
    asked: IntArray, first_slot: IntArray, live: BoolArray, held: CodeArray, volume: FloatArray, vendor: CodeArray
) -> CodeArray:
    """Developer behind more than half of a company's tokens that are bought at all, else -1; (companies,).

    Computed for the companies `asked` only. `vendor` (offers,) develops the model of an offer. Votes of different
    developers cancel, so that only one with more than half can be left, which is then counted (Boyer and Moore 1991).
    """
    dominant = np.full(first_slot.size - 1, NONE, np.int16)
    for i in range(asked.size):
        c = asked[i]
        if i > 0 and c == asked[i - 1]:
            continue
        total, lead, leader = 0.0, 0.0, NONE
        for slot in range(first_slot[c], first_slot[c + 1]):
            if live[slot] and held[slot] != NONE:
                total += volume[slot]
                if vendor[held[slot]] == leader:
                    lead += volume[slot]
                elif volume[slot] > lead:
                    lead, leader = volume[slot] - lead, vendor[held[slot]]
                else:
                    lead -= volume[slot]
        same = 0.0
        for slot in range(first_slot[c], first_slot[c + 1]):
            if live[slot] and held[slot] != NONE and vendor[held[slot]] == leader:
                same += volume[slot]
        if total > 0.0 and same > 0.5 * total:
            dominant[c] = leader
    return dominant


@kernel
def largest_slots(first_slot: IntArray, amount: FloatArray) -> IntArray:
    """Slot with the largest amount (slots,) of each company, the first among equals; (companies,)."""
    largest = first_slot[:-1].copy()
    for c in range(largest.size):
        for slot in range(first_slot[c], first_slot[c + 1]):
            if amount[slot] > amount[largest[c]]:
                largest[c] = slot
    return largest


@kernel
def totals_by_cell(cell: IntArray, weight: FloatArray, values: Any, cells: int) -> FloatArray:
    """Weighted totals of several `values` (companies,) of equal type by `cell` (companies,); (values, cells)."""
    totals = np.zeros((len(values), cells))
    for which in range(len(values)):
        column, total = values[which], totals[which]
        for c in range(cell.size):
            total[cell[c]] += weight[c] * column[c]
    return totals


@kernel
def use_of_month(
    rows: IntArray, code: IntArray, company: IntArray, sector: Any, segment: Any, seller: CodeArray, is_open: BoolArray,
    route: Any, sectors: int, routes: int,
) -> tuple[MaskArray, BoolArray, BoolArray]:  # fmt: skip
    """What the slots `rows` that hold the offers `code` add up to.

    Bits of the sellers each company uses (companies,), whether it uses an open model (companies,), and which routes are
    in use by sector and segment (sectors, routes, 2).
    """
    used, uses_open = np.zeros(sector.size, np.uint64), np.zeros(sector.size, np.bool_)
    seen = np.zeros((sectors, routes, 2), np.bool_)
    for i in range(rows.size):
        c, offer = company[rows[i]], code[i]
        used[c] |= _ONE << np.uint64(seller[offer])
        uses_open[c] |= is_open[offer]
        seen[sector[c], route[offer], segment[c]] = True
    return used, uses_open, seen


@kernel
def needs(need_birth: FloatArray, need_offset: FloatArray, ratchet: float, level: float) -> FloatArray:
    """Quality each workload needs where needs stand at `level`, points; (slots,)."""
    need = np.empty(need_birth.size)
    for slot in range(need.size):
        need[slot] = need_birth[slot] + need_offset[slot] + ratchet * (level - need_birth[slot])
    return need


@kernel
def of_ready_companies(live: BoolArray, ready: BoolArray, company: IntArray) -> IntArray:
    """Slots of live workloads of ready companies."""
    slots, count = np.empty(live.size, np.int64), 0
    for slot in range(live.size):
        slots[count] = slot
        count += live[slot] & ready[company[slot]]
    return slots[:count].copy()


@kernel
def poisson_sample(
    eligible: IntArray, size: FloatArray, total: float, expected: int, state: Any
) -> tuple[IntArray, FloatArray]:
    """Of the slots `eligible` those whose permanent random number is below their chance, and the slots each stands for.

    Chances are as `size` (slots,), which is `total` over the eligible, and add up to about the number `expected`.
    """
    rows, stands_for, count = np.empty(eligible.size, np.int64), np.empty(eligible.size), 0
    for slot in eligible:
        chance = min(expected * size[slot] / total, 1.0)
        rows[count], stands_for[count] = slot, 1.0 / chance
        count += uniform_of(state, slot) < chance
    return rows[:count].copy(), stands_for[:count].copy()


class Triggers(NamedTuple):
    """What makes a company look around again."""

    state: np.uint64  # hash state of reviews in this month
    chance: float
    month: int
    available: BoolArray  # (offers,)
    price: FloatArray  # (offers,)
    best: FloatArray  # (offers,) quality of the best model on the route of each offer
    quality: float  # points by which that has risen
    bill: float  # price over the price accepted


@kernel
def under_review(
    candidates: IntArray, held: CodeArray, taste_month: CodeArray, accepted_price: FloatArray,
    accepted_best: FloatArray, triggers: Triggers,
) -> IntArray:  # fmt: skip
    """Of the slots `candidates` those reviewed by chance, new, or whose offer ended, was bettered or got dearer."""
    rows, count = np.empty(candidates.size, np.int64), 0
    for slot in candidates:
        offer = held[slot]
        review = taste_month[slot] == triggers.month
        if offer != NONE:
            review |= not triggers.available[offer]
            review |= triggers.best[offer] - accepted_best[slot] >= triggers.quality
            review |= accepted_price[slot] > 0.0 and triggers.price[offer] / accepted_price[slot] >= triggers.bill
        review = review or uniform_of(triggers.state, slot) < triggers.chance
        rows[count] = slot
        count += review
    return rows[:count]


@kernel
def vendors_of_companies(
    owner: IntArray, vendor: Any, bill: Any, quality: FloatArray, companies: int, vendors: int
) -> tuple[Any, Any, IntArray]:
    """Whom each company pays most, the best quality it uses of theirs, and how many developers' models it uses.

    `owner`, `vendor`, `bill` (0 where nothing counts as spend), `quality` (workloads,), the owners in rising order;
    returns (companies,) codes, the lowest among equals and -1 without a bill, points, and developers.
    """
    main, best = np.full(companies, NONE, np.int16), np.zeros(companies, np.float32)
    families = np.zeros(companies, np.int64)
    spend, points, used = np.zeros(vendors), np.zeros(vendors), np.zeros(vendors, np.bool_)
    i = 0
    while i < owner.size:
        c, first = owner[i], i
        while i < owner.size and owner[i] == c:
            v = vendor[i]
            families[c] += not used[v]
            used[v] = True
            if bill[i] > 0:
                spend[v] += bill[i]
                points[v] = max(points[v], quality[i])
            i += 1
        largest = 0.0
        for k in range(first, i):
            v = vendor[k]
            if spend[v] > largest or (spend[v] == largest > 0.0 and v < main[c]):
                largest, main[c], best[c] = spend[v], v, points[v]
        for k in range(first, i):
            v = vendor[k]
            spend[v], points[v], used[v] = 0.0, 0.0, False
    return main, best, families
