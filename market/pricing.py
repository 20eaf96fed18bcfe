"""Rules by which sellers post prices: pure functions of what a seller can see.

Rules for buyers with tastes (Bertrand, `market.bertrand`), for quantities (Cournot, `market.cournot`), and here the
rules of thumb: adaptive mark-up, scarcity, target return, contract mark-up, auction (model.md M2, section 11 point 1).
"""

import numpy as np

from market.bertrand import (
    PRICE_TOLERANCE,
    LogitEquilibrium,
    NoEquilibriumError,
    bertrand_prices,
    bertrand_search,
    interest_matrix,
    logit_bertrand,
)
from market.cournot import CournotEquilibrium, cournot, cournot_best_response, damped_cournot_step
from market.parameters import ParameterGroup, choice, quantity
from market.rest_point import MOST_ROUNDS, rest_point
from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, BoolArray, FloatArray

__all__ = [
    "CournotEquilibrium",
    "LogitEquilibrium",
    "NoEquilibriumError",
    "Pricing",
    "adaptive_markup",
    "annuity",
    "bertrand_prices",
    "bertrand_search",
    "contract_prices",
    "contract_shares",
    "cost_plus",
    "cournot",
    "cournot_best_response",
    "damped_cournot_step",
    "interest_matrix",
    "logit_bertrand",
    "penetration_price",
    "scarcity_price",
    "target_return",
    "uniform_price_auction",
]


class Pricing(ParameterGroup):
    """How each kind of seller sets its price, and the numbers of the rules."""

    rule_lab: str = choice(
        "P2", ("P2", "P1", "P7", "cournot", "at_cost"),
        meaning="how closed APIs are priced: Bertrand best response, adaptive mark-up, first below cost and then best "
        "response, Cournot quantities, unit cost",
        symbol="rule_lab",
    )  # fmt: skip
    rule_cloud: str = choice(
        "scarcity+markup", ("scarcity+markup", "P3", "P2", "P5", "P6", "P9", "cournot", "at_cost"),
        meaning="how clouds price GPU-hours: scarcity and mark-up, scarcity alone, mark-up alone, target return, "
        "cost plus, scarcity and the mark-up of a learning algorithm, Cournot quantities, avoidable cost",
        symbol="rule_cloud",
    )  # fmt: skip
    rule_host: str = choice(
        "P1", ("P1", "P2", "at_cost"),
        meaning="how hosts price open models: adaptive mark-up, Bertrand best response, unit cost", symbol="rule_host",
    )  # fmt: skip
    markup_speed: float = quantity(
        0.04, unit="1", meaning="rise of an adaptive mark-up per relative rise of the own share", low=0.01, high=0.2,
        symbol="ups",
    )  # fmt: skip
    markup_least: float = quantity(
        0.0, unit="share of cost", meaning="lowest adaptive mark-up", low=0, high=0.1, least=-0.9, symbol="mu_min"
    )
    markup_most: float = quantity(
        3.0, unit="share of cost", meaning="highest mark-up of an adaptive or a contract price", low=1, high=5,
        symbol="mu_max",
    )  # fmt: skip
    markup_lab: float = quantity(
        0.9, unit="share of cost", meaning="first adaptive mark-up of labs", low=0.3, high=1.5, symbol="mu0_lab"
    )
    markup_host: float = quantity(
        0.06, unit="share of cost", meaning="first adaptive mark-up of hosts", low=0.05, high=0.6, symbol="mu0_host"
    )
    scarcity_response: float = quantity(
        1.5, unit="1/month", meaning="rise of ln price per unit of load above target", low=0.5, high=2.0,
        most=20, symbol="kappa_p",
    )  # fmt: skip
    cost_pull: float = quantity(
        0.6, unit="1/month", meaning="pull of ln price to the target-return price", low=0.2, high=0.9, most=1.0,
        symbol="kappa_c",
    )  # fmt: skip
    load_cap: float = quantity(
        1.45, unit="1", meaning="highest load, demanded over supplied, that a cloud responds to", low=1.2, high=2.0,
        symbol="load_cap",
    )  # fmt: skip
    own_load: float = quantity(
        0.35, unit="share", low=0.1, high=1.0, least=0.0, most=1.0, symbol="own_load",
        meaning="weight of a cloud's own load, beside the market's, in the load its price follows",
    )
    load_target: float = quantity(
        0.78, unit="1", meaning="load at which a cloud leaves its price", low=0.65, high=0.9, least=0.01, most=1.0,
        symbol="util_star",
    )  # fmt: skip
    load_normal: float = quantity(
        0.85, unit="1", meaning="load over which a target return spreads fixed cost", low=0.65, high=0.95, least=0.01,
        most=1.0, symbol="util_normal",
    )  # fmt: skip
    brand: float = quantity(
        0.2, unit="ln price", meaning="what a contract buyer pays more for a hyperscaler", low=0.0, high=0.6,
        symbol="brand",
    )  # fmt: skip
    brand_spread: float = quantity(
        0.1, unit="ln price", meaning="spread of contract buyers' tastes for clouds", low=0.03, high=0.3, least=0.01,
        symbol="tau_b",
    )  # fmt: skip
    planning_volume: float = quantity(
        1.0e12, unit="tokens/month", meaning="smallest volume over which a seller spreads staff in its unit cost",
        low=1e11, high=1e13, least=1e9, symbol="V_plan",
    )  # fmt: skip
    markup_public: float = quantity(
        0.02, unit="share of cost", meaning="mark-up of a regulated cloud over its full cost (P6)", low=0.0, high=0.05,
        most=1.0, symbol="mu_public",
    )  # fmt: skip
    penetration_discount: float = quantity(
        0.3, unit="share of cost", meaning="how far below unit cost a lab sells to win customers (P7)", low=0.1,
        high=0.6, most=0.99, symbol="pen_disc",
    )  # fmt: skip
    penetration_start: int = quantity(
        0, unit="month", meaning="month in which it begins to", low=0, high=36, most=600, source="derived",
        symbol="pen_start",
    )  # fmt: skip
    penetration_months: int = quantity(
        12, unit="months", meaning="months for which investors pay for that, while the lab has money", low=0, high=24,
        most=600, symbol="pen_months",
    )  # fmt: skip
    lab_price_shock: float = quantity(
        0.0, unit="share of price", meaning="rise of every lab price over what its rule says", low=0.0, high=0.5,
        least=-0.9, symbol="lab_price_shock",
    )  # fmt: skip


