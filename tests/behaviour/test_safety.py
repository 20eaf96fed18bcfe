"""Incidents and misuse in a whole small economy (docs/model.md M15): findings, switches and the books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from market.chance import Mechanism
from market.goods import Route
from scenarios.shocks import Shock
from simulation import ComputeEconomy
from simulation.run import Run

INCIDENTS = (
    "incidents_bias", "incidents_misinformation", "incidents_autonomy", "unpatched_closed_api", "unpatched_hosted_open",
    "unpatched_self_run", "unpatched_on_device", "incident_loss", "incident_loss_open", "incident_loss_foreign",
)  # fmt: skip
MISUSE = (
    "external_harm", "external_harm_open", "external_harm_event", "welfare_before_harm", "misuse_stock",
    "misuse_stock_foreign", "misuse_closed", "danger_quality",
)  # fmt: skip
HARMED = {"external_harm", "external_harm_open", "welfare", "welfare_from_quantities"}
ROUNDED = {"welfare_before_harm"}
FREQUENT = {"safety.hazard": 0.2}
EARLY = {"release.schedule_end": 3, "release.stall_hazard": 0.0}
DANGEROUS = {"safety.danger_quality": 90.0, "safety.harm": 1e9}


def names(columns: list[str]) -> set[str]:
    return {name.removeprefix("indicators.") for name in columns}


def test_without_incidents_and_misuse_nothing_else_is_missing(
    run_of_world: Callable[..., Run], differences: Callable[..., list[str]]
):
    off = run_of_world({"safety.incidents": False, "safety.misuse": False})
    harmless = run_of_world({"safety.hazard": 0.0})
    assert names(differences(off, harmless)) <= {*INCIDENTS, *MISUSE}
    assert {*INCIDENTS, *MISUSE} <= set(off.manifest["not_modelled"])
    assert (harmless.indicators.incident_loss == 0).all()


def test_following_misuse_moves_nothing_while_nobody_is_harmed(
    run_of_world: Callable[..., Run], differences: Callable[..., list[str]]
):
    assert names(differences(run_of_world({"safety.misuse": False}), run_of_world())) <= set(MISUSE)


def test_harm_to_others_is_taken_from_welfare_and_from_nothing_else(
    run_of_world: Callable[..., Run], differences: Callable[..., list[str]]
):
    without, with_harm = run_of_world({"safety.danger_quality": 90.0}), run_of_world(DANGEROUS)
    assert HARMED <= names(differences(without, with_harm)) <= HARMED | ROUNDED
    table = with_harm.indicators
    assert (table.external_harm > 0).all()
    assert np.allclose(table.welfare + table.external_harm, without.indicators.welfare)
    assert np.allclose(table.welfare_before_harm, without.indicators.welfare)


def test_whoever_serves_everybody_mends_for_everybody_at_once(run_of_world: Callable[..., Run]):
    """Of models that are equally safe. Self-runners are too few and too young here: they are L40's."""
    alike = {"sellers.state_backed.safety": 0.92, "companies.calibration": "lean", "adopt.open_own_hazard": 0.5}
    late = run_of_world(FREQUENT | alike, months=24).indicators.iloc[12:]
    closed, hosted, device = (late[f"unpatched_{on}"].mean() for on in ("closed_api", "hosted_open", "on_device"))
    assert 0 < closed < 0.3 * hosted
    assert hosted < 0.6 * device


def test_whose_models_a_channel_serves_matters_as_much_as_the_channel(run_of_world: Callable[..., Run]):
    """Careless weights from the second jurisdiction are hosted more than self-run: hosting then looks no safer."""
    mixed = {"companies.calibration": "lean", "adopt.open_own_hazard": 0.5}
    alike = mixed | {"sellers.state_backed.safety": 0.92}
    careless, careful = (run_of_world(FREQUENT | terms, months=24).indicators.iloc[12:] for terms in (mixed, alike))
    assert careless.unpatched_hosted_open.mean() > 1.5 * careful.unpatched_hosted_open.mean()


def test_self_runners_that_never_patch_fall_further_behind(economy_of: Any):
    economy = economy_of(FREQUENT | {"companies.calibration": "lean", "adopt.open_own_hazard": 0.5}, months=12)
    incidents, book = economy.record.demand.incidents, economy.world.book
    own = np.isin(book.route, (Route.SELF_RENT, Route.ON_PREM))
    assert incidents.after.for_good[~own].sum() == 0.0
    assert (incidents.after.for_good.max(axis=1)[own] <= 0.15 * incidents.users[own] + 1e-9).all()


def test_what_its_developer_gave_up_is_mended_by_whoever_can_read_it(economy_of: Any):
    """Scrutiny is the other side of openness: a readable model that is given up has its patches sooner."""
    given_up = FREQUENT | {"release.giant_exit": 2, "open.fork_rate": 0.0, "open.contributions": 0.0}
    unpatched = []
    for terms in ({"open.readability": 1.0}, {"open.readability": 0.0}, {"open.community": False}):
        economy = economy_of(given_up | terms, months=3, horizon=18)
        world, lived, users = economy.world, 0.0, 0.0
        line = next(releaser.models["open"].line for releaser in world.releasers if releaser.left)
        for _ in range(15):
            economy.step()
            incidents = economy.record.demand.incidents
            lived += incidents.unpatched[world.book.line_of == line].sum()
            users += incidents.users[world.book.line_of == line].sum()
        unpatched.append(lived / users)
    assert unpatched[0] < 0.9 * unpatched[1] < unpatched[2]


