"""What a shortage of specialists does to a company that runs or integrates models (docs/model.md M8).

Each role has its own damage: without engineers of models the wrong one is run, without engineers of operations machines
stand by and services fail, without integrators moving is slow and dear, without data scientists quality drifts away
unseen. Positions that are not filled are not paid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from market.labour import DATA, INTEGRATION, MODEL, OPERATIONS, ROLES, Labour
from market.parameters import ParameterGroup, flag, quantity
from market.units import FloatArray


class Staff(ParameterGroup):
    """What companies lack where specialists are missing, and what their own people do instead of other work."""

    roles: bool = flag(
        True, meaning="whether missing specialists do harm; if not, those whom a company has make up for them at pay"
    )
    wrong_model: float = quantity(
        6.0, unit="points", meaning="quality lost by who runs a model without engineers of models", low=2, high=10,
        symbol="mle_pen",
    )
    idle_machines: float = quantity(
        0.5, unit="share", meaning="operating load lost by who runs a model without engineers of operations", low=0.2,
        high=0.7, most=0.95, symbol="mlops_eff",
    )
    downtime: float = quantity(
        0.05, unit="share", meaning="availability lost by who runs a model without engineers of operations", low=0.01,
        high=0.1, most=0.9, symbol="mlops_avail",
    )
    integration_delay: float = quantity(
        2.0, unit="months", meaning="time to deploy with all integrators in place, in proportion longer without",
        low=1, high=4, symbol="int_delay",
    )
    drift: float = quantity(
        0.5, unit="points/month", meaning="quality lost since the last review without data scientists", low=0.1, high=1,
        symbol="ds_drift",
    )
    incidents: float = quantity(
        2.0, unit="1", meaning="rise of the hazard of incidents without data scientists, over that with all", low=0,
        high=4, symbol="ds_haz",
    )
    in_house: float = quantity(
        0.2, unit="share", meaning="standing specialists whom companies take from their own people", low=0, high=0.5,
        most=1.0, symbol="in_house",
    )
    opportunity_cost: float = quantity(
        1.3, unit="1", meaning="worth of the work that own people leave undone, over the wage of the role", low=1,
        high=1.6, source="assumed", symbol="opp_cost",
    )
    fine_tuning: float = quantity(
        3.0, unit="points", meaning="quality won by tuning a model one runs, with engineers and data scientists", low=0,
        high=6, symbol="ft_gain",
    )


@dataclass(frozen=True)
class Staffing:
    """How far the companies' positions are filled this month, the same for all of them, and what follows."""

    month: int = 0
    market_fill: FloatArray = field(default_factory=lambda: np.ones(len(ROLES)))  # of positions open to others
    rules: Staff | None = None  # None: all roles are filled, and nothing of this exists

    @cached_property
    def in_house(self) -> float:
        """Share of standing positions filled by the company's own people."""
        rules: Staff | None = self.rules
        return rules.in_house if rules is not None else 0.0

    @cached_property
    def fill(self) -> FloatArray:
        """Positions filled, own people included; (roles,)."""
        return np.asarray(self.in_house + (1.0 - self.in_house) * self.market_fill)

    @cached_property
    def missing(self) -> tuple[float, ...]:
        """Positions that are not filled, as a share; (roles,)."""
        return tuple(float(1.0 - fill) for fill in self.fill)

    @cached_property
    def quality_change(self) -> float:
        """Points by which a self-run model is better or worse than the model as published."""
        rules: Staff | None = self.rules
        if rules is None:
            return 0.0
        tuned = rules.fine_tuning * float(self.fill[MODEL] * self.fill[DATA])
        return tuned - rules.wrong_model * self.missing[MODEL]

    @cached_property
    def drift(self) -> float:
        """Points a self-run model loses a month until its company looks at it again."""
        rules: Staff | None = self.rules
        return rules.drift * self.missing[DATA] if rules is not None else 0.0

    @cached_property
    def load_factor(self) -> float:
        """Operating load of a company's own machines over that with all operators in place."""
        rules: Staff | None = self.rules
        return 1.0 - rules.idle_machines * self.missing[OPERATIONS] if rules is not None else 1.0

    @cached_property
    def downtime(self) -> float:
        """Availability lost by services that companies run."""
        rules: Staff | None = self.rules
        return rules.downtime * self.missing[OPERATIONS] if rules is not None else 0.0

    @cached_property
    def moving(self) -> float:
        """Work of moving over that with all integrators in place: 2 - fill."""
        return 1.0 + self.missing[INTEGRATION] if self.rules is not None else 1.0

    @cached_property
    def delay(self) -> float:
        """Months that deployment takes beyond what it takes with all integrators in place."""
        rules: Staff | None = self.rules
        if rules is None:
            return 0.0
        fill = float(self.fill[INTEGRATION])
        return rules.integration_delay * (1.0 / fill - 1.0) if fill > 0 else np.inf

    @cached_property
    def deploys(self) -> float:
        """Chance that a deployment which waits for an integrator begins this month."""
        return 1.0 / (1.0 + self.delay)

    @cached_property
    def incident_factor(self) -> float:
        """Hazard of incidents over that with all data scientists in place."""
        rules: Staff | None = self.rules
        return 1.0 + rules.incidents * self.missing[DATA] if rules is not None else 1.0

    def paid(self, labour: Labour) -> Labour:
        """Wages paid for each standing position: whoever is missing and one's own people cost no wage."""
        return labour if self.rules is None else labour.at((1.0 - self.in_house) * self.market_fill)

    def forgone(self, labour: Labour) -> Labour:
        """Worth of the other work that own people leave undone for each standing position."""
        rules: Staff | None = self.rules
        undone = self.in_house * rules.opportunity_cost if rules is not None else 0.0
        return labour.at(np.full(len(ROLES), undone))

    def worth(self, labour: Labour) -> Labour:
        """True cost of each standing position: wages paid and work left undone."""
        rules: Staff | None = self.rules
        if rules is None:
            return labour
        return labour.at((1.0 - self.in_house) * self.market_fill + self.in_house * rules.opportunity_cost)


FULLY_STAFFED = Staffing()
