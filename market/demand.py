"""Demand of a panel of accounts at any vector of posted prices: the static solver behind every price rule.

An account is a workload that may switch. It chooses no AI at all, or one offer of a three-level tree: nest (API-like
or self-operated), model, host. No nest is defined by the licence. A price enters only metered offers (USD per million
tokens); everything else an account gains or loses with an offer is its `base`. The tree, the exact surplus of
isoelastic use and the correction for identical hosts are model.md M1; the nested logit is Train 2009, ch. 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from market.nestedlogit import Panel, Tastes, Tree, choices_of_panel, quantities_of_panel
from market.residual import Kin, ResidualDemand, Response, fold
from market.selection import one_of
from market.units import TOKENS_PER_MTOK, BoolArray, FloatArray, IntArray

NARROW, WIDE = 0.05, 3.2  # least and greatest half-width of the price range of a secant, as a share of the price
LEAST_RESPONSE = 0.2  # share of demand that must move within that range for its secant to be called a slope
LEAST_LEFT = 0.5  # share of demand that must be left at its upper end: a line ends where nobody buys any more

_PER_ACCOUNT = ("volume", "reference_price", "sigma", "weight")
_PER_OFFER = ("metered", "nest", "model")


class DemandError(ValueError):
    """A panel of accounts or a price vector from which no demand can be computed."""


@dataclass(frozen=True)
class NestedDemand:
    """A weighted panel of accounts facing K offers.

    base            (n, K) systematic net value, USD a month, without the metered price part; -inf: not a choice
    metered         (K,)   whether the offer is paid by the token
    volume          (n,)   tokens a month at the reference price
    reference_price (n,)   USD/Mtok
    sigma           (n,)   spread of tastes, USD a month; 0: every account takes its best offer, ties are split
    weight          (n,)   real firms per account
    nest, model     (K,)   codes of the first two levels of the tree
    elasticity      own price elasticity of use, 0 <= elasticity < 1
    lam_model, lam_host    dissimilarity of models in a nest and of hosts of a model, 0 < lam_host <= lam_model <= 1

    The none option is worth 0. Raises `DemandError` for shapes that disagree and values outside these ranges.
    """

    base: FloatArray
    metered: BoolArray
    volume: FloatArray
    reference_price: FloatArray
    sigma: FloatArray
    weight: FloatArray
    nest: IntArray
    model: IntArray
    elasticity: float
    lam_model: float
    lam_host: float

    def __post_init__(self) -> None:
        """Refuse a panel that contradicts itself."""
        if self.base.ndim != 2:
            raise DemandError(f"base has shape {self.base.shape}; give one row per account and one column per offer")
        accounts, offers = self.base.shape
        for length, names in ((accounts, _PER_ACCOUNT), (offers, _PER_OFFER)):
            for name in names:
                shape = getattr(self, name).shape
                if shape != (length,):
                    raise DemandError(f"{name} has shape {shape}; base {self.base.shape} asks for ({length},)")
        if np.isnan(self.base).any() or (self.base == np.inf).any():
            raise DemandError("base holds NaN or +inf; write -inf where an account cannot choose an offer")
        for name in ("volume", "sigma", "weight"):
            numbers = getattr(self, name)
            if not (np.isfinite(numbers) & (numbers >= 0)).all():
                raise DemandError(f"{name} holds a negative or not finite number")
        if not (np.isfinite(self.reference_price) & (self.reference_price > 0)).all():
            raise DemandError("reference_price must be finite and above 0 for every account")
        if not 0 <= self.elasticity < 1:
            raise DemandError(f"elasticity is {self.elasticity:g}; surplus of use is finite for 0 <= elasticity < 1")
        if not 0 < self.lam_host <= self.lam_model <= 1:
            raise DemandError(
                f"lam_host is {self.lam_host:g}, lam_model {self.lam_model:g}: they must satisfy "
                "0 < lam_host <= lam_model <= 1"
            )

    @property
    def accounts(self) -> int:
        """Number of accounts n."""
        return int(self.base.shape[0])

    @property
    def offers(self) -> int:
        """Number of offers K, with those nobody can choose."""
        return int(self.base.shape[1])

    def residual(self, price: FloatArray, movable: IntArray) -> ResidualDemand:
        """Demand for the metered offers `movable` (M,) while all others keep their `price` (K,).

        Nests without a metered offer are worth the same at any price and enter as part of the outside option. Raises
        `DemandError` where an offer of `movable` is not metered or occurs twice.
        """
        movable = np.asarray(movable, dtype=np.int64)
        if not self.metered[movable].all() or len(np.unique(movable)) != len(movable):
            raise DemandError(f"movable offers {movable.tolist()} must be metered and named once")
        tree, panel, prices = self._priced, self._panel(self._worth_unpriced), self._checked(price)
        rank = np.full(self.offers, -1)
        rank[movable] = np.arange(len(movable))
        small, rest = fold(tree, panel, self._tastes, prices, rank[tree.place] >= 0)
        return ResidualDemand(small, rest, panel, self._tastes, prices, movable, self._kin(movable, rank))

    def response(self, price: FloatArray, movable: IntArray) -> Response:
        """Quantities of the metered offers `movable` (M,) at `price` (K,), and derivatives among them."""
        return self.residual(price, movable).response(price[movable])

    def quantities(self, price: FloatArray) -> FloatArray:
        """Million tokens a month of each offer (K,) at `price` (K,), USD/Mtok.

        An offer that is not metered is used at the reference volume.
        """
        quantity: FloatArray = quantities_of_panel(
            self._all, self._panel(np.zeros(self.accounts)), self._tastes, self._checked(price)
        )
        return quantity

    def derivatives(self, price: FloatArray, movable: IntArray) -> FloatArray:
        """d quantity_j / d price_k of the offers `movable` (M, M), the change of use by those who stay included."""
        return self.response(price, movable).derivative

    def probabilities(self, price: FloatArray) -> FloatArray:
        """Choice probabilities (n, K) at `price` (K,); what is missing to 1 is the none option."""
        chosen = np.zeros(self.base.shape)
        chosen[:, self._all.place] = self._chosen(self._all, price)[0].T
        return chosen

    def surplus(self, price: FloatArray) -> float:
        """Weighted sum of sigma times the logsum, USD a month, relative to no AI at all."""
        return float((self.weight * self._chosen(self._all, price)[1]).sum())

    def metered_quantities(self, price: FloatArray) -> FloatArray:
        """Million tokens a month of each metered offer (K,) at `price` (K,), USD/Mtok; 0 for the others."""
        quantity: FloatArray = quantities_of_panel(
            self._priced, self._panel(self._worth_unpriced), self._tastes, self._checked(price)
        )
        return np.where(self.metered, quantity, 0.0)

    def total_at(self, price: float, offers: BoolArray | None = None) -> float:
        """Million tokens a month of the metered offers (of those in `offers`, a mask) when all of them cost `price`."""
        quantity = self.metered_quantities(np.full(self.offers, price))
        return float(quantity.sum() if offers is None else quantity[offers].sum())

    def slope_at(self, price: float, offers: BoolArray | None = None) -> float:
        """Secant slope of `total_at` around `price`: million tokens a month per USD/Mtok.

        Companies with evenly spaced reservation values demand in steps; the secant is the slope of their line. It spans
        5% on both sides, and doubles its reach until a fifth of demand moves within it or half of it is gone.
        """
        now = self.total_at(price, offers)
        reach, high = NARROW, price * (1 + NARROW)
        while (least := self.total_at(high, offers)) < LEAST_LEFT * now and high - price > NARROW**2 * price:
            high = 0.5 * (price + high)
        while True:
            low = price / (1 + reach)
            most = self.total_at(low, offers)
            if most - least >= LEAST_RESPONSE * most or reach >= WIDE:
                return (least - most) / (high - low)
            reach *= 2
            wider = self.total_at(price * (1 + reach), offers)
            if wider >= LEAST_LEFT * now:
                least, high = wider, price * (1 + reach)

    def price_at(self, quantity: float, *, highest: float, offers: BoolArray | None = None) -> float:
        """Uniform price of the metered offers at which `quantity` is demanded, by bisection below `highest` (USD/Mtok).

        Returns `highest` where more than `quantity` is still demanded there, and the lowest positive price tried where
        the companies never want that much.
        """
        low, high = highest * 1e-9, highest
        if self.total_at(high, offers) >= quantity:
            return high
        for _ in range(60):
            middle = 0.5 * (low + high)
            if self.total_at(middle, offers) >= quantity:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)

    def _chosen(self, tree: Tree, price: FloatArray) -> tuple[FloatArray, FloatArray]:
        chosen: tuple[FloatArray, FloatArray] = choices_of_panel(
            tree, self._panel(np.zeros(self.accounts)), self._tastes, self._checked(price)
        )
        return chosen

    def _checked(self, price: FloatArray) -> FloatArray:
        """Prices, 1 where none is metered; refuses a price the demand is not defined at."""
        price = np.asarray(price, dtype=np.float64)
        if price.shape != (self.offers,):
            raise DemandError(f"price has shape {price.shape}; give one price for each of the {self.offers} offers")
        sold = self.metered & self.feasible
        defined = np.isfinite(price) & (price >= 0) & ((price > 0) | (self.elasticity == 0))
        if not defined[sold].all():
            refused = np.flatnonzero(sold & ~defined).tolist()
            raise DemandError(
                f"metered offers {refused} have prices {price[refused].tolist()}; "
                "a price must be finite and above 0 (0 is allowed where the elasticity is 0)"
            )
        return np.where(sold, price, 1.0)

    @cached_property
    def feasible(self) -> BoolArray:
        """Offers (K,) that at least one account can choose."""
        return np.asarray((self.base > -np.inf).any(axis=0))

    @cached_property
    def _tastes(self) -> Tastes:
        return Tastes(float(self.elasticity), float(self.lam_model), float(self.lam_host))

    def _panel(self, outside: FloatArray) -> Panel:
        return Panel(outside, self.volume, self.reference_price, self._reference_power, self.sigma, self.weight)

    @cached_property
    def _reference_power(self) -> FloatArray:
        return np.asarray(self.reference_price**self.elasticity)

    @cached_property
    def _all(self) -> Tree:
        return self._tree(np.ones(self.offers, dtype=bool))

    @cached_property
    def _priced(self) -> Tree:
        return self._tree(self._in_priced_nest)

    @cached_property
    def _worth_unpriced(self) -> FloatArray:
        """Sigma times the logsum of the none option and the nests without a metered offer (n,), USD a month."""
        return self._chosen(self._tree(~self._in_priced_nest), np.ones(self.offers))[1]

    @cached_property
    def _in_priced_nest(self) -> BoolArray:
        return one_of(self.nest, self.nest[self.metered])

    def _tree(self, included: BoolArray) -> Tree:
        """The feasible offers among those `included` (K,), which must be whole nests; by nest, model, host."""
        codes = np.flatnonzero(included & self.feasible)
        place = codes[np.lexsort((codes, self.model[codes], self.nest[codes]))].astype(np.int64)
        nest, model = self.nest[place], self.model[place]
        new_nest = np.diff(nest, prepend=nest[:1] - 1) != 0
        new_model = new_nest | (np.diff(model, prepend=model[:1]) != 0)
        nests = int(new_nest.sum())
        return Tree(
            place=place,
            metered=self.metered[place].astype(np.float64),
            model_row=np.append(np.flatnonzero(new_model), len(place)),
            nest_row=np.append(np.flatnonzero(new_nest[new_model]), int(new_model.sum())),
            base=np.ascontiguousarray(self.base.T[place]),
            rest_best=np.full((nests, self.accounts), -np.inf),
            rest_weight=np.zeros((nests, self.accounts)),
        )

    def _kin(self, movable: IntArray, rank: IntArray) -> Kin:
        """How the offers `movable` (M,), numbered by `rank` (K,), stand to each other."""
        nest, model = self.nest[movable], self.model[movable]
        same_nest = nest[:, None] == nest
        same_model = same_nest & (model[:, None] == model)
        return Kin(rank, same_nest.astype(np.float64), same_model.astype(np.float64))


def use_and_payment(price: FloatArray, volume: FloatArray, reference: FloatArray, elasticity: float) -> FloatArray:
    """Value of using more or less than the reference volume, less what is paid for the tokens, USD a month (M1).

    With V = volume (price/reference)^-elasticity this is Use - price V/1e6, whose derivative in the price is -V/1e6.
    """
    relative = (price / reference) ** (1 - elasticity)
    return reference * volume / TOKENS_PER_MTOK * (elasticity - relative) / (1 - elasticity)
