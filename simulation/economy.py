"""The economy, month by month. `ComputeEconomy.step` is the table of contents of the model: start reading here."""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import mesa
import numpy as np

from market.bulletin import Bulletin
from market.serving import calibrated
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.breakdown import sound_arithmetic
from simulation.founding import found_world
from simulation.month.accounts import settle_accounts
from simulation.month.capacity import commission_capacity
from simulation.month.closing import Closing, commit_memory
from simulation.month.compute import clear_compute_market
from simulation.month.conditions import set_financing
from simulation.month.dealing import hold_deals
from simulation.month.demand import choose_suppliers
from simulation.month.exits import exit_and_enter
from simulation.month.hindering import enforce_export_control
from simulation.month.hiring import hire_specialists, wages_now
from simulation.month.identities import check_identities
from simulation.month.models import release_models
from simulation.month.outcomes import month_outcomes
from simulation.month.plans import plan_investment
from simulation.month.publishing import publish
from simulation.month.regulating import enforce_separation, regulate, under_policy
from simulation.month.reveal import reveal_outcomes
from simulation.month.service import serve_requests
from simulation.month.tariffs import post_tariffs
from simulation.recording import Recorder
from simulation.results.tables import RUN_TABLES
from simulation.run import Run
from simulation.world import ARMS, MonthRecord, World


