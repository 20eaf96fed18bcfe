"""Founding a world: sellers, offers, companies, networks, fleets and opening accounts in January 2023.

Every draw of a scenario is founded the same way in every arm; arms differ only in what may be released and sold.
"""

from __future__ import annotations

import mesa
import numpy as np

from agents.companies import Companies
from agents.sellers import ChipVendor, CloudProvider, Hoster, ModelLab, OpenWeightReleaser
from agents.sovereignty import RESERVED
from market.chance import Chance, Mechanism
from market.clearing import CLASSES
from market.community import Communities
from market.frontier import gpu_hours_for, research_on_trend
from market.misuse import Misuse
from market.network import small_world
from market.pooling import pooled_load, serving_cost_per_mtok
from market.reservations import QuoteMemory
from market.safety import Unpatched
from market.serving import calibrated
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, MONTHS_PER_YEAR, TOKENS_PER_MTOK
from scenarios.scenario import Scenario
from simulation import opening
from simulation.calendar import calendar_of
from simulation.financial_state import FinancialState
from simulation.founders.bulletin import founding_bulletin
from simulation.founders.machines import founding_machine_price, founding_rent, own_sites, premises
from simulation.founders.offers import offer_book
from simulation.founders.population import company_columns, founding_panel
from simulation.founders.seats import give_luck
from simulation.founders.sellers import found_clouds, found_trainers_and_hosters
from simulation.founders.specialists import found_market
from simulation.month.supply import set_vendor_price
from simulation.world import OTHER, SELF_RENTERS, ComputeBuyers, World

FOUNDING_TENANTS = 100.0  # effective tenants a service counts on before it has any


def found_world(model: mesa.Model, scenario: Scenario, *, draw: int, arm: str) -> World:
    """Create every agent, offer and account of the world `draw` in `arm`."""
    chance = Chance(draw)
    clouds = found_clouds(model, scenario)
    labs, releasers, hosters = found_trainers_and_hosters(model, scenario, clouds=clouds, arm=arm)
    sellers = [*clouds, *labs, *releasers, *hosters]
    vendor = ChipVendor(
        model,
        name="chip_vendor",
        code=len(sellers),
        output=scenario.chip.first_output,
    )
    code_of = {seller.name: seller.code for seller in [*sellers, vendor]}
    book = offer_book(scenario, clouds=clouds, labs=labs, releasers=releasers, hosters=hosters, code_of=code_of)
    give_luck([*sellers, vendor])
    luck = np.array([seller.luck for seller in sellers])
    columns = company_columns(scenario, chance=chance, clouds=clouds, luck=luck)
    companies = Companies(model, columns)
    peers = small_world(
        chance,
        sector=companies.sector,
        size_class=companies.size_class,
        peers=scenario.pop.peers,
        rewiring=scenario.pop.rewiring,
    )
    other_fleet = own_sites(scenario)
    rent = founding_rent(scenario)
    buyers = _compute_buyers(clouds=clouds, labs=labs, releasers=releasers, hosters=hosters)
    closed_price = founding_closed_price(scenario, rent=rent)
    companies.commit("births", reference_price=np.full(companies.slots, closed_price))
    world = World(
        draw=draw,
        arm=arm,
        chance=chance,
        calendar=calendar_of(scenario),
        book=book,
        code_of=code_of,
        clouds=clouds,
        labs=labs,
        releasers=releasers,
        hosters=hosters,
        vendor=vendor,
        companies=companies,
        peers=peers,
        panel=founding_panel(companies, scenario, chance),
        ledger=opening.opening_books(
            scenario,
            clouds=clouds,
            labs=labs,
            releasers=releasers,
            hosters=hosters,
            vendor=vendor,
            companies=companies,
            other_fleet=other_fleet,
        ),
        other_fleet=other_fleet,
        company_fleet=premises(),
        buyers=buyers,
        bulletin=founding_bulletin(
            clouds=len(clouds),
            offers=len(book.offers),
            labs=np.array([float(lab.alive) for lab in labs]),
            buyers=len(buyers.names),
            rent=rent,
            closed_price=closed_price,
            machine_price=founding_machine_price(scenario),
            other_hours=max(scenario.other.level * HOURS_PER_MONTH, 1.0),
            other_row=buyers.index(OTHER),
            tenants=FOUNDING_TENANTS,
        ),
        founding_rent=rent,
        labour=found_market(scenario.at(0).labour) if scenario.labour.market else None,
        communities=Communities.none(len(book.lines)),
        unpatched=Unpatched.nobody(len(book.offers)),
        misuse=Misuse.at_founding(len(releasers), scenario.safety),
        users_by_offer=np.zeros(len(book.offers)),
        usual_hours=np.zeros(len(buyers.names)),
        quotes=QuoteMemory(np.zeros(len(clouds))),
        open_experience=np.zeros((scenario.pop.sectors, 3)),
        used_sellers=np.zeros(companies.rows, dtype=np.uint64),
        uses_open=np.zeros(companies.rows, dtype=bool),
        other_purchases=scenario.other.own_sites * scenario.other.level,
        founding_value=companies.sum_by_company(companies.value * companies.slot_volume) / TOKENS_PER_MTOK,
        ever_offered=np.zeros(len(book.offers), dtype=bool),
    )
    cash = np.array([world.ledger.view(code).deposits for code in range(len(code_of))]) / CENTS_PER_DOLLAR
    world.finances = FinancialState.of(cash)
    set_vendor_price(world, scenario, month=0, orders=vendor.output, output=vendor.output)
    _found_knowledge(world, scenario)
    return world


