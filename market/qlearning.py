"""Prices set by algorithms that learn by themselves: tabular Q-learning in a repeated logit duopoly (rule P9).

Two learners post prices of a grid around the Bertrand and the joint-profit price, remember last period's prices, and
explore less and less. Nothing tells them to collude; that they end above Bertrand, and punish who undercuts, is a
result (Calvano, Calzolari, Denicolò and Pastorello 2020, American Economic Review 110). What they have learnt is
carried over to other markets as multiples of the Bertrand mark-up. The game is the standard one of L06.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from market.bertrand import logit_bertrand
from market.chance import Chance, Mechanism, absorb, open_unit
from market.compiling import kernel
from market.parameters import ParameterGroup, quantity
from market.units import FloatArray

QUALITY, COST, SPREAD = 2.0, 1.0, 0.25  # of the standard duopoly, outside option 0 (L06)
PLAYERS = 2

Grid = npt.NDArray[np.int64]


class Learning(ParameterGroup):
    """How pricing algorithms learn before they are put to use."""

    prices: int = quantity(15, unit="prices", meaning="size of the grid", low=7, high=25, least=3, most=100, symbol="m")
    beyond: float = quantity(
        0.1, unit="share", meaning="how far the grid reaches below Bertrand and above joint profit", low=0, high=0.3,
        most=1.0, symbol="xi",
    )  # fmt: skip
    discount: float = quantity(
        0.95, unit="1/period", meaning="weight of the next period's profit", low=0.5, high=0.99, most=0.999,
        symbol="delta_Q",
    )  # fmt: skip
    rate: float = quantity(
        0.15, unit="1", meaning="weight of the newest experience", low=0.05, high=0.25, least=0.001, most=1.0,
        symbol="alpha_Q",
    )  # fmt: skip
    decay: float = quantity(
        4e-6, unit="1/period", meaning="decline of the chance to explore", low=1e-6, high=2e-5, least=1e-8, most=0.1,
        symbol="beta_Q",
    )  # fmt: skip
    stable: int = quantity(
        100_000, unit="periods", meaning="periods without a change of strategy after which learning ends",
        low=25_000, high=100_000, least=10, most=10_000_000, source="derived", symbol="stable_Q",
    )  # fmt: skip
    periods: int = quantity(
        4_000_000, unit="periods", meaning="most periods of learning", low=1_000_000, high=10_000_000, least=10,
        most=1_000_000_000, source="derived", symbol="T_Q",
    )  # fmt: skip


@dataclass(frozen=True)
class Duopoly:
    """The game that is learnt: prices of the grid, and what each player earns at every pair."""

    price: FloatArray  # (prices,)
    profit: FloatArray  # (prices, prices) of a player, by its own price and its rival's
    bertrand: float  # price
    joint: float  # price that maximises joint profit
    profit_bertrand: float
    profit_joint: float

    @property
    def multiple(self) -> FloatArray:
        """Mark-up over cost at each price of the grid, over the Bertrand mark-up; (prices,)."""
        return (self.price - COST) / (self.bertrand - COST)

    @property
    def at_bertrand(self) -> int:
        """Place in the grid nearest to the Bertrand price."""
        return int(np.argmin(np.abs(self.price - self.bertrand)))


@dataclass(frozen=True)
class Strategies:
    """What two learners do in the end."""

    answer: Grid  # (players, prices, prices) next price by its own last one and its rival's
    last: Grid  # (players,) prices when learning ended
    settled: bool  # strategies had stopped changing
    periods: int


def standard_duopoly(learning: Learning) -> Duopoly:
    """The logit duopoly of L06 on a grid around its Bertrand and joint-profit prices."""
    quality, cost = [QUALITY / SPREAD] * PLAYERS, [COST] * PLAYERS
    rivals = logit_bertrand(quality, cost, 1 / SPREAD)
    partners = logit_bertrand(quality, cost, 1 / SPREAD, owner=[0, 0])
    low, high = float(rivals.price[0]), float(partners.price[0])
    reach = learning.beyond * (high - low)
    price = np.linspace(low - reach, high + reach, learning.prices)
    attraction = np.exp((QUALITY - price) / SPREAD)
    share = attraction[:, None] / (1.0 + attraction[:, None] + attraction[None, :])
    return Duopoly(
        price=price, profit=(price[:, None] - COST) * share, bertrand=low, joint=high,
        profit_bertrand=float(rivals.profit[0]), profit_joint=float(partners.profit[0]),
    )  # fmt: skip


def learnt_strategies(chance: Chance, learning: Learning, *, session: int = 0) -> Strategies:
    """Let two learners play until their strategies no longer change; the same for the same draw and `session`."""
    game = standard_duopoly(learning)
    by_action = game.profit.mean(axis=1) / (1 - learning.discount)  # against a rival that plays anything
    start = np.tile(by_action, (PLAYERS, learning.prices, learning.prices, 1))
    answer, last, still, periods = _learn(
        start, game.profit, chance.state(Mechanism.PRICE_EXPLORATION), np.uint64(session), learning.rate,
        learning.discount, learning.decay, learning.stable, learning.periods,
    )  # fmt: skip
    return Strategies(answer=answer, last=last, settled=bool(still >= learning.stable), periods=int(periods))


def profit_gain(strategies: Strategies, game: Duopoly, *, periods: int = 1000) -> float:
    """Mean profit of the players in the long run, over Bertrand; 1 is what joint maximisation would bring.

    Delta of Calvano et al.: (profit - Bertrand)/(joint - Bertrand), along the cycle that the strategies end in.
    """
    own, other = int(strategies.last[0]), int(strategies.last[1])
    earned = 0.0
    for _ in range(periods):
        own, other = int(strategies.answer[0, own, other]), int(strategies.answer[1, other, own])
        earned += 0.5 * float(game.profit[own, other] + game.profit[other, own]) / periods
    return (earned - game.profit_bertrand) / (game.profit_joint - game.profit_bertrand)


def next_positions(strategies: Strategies, player: Grid, position: Grid, rivals: Grid) -> Grid:
    """Next places in the grid of sellers that use the strategy of `player` (sellers,), as they stood and as their
    rivals stood on average."""
    return np.asarray(strategies.answer[player, position, rivals])


@kernel
def _learn(
    value: FloatArray, profit: FloatArray, state: Any, session: Any, rate: float, discount: float, decay: float,
    stable: int, most: int,
) -> tuple[Grid, Grid, int, int]:  # fmt: skip
    """Q-learning by both players at once; `value` (players, prices, prices, prices): own and rival's price, action."""
    prices = profit.shape[0]
    answer = np.zeros((2, prices, prices), dtype=np.int64)
    for player in range(2):
        for own in range(prices):
            for other in range(prices):
                answer[player, own, other] = np.argmax(value[player, own, other])
    word = absorb(state, session)
    last, now = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    for player in range(2):
        last[player] = int(open_unit(absorb(absorb(word, np.uint64(player)), np.uint64(0))) * prices)
    still, period = 0, 0
    while still < stable and period < most:
        period += 1
        explore = np.exp(-decay * period)
        for player in range(2):
            luck = open_unit(absorb(absorb(word, np.uint64(player)), np.uint64(period)))
            if luck < explore:
                now[player] = min(int(luck / explore * prices), prices - 1)
            else:
                now[player] = answer[player, last[player], last[1 - player]]
        changed = False
        for player in range(2):
            own, other, action, reply = last[player], last[1 - player], now[player], now[1 - player]
            best = value[player, action, reply, answer[player, action, reply]]
            learnt = profit[action, reply] + discount * best
            value[player, own, other, action] += rate * (learnt - value[player, own, other, action])
            before = answer[player, own, other]
            if action == before:
                after = np.argmax(value[player, own, other])
            elif value[player, own, other, action] > value[player, own, other, before]:
                after = action
            else:
                after = before
            if after != before:
                answer[player, own, other] = after
                changed = True
        still = 0 if changed else still + 1
        last[0], last[1] = now[0], now[1]
    return answer, last, still, period
