"""Founding a world: sellers, offers, companies, networks, fleets and opening accounts in January 2023.

Every draw of a scenario is founded the same way in every arm; arms differ only in what may be released and sold.
"""

from __future__ import annotations

import mesa
import numpy as np
import numpy.typing as npt

from agents import peopling
from agents.companies import Companies
from agents.conduct import cost_of_capital, leverage_of
from agents.sellers import ChipVendor, CloudProvider, Hoster, ModelLab, OpenWeightReleaser
from market.chance import Chance, Mechanism
from market.clearing import CLASSES
from market.fleet import Fleet, founding_sites
from market.frontier import gpu_hours_for, research_on_trend
from market.goods import Model, ModelLine, Offer, OfferBook, Route
from market.network import small_world
from market.pooling import pooled_load, serving_cost_per_mtok
from market.pricing import target_return
from market.serving import calibrated
from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario
from scenarios.sellers import CloudSpec, HosterSpec, LabSpec, ReleaserSpec
from simulation import opening
from simulation.calendar import calendar_of
from simulation.month.closing import founding_bulletin
from simulation.month.plans import set_vendor_price
from simulation.world import OTHER, SELF_RENTERS, ComputeBuyers, Panel, World


def found_world(model: mesa.Model, scenario: Scenario, *, draw: int, arm: str) -> World:
    """Create every agent, offer and account of the world `draw` in `arm`."""
    chance = Chance(draw)
    clouds = _found_clouds(model, scenario)
    labs, releasers, hosters = _found_trainers_and_hosters(model, scenario, clouds=clouds, arm=arm)
    sellers = [*clouds, *labs, *releasers, *hosters]
    vendor = ChipVendor(
        model, name="chip_vendor", code=len(sellers), wacc=cost_of_capital(scenario.invest, kind="chip"),
        output=scenario.chip.first_output,
    )
    code_of = {seller.name: seller.code for seller in [*sellers, vendor]}
    book = _offer_book(scenario, clouds=clouds, labs=labs, releasers=releasers, hosters=hosters, code_of=code_of)
    columns = _company_columns(scenario, chance=chance, clouds=clouds, sellers=len(sellers))
    companies = Companies(model, columns)
    peers = small_world(
        chance, sector=companies.sector, size_class=companies.size_class, peers=scenario.pop.peers,
        rewiring=scenario.pop.rewiring,
    )
    other_fleet = _own_sites(scenario)
    rent = founding_rent(scenario)
    buyers = _compute_buyers(clouds=clouds, labs=labs, releasers=releasers, hosters=hosters)
    closed_price = founding_closed_price(scenario, rent=rent)
    companies.commit("births", reference_price=np.full(companies.slots, closed_price))
    world = World(
        draw=draw, arm=arm, chance=chance, calendar=calendar_of(scenario), book=book,
        code_of=code_of, clouds=clouds, labs=labs, releasers=releasers, hosters=hosters, vendor=vendor,
        companies=companies, peers=peers, panel=_panel(companies, scenario, chance), ledger=opening.opening_books(
            scenario, clouds=clouds, labs=labs, releasers=releasers, hosters=hosters, vendor=vendor,
            companies=companies, other_fleet=other_fleet,
        ),
        other_fleet=other_fleet, company_fleet=_premises(),
        buyers=buyers,
        bulletin=founding_bulletin(
            clouds=len(clouds), offers=len(book.offers), labs=len(labs), buyers=len(buyers.names), rent=rent,
            closed_price=closed_price, machine_price=founding_machine_price(scenario),
            other_hours=max(scenario.other.level * HOURS_PER_MONTH, 1.0), other_row=buyers.index(OTHER),
            tenants=FOUNDING_TENANTS,
        ),
        founding_rent=rent,
        open_experience=np.zeros((scenario.pop.sectors, 3)),
        used_sellers=np.zeros(companies.rows, dtype=np.uint64),
        uses_open=np.zeros(companies.rows, dtype=bool),
        other_purchases=scenario.other.own_sites * scenario.other.level,
        founding_value=companies.value.copy(),
        ever_offered=np.zeros(len(book.offers), dtype=bool),
    )
    set_vendor_price(world, scenario, month=0, orders=vendor.output, output=vendor.output)
    _found_knowledge(world, scenario)
    return world


FOUNDING_TENANTS = 100.0  # effective tenants a service counts on before it has any


