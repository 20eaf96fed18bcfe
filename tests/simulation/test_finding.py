"""The company that is most like a description."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulation import ComputeEconomy
from simulation.telling.finding import Description, nearest_company


@pytest.fixture(scope="module")
def economy(economy_of: Callable[..., ComputeEconomy]) -> ComputeEconomy:
    return economy_of()


def test_a_hospital_of_300_people_with_sensitive_data_is_found(economy: ComputeEconomy) -> None:
    companies = economy.companies
    row = nearest_company(economy.world, Description(employees=300, sensitive=True, regulated=True))
    assert companies.sensitive[row] and companies.regulated[row] and not companies.no_need[row]
    alike = companies.sensitive & companies.regulated & ~companies.no_need & (companies.segment == 0)
    gap = np.abs(np.log10(companies.employees) - np.log10(300))
    assert gap[row] == gap[alike].min()


def test_every_company_that_needs_ai_is_nearest_to_itself(economy: ComputeEconomy) -> None:
    companies = economy.companies
    for row in np.flatnonzero(~companies.no_need)[:40]:
        found = nearest_company(
            economy.world,
            Description(
                employees=int(companies.employees[row]), segment=("enterprise", "developer")[companies.segment[row]],
                sensitive=bool(companies.sensitive[row]), regulated=bool(companies.regulated[row]),
                sector=int(companies.sector[row]),
            ),
        )  # fmt: skip
        assert companies.employees[found] == companies.employees[row]
        assert companies.sensitive[found] == companies.sensitive[row]


def test_only_some_companies_are_looked_at_where_some_are_named(economy: ComputeEconomy) -> None:
    some = np.zeros(economy.companies.rows, dtype=bool)
    assert nearest_company(economy.world, Description(employees=300), among=some) >= 0
    some[7] = True
    assert nearest_company(economy.world, Description(employees=300), among=some) == 7


def test_nonsense_is_refused(economy: ComputeEconomy) -> None:
    with pytest.raises(ValueError, match="choose one of enterprise, developer"):
        nearest_company(economy.world, Description(employees=10, segment="hospital"))
    with pytest.raises(ValueError, match="give 1 or more"):
        nearest_company(economy.world, Description(employees=0))
