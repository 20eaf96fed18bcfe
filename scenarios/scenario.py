"""A scenario: everything that is assumed about a world, typed, frozen and checked.

The groups are declared beside the equations that use them and composed here; only what concerns the experiment itself
(horizon, number of companies, counterfactual, answer) is declared in this file.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from agents.actor import Actor
from agents.beliefs import Belief
from agents.conduct import Cloud, Invest, Other
from agents.finance import Finance
from agents.population import Adoption, Needs, Population
from agents.preferences import Demand, LockIn
from agents.regulator import PUBLIC_CLOUD, Policy
from agents.releasing import Release
from agents.staffing import Staff
from agents.tenancy import Tenancy
from market.clearing import Compute
from market.community import OpenWeights
from market.control import Control
from market.deals import Deals
from market.fleet import Chip, Founding, Power
from market.frontier import Frontier, Lab
from market.labour import Labour
from market.parameters import Declaration, ParameterGroup, choice, declarations, quantity
from market.pricing import Pricing
from market.qlearning import Learning
from market.reservations import Reserve
from market.safety import Safety
from market.serving import Device, SelfHosting
from market.spot import Spot
from scenarios.sellers import SellerSpec
from scenarios.shocks import Shock, value_at

SCHEMA = 1
CALIBRATIONS = ("iceberg", "lean")


class Horizon(ParameterGroup):
    """How long the world is followed."""

    # Thirty years at most: what grows by itself grows for ever, and within forty years consumer subscriptions alone
    # (`other.subscription_late_growth`) would pass today's world output.
    months: int = quantity(
        120, unit="months", meaning="simulated months from January 2023", low=36, high=180, least=1, most=360,
        source="derived", symbol="months",
    )


class CompanyRows(ParameterGroup):
    """How finely the adopting population is sampled, and what running a model oneself is taken to cost."""

    count: int = quantity(
        5_000, unit="rows", meaning="companies simulated, each standing for the real firms of its stratum",
        low=2_000, high=1_000_000, least=50, most=10_000_000, source="derived", symbol="rows",
    )
    panel: int = quantity(
        512, unit="accounts", meaning="workloads on which sellers compute prices and plans", low=256, high=4096,
        least=50, most=1_000_000, source="derived", symbol="panel",
    )
    calibration: str = choice(
        "iceberg", CALIBRATIONS, meaning="cost of self-hosting: with all its hidden parts, or as its advocates put it",
        symbol="calibration",
    )


class Counterfactual(ParameterGroup):
    """What the closed arm forbids."""

    closed_from: int = quantity(
        0, unit="month", low=0, high=36, most=600, source="derived", symbol="t_s",
        meaning="first month in which the closed arm publishes no new weights; the arms share those before",
    )


class Answer(ParameterGroup):
    """How two worlds are compared and when a difference counts."""

    pairs: int = quantity(
        16, unit="pairs", meaning="paired worlds compared", low=8, high=512, least=2, most=10_000, source="derived",
        symbol="pairs",
    )
    tail_months: int = quantity(
        60, unit="months", meaning="last months over which the answer is measured", low=24, high=84, least=1, most=600,
        symbol="tail_months",
    )
    rope_access: float = quantity(
        0.005, unit="share", meaning="change of access too small to matter", low=0.002, high=0.02, most=1.0,
        symbol="rope_a",
    )
    rope_money: float = quantity(
        0.01, unit="share", meaning="loss of lab profit too small to matter, over lab profit or consumer surplus",
        low=0.005, high=0.02, most=1.0, symbol="rope_m",
    )
    theta_low: float = quantity(
        1 / 3, unit="1", meaning="shift coefficient below which control is not shifted", low=0.25, high=0.5,
        most=10.0, symbol="theta_lo",
    )
    theta_high: float = quantity(
        2 / 3, unit="1", meaning="shift coefficient from which lab rent is re-controlled", low=2 / 3, high=1.0,
        most=10.0, symbol="theta_hi",
    )
    discount_rate: float = quantity(
        0.06, unit="1/year", meaning="discount rate of present values", low=0.03, high=0.10, most=1.0, symbol="r_pv"
    )


class Scenario(BaseModel):
    """All assumptions of one world; `sellers` by name, `shocks` in the order of their months."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    title: str = ""
    question: str = ""
    claims: tuple[str, ...] = ()
    expected: str = ""

    horizon: Horizon = Field(default_factory=Horizon)
    companies: CompanyRows = Field(default_factory=CompanyRows)
    counterfactual: Counterfactual = Field(default_factory=Counterfactual)
    answer: Answer = Field(default_factory=Answer)
    pop: Population = Field(default_factory=Population)
    needs: Needs = Field(default_factory=Needs)
    adopt: Adoption = Field(default_factory=Adoption)
    demand: Demand = Field(default_factory=Demand)
    pricing: Pricing = Field(default_factory=Pricing)
    learning: Learning = Field(default_factory=Learning)
    compute: Compute = Field(default_factory=Compute)
    reserve: Reserve = Field(default_factory=Reserve)
    spot: Spot = Field(default_factory=Spot)
    cloud: Cloud = Field(default_factory=Cloud)
    tenancy: Tenancy = Field(default_factory=Tenancy)
    invest: Invest = Field(default_factory=Invest)
    power: Power = Field(default_factory=Power)
    chip: Chip = Field(default_factory=Chip)
    frontier: Frontier = Field(default_factory=Frontier)
    selfhost: SelfHosting = Field(default_factory=SelfHosting)
    device: Device = Field(default_factory=Device)
    labour: Labour = Field(default_factory=Labour)
    staff: Staff = Field(default_factory=Staff)
    lockin: LockIn = Field(default_factory=LockIn)
    belief: Belief = Field(default_factory=Belief)
    release: Release = Field(default_factory=Release)
    open: OpenWeights = Field(default_factory=OpenWeights)
    deal: Deals = Field(default_factory=Deals)
    safety: Safety = Field(default_factory=Safety)
    finance: Finance = Field(default_factory=Finance)
    lab: Lab = Field(default_factory=Lab)
    other: Other = Field(default_factory=Other)
    founding: Founding = Field(default_factory=Founding)
    control: Control = Field(default_factory=Control)
    policy: Policy = Field(default_factory=Policy)
    actor: Actor = Field(default_factory=Actor)

    sellers: Mapping[str, SellerSpec] = Field(default_factory=dict)
    shocks: tuple[Shock, ...] = ()

    def at(self, month: int) -> Self:
        """The assumptions that hold in `month`: this scenario, or a fresh frozen one with its dated changes."""
        begun = tuple(shock for shock in self.shocks if shock.month <= month)
        keys = dict.fromkeys(shock.parameter for shock in begun)
        changed: dict[str, dict[str, Any]] = {}
        for key in keys:
            group, name = key.split(".")
            base = getattr(getattr(self, group), name)
            value = value_at(base, tuple(shock for shock in begun if shock.parameter == key), month)
            if value != base:
                changed.setdefault(group, {})[name] = value
        if not changed:
            return self
        groups = {group: getattr(self, group).model_copy(update=values) for group, values in changed.items()}
        return self.model_copy(update=groups)

    @property
    def foresees_public_compute(self) -> bool:
        """Whether there is ever a public cloud."""
        dated = any(shock.parameter == "policy.public_compute" for shock in self.shocks)
        return dated or self.policy.public_compute > 0

    @property
    def foresees_sovereign_compute(self) -> bool:
        """Whether there is ever a quota for sovereign compute, and so a cloud of the second bloc."""
        dated = any(shock.parameter == "policy.sovereign_quota" for shock in self.shocks)
        return dated or self.policy.sovereign_quota > 0

    def resolved(self) -> dict[str, Any]:
        """Every assumption as plain data, ready for canonical JSON: what a digest is taken of."""
        return {"schema": SCHEMA} | self.model_dump(mode="json")

    def parameters(self) -> Iterator[tuple[Declaration, Any]]:
        """Every declared parameter with its value in this scenario, the named sellers' included."""
        for declaration in declarations(type(self)):
            group, name = declaration.key.split(".")
            yield declaration, getattr(getattr(self, group), name)
        for seller, spec in self.sellers.items():
            for declaration in declarations(type(spec), prefix=f"sellers.{seller}."):
                yield declaration, getattr(spec, declaration.name)

    def cloud_rule(self, name: str) -> str:
        """Pricing rule of a cloud: its own, or that of all clouds."""
        return "P6" if name == PUBLIC_CLOUD else self._own_rule(name) or self.pricing.rule_cloud

    def lab_rule(self, name: str) -> str:
        """Pricing rule of whoever sells a closed API: its own, or that of all labs."""
        return self._own_rule(name) or self.pricing.rule_lab

    def host_rule(self, name: str) -> str:
        """Pricing rule of a host of open models: that of a hoster, or that of all hosts."""
        if name == PUBLIC_CLOUD:
            return "at_cost"
        spec = self.sellers.get(name)
        own = spec.pricing_rule if spec is not None and spec.kind == "hoster" else ""
        return own or self.pricing.rule_host

    def _own_rule(self, name: str) -> str:
        spec = self.sellers.get(name)
        return getattr(spec, "pricing_rule", "") if spec is not None else ""

    def of_kind(self, kind: str) -> dict[str, Any]:
        """The named sellers of one kind, in the order of their names."""
        return {name: spec for name, spec in self.sellers.items() if spec.kind == kind}


GROUPS: dict[str, type[ParameterGroup]] = {
    name: field.annotation
    for name, field in Scenario.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, ParameterGroup)
}
TEXTS = ("name", "title", "question", "claims", "expected")


def json_schema() -> dict[str, Any]:
    """JSON schema of a scenario file, for editors: only `schema` is required, since a file says how it differs."""
    schema = Scenario.model_json_schema(mode="validation")
    schema["properties"] = {
        "schema": {"const": SCHEMA},
        "extends": {"type": "string", "description": "the scenario this one differs from"},
        **schema["properties"],
    }
    schema["required"] = ["schema"]
    return schema
