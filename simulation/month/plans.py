"""Investment: machines and sites ordered for the demand expected when they arrive, training runs begun
(docs/model.md M4, M6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.sellers import ModelLab
from market.units import FloatArray
from scenarios.scenario import Scenario
from scenarios.sellers import ReleaserSpec
from simulation.month.accounts import Accounts
from simulation.month.bloc_use import sovereign_clouds
from simulation.month.capacity import Capacity
from simulation.month.compute import Compute
from simulation.month.expectations import (
    affordable,
    own_site_growth,
    remember_demand,
    worthwhile_orders,
)
from simulation.month.funding import fund_sovereign_cloud
from simulation.month.hindering import let_through
from simulation.month.orders import buy_machines, buy_sites, machine_order
from simulation.month.paying import remember_margins, renew_credit_lines, yearly_margins
from simulation.month.public_compute import fund_public_cloud
from simulation.month.reserving import idle_commitments
from simulation.month.service import Service
from simulation.month.sovereignty import introduce_to_vendor
from simulation.month.supply import move_vendor
from simulation.month.tariffs import Tariffs
from simulation.month.training import next_run, releaser_run
from simulation.world import World


@dataclass(frozen=True)
class Plans:
    """What was ordered this month."""

    machines_wanted: FloatArray  # (clouds + 2,) H100e ordered by clouds, rest of the economy, companies
    machines_bought: FloatArray  # (clouds + 2,) H100e the vendor can deliver
    sites_bought: FloatArray  # (clouds + 1,) MW by clouds and the rest of the economy
    expected_growth: FloatArray  # (clouds,) monthly log growth of demand


def plan_investment(
    world: World,
    assumptions: Scenario,
    *,
    month: int,
    capacity: Capacity,
    tariffs: Tariffs,
    compute: Compute,
    service: Service,
    accounts: Accounts,
) -> Plans:
    """Order capacity, and begin the training runs that pay."""
    growth = remember_demand(world, assumptions, compute=compute, use=service.bloc)
    for cloud in sovereign_clouds(world):
        introduce_to_vendor(assumptions, cloud)
    remember_margins(world)
    renew_credit_lines(world, assumptions)
    margins = yearly_margins(world)
    finance = np.array(
        [affordable(world, assumptions, cloud=cloud, margin=float(margins[cloud.code])) for cloud in world.clouds]
    )
    worthwhile = worthwhile_orders(
        world, assumptions, month=month, tariffs=tariffs, compute=compute, growth=growth, use=service.bloc
    )
    wanted = np.array(
        [
            machine_order(
                assumptions,
                fleet=cloud.fleet,
                history=cloud.demand_history,
                growth=growth[k],
                finance=finance[k],
                price=world.vendor.machine_price * (1 + assumptions.policy.chip_tax),
                month=month,
                worthwhile=bool(worthwhile[k]),
            )
            for k, cloud in enumerate(world.clouds)
        ]
        + [
            machine_order(
                assumptions,
                fleet=world.other_fleet,
                history=world.own_site_demand,
                growth=own_site_growth(world, assumptions),
                finance=np.inf,
                price=world.vendor.machine_price,
                month=month,
                worthwhile=True,
            ),
            max(compute.own_gpus - world.company_fleet.count - world.company_fleet.count_on_order, 0.0),
        ]
    )
    wanted *= let_through(world, assumptions)
    bought = buy_machines(world, assumptions, month=month, wanted=wanted, own_hours=accounts.own_hours)
    spent = bought[: len(world.clouds)] * world.vendor.machine_price * (1 + assumptions.policy.chip_tax)
    sites = buy_sites(world, assumptions, month=month, growth=growth, finance=finance - spent, worthwhile=worthwhile)
    fund_public_cloud(world)
    fund_sovereign_cloud(world)
    move_vendor(world, assumptions, month=month, orders=float(wanted.sum()), sold=float(bought.sum()))
    _begin_training(
        world,
        assumptions,
        month=month,
        tariffs=tariffs,
        accounts=accounts,
        compute=compute,
        supply=float(capacity.supply.sum()),
    )
    return Plans(
        machines_wanted=wanted,
        machines_bought=bought,
        sites_bought=sites,
        expected_growth=growth,
    )


def _begin_training(
    world: World,
    assumptions: Scenario,
    *,
    month: int,
    tariffs: Tariffs,
    accounts: Accounts,
    compute: Compute,
    supply: float,
) -> None:
    """Book what research cost, and let labs without a run choose one; releasers prepare their next release.

    An entrant whose first model is still being tested waits for it: it has no sales that a better one could add to.
    """
    for k, trainer in enumerate(world.trainers):
        trainer.research_spend.append(float(accounts.training_rent[k] + accounts.training_staff_cost[k]))
    for k, lab in enumerate(world.labs):
        lab.training_cash -= lab.research_spend[-1] + float(accounts.shortfall[k])
        inflow = float(accounts.equity[k]) + assumptions.lab.budget_share * (
            lab.revenue_history[-1] if lab.revenue_history else 0.0
        )
        if lab.alive and lab.models and lab.run is None and world.training_path is None:
            idle = idle_commitments(compute.contracts, buyer=world.buyers.index(lab.name), month=month + 1)
            lab.run = next_run(
                world, assumptions, lab=lab, month=month, tariffs=tariffs, inflow=inflow, supply=supply, idle=idle
            )
            _credit_head_start(lab)
    for releaser in world.releasers:
        spec = assumptions.sellers[releaser.name]
        assert isinstance(spec, ReleaserSpec)
        releaser.run = releaser_run(world, assumptions, spec=spec, name=releaser.name, month=month)


def _credit_head_start(lab: ModelLab) -> None:
    """Take what was done before founding, and paid by then, off the first run; later runs have no head start.

    Without it every lab of every draw would begin its first run in the same month, and waves of training, in phase for
    years, would be luck that no number of draws averages away.
    """
    if lab.run is not None:
        lab.run.left *= 1 - lab.head_start
        lab.head_start = 0.0
