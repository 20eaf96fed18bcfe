"""The three-layer economy that can be solved by hand: clouds sell compute to labs, labs sell to users.

Symmetric Cournot clouds, symmetric Cournot labs that buy compute at the wholesale price w, users with inverse demand
p = intercept - slope * Q. Opening the weights is free entry of labs: price = w. These closed forms are the prior that
the simulated economy must reproduce where its assumptions hold, and the boundary drawn on the phase map (model.md
section 0; extensions: supply slope, asymmetry, curvature). Theta = gain of clouds, Sigma = gain of users, both per USD
that labs lose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from market.cournot import cournot
from market.units import FloatArray


class ToyError(ValueError):
    """Numbers for which the three-layer economy has no closed form, or no trade."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Outcome of one world; profits are those of all clouds and of all labs together."""

    price: float  # what users pay per unit
    wholesale_price: float  # what labs pay per unit of compute
    quantity: float
    profit_cloud: float
    profit_lab: float
    consumer_surplus: float


@dataclass(frozen=True, slots=True)
class Opening:
    """The same economy with closed and with open weights."""

    closed: Layers
    open: Layers

    @property
    def theta(self) -> float:
        """Shift coefficient: what clouds gain per USD that labs lose."""
        return (self.open.profit_cloud - self.closed.profit_cloud) / self._lab_loss

    @property
    def sigma(self) -> float:
        """Spread coefficient: what users gain per USD that labs lose."""
        return (self.open.consumer_surplus - self.closed.consumer_surplus) / self._lab_loss

    @property
    def _lab_loss(self) -> float:
        return self.closed.profit_lab - self.open.profit_lab


def three_layer(
    clouds: int,
    labs: int,
    intercept: float,
    slope: float,
    cost: npt.ArrayLike,
    capacity: float | None = None,
    *,
    lab_cost: npt.ArrayLike = 0.0,
) -> Opening:
    """Closed and open world of the three-layer economy with linear demand p = intercept - slope * Q.

    cost: of a unit of compute, one number or one per cloud. capacity: of all clouds together, shared equally; None:
    unlimited. lab_cost: of a unit at a lab over the wholesale price, one number or one per lab; with open weights users
    get the cost of the best. Raises `ToyError` where nothing is traded or a lab would stay out of the closed world.
    """
    costs = _per_firm(cost, clouds, "clouds")
    lab_costs = _per_firm(lab_cost, labs, "labs")
    if not (np.isfinite(intercept) and np.isfinite(slope) and slope > 0):
        raise ToyError(f"demand needs a finite intercept and a slope above 0, not {intercept} and {slope}")
    if capacity is not None and not capacity > 0:
        raise ToyError(f"capacity is {capacity}; give a number above 0, or None for no limit")
    limits = None if capacity is None else np.full(clouds, capacity / clouds)
    closed = cournot(intercept - float(lab_costs.mean()), slope * (1 + 1 / labs), costs, limits)
    opened = cournot(intercept - float(lab_costs.min()), slope, costs, limits)
    total = float(closed.quantity.sum())
    price = intercept - slope * total
    sold = (price - closed.price - lab_costs) / slope
    if total <= 0:
        raise ToyError(f"nothing is traded at cost {costs.min():g} and intercept {intercept:g}; lower the cost")
    if (sold <= 0).any():
        raise ToyError(f"a lab stays out of the closed world with lab_cost {lab_costs.tolist()}; lower the highest")
    return Opening(
        closed=Layers(
            price, closed.price, total, float(closed.profit.sum()), slope * float(sold @ sold), slope * total**2 / 2
        ),
        open=Layers(
            opened.price + float(lab_costs.min()), opened.price, float(opened.quantity.sum()),
            float(opened.profit.sum()), 0.0, opened.consumer_surplus,
        ),
    )  # fmt: skip


def with_supply_slope(labs: int, intercept: float, slope: float, cost: float, supply_slope: float) -> Opening:
    """Opening when competitive clouds supply compute at w = cost + supply_slope * Q and earn the rent of its slope.

    Exactly Theta/Sigma = supply_slope/slope: shift exceeds spread where supply is steeper than demand, without any
    concentration of clouds.
    """
    _per_firm(0.0, labs, "labs")
    if not (slope > 0 and supply_slope >= 0 and intercept > cost):
        raise ToyError("give a demand slope above 0, a supply slope of at least 0, and an intercept above cost")

    def world(margin_slope: float) -> Layers:
        quantity = (intercept - cost) / (slope + margin_slope + supply_slope)
        wholesale = cost + supply_slope * quantity
        return Layers(
            wholesale + margin_slope * quantity, wholesale, quantity,
            supply_slope * quantity**2 / 2, margin_slope * quantity**2, slope * quantity**2 / 2,
        )  # fmt: skip

    return Opening(closed=world(slope / labs), open=world(0.0))


