"""A quota for sovereign compute and the regulator's reaction to misuse in a whole small economy (docs/model.md M16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents.sovereignty import SOVEREIGN_CLOUD
from market.goods import Route
from scenarios.shocks import Shock
from simulation import ComputeEconomy
from simulation.month.liquidation import highest_bidder
from simulation.run import Run

MONTHS, QUOTA = 26, 0.3
SOON: dict[str, Any] = {
    "invest.shell_lead_months": 3, "invest.gpu_lead_months": 1, "adopt.open_own_hazard": 0.5,
    "pop.second_bloc_share": 0.4, "control.panel": 1024,
}  # fmt: skip
EVENT, LAG = 5, 2  # month of a severe misuse, and months until the regulator answers


@pytest.fixture(scope="module")
def at_home(economy_of: Callable[..., ComputeEconomy]) -> ComputeEconomy:
    """A world in which a third of the second bloc's compute must run at home."""
    return economy_of(SOON | {"policy.sovereign_quota": QUOTA}, months=MONTHS, horizon=MONTHS)


@pytest.fixture(scope="module")
def anywhere(economy_of: Callable[..., ComputeEconomy]) -> ComputeEconomy:
    """The same world without the quota."""
    return economy_of(SOON, months=MONTHS, horizon=MONTHS)


def users(economy: ComputeEconomy, *, most_sensitive: float = 0.0) -> Any:
    """Slots of the second bloc that hold an offer, and whose data is at least so sensitive."""
    companies = economy.companies
    of_bloc = companies.jurisdiction[companies.company] == 1
    return np.flatnonzero(of_bloc & companies.live & (companies.held >= 0) & (companies.sensitivity >= most_sensitive))


def test_how_strong_they_would_be_matters_to_nobody_while_they_are_off(
    run_of_world: Callable[..., Run], differences: Callable[..., list[str]]
) -> None:
    idle = {"demand.exposure_sovereign": 0.01, "policy.misuse_reaction": "ban", "policy.reaction_tests": 12}
    assert differences(run_of_world(idle, months=6), run_of_world(months=6)) == []


def test_the_quota_is_met_once_the_machines_are_there(at_home: ComputeEconomy, anywhere: ComputeEconomy) -> None:
    share = at_home.results().indicators.sovereign_share
    assert (share.iloc[:3].fillna(0) == 0).all()  # nobody is called in before there is anything to be served with
    assert QUOTA - 0.05 < share.iloc[-6:].mean() < QUOTA + 0.1  # what is beyond it is let go over a year
    assert anywhere.results().indicators.sovereign_share.iloc[-6:].mean() < 0.5 * QUOTA


def test_whoever_is_called_in_leaves_and_the_cloud_is_for_its_bloc_alone(at_home: ComputeEconomy) -> None:
    companies, book = at_home.companies, at_home.world.book
    code = at_home.world.code_of[SOVEREIGN_CLOUD]
    held = np.flatnonzero(companies.live & (companies.held >= 0))
    there = held[book.seller[companies.held[held]] == code]
    assert len(there) > 10 and (companies.jurisdiction[companies.company[there]] == 1).all()
    called = held[companies.called_in[held]]
    offer = companies.held[called]
    home = (book.host_cloud[offer] == code) | (book.route[offer] >= Route.ON_PREM)
    assert len(called) > 10 and home.mean() > 0.9  # who is called in this month may wait for an integrator
    rented = np.flatnonzero(at_home.record.compute.serving_held[:, code] > 0)
    assert {at_home.world.buyers.names[row] for row in rented} <= {SOVEREIGN_CLOUD, "self_renters"}
    moved = at_home.record.compute.cleared.diverted.sum(axis=(0, 2))
    assert moved[code] == 0.0


def test_investors_pay_what_the_sovereign_cloud_does_not_earn(at_home: ComputeEconomy) -> None:
    flows = at_home.results().flows
    raised = flows[(flows.flow == "equity_issue") & (flows.payee == SOVEREIGN_CLOUD)]
    built = flows[flows.flow.isin(["capex_gpu", "capex_dc"]) & (flows.payer == SOVEREIGN_CLOUD)]
    assert raised.cents.sum() > 0 and set(raised.payer) == {"fund"} and built.cents.sum() > 0
    assert at_home.ledger.view(SOVEREIGN_CLOUD).debt == 0
    assert "government" not in set(flows[flows.payee == SOVEREIGN_CLOUD].payer)


def test_sensitive_work_is_less_exposed_and_dearer_at_home(at_home: ComputeEconomy, anywhere: ComputeEconomy) -> None:
    """What the quota is for, and who pays it at first: hours at home cost more while the cloud is being built."""
    exposure = []
    for economy in (anywhere, at_home):
        slots = users(economy, most_sensitive=float(at_home.world.sovereign_line))
        exposure.append(economy.record.tariffs.sheet.exposure[economy.companies.held[slots]].mean())
    assert exposure[1] < 0.5 * exposure[0]
    tables = at_home.results()
    rented = tables.market.query("route == 'self_rent' and seller == @SOVEREIGN_CLOUD")
    posted, market = rented.groupby("month").price_usd.mean(), tables.indicators.set_index("month").gpu_hour_price
    assert len(posted) > MONTHS / 2
    assert posted.iloc[3:].mean() > 1.2 * market[posted.index[3:]].mean()