def adaptive_markup(
    markup: FloatArray, *, share: FloatArray, share_before: FloatArray, speed: float, least: float, most: float
) -> FloatArray:
    """Next mark-up over unit cost: it rises with the seller's market share (rule P1).

    Shares of last month and of the month before; all arrays (sellers,). A seller without a share in one of them has
    learnt nothing and keeps its mark-up. Source: the Keynes+Schumpeter family of models (Dosi et al. 2010).
    """
    known = (share_before > 0) & (share > 0)
    growth = np.divide(share, share_before, out=np.ones_like(share), where=known) - 1.0
    return np.minimum(np.maximum(markup * (1.0 + speed * growth), least), most)


def scarcity_price(
    price: FloatArray, *, load: FloatArray, target_return: FloatArray, floor: FloatArray, response: float, pull: float,
    load_target: float, load_cap: float,
) -> FloatArray:  # fmt: skip
    """Next posted price of compute, USD/GPU-hour: it follows load and is pulled to cost (rule P3, section 11 point 1).

    ln x' = ln x + response (min(load, load_cap) - load_target) + pull ln(target_return / x), never below `floor`, the
    avoidable cost. `load` = demanded before rationing over supplied. All arrays (clouds,) or numbers. With `pull` 0 any
    price at load_target is a fixed point; otherwise the lasting premium is exp(response/pull (load - load_target)).
    """
    step = response * (np.minimum(load, load_cap) - load_target)
    if pull > 0:
        step = step + pull * np.log(target_return / price)
    return np.asarray(np.maximum(price * np.exp(step), floor))


def heeded_load(load: FloatArray, *, machines: FloatArray, own: float) -> FloatArray:
    """Load that each cloud's price follows: its own by `own`, that of the market by the rest; shape of `load`.

    load (..., clouds); machines (clouds,) at work on the market, 0 for a cloud that sells elsewhere and heeds its own
    load alone. A price that follows the own load alone chases the orders that it has driven away itself (the cobweb,
    Ezekiel 1938), since buyers who choose anew go to whoever is cheapest.
    """
    total = float(machines.sum())
    if total <= 0:
        return load
    market = (load * machines).sum(axis=-1, keepdims=True) / total
    return np.where(machines > 0, own * load + (1.0 - own) * market, load)


def annuity(rate: float, months: int) -> float:
    """Monthly payment that repays 1 USD over `months` at a yearly rate, compounded monthly."""
    if rate == 0:
        return 1.0 / months
    monthly = rate / MONTHS_PER_YEAR
    return float(monthly / -np.expm1(-months * np.log1p(monthly)))


def target_return(
    *, capex: float, opex: float, wacc: float, life_months: int, load: float, price_decline: float = 0.0
) -> float:
    """Price of a GPU-hour that just earns the cost of capital at a normal load, USD/GPU-hour (rule P5).

    capex: USD/GPU · opex: USD/GPU-hour commissioned · wacc and price_decline: per year. A machine whose successors get
    cheaper must earn its price fall too: the annuity is taken at wacc - ln(1 - price_decline) (Jorgenson's user cost).
    """
    user_cost = annuity(wacc - float(np.log1p(-price_decline)), life_months) * capex
    return (opex * HOURS_PER_MONTH + user_cost) / (load * HOURS_PER_MONTH)


def cost_plus(cost: FloatArray, *, markup: float) -> FloatArray:
    """Price of a regulated seller: full cost with a margin, whatever buyers would pay (rule P6)."""
    return np.asarray(cost * (1.0 + markup))


