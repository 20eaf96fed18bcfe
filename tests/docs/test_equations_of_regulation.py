"""M16 but for its quota as docs/model.md writes it: rules in force, reviews, reactions, bans, what the state pays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from agents import misuse_reaction, regulator, valuation
from agents.misuse_reaction import Reaction
from agents.regulator import Policy, Review
from agents.terms import Workloads, terms
from agents.vouchers import own_part
from market import clearing, frontier
from market.frontier import Frontier
from scenarios.scenario import Scenario
from simulation.month.hindering import hindered_quality
from simulation.month.public_compute import planned_hours
from simulation.month.regulating import under_policy
from tests.agents.conftest import small_world
from tests.docs.equations import Page, near, worlds

FLAGS = (
    "egress_cap", "portability", "interop", "commit_ban", "nondiscrimination", "separation", "advice_programme",
    "liability_open",
)  # fmt: skip
RESPONSES, REACTIONS = tuple(regulator.REMEDIES), regulator.REACTIONS


def some_policy(r: np.random.Generator, **more: Any) -> Policy:
    return Policy(
        **{name: bool(r.random() < 0.3) for name in FLAGS}, portability_effect=r.uniform(0.25, 0.75),
        response=str(r.choice(RESPONSES)), misuse_reaction=str(r.choice(REACTIONS)), review_after=2, review_lag=3,
        safety_delay=int(r.choice([0, 3, 9])), open_ban_q=float(r.choice([-1, 90, 150])), **more,
    )  # fmt: skip


def by_key(scenario: Scenario) -> dict[str, Any]:
    """Every parameter by its key."""
    groups = {name: group for name, group in scenario.model_dump().items() if isinstance(group, dict)}
    return {f"{name}.{key}": value for name, group in groups.items() for key, value in group.items()}


def test_rules_in_force(page: Page) -> None:
    """Whatever is on: every parameter of the month, those that nothing changes included."""
    changed: set[str] = set()
    for r in worlds():
        plan = Scenario(name="rules", policy=some_policy(r), compute=clearing.Compute(foreclosure=0.4))
        stage, answers, line = int(r.integers(3)), tuple(r.choice(REACTIONS, 2)), r.uniform(80, 160)
        world: Any = SimpleNamespace(review=Review(stage=stage), reaction=Reaction(answers=answers, danger=line))
        told, before = by_key(under_policy(world, plan)), by_key(plan)
        policy = page["in_force"](plan.policy.model_dump(), stage, answers, line)
        found = page["rules_under"](policy, before) | {f"policy.{name}": value for name, value in policy.items()}
        assert found == told
        changed |= {key for key in told if told[key] != before[key]}
    of_others = {key for key in changed if not key.startswith("policy.")}
    assert of_others == {
        "tenancy.migration_years", *(f"lockin.{name}" for name in regulator.WORK_OF_MOVING), "lockin.egress",
        "compute.foreclosure", "deal.stake", "deal.integration", "deal.take_or_pay", "reserve.most_of_supply",
        "belief.advice_reach", "safety.liability",
    }  # fmt: skip


def test_reviews_and_reactions(page: Page) -> None:
    """Four years of a regulator that looks at a concentration and at misuses."""
    stages, answered = set(), set()
    for r in worlds():
        policy = some_policy(r)
        told, found = Review(), (0, -1, 0)
        reaction, mine = Reaction(), ([-1, -1], ["none", "none"], -1.0)
        for month in range(24):
            hhi, event, danger = r.choice([0.2, 0.4, 0.4, np.nan]), int(r.choice([0, 0, 0, 1, 2])), r.uniform(80, 150)
            told = regulator.next_review(told, month=month, control_hhi=hhi, trigger=0.3, policy=policy)
            found = page["next_review"](*found, month, hhi, 0.3, policy.model_dump())
            assert found == (told.above, told.opened, told.stage)
            reaction = misuse_reaction.next_reaction(
                reaction, event=event, month=month, danger=danger, policy=policy
            )
            mine = page["next_reaction"](*mine, event, month, danger, policy.model_dump())
            assert (tuple(mine[0]), tuple(mine[1]), mine[2]) == (reaction.seen, reaction.answers, reaction.danger)
        stages.add(told.stage)
        answered |= set(reaction.answers)
    assert stages == {0, 1, 2} and answered == set(REACTIONS)


def test_bans_and_controls(page: Page) -> None:
    """What a ban of distillation and export control leave of a releaser's model."""
    hindered = 0
    for r in worlds():
        rules, gap, left = Frontier(distillation=r.uniform(0, 0.9)), r.uniform(-5, 40), r.uniform()
        policy = Policy(distill_ban=bool(r.integers(2)), distill_leak=left, export_control=True)
        plan = Scenario(name="bans", policy=policy, frontier=rules)
        best, since, before, alg = r.uniform(100, 200), int(r.integers(0, 80)), r.lognormal(13), r.uniform(0, 2)
        releaser: Any = SimpleNamespace(cut_off_since=5, hours_before=before, algorithms=alg)
        world: Any = SimpleNamespace(closed_frontier=[best])
        told = hindered_quality(world, plan, releaser=releaser, quality=best - gap, month=5 + since)
        if policy.distill_ban:
            found = page["gap_without_distillation"](gap, rules.distillation, rules.distillation_margin, left)
            assert near(found, regulator.gap_without_distillation(gap, frontier=rules, left=left))
            gap = found
        needed = frontier.gpu_hours_for(best - gap, algorithms=alg, frontier=rules) / plan.release.cadence
        lost = page["points_lost"](
            needed, before, since, plan.invest.life_months, plan.chip.smuggled, rules.points_per_dex
        )
        assert near(told, best - gap - lost)
        hindered += lost > 0
    assert hindered > 10