def _found_knowledge(world: World, scenario: Scenario) -> None:
    """What developers know at founding: the run behind their model, and a year of research on trend."""
    monthly = research_on_trend(0, scenario.frontier) / MONTHS_PER_YEAR
    for trainer in world.trainers:
        newest = max((model.quality for model in trainer.models.values()), default=0.0)
        if newest > 0:
            trainer.last_run_hours = float(gpu_hours_for(newest, algorithms=0.0, frontier=scenario.frontier))
        trainer.research_spend = [monthly] * MONTHS_PER_YEAR
        trainer.gpu_price_paid = world.founding_rent


def founding_closed_price(scenario: Scenario, *, rent: float) -> float:
    """USD per Mtok that a frontier lab would ask with its first adaptive mark-up: what is known before month 0."""
    selfhost = calibrated(scenario.selfhost, scenario.companies.calibration)
    active = scenario.lab.active_frontier if scenario.lab.compute_per_token == "engineering" else (
        scenario.lab.equal_active
    )
    cost = serving_cost_per_mtok(
        active=active, gpu_hour_price=rent, load=float(pooled_load(FOUNDING_TENANTS, selfhost)), efficiency=1.0,
        selfhost=selfhost, overhead=selfhost.overhead, markup=scenario.pricing.markup_lab,
    )
    return float(cost)


def _found_clouds(model: mesa.Model, scenario: Scenario) -> list[CloudProvider]:
    """Named clouds, then the fringe with equal legacy shares, then neoclouds; fleets by share (model.md, "Founding")."""
    specs = {name: spec for name, spec in scenario.sellers.items() if isinstance(spec, CloudSpec)}
    fringe, neo = scenario.cloud.fringe_count, scenario.cloud.neocloud_count
    each = scenario.cloud.fringe_legacy_share / fringe if fringe else 0.0
    specs |= {f"fringe_{k + 1}": CloudSpec(kind="cloud", role="fringe", legacy_share=each) for k in range(fringe)}
    specs |= {f"neocloud_{k + 1}": CloudSpec(kind="cloud", role="neocloud") for k in range(neo)}
    part = founding_shares(
        legacy=np.array([spec.legacy_share for spec in specs.values()]),
        role=[spec.role for spec in specs.values()], neocloud_part=scenario.cloud.neocloud_fleet_part,
    )
    return [
        _found_cloud(model, scenario, name=name, code=code, spec=spec, part=float(part[code]))
        for code, (name, spec) in enumerate(specs.items())
    ]


def founding_shares(*, legacy: FloatArray, role: list[str], neocloud_part: float) -> FloatArray:
    """Share of the founding fleet by cloud: legacy shares, `neocloud_part` of the fringe's moved to neoclouds."""
    share = legacy.copy()
    fringe = np.array([r == "fringe" for r in role])
    neo = np.array([r == "neocloud" for r in role])
    if neo.any() and fringe.any():
        moved = neocloud_part * share[fringe].sum()
        share[fringe] *= 1 - neocloud_part
        share[neo] += moved / neo.sum()
    return share / share.sum() if share.sum() > 0 else np.full(len(share), 1 / len(share))


def _found_cloud(
    model: mesa.Model, scenario: Scenario, *, name: str, code: int, spec: CloudSpec, part: float
) -> CloudProvider:
    cloud = CloudProvider(
        model, name=name, code=code, wacc=cost_of_capital(scenario.invest, kind="cloud", role=spec.role), jurisdiction=spec.jurisdiction, role=spec.role,
        fleet=_fleet(scenario, accelerators=part * scenario.founding.fleet),
        legacy_share=spec.legacy_share, scarcity_price=founding_rent(scenario),
        leverage=leverage_of(scenario.invest, role=spec.role), brand=spec.brand,
    )
    cloud.past_purchases = part * scenario.founding.fleet
    return cloud


def founding_rent(scenario: Scenario) -> float:
    """USD per GPU-hour at which a machine of month 0 earns its user cost (rule P5)."""
    return float(
        target_return(
            opex=scenario.invest.opex, capex=founding_machine_price(scenario), wacc=scenario.invest.wacc_hyperscaler,
            life_months=scenario.invest.life_months, load=scenario.pricing.load_normal,
            price_decline=scenario.chip.price_decline,
        )
    )


def founding_machine_price(scenario: Scenario) -> float:
    """USD per H100e at month 0: chip and system."""
    return scenario.chip.price + scenario.invest.system_price


