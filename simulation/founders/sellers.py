"""Founding sellers: clouds, labs, releasers and hosters with their founding models."""

from __future__ import annotations

import mesa
import numpy as np

from agents.conduct import cost_of_capital, leverage_of
from agents.sellers import CloudProvider, Hoster, ModelLab, OpenWeightReleaser
from market.goods import Model
from market.units import MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario
from scenarios.sellers import CloudSpec, HosterSpec, LabSpec, ReleaserSpec
from simulation.founders.machines import founding_fleet, founding_rent
from simulation.founders.public_cloud import found_public_cloud
from simulation.founders.seats import DENSE_TO_SPARSE, hoster_seats, lab_seats, neocloud_seats
from simulation.founders.sovereign_cloud import found_sovereign_cloud


def found_clouds(model: mesa.Model, scenario: Scenario) -> list[CloudProvider]:
    """Named clouds, then the fringe with equal legacy shares, then neoclouds; fleets by share (model.md,
    "Founding").
    """
    specs = {name: spec for name, spec in scenario.sellers.items() if isinstance(spec, CloudSpec)}
    fringe, neo = scenario.cloud.fringe_count, scenario.cloud.neocloud_count
    each = scenario.cloud.fringe_legacy_share / fringe if fringe else 0.0
    specs |= {f"fringe_{k + 1}": CloudSpec(kind="cloud", role="fringe", legacy_share=each) for k in range(fringe)}
    specs |= {f"neocloud_{k + 1}": CloudSpec(kind="cloud", role="neocloud") for k in range(neo)}
    part = founding_shares(
        legacy=np.array([spec.legacy_share for spec in specs.values()]),
        role=[spec.role for spec in specs.values()],
        neocloud_part=scenario.cloud.neocloud_fleet_part,
    )
    founded = [
        _found_cloud(model, scenario, name=name, code=code, spec=spec, part=float(part[code]))
        for code, (name, spec) in enumerate(specs.items())
    ]
    clouds = [*founded, *neocloud_seats(model, scenario, first_code=len(founded))]
    clouds += found_public_cloud(model, scenario, first_code=len(clouds))
    return [*clouds, *found_sovereign_cloud(model, scenario, first_code=len(clouds))]


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
        model,
        name=name,
        code=code,
        wacc=cost_of_capital(scenario.invest, role=spec.role),
        role=spec.role,
        fleet=founding_fleet(scenario, accelerators=part * scenario.founding.fleet),
        legacy_share=spec.legacy_share,
        scarcity_price=founding_rent(scenario),
        leverage=leverage_of(scenario.invest, role=spec.role),
        brand=spec.brand,
    )
    cloud.past_purchases = part * scenario.founding.fleet
    return cloud


def found_trainers_and_hosters(
    model: mesa.Model, scenario: Scenario, *, clouds: list[CloudProvider], arm: str
) -> tuple[list[ModelLab], list[OpenWeightReleaser], list[Hoster]]:
    """Labs, releasers and hosters with founding models; releasers do not exist in the ABSENT arm's market."""
    everywhere = np.ones(len(clouds))
    code = len(clouds)
    line = 0
    labs, releasers, hosters = [], [], []
    for name, spec in scenario.sellers.items():
        if isinstance(spec, LabSpec):
            models = {
                "frontier": Model(
                    line=line,
                    developer=name,
                    quality=spec.quality,
                    active=scenario.lab.active_frontier,
                    total=scenario.lab.active_frontier * DENSE_TO_SPARSE,
                    open=False,
                    released=-1,
                )
            }
            if spec.small_model:
                models["small"] = Model(
                    line=line + 1,
                    developer=name,
                    quality=spec.quality - scenario.lab.small_gap,
                    active=scenario.lab.active_small,
                    total=scenario.lab.active_small * DENSE_TO_SPARSE,
                    open=False,
                    released=-1,
                )
            labs.append(
                ModelLab(
                    model,
                    name=name,
                    code=code,
                    allowed=everywhere.copy(),
                    models=models,
                    role=spec.role,
                    parent=spec.parent,
                    marketplaces=spec.marketplaces,
                    partner=spec.partner,
                    deal_month=spec.deal_month,
                )
            )
            line += len(models)
            code += 1
    frontier = max((lab.models["frontier"].quality for lab in labs), default=100.0)
    lines_of_releasers = 2 * sum(isinstance(spec, ReleaserSpec) for spec in scenario.sellers.values())
    labs += lab_seats(model, scenario, first_code=code, clouds=len(clouds), lines=line + lines_of_releasers)
    code = len(clouds) + len(labs)
    for name, spec in scenario.sellers.items():
        if isinstance(spec, ReleaserSpec):
            behind = scenario.needs.trend[0] / MONTHS_PER_YEAR * spec.lag_schedule[0][1]
            quality = min(frontier - behind, frontier - scenario.release.founding_gap)
            weights = Model(
                line=line,
                developer=name,
                quality=quality,
                active=spec.active_billion,
                total=spec.total_billion,
                open=True,
                released=-1,
                readability=scenario.open.readability,
            )
            releasers.append(
                OpenWeightReleaser(
                    model,
                    name=name,
                    code=code,
                    jurisdiction=spec.jurisdiction,
                    allowed=everywhere.copy(),
                    models={"open": weights},
                    funding=spec.funding,
                    closed_api=spec.closed_api,
                    first_release=spec.first_release,
                    parent=spec.parent,
                    parent_stake=spec.parent_stake,
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
                    model,
                    name=name,
                    code=code,
                    allowed=allowed,
                )
            )
            code += 1
    hosters += hoster_seats(model, scenario, first_code=code, clouds=len(clouds))
    if arm == "absent":
        for releaser in releasers:
            releaser.models = {}
    return labs, releasers, hosters
