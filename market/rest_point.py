"""Fixed points of answers to answers: Anderson's extrapolation over the last rounds, with smaller and smaller steps.

Source: Walker and Ni 2011, SIAM Journal on Numerical Analysis 49.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from market.compiling import kernel
from market.units import FloatArray

MOST_ROUNDS = 400
MEMORY = 6  # rounds, the latest included, that the extrapolation looks at
DAMPINGS = (1.0, 0.5, 0.2, 0.05)
FARTHEST = 1.0  # no entry moves by more in a round
_SINGULAR = 1e-10  # share of the largest singular value below which past moves say nothing new


def rest_point(
    answer: Callable[[FloatArray], FloatArray], start: FloatArray, *, tolerance: float, rounds: int = MOST_ROUNDS
) -> tuple[FloatArray, FloatArray]:
    """Fixed point of `answer` and how far each entry still moves there; the caller decides whether that is near enough.

    The past is forgotten whenever the extrapolation loses ground. `market.best_responses` is the same, compiled.
    """
    best, best_move = start, np.full_like(start, np.inf)
    places, moves = np.empty((MEMORY, len(start))), np.empty((MEMORY, len(start)))
    for damping in DAMPINGS:
        place, known = best, 0
        for _ in range(rounds):
            move = answer(place) - place
            size, least = largest(move), largest(best_move)
            if size <= tolerance:
                return place + move, np.abs(move)
            if size < least:
                best, best_move = place, move
            elif size > 2.0 * largest(best_move):
                known = 0
            known = remember(places, moves, known, place, move)
            place = extrapolated(places, moves, known, damping)
    return best, np.abs(best_move)


@kernel
def largest(move: FloatArray) -> Any:
    """Largest absolute entry; 0 where there is none, nan where one is."""
    found = 0.0
    for entry in move:
        if not abs(entry) <= found:
            found = abs(entry)
            if np.isnan(found):
                break
    return found


@kernel
def remember(places: FloatArray, moves: FloatArray, known: int, place: FloatArray, move: FloatArray) -> Any:
    """Put a place and its move (entries,) after the `known` earlier ones, the oldest left out; how many are known."""
    if known == len(places):
        places[:-1], moves[:-1] = places[1:].copy(), moves[1:].copy()
        known -= 1
    places[known], moves[known] = place, move
    return known + 1


@kernel
def extrapolated(places: FloatArray, moves: FloatArray, known: int, damping: float) -> Any:
    """Next place: the combination of known places whose moves would cancel best, moved on; at most FARTHEST away."""
    last = known - 1
    step = damping * moves[last]
    if known > 1:
        moved_by, changed_by = places[1:known] - places[:last], moves[1:known] - moves[:last]
        weight = np.linalg.lstsq(changed_by.T.copy(), moves[last], _SINGULAR)[0]
        for k in range(last):
            step -= weight[k] * (moved_by[k] + damping * changed_by[k])
    return places[last] + np.minimum(np.maximum(step, -FARTHEST), FARTHEST)