def _fleet(scenario: Scenario, *, accelerators: float) -> Fleet:
    """A founding fleet of mixed age with its sites, and the sites under way (section 11 point 8)."""
    fleet = Fleet()
    invest = scenario.invest
    ages = min(scenario.cloud.founding_fleet_age, invest.life_months)
    unit_cents = founding_machine_price(scenario) * 100
    megawatts = accelerators * invest.power_per_gpu / 1000
    site_cents = megawatts * invest.shell_price * 100
    for age in range(ages):
        fleet.install_machines(
            commissioned=-1 - age, count=accelerators / ages, cents=round(accelerators / ages * unit_cents),
            life=invest.life_months,
        )
        fleet.install_site(
            commissioned=-1 - age, megawatts=megawatts / ages, cents=round(site_cents / ages),
            life=invest.shell_life_months,
        )
    for month in range(invest.gpu_lead_months):
        # machines ordered before month 0 at the vendor's founding output, by the owner's share of the fleet
        count = scenario.chip.first_output * accelerators / scenario.founding.fleet
        fleet.order_machines(arrival=month, count=count, cents=round(count * unit_cents))
    for month, power in enumerate(founding_sites(scenario.founding, megawatts), start=1):
        fleet.order_site(arrival=month, megawatts=float(power), cents=round(float(power) * invest.shell_price * 100))
    return fleet


def _own_sites(scenario: Scenario) -> Fleet:
    """Sites of the rest of the economy: the part of other demand that is never rented."""
    return _fleet(scenario, accelerators=scenario.other.own_sites * scenario.other.level)


def _found_trainers_and_hosters(
    model: mesa.Model, scenario: Scenario, *, clouds: list[CloudProvider], arm: str
) -> tuple[list[ModelLab], list[OpenWeightReleaser], list[Hoster]]:
    """Labs, releasers and hosters with founding models; releasers do not exist in the ABSENT arm's market."""
    everywhere = np.ones(len(clouds))
    wacc_lab = cost_of_capital(scenario.invest, kind="lab")
    code = len(clouds)
    line = 0
    labs, releasers, hosters = [], [], []
    for name, spec in scenario.sellers.items():
        if isinstance(spec, LabSpec):
            models = {
                "frontier": Model(
                    line=line, developer=name, quality=spec.quality, active=scenario.lab.active_frontier,
                    total=scenario.lab.active_frontier * DENSE_TO_SPARSE, open=False, released=-1,
                )
            }
            if spec.small_model:
                models["small"] = Model(
                    line=line + 1, developer=name, quality=spec.quality - scenario.lab.small_gap,
                    active=scenario.lab.active_small, total=scenario.lab.active_small * DENSE_TO_SPARSE, open=False,
                    released=-1,
                )
            labs.append(
                ModelLab(
                    model, name=name, code=code, wacc=wacc_lab, jurisdiction=spec.jurisdiction,
                    allowed=everywhere.copy(), models=models, role=spec.role, parent=spec.parent,
                    marketplaces=spec.marketplaces,
                )
            )
            line += len(models)
            code += 1
    frontier = max((lab.models["frontier"].quality for lab in labs), default=100.0)
    for name, spec in scenario.sellers.items():
        if isinstance(spec, ReleaserSpec):
            behind = scenario.needs.trend[0] / MONTHS_PER_YEAR * spec.lag_schedule[0][1]
            quality = min(frontier - behind, frontier - scenario.release.founding_gap)
            weights = Model(
                line=line, developer=name, quality=quality, active=spec.active_billion, total=spec.total_billion,
                open=True, released=-1,
            )
            releasers.append(
                OpenWeightReleaser(
                    model, name=name, code=code, wacc=wacc_lab, jurisdiction=spec.jurisdiction,
                    allowed=everywhere.copy(), models={"open": weights}, funding=spec.funding,
                    closed_api=spec.closed_api, first_release=spec.first_release,
                )
            )
            line += 2
            code += 1
    names = [cloud.name for cloud in clouds]
    for name, spec in scenario.sellers.items():
        if isinstance(spec, HosterSpec):
            allowed = np.array([float(not spec.clouds or cloud in spec.clouds) for cloud in names])
            hosters.append(
                Hoster(
                    model, name=name, code=code, wacc=cost_of_capital(scenario.invest, kind="hoster"),
                    jurisdiction=spec.jurisdiction, allowed=allowed,
                )
            )
            code += 1
    if arm == "absent":
        for releaser in releasers:
            releaser.models = {}
    return labs, releasers, hosters


DENSE_TO_SPARSE = 6.0  # memory over active parameters of a mixture of experts (section 11 point 9)


