"""The four specialist roles that run AI in production: their wages, their market, and the mix that a service needs.

Source of the equations: docs/model.md, M7 (role mix), M8 and M9. The reservation wage of a role is its founding wage,
so that the surplus of workers is measured from there. The market itself is in `market.labour_market`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from market.parameters import ParameterGroup, flag, quantity
from market.units import FloatArray, running_sum

ROLES = ("machine_learning_engineer", "operations_engineer", "integrator", "data_scientist")
MODEL, OPERATIONS, INTEGRATION, DATA = range(len(ROLES))

MIX_OF_THE_SMALLEST = (0.05, 0.43, 0.42, 0.10)  # share of each role at 1e8 tokens a month and below
MIX_SHIFT_WITH_SIZE = (0.22, -0.07, -0.24, 0.09)  # change of each share up to 1e11 tokens a month
MIX_FIRST_DECADE, MIX_DECADES = 8.0, 3.0


class Labour(ParameterGroup):
    """Loaded yearly cost of the four specialist roles, and the market on which they are hired."""

    market: bool = flag(
        True, meaning="whether specialists are hired on a market; if not, everybody finds them at the founding wage"
    )

    machine_learning_engineer: float = quantity(
        260e3, unit="USD/FTE-year", meaning="loaded wage of an engineer who chooses and tunes models", low=180e3,
        high=350e3, source="fact 4.11", symbol="w_MLE",
    )
    operations_engineer: float = quantity(
        250e3, unit="USD/FTE-year", meaning="loaded wage of an engineer who keeps the service running", low=170e3,
        high=330e3, source="fact 4.11", symbol="w_MLOPS",
    )
    integrator: float = quantity(
        200e3, unit="USD/FTE-year", meaning="loaded wage of a developer who fits models into the business", low=140e3,
        high=260e3, source="fact 4.04", symbol="w_INT",
    )
    data_scientist: float = quantity(
        210e3, unit="USD/FTE-year", meaning="loaded wage of a data scientist who measures what the model does",
        low=150e3, high=280e3, source="fact 4.04", symbol="w_DS",
    )
    wage_multiplier: float = quantity(
        1.0, unit="1", meaning="founding wages over those above", low=0.7, high=1.3, least=0.01, symbol="wage_mult"
    )
    stock_multiplier: float = quantity(
        1.0, unit="1", meaning="specialists at founding over those whom the founding demand and its tightness imply",
        low=0.5, high=3, least=0.01, symbol="stock_mult",
    )
    founding_demand: tuple[float, ...] = quantity(
        (700.0, 200.0, 12000.0, 105.0), unit="FTE",
        meaning="specialists wanted at founding: engineers of models and of operations, integrators, data scientists",
        least=0.001, most=1e9, symbol="D0_r",
    )
    in_training: float = quantity(
        0.85, unit="share", meaning="people in training at founding beyond those who replace leavers, over specialists",
        low=0.4, high=1.2, symbol="S_training",
    )
    tightness: float = quantity(
        3.0, unit="1", meaning="vacancies for each specialist without a job at founding", low=1, high=4, least=0.01,
        source="fact 4.12", symbol="tight0",
    )
    matching: float = quantity(
        0.4, unit="1", meaning="efficiency with which vacancies and people without a job find each other", low=0.2,
        high=0.8, least=0.01, symbol="match_eff",
    )
    turnover: float = quantity(
        0.02, unit="1/month", meaning="share of employed specialists who leave their job for another", low=0.01,
        high=0.04, most=0.5, symbol="turnover",
    )
    attrition: float = quantity(
        0.01, unit="1/month", meaning="share of specialists who leave the occupation", low=0.005, high=0.02, most=0.5,
        symbol="attrition",
    )
    discouraged: float = quantity(
        0.01, unit="1/month", meaning="share of specialists without a job who leave the occupation, beside attrition",
        low=0, high=0.05, most=0.5, symbol="discouraged",
    )
    sellers_pull: float = quantity(
        2.0, unit="1", meaning="applicants for a vacancy of who sells models over those for one of a company", low=1,
        high=10, least=0.01, symbol="pull",
    )
    entry: float = quantity(
        0.01, unit="1/month", meaning="people who begin training at the founding wage, over specialists", low=0.005,
        high=0.02, most=0.5, symbol="n0",
    )
    entry_elasticity: float = quantity(
        1.5, unit="1", meaning="response of those who begin training to the wage", low=0.5, high=3, most=10,
        symbol="supply_el",
    )
    entry_response: float = quantity(
        0.1, unit="1/month", meaning="share of the positions expected to lack people that draw somebody into training",
        low=0.03, high=0.3, most=1.0, symbol="entry_response",
    )
    training_months: int = quantity(
        18, unit="months", meaning="from beginning training to the labour market", low=6, high=36, least=1, most=120,
        symbol="supply_lag",
    )
    trend_damping: float = quantity(
        0.93, unit="1/month", meaning="how much of the trend of positions those who begin training expect to persist",
        low=0.8, high=0.98, most=1.0, symbol="S_damp",
    )
    wage_response: float = quantity(
        0.03, unit="1/month", meaning="rise of the wage by excess demand over the stock, beyond that of founding",
        low=0.01, high=0.15, most=2, symbol="kw",
    )
    wage_floor: float = quantity(
        0.5, unit="share", meaning="lowest wage over the founding wage", low=0.4, high=0.8, most=1.0, symbol="w_floor"
    )
    project_months: float = quantity(
        6.0, unit="months", meaning="time over which the work of moving to another offer is carried out", low=3,
        high=12, least=1, most=60, symbol="T_project",
    )
    research_pay: float = quantity(
        4.0, unit="1", meaning="pay of those who work on new models over that of an engineer of models", low=2,
        high=8, least=0.1, symbol="research_pay",
    )

    @property
    def founding_growth(self) -> float:
        """Monthly growth of positions that those in training at founding expect."""
        return float(np.log1p(self.in_training) / self.training_months)

    def at(self, factor: Sequence[float] | FloatArray) -> Labour:
        """The same with the wages of the roles multiplied by `factor` (4,)."""
        changed = {role: float(wage * f) for role, wage, f in zip(ROLES, self.wages, factor, strict=True)}
        return self.model_copy(update=changed)

    @property
    def wages(self) -> tuple[float, float, float, float]:
        """Loaded wages in the order of `ROLES`, USD per FTE-year; at founding also the reservation wages."""
        return (self.machine_learning_engineer, self.operations_engineer, self.integrator, self.data_scientist)

    @property
    def wage_of_the_smallest(self) -> float:
        """Mean loaded wage of the role mix at or below 1e8 tokens a month, USD per FTE-year."""
        return running_sum(share * wage for share, wage in zip(MIX_OF_THE_SMALLEST, self.wages, strict=True))

    @property
    def wage_rise_with_size(self) -> float:
        """Rise of that mean from 1e8 to 1e11 tokens a month: `wage = wage_of_the_smallest + rise*mix_position`."""
        return running_sum(shift * wage for shift, wage in zip(MIX_SHIFT_WITH_SIZE, self.wages, strict=True))


def mix_position(tokens_per_month: float | FloatArray) -> FloatArray:
    """Where a service stands between the mix of the smallest and of the largest: x in 0..1, linear in log volume."""
    decades = np.log10(np.maximum(tokens_per_month, 10.0**MIX_FIRST_DECADE)) - MIX_FIRST_DECADE
    position: FloatArray = np.minimum(decades / MIX_DECADES, 1.0)
    return position


def role_mix(tokens_per_month: float | FloatArray) -> FloatArray:
    """Shares of the four roles in the staff of a service; shape (..., 4), each row sums to 1 (M7)."""
    position = np.asarray(mix_position(tokens_per_month))[..., None]
    return np.asarray(MIX_OF_THE_SMALLEST) + np.asarray(MIX_SHIFT_WITH_SIZE) * position


def loaded_wage(tokens_per_month: float | FloatArray, labour: Labour) -> FloatArray:
    """Mean loaded wage of a service's staff, USD per FTE-year, as a function of its tokens a month (M7)."""
    return labour.wage_of_the_smallest + labour.wage_rise_with_size * mix_position(tokens_per_month)


def staff_by_role(staff_fte: float | FloatArray, tokens_per_month: float | FloatArray) -> FloatArray:
    """Staff split over the four roles; shape (..., 4), FTE."""
    return np.asarray(staff_fte)[..., None] * role_mix(tokens_per_month)
