"""The market for specialists in January 2023 (docs/model.md M9)."""

from __future__ import annotations

import numpy as np

from market.labour import INTEGRATION, ROLES, Labour
from market.labour_market import LabourMarket, matches


def found_market(labour: Labour) -> LabourMarket:
    """The market at founding: jobs turn over at the declared tightness, and the stock follows from that.

    With i people without a job per employed one, hires `i*(1 - exp(-match_eff*tight0))` replace those who leave their
    job or the occupation, and `1 + tight0*i` positions exist per filled one.
    """
    demand = np.asarray(labour.founding_demand)
    found_per_idle = matches(labour.tightness, 1.0, efficiency=labour.matching)
    idle = (labour.turnover + labour.attrition) / found_per_idle
    in_balance = demand * (1.0 + idle) / (1.0 + labour.tightness * idle)
    stock = labour.stock_multiplier * in_balance
    employed = np.minimum(demand, stock / (1.0 + idle))
    arriving = labour.entry + labour.in_training / labour.training_months
    at_companies = np.arange(len(ROLES)) == INTEGRATION  # nobody runs a model itself yet
    split = np.stack([~at_companies, at_companies]).astype(np.float64)
    return LabourMarket(
        stock=stock,
        employed=split * employed,
        training=np.tile(arriving * in_balance, (labour.training_months, 1)),
        wage=np.ones(len(ROLES)),
        gap=demand / in_balance - 1.0,
        required=split * demand,
        projects=float(demand[INTEGRATION] * labour.project_months),
        vacancies=np.maximum(demand - employed, 0.0),
        hires=np.zeros(len(ROLES)),
    )