def with_curvature(clouds: int, labs: int, intercept: float, slope: float, cost: float, curvature: float) -> Opening:
    """Opening with inverse demand p = intercept - slope * Q^curvature, slope * curvature > 0 (1: linear demand).

    Exactly Theta = ((n_d + d)/n_u)((1 + d/n_d)^(1/d) - 1) and Sigma = (n_d/(1 + d))((1 + d/n_d)^((1 + d)/d) - 1).
    """
    _per_firm(0.0, clouds, "clouds")
    _per_firm(0.0, labs, "labs")
    if not (slope * curvature > 0 and (intercept - cost) / slope > 0 and curvature > -1 and labs + curvature > 0):
        raise ToyError("give slope * curvature > 0, (intercept - cost)/slope > 0 and a curvature above -1")

    def world(lab_margin: float) -> Layers:
        steepness = slope * (1 + lab_margin)
        power = (intercept - cost) / (steepness * (1 + curvature / clouds))
        quantity = float(power ** (1 / curvature))
        price = intercept - slope * power
        wholesale = intercept - steepness * power
        surplus = slope * power * quantity * curvature / (1 + curvature)
        return Layers(
            price, wholesale, quantity, (wholesale - cost) * quantity, (price - wholesale) * quantity, surplus
        )

    return Opening(closed=world(curvature / labs), open=world(0.0))


@dataclass(frozen=True, slots=True)
class Prior:
    """What theory alone expects of opening weights, given concentration."""

    theta: float
    sigma: float

    @property
    def shift_exceeds_spread(self) -> bool:
        """Whether clouds gain more than users."""
        return self.theta > self.sigma

    @property
    def provider_rent_rises(self) -> bool:
        """Whether clouds gain more than labs lose."""
        return self.theta > 1


def prior(cloud_hhi: float, lab_hhi: float, room: float = np.inf) -> Prior:
    """Theta = HHI_u (1 + HHI_d) and Sigma = 1 + HHI_d/2: linear demand, spare compute, symmetric labs; HHI on 0..1.

    `room` is the capacity of all clouds over what the closed world uses. Opening wants 1 + HHI_d times as much; with
    less, Q stops at the room and w = p: with b = Q = 1 closed, Theta = ((A - room) room - A HHI_u/(1 + HHI_u))/HHI_d
    where A = (1 + HHI_u)(1 + HHI_d), and Sigma = (room^2 - 1)/(2 HHI_d). Without any room, 1 and 0: nothing spreads.
    """
    if not (0 <= cloud_hhi <= 1 and 0 <= lab_hhi <= 1):
        raise ToyError(f"concentration must lie between 0 and 1, not {cloud_hhi:g} and {lab_hhi:g}")
    if not room > 0:
        raise ToyError(f"room is {room:g}; give capacity over what the closed world uses, above 0")
    if room >= 1 + lab_hhi:
        return Prior(theta=cloud_hhi * (1 + lab_hhi), sigma=1 + lab_hhi / 2)
    if room <= 1:
        return Prior(theta=1.0, sigma=0.0)
    reach = (1 + cloud_hhi) * (1 + lab_hhi)
    gain = (reach - room) * room - cloud_hhi * (1 + lab_hhi)
    return Prior(theta=gain / lab_hhi, sigma=(room**2 - 1) / (2 * lab_hhi))


def prior_with_supply_slope(lab_hhi: float, steepness: float) -> Prior:
    """The same where competitive clouds supply at a slope that is `steepness` times that of demand (model.md 0)."""
    if not (0 < lab_hhi <= 1 and steepness >= 0):
        raise ToyError(f"give concentration above 0 and a slope of at least 0, not {lab_hhi:g} and {steepness:g}")
    sigma = (((1 + lab_hhi + steepness) / (1 + steepness)) ** 2 - 1) / (2 * lab_hhi)
    return Prior(theta=steepness * sigma, sigma=sigma)


def prior_with_curvature(cloud_hhi: float, lab_hhi: float, curvature: float) -> Prior:
    """The same with spare compute and demand p = a - b Q^curvature; 1 is linear demand (model.md section 0)."""
    if not (0 <= cloud_hhi <= 1 and 0 < lab_hhi <= 1 and curvature > -1 and curvature != 0):
        raise ToyError("give concentrations between 0 and 1 and a curvature above -1 that is not 0")
    grows = 1 + curvature * lab_hhi
    theta = cloud_hhi * (1 / lab_hhi + curvature) * (grows ** (1 / curvature) - 1)
    sigma = (grows ** ((1 + curvature) / curvature) - 1) / (lab_hhi * (1 + curvature))
    return Prior(theta=theta, sigma=sigma)


def gain_of_integrated_cloud(clouds: int, labs: int, intercept: float, slope: float, cost: float) -> float:
    """What a cloud that owns one of the labs gains by opening the weights, USD; it opens iff labs + 1 > clouds^2.

    The cloud is a shareholder that keeps its own double margin, as model.md section 0 cautions.
    """
    world = three_layer(clouds, labs, intercept, slope, cost)
    return (world.open.profit_cloud - world.closed.profit_cloud) / clouds - world.closed.profit_lab / labs


def _per_firm(cost: npt.ArrayLike, firms: int, layer: str) -> FloatArray:
    if isinstance(firms, bool) or not isinstance(firms, int | np.integer) or firms < 1:
        raise ToyError(f"the number of {layer} is {firms!r}; give a whole number of at least 1")
    costs = np.asarray(cost, dtype=np.float64)
    if costs.ndim > 1 or (costs.ndim == 1 and len(costs) != firms) or not np.isfinite(costs).all():
        raise ToyError(f"give the {firms} {layer} one finite cost, or one each")
    return np.broadcast_to(costs, (firms,))
