"""The four specialist roles that run AI in production: their loaded wages and the mix a service of a given size needs.

Source of the equations: docs/model.md, M7 (role mix) and M8. The reservation wage of a role is its initial wage, so
that the surplus of workers is measured from there.
"""

import numpy as np

from market.parameters import ParameterGroup, quantity
from market.units import FloatArray

ROLES = ("machine_learning_engineer", "operations_engineer", "integrator", "data_scientist")

MIX_OF_THE_SMALLEST = (0.05, 0.43, 0.42, 0.10)  # share of each role at 1e8 tokens a month and below
MIX_SHIFT_WITH_SIZE = (0.22, -0.07, -0.24, 0.09)  # change of each share up to 1e11 tokens a month
MIX_FIRST_DECADE, MIX_DECADES = 8.0, 3.0


class Labour(ParameterGroup):
    """Loaded yearly cost of the four specialist roles."""

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

    @property
    def wages(self) -> tuple[float, float, float, float]:
        """Loaded wages in the order of `ROLES`, USD per FTE-year; also the reservation wages."""
        return (self.machine_learning_engineer, self.operations_engineer, self.integrator, self.data_scientist)

    @property
    def wage_of_the_smallest(self) -> float:
        """Mean loaded wage of the role mix at or below 1e8 tokens a month, USD per FTE-year."""
        return sum(share * wage for share, wage in zip(MIX_OF_THE_SMALLEST, self.wages, strict=True))

    @property
    def wage_rise_with_size(self) -> float:
        """Rise of that mean from 1e8 to 1e11 tokens a month: `wage = wage_of_the_smallest + rise*mix_position`."""
        return sum(shift * wage for shift, wage in zip(MIX_SHIFT_WITH_SIZE, self.wages, strict=True))


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