def test_tests_and_public_compute(page: Page) -> None:
    for r in worlds():
        safety, months, testing = r.uniform(), int(r.integers(0, 12)), r.uniform(0, 0.2)
        left = regulator.flaws_left(Policy(safety_delay=months, testing=testing))
        told = regulator.safety_after_tests(safety, left)
        assert near(page["tested"](safety, testing, months), told)
        part, machines, ordered = r.uniform(0, 0.5), r.uniform(0, 1e6, 3), r.uniform(0, 1e5, 3)
        plan = Scenario(name="public", policy=Policy(public_compute=part))
        clouds = [
            SimpleNamespace(role=role, fleet=SimpleNamespace(count=here, count_on_order=coming))
            for role, here, coming in zip(("hyperscaler", "fringe", "public"), machines, ordered, strict=True)
        ]
        world: Any = SimpleNamespace(clouds=clouds)
        others = machines[:2].sum() + ordered[:2].sum()
        invest = plan.invest
        found = page["public_hours"](part, others, plan.pricing.load_target, invest.availability, invest.reserve)
        assert near(found, planned_hours(world, plan))


def test_vouchers(page: Page) -> None:
    """The choice is made at full prices by companies 1/d times as large, and brought back: the same value."""
    for r in worlds():
        d = float(r.uniform(0.5, 1))
        borne = own_part(np.array([int(r.integers(2))], dtype=np.uint8), Policy(sme_voucher=1 - d))
        assert borne is not None
        world = small_world([{}], volume=10 ** r.uniform(7, 10), value=r.uniform(1, 100), reference_price=r.lognormal())
        columns = {name: getattr(world.workloads, name) for name in Workloads.__dataclass_fields__}
        renamed = {"slot_volume": columns.pop("volume"), "volume": columns.pop("company_volume")}
        companies = SimpleNamespace(**columns, **renamed)

        def terms_of(
            part: Any, world: Any = world, columns: Any = columns, companies: Any = companies
        ) -> Any:  # fmt: skip
            workloads = Workloads.of(companies, need=columns["need"], dominant=columns["dominant"], own_part=part)
            return terms(
                workloads, np.array([0]), sheet=world.sheet, demand=world.demand, lockin=world.lockin,
                selfhost=world.selfhost, labour=world.labour, circumstances=world.circumstances,
            )  # fmt: skip

        full, aided = terms_of(None), terms_of(borne)
        price, adequate, eps, horizon = r.lognormal(), r.uniform(), world.demand.use_elasticity, world.lockin.horizon
        ratio = valuation.metered_ratio(price**-eps, aided.reference_power)
        use = valuation.value_of_use(aided.reference_value, price, aided.inverse_reference, ratio)
        cost = aided.mtok * ratio * price + aided.integration
        surplus = valuation.surplus(aided.gross, adequate, 1.0, use, cost)
        none = np.zeros(1)
        told = borne * valuation.decision_value(
            surplus, none, none, none, none, none, aided.work_api, horizon, none, aided.gross
        )
        found = page["value_with_voucher"](
            d, full.gross[0], adequate, full.mtok[0], price, 1 / full.inverse_reference[0], eps, full.integration[0],
            full.work_api[0], horizon,
        )  # fmt: skip
        assert near(found, told[0])
