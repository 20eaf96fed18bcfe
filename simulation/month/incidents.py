"""Incidents of the month: which users of which offer meet one, who lives with one, and what it costs them (M15)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.offers import NONE
from agents.regulator import safety_after_tests
from agents.usage import Usage
from market.chance import Mechanism
from market.community import patch_rate
from market.goods import Route
from market.labour import OPERATIONS
from market.safety import Incident, Unpatched, harmed_rows, incident_hazard, latency_of, lost_share, month_of_incidents
from market.selection import one_of
from market.units import FloatArray, IntArray, weighted_count
from scenarios.scenario import Scenario
from scenarios.sellers import LabSpec, ReleaserSpec
from simulation.month.communities import is_orphaned, may_publish, readability_by_line
from simulation.month.hiring import staffing_of
from simulation.world import World

SELF_RUN = (Route.SELF_RENT, Route.ON_PREM)


@dataclass(frozen=True)
class Incidents:
    """A month of incidents; real workloads."""

    struck: FloatArray  # (offers, kinds) met one
    unpatched: FloatArray  # (offers, kinds) user-months lived with one
    users: FloatArray  # (offers,) workloads that hold the offer
    after: Unpatched
    harmed: IntArray  # slots that met one and look around next month
    loss: FloatArray  # (live rows,) USD of value destroyed, per firm, where all is served


def incidents_of_month(
    world: World, assumptions: Scenario, *, month: int, rows: IntArray, users: FloatArray, left: FloatArray,
    delivered: FloatArray,
) -> Incidents | None:  # fmt: skip
    """What happens to the workloads `rows` (slots), which hold an offer; None where models cause no incidents.

    users: (offers,) real workloads now; left: (offers,) of last month's that are gone; delivered: (rows,)
    USD of value per firm that they would bring without incidents.
    """
    rules, companies = assumptions.safety, world.companies
    if not rules.incidents:
        return None
    line_of = world.book.line_of.astype(np.int64)
    luck = world.chance.exponential(
        Mechanism.INCIDENT, month=month, entity=np.arange(len(world.book.lines))[:, None],
        subject=np.arange(len(Incident))[None, :],
    )  # fmt: skip
    newest, on_device = (
        incident_hazard(safety=safety, present=world.communities.present, luck=luck, rules=rules)
        for safety in safety_by_line(world, assumptions)
    )
    by_offer = np.where((world.book.route == Route.ON_DEVICE)[:, None], on_device[line_of], newest[line_of])
    staffing = staffing_of(world, assumptions, month=month)
    runs_alone = one_of(world.book.route, SELF_RUN)
    unwatched = np.where(runs_alone, staffing.incident_factor, 1.0)  # without data scientists
    hazard, before = by_offer * unwatched[:, None], world.users_by_offer
    wait = patch_wait(world, assumptions, month=month)
    spell = month_of_incidents(
        world.unpatched,
        users=users,
        staying=np.divide(np.maximum(before - left, 0.0), before, out=np.zeros_like(before), where=before > 0),
        hazard=hazard,
        latency=wait + latency_of(world.book.route, rules=rules, staffed=float(staffing.fill[OPERATIONS])),
        never=np.where(runs_alone, rules.never_patched, 0.0),
    )
    code = companies.held[rows].astype(np.int64)
    lived_with = np.divide(spell.unpatched.sum(axis=1), users, out=np.zeros_like(users), where=users > 0)
    lost = lost_share(lived_with, rules)
    meets = world.chance.uniform(Mechanism.INCIDENT_USER, month=month, entity=rows)
    return Incidents(
        struck=spell.struck,
        unpatched=spell.unpatched,
        users=users,
        after=spell.after,
        harmed=rows[harmed_rows(meets, hazard=hazard, code=code)],
        loss=delivered * lost[code],
    )


def users_who_left(world: World, *, leavers: IntArray, offer_left: IntArray) -> FloatArray:
    """Real workloads by the offer that they gave up this month; (offers,)."""
    weight = world.companies.weight[world.companies.company[leavers]]
    return weighted_count(offer_left, weight, len(world.book.offers))


def reviewed_for_incidents(world: World) -> IntArray:
    """Slots of workloads that met an incident last month and still run: they look around at once."""
    companies, slots = world.companies, world.harmed
    return np.asarray(slots[companies.live[slots] & (companies.held[slots] != NONE)])


def safety_by_line(world: World, assumptions: Scenario) -> tuple[FloatArray, FloatArray]:
    """Safety 0..1 of every line's newest version and of the one that devices run, as trained and tested; (lines,)."""
    trained = [trained_safety(assumptions, line.developer) for line in world.book.lines]

    def tested(left: FloatArray) -> FloatArray:
        return np.array([safety_after_tests(level, float(part)) for level, part in zip(trained, left, strict=True)])

    date = len(world.line_flaws) - 1 - assumptions.device.quality_lag_months
    return tested(world.line_flaws[-1]), tested(world.line_flaws[date] if date >= 0 else np.ones(len(trained)))


def trained_safety(assumptions: Scenario, developer: str) -> float:
    """Safety of the developer's models as it trains them; labs that entered later train as an ordinary lab does."""
    spec = assumptions.sellers.get(developer, LabSpec(kind="lab"))
    assert isinstance(spec, LabSpec | ReleaserSpec)
    return spec.safety


def patch_wait(world: World, assumptions: Scenario, *, month: int) -> FloatArray:
    """Months until somebody else writes the patch of a published line that its developer gave up; (offers,).

    0 where the developer does it, who mends what it still publishes; for ever where there is no community.
    """
    wait = np.zeros(len(world.book.lines))
    forbidden = not may_publish(world, assumptions, month=month)
    given_up = [r.models["open"].line for r in world.releasers if "open" in r.models and (forbidden or is_orphaned(r))]
    wait[given_up] = np.inf
    if assumptions.open.community:
        wait[given_up] = 1.0 / patch_rate(readability_by_line(world), assumptions.open)[given_up]
    return np.asarray(wait[world.book.line_of])


def with_incidents(wanted: Usage, incidents: Incidents | None) -> Usage:
    """The month's use with the value that incidents destroy taken from what is delivered."""
    if incidents is None:
        return wanted
    return replace(wanted, gross=wanted.gross - incidents.loss, surplus=wanted.surplus - incidents.loss)