def test_the_bloc_runs_more_open_weights_and_buys_fewer_interfaces(
    at_home: ComputeEconomy, anywhere: ComputeEconomy
) -> None:
    """Only weights that are out can run at home: the quota is demand for open weights."""
    share = []
    for economy in (anywhere, at_home):
        held = economy.companies.held[users(economy)]
        share.append(economy.world.book.open[held].mean())
    assert share[1] > share[0] + 0.1


def test_an_export_control_leaves_the_bloc_without_machines_for_its_quota(
    economy_of: Callable[..., ComputeEconomy]
) -> None:
    short = {"policy.sovereign_quota": QUOTA, "policy.export_control": True, "chip.smuggled": 0.0}
    economy = economy_of(SOON | short, months=8)
    cloud = economy.world.clouds[-1]
    assert (cloud.name, cloud.fleet.count, cloud.fleet.count_on_order) == (SOVEREIGN_CLOUD, 0.0, 0.0)
    assert cloud.fleet.megawatts > 0 and not economy.companies.called_in.any()


def test_a_fallback_on_the_sovereign_cloud_is_open_to_its_bloc_alone(at_home: ComputeEconomy) -> None:
    measured, _ = at_home.recorder.dear.measure(at_home.world, at_home.record)
    instead = measured.options.instead
    there = (instead >= 0) & (at_home.world.book.host_cloud[instead] == at_home.world.code_of[SOVEREIGN_CLOUD])
    bloc = at_home.companies.jurisdiction[measured.company]
    assert there.any() and (np.broadcast_to(bloc[None, :, None], there.shape)[there] == 1).all()


def with_misuse(economy_of: Callable[..., ComputeEconomy], *, event: int, arm: str, reaction: str) -> ComputeEconomy:
    """A world with a severe misuse in month `EVENT` and a regulator that answers `LAG` months later."""
    rules = {
        "policy.misuse_reaction": reaction, "policy.review_lag": LAG, "policy.reaction_tests": 4,
        "safety.danger_quality": 90.0,
    }  # fmt: skip
    plan = economy_of(rules, horizon=16, arm=arm).plan
    shocked = plan.model_copy(update={"shocks": (Shock(EVENT, "safety.event", "step_to", event),)})
    economy = ComputeEconomy(shocked, draw=1, arm=arm)
    economy.run()
    return economy


def test_a_regulator_bans_dangerous_weights_a_lag_after_their_misuse(
    economy_of: Callable[..., ComputeEconomy]
) -> None:
    calm, strict = (with_misuse(economy_of, event=1, arm="open", reaction=r) for r in ("none", "ban"))
    runs = [economy.results() for economy in (calm, strict)]
    before = [run.indicators[run.indicators.month <= EVENT + LAG] for run in runs]
    assert before[0].equals(before[1]) and not runs[0].indicators.equals(runs[1].indicators)
    told = runs[1].events.query("kind == 'policy'")
    assert list(zip(told.month, told.object, strict=True)) == [
        (EVENT, "misuse"), (EVENT + LAG, "ban"), (EVENT + LAG + 1, "open_ban_q"),
    ]  # fmt: skip
    line = strict.world.reaction.danger
    published = [e.results().events.query("month > @EVENT + @LAG and kind == 'release'") for e in (calm, strict)]
    opened = [
        rows[rows.text.str.contains("weights published")].text.str.extract(r"^([\d.]+) points")[0].astype(float)
        for rows in published
    ]
    assert (opened[0] > line + 0.1).any() and not (opened[1] > line + 0.1).any()


def test_the_closed_arm_has_no_weights_to_react_to(economy_of: Callable[..., ComputeEconomy]) -> None:
    economy = with_misuse(economy_of, event=1, arm="closed", reaction="ban")
    assert economy.results().events.query("kind == 'policy'").empty


@pytest.mark.parametrize("arm", ["open", "closed"])
def test_a_misuse_of_an_interface_delays_every_new_model(economy_of: Callable[..., ComputeEconomy], arm: str) -> None:
    calm, strict = (with_misuse(economy_of, event=2, arm=arm, reaction=r) for r in ("none", "liability"))
    frontier = [np.asarray(economy.world.closed_frontier) for economy in (calm, strict)]
    assert np.array_equal(frontier[0][: EVENT + LAG + 1], frontier[1][: EVENT + LAG + 1])
    assert (frontier[1] <= frontier[0]).all() and frontier[1].sum() < frontier[0].sum()
    assert strict.assumptions.policy.safety_delay == 4


def test_the_sovereign_cloud_buys_no_machines_that_stand_abroad(at_home: ComputeEconomy) -> None:
    """It finds money for whatever it lacks, and would outbid everybody for a failed cloud."""
    clouds, growth = at_home.world.clouds, np.full(len(at_home.world.clouds), 0.5)
    winner = highest_bidder(at_home.world, at_home.assumptions, price=1e15, growth=growth, but=clouds[0])
    assert winner is None