def _found_knowledge(world: World, scenario: Scenario) -> None:
    """What developers know at founding: the run behind their model, how much of labs' next one is done, and a year of
    research on trend.
    """
    monthly = research_on_trend(0, scenario.frontier) / MONTHS_PER_YEAR
    for trainer in world.trainers:
        newest = max((model.quality for model in trainer.models.values()), default=0.0)
        if not trainer.alive:
            continue
        if newest > 0:
            trainer.last_run_hours = float(gpu_hours_for(newest, algorithms=0.0, frontier=scenario.frontier))
            if scenario.lab.run_under_way and isinstance(trainer, ModelLab):
                trainer.head_start = float(world.chance.uniform(Mechanism.FOUNDING_RUN, entity=trainer.luck))
        trainer.research_spend = [monthly] * MONTHS_PER_YEAR
        trainer.gpu_price_paid = world.founding_rent


def founding_closed_price(scenario: Scenario, *, rent: float) -> float:
    """USD per Mtok that a frontier lab would ask with its first adaptive mark-up: what is known before month 0."""
    selfhost = calibrated(scenario.selfhost, scenario.companies.calibration)  # type: ignore[arg-type]
    active = (
        scenario.lab.active_frontier if scenario.lab.compute_per_token == "engineering" else (scenario.lab.equal_active)
    )
    cost = serving_cost_per_mtok(
        active=active,
        gpu_hour_price=rent,
        load=float(pooled_load(FOUNDING_TENANTS, selfhost)),
        efficiency=1.0,
        selfhost=selfhost,
        overhead=selfhost.overhead,
        markup=scenario.pricing.markup_lab,
    )
    return float(cost)


def _compute_buyers(
    *, clouds: list[CloudProvider], labs: list[ModelLab], releasers: list[OpenWeightReleaser], hosters: list[Hoster]
) -> ComputeBuyers:
    """Buyers of GPU-hours and the clouds each may buy from; a cloud hosts on its own machines only."""
    renters = [*labs, *releasers, *hosters]
    everywhere = np.ones((2, len(clouds)))
    for cloud in (cloud for cloud in clouds if cloud.role in RESERVED):  # companies reach it through its offers alone
        everywhere[:, cloud.code] = 0.0
        for renter in renters:
            renter.allowed[cloud.code] = 0.0
    allowed = np.vstack([*(renter.allowed for renter in renters), np.eye(len(clouds)), everywhere])
    names = (*(renter.name for renter in renters), *(cloud.name for cloud in clouds), SELF_RENTERS, OTHER)
    return ComputeBuyers(
        names=names,
        allowed=allowed,
        serving=np.zeros_like(allowed),
        training=np.zeros_like(allowed),
        backlog=np.zeros((*allowed.shape, CLASSES)),
        reserved_serving=np.zeros_like(allowed),
        reserved_training=np.zeros_like(allowed),
    )
