"""Events that explain a path: what is told, and which ten matter most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation import ComputeEconomy
from simulation.measuring.events import event_rows
from simulation.measuring.turning_points import IdleLabs, Queue, Rent
from simulation.telling.story import MOST_OF_KIND, story_text, weighed, weightiest


def run_with(events: list[tuple[int, str, str, str, int, str]], market: pd.DataFrame | None = None) -> Any:
    """A run of a year in which lab_a sells for $100 a month and has all tokens."""
    columns = ["month", "kind", "actor", "object", "cents", "text"]
    if market is None:
        market = pd.DataFrame(
            {
                "month": range(12),
                "service": "tokens",
                "family": "lab_a",
                "quantity_served": 1.0,
                "revenue_cents": 10_000,
            }
        )
    return SimpleNamespace(market=market, events=pd.DataFrame(events, columns=columns))


def test_money_is_weighed_against_the_sales_of_its_month() -> None:
    told = weighed(
        run_with([(3, "price", "lab_a", "line", 2_500, "cheaper"), (4, "shock", "", "invest.opex", 0, "up")])
    )
    assert [event.weight for event in told] == [pytest.approx(0.25), 0.0]
    assert told[1].text == "invest.opex: up"


def test_a_release_is_weighed_by_the_share_its_developer_gained() -> None:
    share = {"lab_a": [0.6] * 6 + [0.2] * 6, "lab_b": [0.4] * 6 + [0.8] * 6}
    market = pd.DataFrame(
        [
            {"month": month, "service": "tokens", "family": lab, "quantity_served": path[month], "revenue_cents": 1}
            for lab, path in share.items()
            for month in range(12)
        ]
    )
    run = run_with(
        [(5, "release", "lab_b", "lab_b/frontier", 0, "new"), (5, "release", "lab_a", "lab_a/small", 0, "x")], market
    )
    gained, lost = weighed(run)
    assert gained.weight == pytest.approx(0.4)
    assert gained.what == "tokens, 40% to 80% in 3 months"
    assert lost.weight == 0.0


def test_the_heaviest_are_told_in_order_of_time_few_of_a_kind_and_none_twice() -> None:
    prices = [(month, "price", f"lab_{month}", "line", 100 * (month + 1), f"price {month}") for month in range(8)]
    twice = [(9, "reversal", "lab_a", "training", 900, "stops"), (10, "reversal", "lab_a", "training", 950, "begins")]
    chosen = weightiest(run_with([*prices, *twice]))
    assert [event.month for event in chosen] == [5, 6, 7, 10]
    assert sum(event.kind == "price" for event in chosen) == MOST_OF_KIND


def test_a_world_without_events_says_so() -> None:
    assert story_text(run_with([])) == "No event moved anything."


@dataclass
class Stage:
    """A world and record in which only what a detector reads exists."""

    rent: float = 1.0
    month: int = 0
    unmet: float = 0.0
    run: Any = None
    spoken: list[str] = field(default_factory=list)

    def ask(self, detector: Any) -> list[str]:
        hours = np.full((1, 1), 10.0)
        cleared = SimpleNamespace(
            demanded=np.array([100.0]), lost=np.array([self.unmet]), backlog=np.zeros(1), reneged=np.zeros(1)
        )
        record = SimpleNamespace(
            month=self.month, tariffs=SimpleNamespace(rent=self.rent),
            compute=SimpleNamespace(serving_held=hours, training_held=hours, cleared=cleared),
        )  # fmt: skip
        lab = SimpleNamespace(name="lab_a", run=self.run, alive=True)
        self.month += 1
        return [event.text for event in detector.events(SimpleNamespace(training_path=None, labs=[lab]), record)]


def test_rent_is_told_where_it_has_risen_or_turned_and_names_the_peak() -> None:
    stage, rent = Stage(), Rent()
    path = [1.0] * 3 + [1.2, 1.6, 2.0, 2.4] + [2.4] * 3 + [1.2] * 3
    told = []
    for value in path:
        stage.rent = value
        told += stage.ask(rent)
    assert told[0].endswith("+60% from $1.00")
    assert "from its peak of $2.40 in 2023-09" in told[-1]
    assert all(abs(float(text.split(", ")[-1].split("%")[0])) >= 33 for text in told)


def test_a_queue_is_told_when_it_forms_and_when_it_is_gone() -> None:
    stage, queue = Stage(), Queue()
    told = []
    for unmet in (0.0, 12.0, 8.0, 15.0, 1.0, 0.0):
        stage.unmet = unmet
        told += stage.ask(queue)
    assert told == [
        "machines run short: 12% of the GPU-hours wanted wait or are lost",
        "the queue for machines is gone, 3 months after it formed",
    ]


def test_a_lab_that_begins_no_run_for_a_quarter_has_stopped() -> None:
    stage, idle = Stage(), IdleLabs()
    told = []
    for run in (SimpleNamespace(budget=5.0), None, None, None, None, SimpleNamespace(budget=7.0)):
        stage.run = run
        told += stage.ask(idle)
    assert told == ["stops training: no run pays or can be paid for 3 months", "trains again after 4 months"]


def test_events_of_a_world_are_readable_and_their_money_is_not_negative(
    economy_of: Callable[..., ComputeEconomy],
) -> None:
    economy = economy_of(months=18, horizon=18)
    run = economy.results()
    assert {"release", "price"} <= set(run.events["kind"])
    assert (run.events["cents"] >= 0).all()
    assert (run.events["text"].str.len() > 0).all()
    lines = story_text(run).splitlines()
    assert 2 <= len(lines) <= 11
    assert lines[1:] == sorted(lines[1:], key=lambda line: line[:7])


def test_only_the_best_of_the_models_released_in_a_month_is_the_new_leader() -> None:
    released = tuple(
        SimpleNamespace(line=k, developer=f"lab_{k}", quality=q, open=False) for k, q in enumerate((120, 125))
    )
    world = SimpleNamespace(
        line_quality=[np.array([110.0, 112.0]), np.array([120.0, 125.0])],
        misuse=SimpleNamespace(event=0), deals=SimpleNamespace(invested=()),
        book=SimpleNamespace(lines=[SimpleNamespace(name="a/frontier"), SimpleNamespace(name="b/frontier")]),
    )
    models, revealed = SimpleNamespace(released=released, notices=()), SimpleNamespace(given_up=0.0)
    nobody = SimpleNamespace(resolutions=(), founded=(), equity_at_founding=())
    unruled = SimpleNamespace(notices=())
    record = SimpleNamespace(month=1, models=models, revealed=revealed, exits=nobody, regulation=unruled)
    rows = event_rows(world, SimpleNamespace(shocks=()), record=record)
    assert list(rows["text"]) == [
        "120.0 points, closed, 5.0 behind the best", "125.0 points, closed, new leading model by 5.0"
    ]  # fmt: skip
