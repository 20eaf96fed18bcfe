"""Failure and entry in the whole economy: who may fail, what others notice, and that luck stays where it is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import simulation.economy as phases
from market.accounts import FUND
from market.flows import Flow
from market.ledger import NO_LIMIT
from market.units import HOURS_PER_MONTH
from simulation.breakdown import EconomyBreakdown
from simulation.month.exits import end_relations
from simulation.month.liquidation import Resolution, wind_up
from simulation.month.paying import backed, limited

MONTHS = 14
HASTE = {"finance.entry": 100.0, "finance.hurdle_added": 0.0, "invest.wacc_shift": -0.03}


@pytest.fixture(scope="module")
def before(economy_of):
    return economy_of(horizon=24, months=3)


def ruin(economy, name):
    """Let a firm owe more than it can ever pay."""
    ledger = economy.ledger
    ledger.limit_credit(name, cents=NO_LIMIT)
    ledger.pay(Flow.DIVIDENDS, payer=name, payee=FUND, cents=ledger.view(name).deposits + 10**13)
    ledger.limit_credit(name, cents=0)
    ledger.invoice(Flow.TAX_PROFIT, payer=name, payee="government", cents=10**6)


def test_firms_with_a_patron_are_never_refused(before):
    world = before.world
    bound = dict(zip([seller.name for seller in world.sellers], limited(world), strict=True))
    assert not any(bound[name] for name in ("hyperscaler_1", "platform_giant", "state_backed", "chip_vendor"))
    assert all(bound[name] for name in ("neocloud_1", "fringe_1", "lab_1", "hoster_1", "start_up"))
    assert not any(bound[seller.name] for seller in world.sellers if seller.seat)  # nobody yet
    assert sum(not backed(seller) for seller in world.sellers) > sum(bound.values())


def test_customers_of_a_failed_lab_go_elsewhere_and_its_models_are_gone(before):
    economy = before.fork()
    lab = economy.world.seller("lab_2")
    own = [o.code for o in economy.world.book.offers if o.vendor == "lab_2"]
    ruin(economy, "lab_2")
    economy.step()
    assert np.isin(economy.companies.held, own).any() and not lab.alive and not lab.models and lab.run is None
    economy.step()
    assert not np.isin(economy.companies.held, own).any()
    assert not economy.record.demand.sheet.available[own].any()
    assert economy.bulletin.lab_share[economy.world.labs.index(lab)] == 0
    assert economy.bulletin.lab_share.sum() == pytest.approx(1.0)


def test_weights_that_were_published_outlive_their_developer(before):
    economy = before.fork()
    economy.run(3)
    weights = [o.code for o in economy.world.book.offers if o.vendor == "start_up" and o.line.open]
    assert economy.record.demand.sheet.available[weights].any()
    start_up = economy.world.seller("start_up")
    wind_up(
        economy.world, economy.assumptions, seller=start_up, kind="default", month=economy.month,
        growth=np.zeros(len(economy.world.clouds)),
    )  # fmt: skip
    end_relations(economy.world)
    economy.run(4)
    assert start_up.left and not start_up.alive
    assert economy.record.demand.sheet.available[weights].any()
    assert start_up.models["open"].released <= 6


def test_a_failed_cloud_leaves_no_contract_no_machine_and_no_tenant(before):
    economy = before.fork()
    world = economy.world
    cloud = world.seller("fringe_1")
    assert (economy.companies.tenancy == cloud.code).any()
    shares = sum(other.legacy_share for other in world.clouds)
    ruin(economy, "fringe_1")
    economy.run(2)
    assert not cloud.alive and cloud.fleet.count == cloud.fleet.count_on_order == 0
    assert not (economy.companies.tenancy == cloud.code).any()
    assert sum(other.legacy_share for other in world.clouds) == pytest.approx(shares)
    assert not world.buyers.serving[:, cloud.code].any() and not world.buyers.backlog[:, cloud.code].any()
    assert all(contract.seller != cloud.code for contract in world.reservations)
    assert not np.isin(world.book.host_cloud[economy.record.demand.sheet.available], [cloud.code]).any()


def test_machines_sold_within_a_month_are_counted_once(before, monkeypatch):
    monkeypatch.setattr("simulation.month.liquidation.highest_bidder", lambda *_, **__: None)  # own sites buy them
    economy = before.fork()
    fleet, elsewhere = economy.world.seller("fringe_1").fleet, economy.world.other_fleet
    had = elsewhere.count
    ruin(economy, "fringe_1")
    while economy.world.seller("fringe_1").alive:
        economy.step()
    assert economy.world.other_fleet.count > had and fleet.count > 0
    run = economy.results()
    sellers, month = run.sellers, economy.month - 1
    hours = sellers[sellers["month"] == month]["gpu_hours_commissioned"].sum()
    machines = run.indicators.set_index("month")["gpu_fleet_h100e"][month]
    assert hours == pytest.approx(HOURS_PER_MONTH * machines)


def test_a_cloud_supports_the_lab_it_owns(before):
    economy = before.fork()
    parent = economy.world.seller("hyperscaler_3")
    economy.ledger.invoice(Flow.TAX_PROFIT, payer="lab_3", payee="government", cents=10**8)
    economy.ledger.limit_credit("lab_3", cents=0)
    economy.step()
    lab = economy.ledger.view("lab_3")
    assert economy.world.seller("lab_3").alive and lab.payables == 0
    held = economy.world.finances.stakes[parent.code, lab.code]
    assert held == economy.ledger.view("hyperscaler_3").equity_held >= 10**8


def test_a_default_loss_that_nobody_bore_stops_the_month(before, monkeypatch):
    broken = before.fork()
    honest = phases.exit_and_enter

    def lie(*args, **kwargs):
        lost = Resolution(
            seller="hoster_1", kind="default", owed=100, cash=0, book=0, proceeds=0, buyer="", bank_loss=100,
            creditor_loss=0, owner_loss=0, returned=0,
        )  # fmt: skip
        return dataclasses.replace(honest(*args, **kwargs), resolutions=(lost,))

    monkeypatch.setattr(phases, "exit_and_enter", lie)
    with pytest.raises(EconomyBreakdown, match="I13"):
        broken.step()


def test_money_left_with_the_dead_stops_the_month(before):
    broken = before.fork()
    broken.world.seller("hoster_1").alive = False
    with pytest.raises(EconomyBreakdown, match="hoster_1: is out of business and still has deposits"):
        broken.step()


def test_seats_that_nobody_takes_change_nothing(run_of_world):
    """The draws of all others are keyed as if there were none; only the last bits of sums over sellers may differ."""
    nobody = {"finance.entry": 0.0}
    with_seats = run_of_world(nobody, months=MONTHS)
    without = run_of_world(nobody | {"finance.seats": (0, 0, 0)}, months=MONTHS)
    both = with_seats.sellers.merge(without.sellers, on=["month", "seller"], suffixes=("", "_before"))
    assert len(both) == len(without.sellers)
    np.testing.assert_allclose(both["deposits_cents"], both["deposits_cents_before"], rtol=1e-7, atol=1000)
    for column in ("access_mean", "gpu_hour_price", "adoption", "frontier_quality"):
        np.testing.assert_allclose(with_seats.indicators[column], without.indicators[column], rtol=1e-7)


def test_an_entrant_shifts_nothing_before_it_comes(run_of_world, differences):
    hasty, nobody = run_of_world(HASTE, months=MONTHS), run_of_world(HASTE | {"finance.entry": 0.0}, months=MONTHS)
    entries = hasty.events[(hasty.events.kind == "entry") & (hasty.events.object == "firm")]
    assert len(entries) > 0
    first = int(entries.month.min())
    assert first > 0
    ahead = [r.market[r.market.month < first].drop(columns=["scenario"]) for r in (hasty, nobody)]
    assert ahead[0].equals(ahead[1])


def test_an_entrant_has_the_money_it_was_founded_with_and_builds(run_of_world):
    run = run_of_world(HASTE, months=MONTHS)
    sellers = run.sellers.set_index(["seller", "month"])
    for event in run.events[(run.events.kind == "entry") & (run.events.object == "firm")].itertuples():
        row = sellers.loc[(event.actor, event.month)]
        assert row["alive"] and row["equity_issued_cents"] == event.cents > 0
        assert not sellers.loc[(event.actor, event.month - 1), "alive"]
        if event.actor.startswith("entrant_neocloud") and event.month < MONTHS - 1:
            assert sellers.loc[(event.actor, event.month + 1), "wip_cents"] > 0


def test_the_arms_share_the_moods_of_investors_and_their_luck(run_of_world):
    moods = [run_of_world(arm=arm, months=MONTHS).indicators["investor_appetite"] for arm in ("open", "closed")]
    assert moods[0].equals(moods[1]) and moods[0].nunique() == MONTHS


def test_tax_and_dividends_are_paid_and_enter_no_profit(run_of_world):
    taxed, free = run_of_world(months=1), run_of_world({"finance.tax": 0.0}, months=1)
    assert (taxed.indicators["tax_profit"] > 0).all() and (free.indicators["tax_profit"] == 0).all()
    for column in ("welfare", "profit_cloud", "profit_lab", "consumer_surplus"):
        assert taxed.indicators[column].equals(free.indicators[column])


def test_without_the_mechanism_nobody_is_refused_fails_or_pays_tax(run_of_world):
    run = run_of_world({"finance.enforced": False}, months=4)
    assert run.sellers["alive"].all()
    assert not run.sellers["seller"].str.startswith("entrant").any()
    assert not run.flows["flow"].isin(["tax_profit", "loan_write_off"]).any()
    assert {"defaults", "tax_profit", "investor_appetite"} <= set(run.manifest["not_modelled"])
