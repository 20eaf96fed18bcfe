"""Indicators of incidents and misuse (docs/model.md M15); absent where the scenario has none."""

from __future__ import annotations

import numpy as np

from market.goods import Route
from market.misuse import Harm
from market.safety import Incident
from market.selection import one_of
from market.units import FloatArray
from simulation.month.incidents import Incidents
from simulation.month.outcomes import Outcomes
from simulation.world import MonthRecord, World

CHANNELS = {
    "closed_api": (Route.CLOSED_API,),
    "hosted_open": (Route.HOSTED_OPEN,),
    "self_run": (Route.SELF_RENT, Route.ON_PREM),
    "on_device": (Route.ON_DEVICE,),
}


def harm_measures(world: World, record: MonthRecord) -> dict[str, float]:
    """Incidents by kind and channel, what they destroyed and whose models did it; misuse and its harm."""
    found: dict[str, float] = {}
    if record.demand.incidents is not None:
        found |= _incidents(record, record.demand.incidents)
    if record.accounts.harm is not None:
        found |= _misuse(world, record.accounts.harm, record.closing.outcomes)
    return found


def _incidents(record: MonthRecord, incidents: Incidents) -> dict[str, float]:
    demand, sheet = record.demand, record.demand.sheet
    struck, unpatched = incidents.struck.sum(axis=0), incidents.unpatched.sum(axis=1)
    lost = demand.weight * incidents.loss * record.service.served
    found = {f"incidents_{kind.name.lower()}": float(struck[kind]) for kind in Incident}
    for channel, routes in CHANNELS.items():
        on = one_of(sheet.route, routes)
        users = float(incidents.users[on].sum())
        found[f"unpatched_{channel}"] = float(unpatched[on].sum()) / users if users > 0 else np.nan
    foreign = (sheet.foreign > 0) & sheet.open
    return found | {
        "incident_loss": float(lost.sum()),
        "incident_loss_open": float(lost[sheet.open[demand.code]].sum()),
        "incident_loss_foreign": float(lost[foreign[demand.code]].sum()),
    }


def _misuse(world: World, harm: Harm, outcomes: Outcomes) -> dict[str, float]:
    misuse = world.misuse
    foreign: FloatArray = np.array([float(releaser.jurisdiction > 0) for releaser in world.releasers])
    return {
        "misuse_stock": misuse.whole,
        "misuse_stock_foreign": float(misuse.stock @ foreign) if len(foreign) else 0.0,
        "misuse_closed": misuse.closed,
        "danger_quality": misuse.danger,
        "external_harm": outcomes.external_harm,
        "external_harm_open": harm.open,
        "external_harm_event": harm.event,
        "welfare_before_harm": outcomes.welfare + harm.total,
    }
