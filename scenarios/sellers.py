"""Who sells at founding: one table per named seller of a scenario, told apart by `kind`."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from market.parameters import ParameterGroup, choice, declaration_of, flag, quantity
from market.pricing import Pricing

MOST_SELLERS = 64  # permanent codes fit the bits of one 64-bit mask; the chip vendor sells to no company


def _own_rule(kind: str, rule: str) -> Any:
    """A seller's own pricing rule, one of those its kind may follow; empty where it follows its kind's."""
    return choice(
        "", ("", *declaration_of(Pricing, rule).options),
        meaning=f"how it prices; empty: the rule of all {kind}", source="derived",
    )


class CloudSpec(ParameterGroup):
    """A cloud provider: rents accelerators, hosts open models, runs a marketplace."""

    kind: Literal["cloud"]
    role: str = choice(
        "hyperscaler", ("hyperscaler", "fringe", "neocloud"), meaning="place in the industry: sets cost of capital"
    )
    legacy_share: float = quantity(
        0.0, unit="share", meaning="share of the world's ordinary cloud revenue, and of tenancies", most=1.0,
        source="fact 1.01",
    )
    brand: float = quantity(
        0.0, unit="ln price", meaning="price premium contract buyers accept for the name", low=0, high=0.6,
        symbol="brand",
    )
    pricing_rule: str = _own_rule("clouds", "rule_cloud")


class LabSpec(ParameterGroup):
    """A developer of closed models, sold through its own interface and through marketplaces."""

    kind: Literal["lab"]
    role: str = choice(
        "frontier", ("frontier", "follower"), meaning="trains at the frontier, or follows it by distilling"
    )
    quality: float = quantity(
        100.0, unit="points", meaning="quality of its best model in month 0", low=85, high=100, most=200,
        source="assumed", symbol="q0",
    )
    small_model: bool = flag(True, meaning="also sells a smaller tier", source="derived")
    safety: float = quantity(
        0.92, unit="share", meaning="malicious requests that its models refuse, and care against flaws", low=0, high=1,
        most=1.0, source="fact 8.04", symbol="s",
    )
    parent: str = Field("", description="cloud that owns the lab; empty: independent")
    marketplaces: tuple[str, ...] = Field((), description="clouds whose marketplace resells its models")
    partner: str = Field("", description="cloud that has a deal with the lab on the terms of `deal`; empty: none")
    deal_month: int = quantity(
        0, unit="month", meaning="first month of the deal with its partner", most=600, source="derived"
    )
    pricing_rule: str = _own_rule("labs", "rule_lab")


class ReleaserSpec(ParameterGroup):
    """A developer that publishes the weights of its models."""

    kind: Literal["releaser"]
    funding: str = choice(
        "complement", ("complement", "state", "equity"),
        meaning="who pays for training: another business, a state, investors",
    )
    active_billion: float = quantity(
        70.0, unit="billion parameters", meaning="parameters active per token", low=7, high=200, least=0.01, most=1e5
    )
    total_billion: float = quantity(
        70.0, unit="billion parameters", meaning="parameters held in memory", low=7, high=1000, least=0.01, most=1e5
    )
    lag_schedule: tuple[tuple[float, float], ...] = quantity(
        ((0.0, 9.0),), unit="(month, months behind)",
        meaning="dated distance of its releases behind the frontier, straight lines between the points", most=600,
        source="fact 6.01", any_length=True,
    )
    lag_growth: float = quantity(
        0.0, unit="months/month", meaning="growth of the distance from `lag_growth_from` on", low=0, high=1,
        least=-2, most=2,
    )
    lag_growth_from: int = quantity(0, unit="month", meaning="month from which the distance grows", most=600)
    first_release: int = quantity(
        0, unit="month", meaning="month of its first release after founding", most=600, source="derived"
    )
    jurisdiction: int = quantity(0, unit="bloc", meaning="bloc its weights come from: 0 or 1", most=1, source="derived")
    safety: float = quantity(
        0.92, unit="share", meaning="malicious requests that its models refuse, and care against flaws", low=0, high=1,
        most=1.0, source="fact 8.04", symbol="s",
    )
    closed_api: bool = flag(True, meaning="sells its models as a closed interface where it may not publish them")
    own_use: float = quantity(
        1.0, unit="share", meaning="part of its training bill that its patron's own use of the model is worth",
        low=0, high=1, most=1.0, symbol="own_use",
    )
    parent: str = Field("", description="cloud that owns the releaser; empty: independent")
    parent_stake: float = quantity(
        1.0, unit="share", meaning="part of the GPU-hours pulled in by open weights that the owner sells",
        low=0, high=1, most=1.0, source="derived", symbol="share_c",
    )

    @model_validator(mode="after")
    def _schedule_runs_forward(self) -> Self:
        months = [month for month, _ in self.lag_schedule]
        if any(later <= earlier for earlier, later in pairwise(months)):
            raise ValueError(f"the months of lag_schedule must rise, found {months}")
        if self.total_billion < self.active_billion:
            raise ValueError("total_billion is below active_billion; a model cannot use more parameters than it has")
        return self


class HosterSpec(ParameterGroup):
    """A firm that serves open models on accelerators it rents."""

    kind: Literal["hoster"]
    clouds: tuple[str, ...] = Field((), description="clouds it may rent from; empty: every cloud")
    pricing_rule: str = _own_rule("hosts", "rule_host")


SellerSpec = Annotated[CloudSpec | LabSpec | ReleaserSpec | HosterSpec, Field(discriminator="kind")]
SPEC_OF_KIND: dict[str, type[ParameterGroup]] = {
    "cloud": CloudSpec,
    "lab": LabSpec,
    "releaser": ReleaserSpec,
    "hoster": HosterSpec,
}
ABSENT = "none"  # as `kind`: the seller that the parent scenario founds is left out
