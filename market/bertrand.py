"""Sellers who post prices for differentiated products: Bertrand-Nash equilibria, with ownership and passive stakes.

First-order condition of product j, set by its controller: s_j + sum_k H[j, k] (p_k - c_k) ds_k/dp_j = 0, where
H[j, k] is the interest of j's controller in product k (diagonal 1). Solved by the zeta map, which converges where
Newton's method and plain mark-up iteration fail (Morrow and Skerlos 2011, Operations Research 59; model.md M2-P2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, wrightomega

from market.best_responses import Sellers, best_responses
from market.demand import NestedDemand
from market.rest_point import DAMPINGS, MOST_ROUNDS
from market.units import FloatArray, IntArray

PRICE_TOLERANCE = 1e-8  # relative move of a price in one more round at which an equilibrium is accepted
_NEAR = 1e-6  # relative change of margins from which Newton's method takes over


class NoEquilibriumError(RuntimeError):
    """No vector of prices was found from which no seller wants to move."""


@dataclass(frozen=True, slots=True)
class LogitEquilibrium:
    """Bertrand-Nash equilibrium of a logit market of size 1."""

    price: FloatArray  # (products,)
    share: FloatArray  # (products,) of all customers, those of the outside option included
    profit: FloatArray  # (products,) (price - cost) * share
    consumer_surplus: float  # ln(1 + sum exp(utility)) / alpha, per customer


def interest_matrix(owner: npt.ArrayLike, stakes: npt.ArrayLike | None = None) -> FloatArray:
    """Financial interest H (products, products) of each product's controller in every product, per own unit.

    owner (products,): firm that sets the price of each product. stakes (firms, products): share of each product's
    profit that each firm receives, by firm number; without it a firm owns its products wholly. H[j, k] =
    stakes[owner j, k] / stakes[owner j, j], since a controller maximises its own income. Raises `ValueError` where
    the shapes disagree or a controller has no stake in what it controls.
    """
    owners = np.asarray(owner)
    if stakes is None:
        return np.asarray(owners[:, None] == owners[None, :], dtype=np.float64)
    held = np.asarray(stakes, dtype=np.float64)
    products = len(owners)
    if held.ndim != 2 or held.shape[1] != products:
        raise ValueError(f"stakes has shape {held.shape}; give one row per firm and one column per product, {products}")
    if not np.issubdtype(owners.dtype, np.integer) or owners.min() < 0 or owners.max() >= len(held):
        raise ValueError(f"with stakes, owner must hold row numbers of stakes, 0 to {len(held) - 1}")
    if not (np.isfinite(held) & (held >= 0)).all():
        raise ValueError("stakes must be finite and not negative")
    income = held[owners]
    own = np.diagonal(income)
    if not (own > 0).all():
        raise ValueError(f"the controllers of products {np.flatnonzero(own <= 0).tolist()} have no stake in them")
    return np.asarray(income / own[:, None])


def logit_bertrand(
    quality: npt.ArrayLike, cost: npt.ArrayLike, alpha: float, owner: npt.ArrayLike | None = None,
    stakes: npt.ArrayLike | None = None,
) -> LogitEquilibrium:  # fmt: skip
    """Bertrand-Nash prices of products with utility quality - alpha * price plus Gumbel tastes, outside option 0.

    quality, cost (products,), or one number for all; alpha > 0 utility per USD. owner (products,): the firm of each
    product, any labels; by default every product is a firm or, with stakes, belongs to the firm with the largest stake
    in it. stakes (firms, products): shares of each product's profit (`interest_matrix`); owner then holds row numbers.
    With scaled margins m = alpha (p - c) the zeta map is m = 1 + H (s m); Newton's method then takes the margins to the
    precision of floating point. Raises `ValueError` for bad input and `NoEquilibriumError` where margins do not settle.
    Source: Anderson, de Palma and Thisse 1992, ch. 7; Morrow and Skerlos 2011.
    """
    value, costs, interest = _logit_market(quality, cost, alpha, owner, stakes)
    margin = 1.0 + np.real(wrightomega(value - 1.0))  # what a monopolist of each product alone would take
    for damping in DAMPINGS:
        for _ in range(MOST_ROUNDS):
            wanted = 1.0 + interest @ (_logit_shares(value - margin) * margin)
            change = float(np.max(np.abs(wanted - margin) / wanted))
            margin = margin + damping * (wanted - margin)
            if change < _NEAR:
                margin = _newton(value, interest, margin)
                share = _logit_shares(value - margin)
                surplus = float(logsumexp(np.append(value - margin, 0.0))) / alpha
                return LogitEquilibrium(costs + margin / alpha, share, margin / alpha * share, surplus)
    raise NoEquilibriumError(
        f"the margins of {len(value)} products still move by {change:.1e} in a round; "
        "look for a controller whose stake in a rival's product exceeds its stake in its own"
    )


def _logit_market(
    quality: npt.ArrayLike, cost: npt.ArrayLike, alpha: float, owner: npt.ArrayLike | None, stakes: npt.ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Utility of each product at a price equal to cost, unit costs, and interests; refuses what is not a market."""
    if not (np.isfinite(alpha) and alpha > 0):
        raise ValueError(f"alpha is {alpha}; utility per USD must be finite and above 0")
    try:
        delta, costs = np.broadcast_arrays(
            np.atleast_1d(np.asarray(quality, dtype=np.float64)), np.atleast_1d(np.asarray(cost, dtype=np.float64))
        )
    except ValueError as reason:
        raise ValueError(
            f"quality has shape {np.shape(quality)} and cost {np.shape(cost)}; give one of each per product"
        ) from reason
    if delta.ndim != 1 or len(delta) == 0 or not (np.isfinite(delta) & np.isfinite(costs)).all():
        raise ValueError("quality and cost must be finite, one of each per product")
    if owner is None:
        owner = np.arange(len(delta)) if stakes is None else np.argmax(np.atleast_2d(stakes), axis=0)
    if np.shape(owner) != delta.shape:
        raise ValueError(f"owner has shape {np.shape(owner)}; name one firm for each of the {len(delta)} products")
    return delta - alpha * costs, costs, interest_matrix(owner, stakes)