def test_more_incidents_destroy_more_value(run_of_world: Callable[..., Run]):
    calm, rough = run_of_world().indicators, run_of_world(FREQUENT).indicators
    assert 5 < rough.incident_loss.sum() / calm.incident_loss.sum() < 40
    assert calm.incident_loss.sum() < 0.002 * calm.access_usd.sum()


def test_a_model_with_safeguards_harms_less(run_of_world: Callable[..., Run]):
    trusted = {"demand.aversion_foreign": 0.0, "companies.calibration": "lean", "adopt.open_own_hazard": 0.5}
    careless = run_of_world(trusted).indicators
    careful = run_of_world(trusted | {"sellers.state_backed.safety": 0.92}).indicators
    assert 0 < careful.incident_loss_foreign.sum() < 0.5 * careless.incident_loss_foreign.sum()


def test_the_luck_of_a_model_is_the_same_in_every_arm(economy_of: Any):
    arms = {arm: economy_of(months=6, arm=arm) for arm in ("open", "closed")}
    share = {}
    for arm, economy in arms.items():
        incidents = economy.record.demand.incidents
        closed = (economy.world.book.route == Route.CLOSED_API) & (incidents.users > 0)
        share[arm] = {code: incidents.struck[code] / incidents.users[code] for code in np.flatnonzero(closed)}
    both = share["open"].keys() & share["closed"].keys()
    assert both and all(share["open"][code] == pytest.approx(share["closed"][code], rel=1e-9) for code in both)


def test_who_meets_an_incident_looks_around_next_month(economy_of: Any):
    economy = economy_of(FREQUENT | {"demand.review": 0.0}, months=6)
    world = economy.world
    harmed = world.harmed
    assert len(harmed) > 0
    draws = world.chance.uniform(Mechanism.INCIDENT_USER, month=5, entity=economy.record.demand.live_rows)
    assert len(harmed) < 0.3 * len(draws)
    economy.step()
    stayed = harmed[np.isin(harmed, np.flatnonzero(world.companies.live))]
    assert np.isin(stayed, economy.record.demand.moves.rows).mean() > 0.95


def test_the_stock_of_misuse_only_fades_once_no_weights_come_out(run_of_world: Callable[..., Run]):
    """Weights that are out stay out: the law may close new ones, and old ones keep their danger."""
    run = run_of_world({"counterfactual.closed_from": 6, "safety.danger_quality": 90.0}, arm="closed", months=14)
    stock = run.indicators.misuse_stock.to_numpy()
    assert stock[5] > 0.1
    assert np.allclose(stock[7:] / stock[6:-1], 0.98)


def test_withdrawing_interfaces_ends_their_misuse_and_weights_do_not_follow(economy_of: Any):
    economy = economy_of({"safety.danger_quality": 90.0}, months=6)
    world = economy.world
    before = world.misuse
    for releaser in world.releasers:
        releaser.left = True  # whoever published them is gone
    economy.step()
    assert world.misuse.stock == pytest.approx(before.stock * 0.98)


def test_monitoring_is_what_a_closed_provider_can_do(run_of_world: Callable[..., Run]):
    watched, blind = run_of_world().indicators, run_of_world({"safety.monitoring": 0.0}).indicators
    assert np.allclose(watched.misuse_closed, 0.2 * blind.misuse_closed)
    assert np.allclose(watched.misuse_stock, blind.misuse_stock)


def test_publishers_that_are_liable_pay_and_welfare_stays(run_of_world: Callable[..., Run]):
    """Damages move harm from its victims to whoever published: the schedule leaves no choice here."""
    schedule = DANGEROUS | {"release.rule": "schedule", "safety.harm": 1e7}
    free, liable = run_of_world(schedule), run_of_world(schedule | {"safety.liability": 1.0})
    paid = liable.flows[liable.flows.flow == "liability_damage"]
    assert set(paid.payee) == {"rest_of_economy"} and set(paid.payer) <= {"platform_giant", "start_up", "state_backed"}
    by_month = paid.groupby("month").cents.sum() / 100
    assert np.allclose(by_month, liable.indicators.external_harm_open, rtol=1e-6, atol=1)
    assert (liable.indicators.external_harm < free.indicators.external_harm).all()
    table = liable.indicators.iloc[:-1]
    gross = table.external_harm + by_month.reindex(table.month, fill_value=0.0).to_numpy()
    assert np.allclose(table.welfare_before_harm - table.welfare, gross)


def test_liability_keeps_dangerous_weights_closed(run_of_world: Callable[..., Run]):
    eager = EARLY | DANGEROUS | {"release.ideology": 1e8}

    def published(run: Run) -> int:
        decided = run.events[run.events.kind == "decision"].text
        return int(decided.str.startswith("published").sum())

    free, liable = run_of_world(eager), run_of_world(eager | {"safety.liability": 1.0})
    assert published(free) > 0
    assert published(liable) == 0


@pytest.mark.parametrize(
    ("event", "arm", "happens"), [(1, "open", 1), (1, "closed", 0), (2, "open", 1), (2, "closed", 1)]
)
def test_a_severe_event_needs_its_route(economy_of: Any, event: int, arm: str, happens: int):
    founded = economy_of(arm=arm)
    shocked = founded.plan.model_copy(update={"shocks": (Shock(8, "safety.event", "step_to", event),)})
    economy = ComputeEconomy(shocked, draw=1, arm=arm)
    economy.run(10)
    harm = economy.results().indicators.external_harm_event
    assert harm.iloc[8] == happens * 1e10
    assert harm.drop(index=8).eq(0).all()
    told = economy.results().events
    assert (told.kind == "incident").sum() == happens
