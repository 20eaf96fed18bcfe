"""Access, control and value capture (4.1 to 4.3) as docs/model.md writes them, on made-up numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from market import control, indicators, release_schedule, value_capture
from market.control import NEW_HOURS, OWN_MACHINES, SAME_SERVICE, Control
from market.structure import modified_hhi
from simulation.measuring.service_chains import Controllers, free_hours, machine_shares, undelivered
from simulation.recording import smaller_half
from simulation.world import OTHER
from tests.docs.equations import Page, near, worlds

ON = {NEW_HOURS: "new hours", OWN_MACHINES: "own machines", SAME_SERVICE: "same service"}
CLOUDS, FIRMS = 3, 6  # clouds 0, 1, 2, labs 3 and 4, a hoster 5
MEMBERS = np.vstack([np.eye(FIRMS, dtype=bool), [[True, False, False, True, False, False]]])  # cloud 0 owns lab 3


def test_access(page: Page) -> None:
    for r in worlds():
        realised, potential, firms = r.uniform(0, 3, 9) * (r.random(9) < 0.8), r.uniform(1, 5, 9), r.uniform(1, 50, 9)
        found = [page["access"](*each) for each in zip(realised, potential, strict=True)]
        assert near(found, realised / potential)
        assert near(page["gini"](found, firms), indicators.gini(found, firms))
        closed = np.maximum.accumulate(100 + r.normal(0, 3, 20).cumsum())
        growth, best = r.uniform(0.5, 3), r.uniform(closed[0] - 10, closed[-1] + 5)
        told = release_schedule.open_lag(closed, best_open=best, monthly_growth=growth)
        assert near(page["open_lag"](list(closed), best, growth), told)


def test_the_smaller_half_is_half_of_the_firms() -> None:
    for r in worlds():
        employees, firms = r.choice([10, 20, 50, 300], 12), r.uniform(1, 9, 12)
        world: Any = SimpleNamespace(companies=SimpleNamespace(rows=12, employees=employees, weight=firms))
        small, counted = np.zeros(12, dtype=bool), 0.0
        for row in sorted(range(12), key=lambda k: (employees[k], k)):
            counted += firms[row]
            small[row] = counted <= firms.sum() / 2
        assert (smaller_half(world) == small).all()


def test_shapley_values(page: Page) -> None:
    for r in worlds():
        players = list("abcd")
        worth = {group: r.uniform() for group in map(frozenset, ("", *"abcd"))}

        def value(group: frozenset[str], r: Any = r, worth: Any = worth) -> float:
            if group not in worth:
                worth[group] = r.uniform()
            return worth[group]

        told = indicators.shapley(players, value)
        found = page["shapley"](players, value)
        assert near(list(found.values()), list(told.values())) and list(found) == list(told)


def test_exposure_to_one_controller(page: Page) -> None:
    """Some can be denied the offer itself, some only its machines; free hours go where they are worth most."""
    scarce = set()
    for r in worlds():
        count, bound = 12, bool(r.integers(2))
        value, hours = r.lognormal(size=count), r.uniform(0, 5, count) * (r.random(count) < 0.9)
        denied = r.random(count) < 0.6
        kept, needs = r.uniform(size=count) * (r.random(count) < 0.8), r.uniform(0, 9, count)
        runs_on, offer = r.integers(0, 3, (2, count))
        part = np.array([0.0, r.uniform(), 1.0]) * (-1 if bound else 1)
        room = r.choice([0.0, 10.0, 100.0])
        code = control.Fallbacks(
            value=value, hours=hours, offer=offer, denier=np.where(denied, 0, control.NOBODY)[:, None],
            kept=kept[:, None], needs=needs[:, None], runs_on=runs_on[:, None],
        )  # fmt: skip
        told = control.exposures(code, share=part[:, None], pool=np.array([room]))[0]
        met = []
        for k in range(count):
            found = page["displaced"](
                denied[k], kept[k], ON[int(runs_on[k])], needs[k], abs(part[offer[k]]), hours[k], bound
            )
            met.append((value[k], *found))
        assert near(page["exposure"](value.sum(), met, room), told)
        scarce.add(bool(sum(each[3] for each in met) > room))

        people, idle = r.uniform(0, 3, count) * (r.random(count) < 0.7) * denied, r.uniform(0, 10)
        told = control.limited_by_staff(code, people=people[:, None], idle=idle)[:, 0]
        asks = np.flatnonzero(people)
        found = kept.copy()
        found[asks] *= page["first_served"]([(value[k] * kept[k], people[k]) for k in asks], idle)
        assert near(found, told)

        missing = r.choice([0.0, 0.3, 0.9])
        told = control.lost_to_shortage(value, hours, missing=missing)
        served = page["first_served"](list(zip(value, hours, strict=True)), (1 - missing) * hours.sum())
        assert near((value * (1 - np.array(served))).sum() / value.sum(), told)
    assert scarce == {True, False}


def test_concentration(page: Page) -> None:
    for r in worlds():
        exposure = r.uniform(0, 1, 5)
        told = control.control_index(exposure)
        assert near(page["control"](list(exposure)), [told.hhi, told.largest, told.total])
        shares, parts = r.dirichlet(np.ones(4)), r.dirichlet(np.ones(6), 4).T
        assert near(page["modified_herfindahl"](shares, parts), modified_hhi(shares, parts))


def test_room_and_machines_elsewhere(page: Page) -> None:
    """GPU-hours that the displaced can have, parts of machines, and what a vendor that stops deliveries stops."""
    for r in worlds():
        names = ("lab_3", "lab_4", "hoster_5", OTHER)
        held, trained = r.uniform(0, 9, (4, CLOUDS)), r.uniform(0, 9, (4, CLOUDS)) * [[1], [1], [0], [0]]
        served = r.uniform(0, 30, (2, CLOUDS, 3))
        supply = served.sum(axis=(0, 2)) + r.uniform(-5, 20, CLOUDS)
        rules = Control(training_release=r.uniform(), other_release=r.uniform())
        counts, retires = r.uniform(0, 50, (CLOUDS, 6)), np.tile(np.arange(8, 14), (CLOUDS, 1))
        machines = [SimpleNamespace(counts=c, retires=t) for c, t in zip(counts, retires, strict=True)]
        allowed = (r.random((4, CLOUDS)) < 0.6).astype(float)
        world: Any = SimpleNamespace(
            buyers=SimpleNamespace(names=names, index=names.index, allowed=allowed),
            code_of={"lab_3": 3, "lab_4": 4, "hoster_5": 5},
            clouds=[SimpleNamespace(fleet=SimpleNamespace(machines=each)) for each in machines],
        )
        record: Any = SimpleNamespace(
            month=7,
            compute=SimpleNamespace(
                cleared=SimpleNamespace(supply=supply, served=served), serving_held=held, training_held=trained
            ),
            assumptions=SimpleNamespace(invest=SimpleNamespace(availability=0.9)),
        )
        controllers = Controllers(members=MEMBERS, firms=FIRMS, ultimate=np.array([1, 2, 4, 5, 6]))
        told = free_hours(world, record, controllers, rules)
        idle = np.maximum(supply - served.sum(axis=(0, 2)), 0)
        release = (rules.training_release, rules.other_release)
        for k, owns in enumerate(MEMBERS):
            rows = [row for row, firm in enumerate((3, 4, 5)) if owns[firm]]
            clouds = [
                (idle[c], trained[:, c].sum(), held[3, c], (held[rows, c].sum(), trained[rows, c].sum()))
                for c in range(CLOUDS) if not owns[c]
            ]  # fmt: skip
            assert near(page["room_elsewhere"](clouds, *release), told[k])

        months = int(r.integers(1, 9))
        told = undelivered(world, record, months=months, control=rules)
        inference = held[:3].sum()
        found = page["undelivered"](
            list(counts.sum(axis=0)), months, idle.sum(), trained.sum(), held[3].sum(), inference, 0.9, *release
        )
        assert near(found, told)

        links: Any = SimpleNamespace(runner=np.array([0, 1, 2, -1]))
        share = machine_shares(world, record, links=links, controllers=controllers)
        for k, owns in enumerate(MEMBERS):
            for row in range(3):
                bound = not any(allowed[row, c] and not owns[c] for c in range(CLOUDS))
                part = sum(held[row, c] for c in range(CLOUDS) if owns[c]) / held[row].sum()
                assert near(share[row, k], -part if bound else part)
        assert not share[3].any()


def _place(members: tuple[int, ...]) -> int:
    return sum(1 << member for member in members)


def test_coalitions(page: Page) -> None:
    for r in worlds():
        count, sources = 8, ["lab", "releaser", "public"]
        net, hours = r.normal(2, 3, (count, 3)).clip(0), r.uniform(0.1, 5, (count, 3))
        alone, firms, capacity = r.normal(0, 2, count), r.uniform(1, 9, count), r.uniform(0, 60, 2)
        told = value_capture.coalition_values(net=net, hours=hours, weight=firms, free=alone, capacity=capacity)
        rows = [
            (f, a, {name: (n[k], h[k]) for k, name in enumerate(sources)})
            for f, a, n, h in zip(firms, alone, net, hours, strict=True)
        ]
        for members, clouds in (((2,), ()), ((2,), (0,)), ((0, 2), (0, 1)), ((0, 1, 2), (1,))):
            found = page["coalition"](rows, [sources[k] for k in members], capacity[list(clouds)].sum())
            assert near(found, told[_place(members[:-1]), _place(clouds)])  # public weights are in every coalition