def _offer_book(
    scenario: Scenario,
    *,
    clouds: list[CloudProvider],
    labs: list[ModelLab],
    releasers: list[OpenWeightReleaser],
    hosters: list[Hoster],
    code_of: dict[str, int],
) -> OfferBook:
    """Every offer that any arm can contain, in a fixed order; see market.goods."""
    lines: list[ModelLine] = []
    offers: list[Offer] = []
    cloud_names = [cloud.name for cloud in clouds]

    def add(route: Route, line: ModelLine, *, seller: str, cloud: str = "", host: str) -> None:
        offers.append(
            Offer(
                code=len(offers), route=route, line=line, seller=seller, vendor=line.developer, cloud=cloud, host=host
            )
        )

    for lab in labs:
        for tier, weights in lab.models.items():
            line = ModelLine(
                code=len(lines), name=f"{lab.name}/{tier}", developer=lab.name, active=weights.active,
                total=weights.total, open=False, tier=tier,
            )
            lines.append(line)
            add(Route.CLOSED_API, line, seller=lab.name, host=lab.name)
            for cloud in lab.marketplaces:
                add(Route.CLOSED_API, line, seller=lab.name, cloud=cloud, host=lab.name)
    hosts = [cloud.name for cloud in clouds if cloud.role == "hyperscaler"] + [hoster.name for hoster in hosters]
    for releaser in releasers:
        spec = scenario.sellers[releaser.name]
        assert isinstance(spec, ReleaserSpec)
        size = {"active": spec.active_billion, "total": spec.total_billion}
        weights = ModelLine(
            code=len(lines), name=f"{releaser.name}/open", developer=releaser.name, open=True, tier="open", **size
        )
        interface = ModelLine(
            code=len(lines) + 1, name=f"{releaser.name}/api", developer=releaser.name, open=False, tier="api", **size
        )
        lines += [weights, interface]
        for host in hosts:
            add(Route.HOSTED_OPEN, weights, seller=host, cloud=host if host in cloud_names else "", host=host)
        for cloud in cloud_names:
            add(Route.SELF_RENT, weights, seller=cloud, cloud=cloud, host="company")
        add(Route.ON_PREM, weights, seller=releaser.name, host="company")
        add(Route.ON_DEVICE, weights, seller=releaser.name, host="company")
        add(Route.CLOSED_API, interface, seller=releaser.name, host=releaser.name)
    return OfferBook.build(tuple(offers), tuple(lines), code_of)


def _company_columns(
    scenario: Scenario, *, chance: Chance, clouds: list[CloudProvider], sellers: int
) -> dict[str, npt.NDArray[np.generic]]:
    """All columns of the companies at founding."""
    population, needs, adoption = scenario.pop, scenario.needs, scenario.adopt
    rows = scenario.companies.count
    drawn = peopling.found_companies(population, adoption, rows=rows, chance=chance)
    slots = int(drawn.first_slot[-1])
    owner = np.repeat(np.arange(rows), np.diff(drawn.first_slot))
    share = peopling.slot_shares(population, drawn.first_slot, chance)
    volume = share * drawn.volume[owner]
    developer = drawn.segment[owner] == peopling.DEVELOPER
    first = peopling.draw_workloads(
        population, needs, slot=np.arange(slots), generation=np.zeros(slots, dtype=np.int64), volume=volume,
        company_volume=drawn.volume[owner], volume_column=np.where(developer, 3, drawn.size_class[owner]),
        developer=developer, sensitive=drawn.sensitive[owner], slots=slots, chance=chance,
    )
    live = np.zeros(slots, dtype=bool)
    live[drawn.first_slot[:-1]] = True
    live &= ~drawn.no_need[owner]
    life = np.full(slots, np.inf)
    if needs.life > 0:
        # a founding workload is met at a random point of its life; what is left of it is again exponential
        life = np.maximum(-needs.life * np.log(chance.uniform(Mechanism.WORKLOAD_LIFE, entity=np.arange(slots))), 1.0)
    legacy = drawn.weight * drawn.employees
    tenancy = _tenancies(chance, rows=rows, clouds=clouds)
    return {
        "weight": drawn.weight, "employees": drawn.employees, "size_class": drawn.size_class,
        "segment": drawn.segment, "sector": drawn.sector, "jurisdiction": drawn.jurisdiction,
        "regulated": drawn.regulated, "no_need": drawn.no_need, "sensitive": drawn.sensitive,
        "volume": drawn.volume, "legacy_bill": legacy / legacy.sum(),
        "tenancy": tenancy, "accounts": np.left_shift(np.uint64(1), tenancy.astype(np.uint64)),
        "opening_deposits": np.rint(
            drawn.weight * drawn.employees * scenario.finance.company_cash * 100
        ).astype(np.int64),
        "ready": drawn.ready,
        "aware_open": np.zeros(rows, dtype=bool),
        "known": _founding_knowledge(chance, rows=rows, sellers=sellers, share=adoption.known_at_start),
        "adopted": np.zeros(rows, dtype=bool),
        "deposits": np.rint(drawn.weight * drawn.employees * scenario.finance.company_cash * 100).astype(np.int64),
        "first_slot": drawn.first_slot, "company": owner, "share": share, "slot_volume": volume,
        "generation": np.zeros(slots), "live": live, "birth_clock": np.zeros(slots), "retires": life,
        "value": first.value, "sensitivity": first.sensitivity, "need_offset": first.need_offset,
        "need_birth": np.full(slots, scenario.frontier.founding_quality), "sla": first.sla,
        "reference_price": np.full(slots, np.nan),
        "held": np.full(slots, -1), "held_quality": np.zeros(slots), "accepted_bill": np.zeros(slots),
        "accepted_price": np.zeros(slots), "accepted_best": np.zeros(slots),
        "taste": np.zeros(slots), "tenure": np.zeros(slots), "taste_month": np.zeros(slots),
        "data_tb": population.data_per_employee * drawn.employees[owner] * share, "payable": np.zeros(slots),
    }


