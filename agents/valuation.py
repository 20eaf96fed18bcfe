"""The value equations of model.md M1, M7 and M11 for one workload and one offer.

Each is written once, in operations that mean the same for numbers and for arrays: the kernels compile them for numbers,
the plain twins and the panel of the pricing rules use them on arrays that broadcast. Flags enter as 0 and 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable

from agents.offers import FREE_PRICE
from market.elementary import pick, power
from market.replicas import replicas, self_run_cost, visible_cost

equation = register_jitable(forceinline=True)
replicas_needed = register_jitable(replicas)
cost_of_running = register_jitable(self_run_cost)
visible_cost_of_running = register_jitable(visible_cost)


@equation  # type: ignore[untyped-decorator]
def adequacy(need_factor: Any, quality_factor: Any) -> Any:
    """Share of the gross value that a model of some quality delivers: logistic in quality - need."""
    return 1.0 / (1.0 + need_factor * quality_factor)


@equation  # type: ignore[untyped-decorator]
def metered_ratio(price_factor: Any, reference_power: Any) -> Any:
    """Tokens used at a posted price over tokens at the reference price: (p / p_ref) ** -elasticity."""
    return price_factor * reference_power


@equation  # type: ignore[untyped-decorator]
def own_ratio(unit_cost: Any, elasticity: float, reference_power: Any) -> Any:
    """The same where a company runs a model itself at a unit cost in USD/Mtok."""
    return power(np.maximum(unit_cost, FREE_PRICE), -elasticity) * reference_power


@equation  # type: ignore[untyped-decorator]
def value_of_use(reference_value: Any, price: Any, inverse_reference: Any, ratio: Any) -> Any:
    """Value of using more or less than at the reference price, USD/month; less the bill, the isoelastic surplus."""
    return reference_value * (1.0 - price * inverse_reference * ratio)


@equation  # type: ignore[untyped-decorator]
def surplus(gross: Any, adequate: Any, reliability: Any, use: Any, cost: Any) -> Any:
    """Systematic surplus before any friction, USD/month."""
    return gross * adequate * reliability + use - cost


@equation  # type: ignore[untyped-decorator]
def friction(
    hosted: Any, own: Any, weights_of: Any, jurisdiction: Any, on_hosted: Any, on_own: Any, on_foreign: Any
) -> Any:
    """Residual friction as a share of gross value: by route, developer and origin of the weights, never by licence.

    A model meets the same friction whether its developer publishes it or sells it as an interface.
    """
    foreign = (weights_of >= 0) & (weights_of != jurisdiction)
    return hosted * on_hosted + own * on_own - foreign * on_foreign


@equation  # type: ignore[untyped-decorator]
def migration(
    code: Any, held: Any, own: Any, held_own: Any, model: Any, held_model: Any, cloud: Any, held_cloud: Any,
    work_api: Any, work_own: Any, work_cloud: Any, retraining: Any,
) -> Any:  # fmt: skip
    """Integration work and retraining of a move from the offer held to another, USD, paid once.

    Running a model for the first time costs `work_own`, moving one's own operation to another cloud `work_cloud`,
    another model on a kept route `work_api`; the host of a model behind an API changes for nothing.
    """
    own, held_own = own != 0, held_own != 0
    other_model = (held >= 0) & (model != held_model)
    between_clouds = own & (cloud != held_cloud)
    work = pick(own & ~held_own, work_own, pick(between_clouds, work_cloud, pick(other_model, work_api, 0.0)))
    return pick(code != held, work + pick(other_model, retraining, 0.0), 0.0)


@equation  # type: ignore[untyped-decorator]
def account_opening(accounts: Any, seller: Any, new_account: Any) -> Any:
    """Cost of opening an account with a seller, USD once; 0 where one is open. `accounts` and `seller` are uint64."""
    return new_account * (1.0 - ((accounts >> seller) & np.uint64(1)))


@equation  # type: ignore[untyped-decorator]
def egress_bill(code: Any, held: Any, cloud: Any, held_cloud: Any, egress: Any) -> Any:
    """Charge of the cloud that is left, USD, paid once."""
    return pick((code != held) & (held_cloud >= 0) & (cloud != held_cloud), egress, 0.0)


@equation  # type: ignore[untyped-decorator]
def disruption(code: Any, held: Any, vendor: Any, held_vendor: Any, change_vendor: Any, change_within: Any) -> Any:
    """Gross value lost by a move, USD: large to the model of another developer, small within one."""
    return pick((code != held) & (held >= 0), pick(vendor != held_vendor, change_vendor, change_within), 0.0)


@equation  # type: ignore[untyped-decorator]
def decision_value(
    systematic: Any, privacy: Any, exposure: Any, holdup: Any, expected_rise: Any, depends: Any, once: Any,
    horizon: float, friction_share: Any, gross: Any,
) -> Any:  # fmt: skip
    """N of M1 as the company sees it, USD/month: surplus less expected harm, hold-up, switching and friction."""
    risks = privacy * exposure + pick(depends, holdup * expected_rise, 0.0)
    return systematic - risks - once / horizon + friction_share * gross