def _logit_shares(utility: FloatArray) -> FloatArray:
    """Shares of the products against an outside option of utility 0."""
    best = max(0.0, float(utility.max()))
    attraction = np.exp(utility - best)
    return np.asarray(attraction / (np.exp(-best) + attraction.sum()))


def _newton(value: FloatArray, interest: FloatArray, margin: FloatArray) -> FloatArray:
    """Polish margins that nearly solve m = 1 + H (s m), for as long as the residual falls."""
    best, residual = margin, np.inf
    for _ in range(20):
        share = _logit_shares(value - margin)
        gap = margin - 1.0 - interest @ (share * margin)
        size = float(np.max(np.abs(gap)))
        if size >= residual:
            break
        best, residual = margin, size
        sold_slope = np.diag(share) + margin[:, None] * (np.outer(share, share) - np.diag(share))
        margin = margin - np.linalg.solve(np.eye(len(value)) - interest @ sold_slope, gap)
    return best


def bertrand_prices(
    demand: NestedDemand, *, cost: FloatArray, interest: FloatArray, movable: IntArray, start: FloatArray,
    lowest: FloatArray | None = None, names: Sequence[str] | None = None, rounds: int = MOST_ROUNDS,
) -> FloatArray:  # fmt: skip
    """Bertrand-Nash prices of the `movable` offers against all other posted prices (K,), USD/Mtok (rule P2).

    As `bertrand_search`, to 1e-8 of each price. `names` (M,) serve messages. Raises `NoEquilibriumError`, naming the
    products, where no rest point is found.
    """
    price, change = bertrand_search(
        demand, cost=cost, interest=interest, movable=movable, start=start, lowest=lowest, rounds=rounds
    )
    if change.max(initial=0.0) > PRICE_TOLERANCE:
        restless = np.flatnonzero(change > PRICE_TOLERANCE)
        called = [names[k] if names is not None else f"offer {movable[k]}" for k in restless[:5]]
        raise NoEquilibriumError(
            f"no Bertrand prices: {', '.join(called)}{' and others' if len(restless) > 5 else ''} still move by "
            f"{change.max():.1e}; start from other prices or widen the spread of tastes"
        )
    return price


def bertrand_search(
    demand: NestedDemand, *, cost: FloatArray, interest: FloatArray, movable: IntArray, start: FloatArray,
    lowest: FloatArray | None = None, tolerance: float = PRICE_TOLERANCE, rounds: int = MOST_ROUNDS,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Prices (K,), the `movable` ones in mutual best response, and the relative move each still wants (M,).

    cost (M,) USD/Mtok · interest (M, M) matrix H · start (K,) last prices of all offers, which the search begins from ·
    lowest (M,) floor of each price, above 0 (default: nearly 0). Demand is that of the accounts of the panel: pass
    those that may switch. An offer that no account can choose keeps its price; one that nobody would buy even at cost
    is priced at cost. Where accounts differ much there can be several equilibria (serve many, or only those who need it
    most), and now and then none: the search stays near `start`, as sellers who adjust their posted prices do, and ends
    at `tolerance` or, after `rounds` with each of the steps of `market.rest_point`, where sellers moved least.
    """
    movable = np.asarray(movable, dtype=np.int64)
    floor = np.full(len(movable), 1e-9) if lowest is None else np.asarray(lowest, dtype=np.float64)
    if not (floor > 0).all() or not (start[movable] > 0).all():
        raise ValueError("the lowest and the starting price of every movable offer must be above 0")
    offered = demand.feasible[movable]
    price = np.array(start, dtype=np.float64)

    price[movable], change = best_responses(
        demand.residual(price, movable),
        Sellers(np.asarray(cost, dtype=np.float64), np.asarray(interest, dtype=np.float64), floor, offered),
        start=np.where(offered, np.maximum(price[movable], floor), price[movable]),
        tolerance=tolerance,
        rounds=rounds,
    )
    return price, change