def penetration_price(cost: FloatArray, *, discount: float) -> FloatArray:
    """Price below unit cost that investors pay for to win customers (rule P7)."""
    return np.asarray(cost * (1.0 - discount))


def contract_shares(brand: FloatArray, price: FloatArray, spread: float, allowed: BoolArray) -> FloatArray:
    """How each contract buyer (lab or host) splits its GPU-hours over the clouds it may use (buyers, clouds).

    Logit with utility (brand - ln price)/spread; brand and price (clouds,), allowed (buyers, clouds). A buyer without
    an allowed cloud gets a row of zeros. Source: model.md M2, default cloud rule.
    """
    utility = np.where(allowed, (brand - np.log(price)) / spread, -np.inf)
    best = np.max(utility, axis=1, initial=-np.inf, keepdims=True)
    attraction = np.exp(utility - np.where(np.isfinite(best), best, 0.0))
    total = attraction.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(attraction, total, out=np.zeros_like(attraction), where=total > 0))


def contract_prices(
    cost: FloatArray, *, hours: FloatArray, brand: FloatArray, spread: float, allowed: BoolArray,
    self_hours: FloatArray, self_slope: FloatArray, interest: FloatArray, markup_most: float | FloatArray,
    start: FloatArray,
    elsewhere: FloatArray | None = None, tolerance: float = PRICE_TOLERANCE, rounds: int = MOST_ROUNDS,
) -> tuple[FloatArray, float]:  # fmt: skip
    """Bertrand prices of GPU-hours (clouds,) over a cost that includes scarcity, USD/GPU-hour (default cloud rule).

    cost (clouds,) · hours (buyers,) GPU-hours that each contract buyer wants in all · allowed (buyers, clouds) ·
    self_hours (clouds,) GPU-hours of companies that rent and may switch, self_slope (clouds, clouds) [j, k] = their
    d hours_j / d price_k, taken as constant · interest (clouds, clouds) as in `bertrand_prices` · elsewhere (clouds,)
    what a dollar on its price brings each cloud through firms that it has a part in, USD a month per USD/GPU-hour, at
    `start`: it shrinks with the hours that contract buyers hold, for those who left are not hurt.
    A cloud whose buyers have nowhere else to go would ask for any price: mark-ups end at `markup_most` of cost, of all
    or by cloud (clouds,); with 0 a cloud posts its cost, and the others answer that.
    Also returns the largest relative move a cloud still wants: at most `tolerance` at a rest point; where there is none
    within `rounds` of each step width, the prices are those of the round in which clouds moved least.
    """
    highest = cost * (1.0 + markup_most)
    before = _contract_demand(start, hours, brand, spread, allowed)[0]

    def better(log_price: FloatArray) -> FloatArray:
        price = np.exp(log_price)
        held, slope = _contract_demand(price, hours, brand, spread, allowed)
        quantity, slope = held + self_hours, slope + self_slope
        own = np.diagonal(slope)
        gained = (interest * slope.T) @ (price - cost) - own * (price - cost)
        if elsewhere is not None:
            gained = gained + elsewhere * np.divide(held, before, out=np.zeros_like(held), where=before > 0)
        margin = np.divide(quantity + gained, -own, out=highest - cost, where=own < 0)
        wanted = np.where(quantity > 0, np.minimum(np.maximum(cost + margin, cost), highest), cost)
        return np.asarray(np.log(wanted))

    begin = np.log(np.minimum(np.maximum(start, cost), highest))
    found, change = rest_point(better, begin, tolerance=tolerance, rounds=rounds)
    return np.asarray(np.exp(found)), float(change.max(initial=0.0))


def _contract_demand(
    price: FloatArray, hours: FloatArray, brand: FloatArray, spread: float, allowed: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """GPU-hours under contract (clouds,) and [j, k] = d hours_j / d price_k (clouds, clouds)."""
    share = contract_shares(brand, price, spread, allowed)
    weighted = share * hours[:, None]
    quantity = weighted.sum(axis=0)
    return quantity, (weighted.T @ share - np.diag(quantity)) / (spread * price[None, :])


def uniform_price_auction(bid: FloatArray, quantity: FloatArray, capacity: float) -> tuple[float, FloatArray]:
    """Sell `capacity` to the highest bids at one price, the first rejected bid; 0 where none is rejected (rule P4).

    bid (bidders,) USD per unit, quantity (bidders,) units asked for. Returns the price and the units sold (bidders,);
    the marginal bidder gets what is left. Ties go to the bidder named first.
    """
    order = np.argsort(-bid, kind="stable")
    before = np.cumsum(quantity[order]) - quantity[order]
    sold = np.zeros_like(quantity, dtype=np.float64)
    sold[order] = np.minimum(np.maximum(capacity - before, 0.0), quantity[order])
    rejected = sold < quantity
    return float(bid[rejected].max(initial=0.0)), sold