class ComputeEconomy(mesa.Model):  # type: ignore[misc]
    """One world of compute, models and companies: a scenario, a random draw and an arm.

    `scenario` holds every assumption, `draw` >= 1 numbers the random world, `arm` is `open`, `closed` or `absent`
    (docs/model.md section 4.5). Worlds of one draw share every random number, so that arms differ by releases alone.
    Of `tables`, those left out are not recorded, which saves time and changes no number of the others.
    """

    def __init__(
        self,
        scenario: Scenario,
        draw: int = 1,
        arm: str = "open",
        *,
        threads: int = 1,
        training_path: FloatArray | None = None,
        tables: Collection[str] = RUN_TABLES,
        rng: int | None = None,
    ) -> None:
        super().__init__(rng=draw if rng is None else rng)
        if arm not in ARMS:
            raise ValueError(f"arm is {arm!r}; choose one of {', '.join(ARMS)}")
        self.plan = scenario
        self.draw = draw
        self.arm = arm
        self.threads = threads
        self.month = 0
        with sound_arithmetic(self.name):
            self.world: World = found_world(self, scenario, draw=draw, arm=arm)
        getattr(mesa.Agent, "_ids", {}).pop(self, None)  # Mesa's table of counters would keep this world for ever
        self.world.training_path = training_path
        self.record = MonthRecord(month=-1)
        self.recorder = Recorder(scenario, world=self.world, tables=tables)

    def step(self) -> None:
        """Advance the economy by one month; raises EconomyBreakdown where its assumptions have no answer."""
        if self.month >= self.plan.horizon.months:
            raise IndexError(f"{self.name}: the horizon ends here; found the economy with a larger horizon.months")
        with sound_arithmetic(self.name):
            self.record = MonthRecord(month=self.month)
            self.apply_shocks()  # the scenario's dated changes take hold
            self.commission_capacity()  # accelerators ordered earlier power on; old ones retire
            self.release_models()  # finished training runs become offers, closed or open-weight
            self.post_tariffs()  # compute, then hosted, then API prices
            self.hire_specialists()  # vacancies meet people without a job
            self.choose_suppliers()  # companies adopt, switch, self-host or stay out
            self.clear_compute_market()  # standing contracts first, then classes: who holds which GPU-hours
            self.serve_requests()  # usage meets the capacity held; shortage is rationed
            self.settle_accounts()  # invoices, wages, energy, interest: every cent through the ledger
            self.reveal_outcomes()  # pilots, first bills and peers teach what running a model oneself costs
            self.plan_investment()  # forecasts become orders for machines and sites, and training runs
            self.exit_and_enter()  # who cannot pay fails and is wound up, founders enter
            self.regulate()  # the regulator looks at who controls what
            self.close_month()  # audit, then publish the bulletin and record
        self.month += 1

    def run(self, months: int | None = None) -> None:
        """Advance by `months`, by default to the end of the scenario's horizon."""
        remaining = self.plan.horizon.months - self.month
        for _ in range(remaining if months is None else min(months, remaining)):
            self.step()

    def apply_shocks(self) -> None:
        """This month's assumptions: the scenario with its dated changes and the calibration of self-hosting."""
        now = under_policy(self.world, self.plan.at(self.month))
        selfhost = calibrated(now.selfhost, now.companies.calibration)  # type: ignore[arg-type]
        labour = wages_now(self.world, now.labour)
        self.record.assumptions = now.model_copy(update={"selfhost": selfhost, "labour": labour})
        intensity = float(self.world.calendar.intensity[self.month])
        self.record.value_growth = intensity**now.needs.value_exponent
        set_financing(self.world, now, month=self.month)
        enforce_separation(self.world, now.policy)
        enforce_export_control(self.world, now, month=self.month)
        hold_deals(self.world, now, month=self.month)

    def commission_capacity(self) -> None:
        """Machines and sites ordered earlier start; old ones retire."""
        self.record.capacity = commission_capacity(self.world, self.record.assumptions, month=self.month)
        self.world.depreciation = self.record.capacity.depreciation_cents

    def release_models(self) -> None:
        """Finished runs become models, releasers publish on schedule or by value, knowledge spreads."""
        self.record.models = release_models(
            self.world, self.record.assumptions, month=self.month, capacity=self.record.capacity
        )

    def post_tariffs(self) -> None:
        """Sellers post the prices of the month."""
        self.record.tariffs = post_tariffs(
            self.world, self.record.assumptions, month=self.month, capacity=self.record.capacity,
            models=self.record.models,
        )

    def hire_specialists(self) -> None:
        """Newcomers arrive on the labour market, employers hire."""
        self.record.labour = hire_specialists(self.world, self.record.assumptions)

    def choose_suppliers(self) -> None:
        """Companies review, choose and state what they want."""
        self.record.demand = choose_suppliers(
            self.world, self.record.assumptions, month=self.month, tariffs=self.record.tariffs, threads=self.threads
        )

    def clear_compute_market(self) -> None:
        """GPU-hours are bid for, rationed, diverted and queued."""
        self.record.compute = clear_compute_market(
            self.world, self.record.assumptions, month=self.month, capacity=self.record.capacity,
            tariffs=self.record.tariffs, demand=self.record.demand,
        )

    def serve_requests(self) -> None:
        """Usage meets the GPU-hours held."""
        self.record.service = serve_requests(self.world, demand=self.record.demand, compute=self.record.compute)

    def settle_accounts(self) -> None:
        """Every payment of the month."""
        record = self.record
        record.accounts = settle_accounts(
            self.world, record.assumptions, month=self.month, capacity=record.capacity, tariffs=record.tariffs,
            demand=record.demand, compute=record.compute, service=record.service,
        )

    def reveal_outcomes(self) -> None:
        """Companies learn what their projects cost, and give some up."""
        self.record.revealed = reveal_outcomes(
            self.world, self.record.assumptions, month=self.month, demand=self.record.demand
        )

    def plan_investment(self) -> None:
        """Orders for machines, sites and training."""
        record = self.record
        record.plans = plan_investment(
            self.world, record.assumptions, month=self.month, capacity=record.capacity, tariffs=record.tariffs,
            compute=record.compute, service=record.service, accounts=record.accounts,
        )

    def exit_and_enter(self) -> None:
        """Failures and their resolution, orderly exits, entry."""
        record = self.record
        record.exits = exit_and_enter(
            self.world, record.assumptions, month=self.month, tariffs=record.tariffs, compute=record.compute,
            service=record.service, accounts=record.accounts, plans=record.plans,
        )

    def regulate(self) -> None:
        """The regulator opens, decides or closes a review."""
        record = self.record
        record.regulation = regulate(
            self.world, record.assumptions, month=self.month, compute=record.compute, service=record.service
        )

    def close_month(self) -> None:
        """Close the books, check every identity, publish the bulletin and record the month."""
        record, world = self.record, self.world
        books = world.ledger.close_month()
        outcomes = month_outcomes(
            world, record.assumptions, month=self.month, closed=books, capacity=record.capacity,
            tariffs=record.tariffs, demand=record.demand, compute=record.compute, accounts=record.accounts,
            plans=record.plans, written_down=record.exits.written_down,
        )
        record.closing = Closing(books=books, outcomes=outcomes)
        commit_memory(world, record.assumptions, record=record)
        check_identities(world, record.assumptions, record=record, outcomes=outcomes)
        bulletin = publish(world, record.assumptions, record=record, outcomes=outcomes)
        published = self.recorder.append(world, record=record, bulletin=bulletin)
        world.bulletin = replace(bulletin, control_hhi=published.get("control_hhi", np.nan))

    @property
    def name(self) -> str:
        """Which world this is, and when."""
        return f"{self.plan.name}, {self.arm} arm, draw {self.draw}, month {self.month}"

    @property
    def assumptions(self) -> Scenario:
        """The assumptions of the month just simulated; before the first, the scenario."""
        return self.record.assumptions or self.plan

    @property
    def bulletin(self) -> Bulletin:
        """What everyone can read about the last month."""
        return self.world.bulletin

    @property
    def ledger(self) -> Any:
        """The accounts of all holders."""
        return self.world.ledger

    @property
    def companies(self) -> Any:
        """The adopting companies' columns."""
        return self.world.companies

    @property
    def sellers(self) -> list[Any]:
        """Every seller, by permanent code."""
        return self.world.sellers

    @property
    def trade_network(self) -> Any:
        """Who paid whom in the last month."""
        return self.recorder.trade_network()

    def results(self, tables: Sequence[str] = RUN_TABLES) -> Run:
        """The tables of the months simulated so far; those not named or not recorded stay without a row."""
        not_modelled = list(self.recorder.indicators.not_modelled)
        return Run(
            scenario=self.plan, arm=self.arm, draw=self.draw, **self.recorder.frames(tables),
            manifest={"not_modelled": not_modelled, "months": self.month},
            training_path=np.stack(self.recorder.training) if self.recorder.training else None,
        )

    def portrait(self, row: int) -> Any:
        """One company as it stands: what it is, and what each of its workloads holds."""
        return self.recorder.portrait(self.world, self.record, row)

    def fork(self) -> ComputeEconomy:
        """An independent economy that goes on bitwise like this one."""
        twin = ComputeEconomy.__new__(ComputeEconomy)
        mesa.Model.__init__(twin, rng=self.draw)
        memo: dict[int, Any] = {id(self): twin}
        agents = {}
        for agent in list(self.agents):
            copied = copy.copy(agent)
            copied.model = twin
            memo[id(agent)] = copied
            agents[agent] = copied
        for agent, copied in agents.items():
            for name, value in vars(agent).items():
                if name != "model":
                    setattr(copied, name, copy.deepcopy(value, memo))
            twin.register_agent(copied)
        for name in ("plan", "draw", "arm", "threads", "month", "record", "world", "recorder"):
            setattr(twin, name, copy.deepcopy(getattr(self, name), memo))
        return twin