def _tenancies(chance: Chance, *, rows: int, clouds: list[CloudProvider]) -> npt.NDArray[np.int64]:
    """Primary cloud of each company by legacy shares; the first cloud where nobody has ordinary business."""
    share = np.cumsum([cloud.legacy_share for cloud in clouds])
    if share[-1] <= 0:
        return np.zeros(rows, dtype=np.int64)
    uniform = chance.uniform(Mechanism.FOUNDING_TENANCY, entity=np.arange(rows)) * share[-1]
    return np.searchsorted(share, uniform, side="right")


def _founding_knowledge(chance: Chance, *, rows: int, sellers: int, share: float) -> npt.NDArray[np.uint64]:
    """Bitmask of the sellers each company knows at founding."""
    code = np.arange(sellers)
    knows = chance.uniform(Mechanism.FOUNDING_KNOWLEDGE, entity=np.arange(rows)[:, None], subject=code[None, :]) < share
    return np.bitwise_or.reduce(np.where(knows, np.uint64(1) << code.astype(np.uint64), np.uint64(0)), axis=1)


def _panel(companies: Companies, scenario: Scenario, chance: Chance) -> Panel:
    """Permanent random numbers and sizes of the slots, from which each month's panel is taken (Ohlsson 1995)."""
    owner = companies.company
    size = companies.weight[owner] * companies.slot_volume**PANEL_SIZE_EXPONENT
    return Panel(
        number=chance.uniform(Mechanism.PANEL, entity=np.arange(companies.slots)), size=size,
        accounts=scenario.companies.panel,
    )


PANEL_SIZE_EXPONENT = 0.75  # between equal chances (0) and chances by volume (1): prices need tokens, plans need firms


def _compute_buyers(
    *, clouds: list[CloudProvider], labs: list[ModelLab], releasers: list[OpenWeightReleaser], hosters: list[Hoster]
) -> ComputeBuyers:
    """Buyers of GPU-hours and the clouds each may buy from; a cloud hosts on its own machines only."""
    renters = [*labs, *releasers, *hosters]
    everywhere = np.ones((2, len(clouds)))
    allowed = np.vstack([*(renter.allowed for renter in renters), np.eye(len(clouds)), everywhere])
    names = (*(renter.name for renter in renters), *(cloud.name for cloud in clouds), SELF_RENTERS, OTHER)
    return ComputeBuyers(
        names=names, allowed=allowed, serving=np.zeros_like(allowed), training=np.zeros_like(allowed),
        backlog=np.zeros((*allowed.shape, CLASSES)),
    )


def _premises() -> Fleet:
    """A fleet of the companies' own servers: their premises have the power, so no site is built for them."""
    fleet = Fleet()
    fleet.install_site(commissioned=-1, megawatts=UNLIMITED_MEGAWATTS, cents=0, life=FOR_EVER)
    return fleet


UNLIMITED_MEGAWATTS = 1e9
FOR_EVER = 10**6  # months
