"""What sellers are lent, keep back and set aside follows from what they earned and paid, whatever the scenario."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.sellers import ModelLab, TrainingRun
from market.flows import Flow
from market.units import CENTS_PER_DOLLAR
from scenarios.scenario import Scenario
from simulation import ComputeEconomy
from simulation.month.dealing import tell_partners
from simulation.month.seller_costs import buy_distillation
from simulation.month.training import releaser_run

Founded = Callable[..., ComputeEconomy]


def test_the_bank_lends_on_profit_before_interest_and_wear(economy_of: Founded) -> None:
    economy = economy_of(months=20, horizon=24)
    world, books = economy.world, economy.record.closing.books
    count = len(world.sellers)
    interest = books.flows.paid(Flow.INTEREST_LOAN)[:count]
    wear = books.flows.paid(Flow.DEPRECIATION)[:count]
    indebted = [cloud.code for cloud in world.clouds if cloud.alive and interest[cloud.code] > 0]
    assert indebted
    earned = (books.sheet.profit_accounting[:count] + interest + wear) / CENTS_PER_DOLLAR
    np.testing.assert_allclose(world.finances.margins[-1][indebted], earned[indebted], atol=0.01)


def test_what_owners_keep_back_counts_machines_at_what_they_were_bought_for(economy_of: Founded) -> None:
    economy = economy_of({"policy.chip_tax": 0.1}, horizon=12)
    world, invested = economy.world, 0
    codes = [cloud.code for cloud in world.clouds]
    while economy.month < 12:
        economy.step()
        books = economy.record.closing.books
        running = books.sheet.expenses[codes] - books.flows.paid(Flow.DEPRECIATION)[codes]
        bought = books.flows.paid(Flow.CAPEX_GPU, Flow.CHIP_TAX, Flow.CAPEX_DC)[codes]
        outlays = world.finances.outlays[-1][codes] * CENTS_PER_DOLLAR
        np.testing.assert_allclose(outlays, running + bought, rtol=1e-9, atol=3.0)
        invested += bought.sum()
    assert invested > 0


def test_a_releaser_sets_aside_what_its_hours_cost(economy_of: Founded) -> None:
    economy = economy_of(months=1, horizon=12)
    world, usual = economy.world, economy.assumptions
    dear = usual.model_copy(update={"frontier": usual.frontier.model_copy(update={"compute_price_multiplier": 1.5})})
    releaser = world.releasers[0]
    spec = usual.sellers[releaser.name]

    def budget(assumptions: Scenario) -> float:
        for month in range(1, 12):
            run = releaser_run(world, assumptions, spec=spec, name=releaser.name, month=month)
            if run is not None:
                assert run.budget == pytest.approx(
                    run.gpu_hours * releaser.gpu_price_paid * assumptions.frontier.compute_price_multiplier
                )
                return run.budget
        return float("nan")

    assert budget(dear) == pytest.approx(1.5 * budget(usual))


def test_whoever_distils_pays_a_lab_in_business_though_a_failed_ones_weights_live_on(economy_of: Founded) -> None:
    """A mandate to publish leaves the weights of a lab that failed with whoever runs them."""
    economy = economy_of(months=2)
    world = economy.world
    failed, *others = sorted(world.labs, key=lambda lab: -lab.models["frontier"].quality if lab.models else 0.0)
    follower = next(lab for lab in reversed(others) if lab.models)
    best = max((lab for lab in others if lab.models and lab is not follower), key=_quality)
    failed.models = {"public": failed.models["frontier"]}
    follower.run = TrainingRun(gpu_hours=1.0, left=1.0, budget=1.0, started=1, distillation=2.0)
    spent = buy_distillation(world, economy.assumptions, month=2, tariffs=economy.record.tariffs)
    offer = world.book.codes(seller=best.name, route=0)[0]
    tokens = economy.assumptions.frontier.distillation_tokens / 1e6
    assert spent == pytest.approx(tokens * economy.record.tariffs.sheet.price[offer])


def _quality(lab: ModelLab) -> float:
    return lab.models["frontier"].quality


@pytest.mark.parametrize("rule", ["forecast", "rule_of_thumb"])
def test_information_rights_correct_no_error_that_is_not_made(economy_of: Founded, rule: str) -> None:
    """Who goes by last month's demand knows what its lab asked for; one who adapts slowly is told half."""
    economy = economy_of({"invest.rule": rule}, months=3)
    world, tie = economy.world, economy.world.deals.ties[0]
    wanted = np.zeros((len(world.buyers.names), len(world.clouds)))
    wanted[world.buyers.index(world.sellers[tie.lab].name), tie.cloud] = 2.0 * world.deals.expected_hours[tie.lab] + 1.0
    before = world.clouds[tie.cloud].demand_history[-1]
    tell_partners(world, economy.assumptions, demanded=wanted)
    told = world.clouds[tie.cloud].demand_history[-1] - before
    assert (told == 0.0) == (rule == "rule_of_thumb") and told >= 0.0
