"""One company's story on the page: what it is said to have chosen is what the portrait says."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from app.courses import Snapshot
from app.story_choice import KNOWN, NOBODY, OWN, ROW, Wish, described, row_of
from app.story_data import SHOCK, Teller, cost, happenings, is_shocked, payments, reviews
from app.story_options import (
    USES,
    choices_option,
    iceberg_option,
    options_option,
    payments_option,
    spending_option,
    use_of,
)
from simulation import ComputeEconomy
from simulation.telling.finding import nearest_company
from simulation.telling.portrait import CompanyStory, follow


@pytest.fixture(scope="module")
def row(snapshot: Snapshot) -> int:
    with snapshot.reading() as economy:
        users = economy.companies.adopted & (economy.companies.employees > 1000)
        return nearest_company(economy.world, KNOWN["a bank of 5,000 people under regulation"], among=users)


def told(snapshot: Snapshot, row: int, *, steps: tuple[int, ...]) -> CompanyStory:
    teller = Teller(snapshot.scenario, draw=snapshot.draw, arm=snapshot.arm, row=row)
    for until in steps:
        teller.tell(until, stop=threading.Event(), told=lambda months: None)
    return teller.story


@pytest.fixture(scope="module")
def story(snapshot: Snapshot, row: int) -> CompanyStory:
    return told(snapshot, row, steps=(5, 12))


def test_what_it_chose_is_what_the_portrait_says(story: CompanyStory, snapshot: Snapshot, row: int) -> None:
    alone = follow(ComputeEconomy(snapshot.scenario, draw=snapshot.draw, arm=snapshot.arm), row)
    assert repr(alone.months) == repr(story.months)
    slots = sorted({w.slot for month in alone.months for w in month.workloads})
    shown = {tuple(cell["value"][:2]): list(USES)[cell["value"][2]] for cell in
             choices_option(story)["series"][0]["data"]}  # fmt: skip
    truth = {(at, slots.index(w.slot)): use_of(w) for at, month in enumerate(alone.months) for w in month.workloads}
    assert shown == truth and len(set(truth.values())) > 1


def test_what_is_held_at_the_end_is_what_the_economy_holds(story: CompanyStory, snapshot: Snapshot, row: int) -> None:
    with snapshot.reading() as economy:
        held = [w["held"] for w in economy.portrait(row).workloads]
        live = [w["live"] for w in economy.portrait(row).workloads]
    used = {w.slot: w.offer != "none" for w in story.months[-1].workloads}
    assert used == {slot: code >= 0 for slot, code in enumerate(held) if live[slot]}


def test_the_option_that_is_marked_is_the_one_in_use(story: CompanyStory) -> None:
    looked = reviews(story)
    assert looked
    for _, workload in looked:
        chosen = [option for option in workload.options if option.chosen]
        names = options_option(workload)["yAxis"]["data"]
        assert sum(name.startswith("✓") for name in names) == len(chosen) <= 1
        believed, true = options_option(workload)["series"]
        for at, name in enumerate(names):
            if name.startswith("✓"):
                assert believed["data"][at]["value"] == pytest.approx(12 * chosen[0].believed_cost_usd, abs=0.01)
                assert true["data"][at]["value"] == pytest.approx(12 * chosen[0].true_cost_usd, abs=0.01)


def test_bars_of_spending_and_payments_are_what_it_spent(story: CompanyStory) -> None:
    bars = [one["data"] for one in spending_option(story)["series"] if one["type"] == "bar"]
    for at, month in enumerate(story.months):
        assert sum(bar[at] for bar in bars) == pytest.approx(month.spend_usd, abs=0.05)
    last = story.months[-1]
    paid = sum(usd for _, _, usd in payments(last))
    moving = sum(w.moving_usd for w in last.workloads)
    assert paid == pytest.approx(last.spend_usd + moving, rel=1e-9)
    series = payments_option(last)["series"][0]
    names = {node["name"] for node in series["data"]}
    assert {end for link in series["links"] for end in (link["source"], link["target"])} <= names


def test_the_iceberg_has_all_its_parts(story: CompanyStory) -> None:
    own = next(w.own for month in story.months for w in month.workloads if w.own)
    option = iceberg_option(own)
    parts = [one["data"][0] for one in option["series"]]
    assert sum(abs(part) for part in parts) == pytest.approx(12 * own.total_usd, abs=0.1)
    assert parts[0] > 0 and all(part <= 0 for part in parts[1:])
    believed = option["series"][0]["markLine"]["data"][1]["yAxis"]
    assert believed == pytest.approx(12 * (own.visible_usd - own.believed_usd), abs=0.01)


def test_a_bill_beyond_what_it_bears_is_told_as_a_shock(story: CompanyStory) -> None:
    month = next(month for month in story.months[::-1] if any(w.offer != "none" for w in month.workloads))
    calm = next(w for w in month.workloads if w.offer != "none")
    assert not is_shocked(calm)
    shocked = replace(calm, planned_usd=cost(calm) / 3, borne_usd=cost(calm) / 2, before=calm.offer)
    of_month = replace(month, workloads=(shocked,))
    told_of = happenings(CompanyStory(0, {}, (of_month,)))
    assert [h.text for h in told_of if h.kind == SHOCK and "3.0 times what was planned" in h.text]
    marks = next(one for one in spending_option(CompanyStory(0, {}, (of_month,)))["series"] if one["type"] == "scatter")
    assert len(marks["data"]) == 1
    assert not np.isfinite(calm.borne_usd)


def test_a_story_that_is_stopped_goes_on_later(snapshot: Snapshot, row: int) -> None:
    teller = Teller(snapshot.scenario, draw=snapshot.draw, arm=snapshot.arm, row=row)
    stop = threading.Event()
    teller.tell(12, stop=stop, told=lambda months: stop.set() if months == 2 else None)
    assert len(teller.story.months) == 2
    teller.tell(4, stop=threading.Event(), told=lambda months: None)
    assert [month.month for month in teller.story.months] == [0, 1, 2, 3]


def test_a_wish_finds_a_company_or_says_that_there_is_none(snapshot: Snapshot) -> None:
    with snapshot.reading() as economy:
        rows, companies = economy.companies.rows, economy.companies
        assert row_of(economy, Wish(way=ROW, row="17")) == 17
        for nonsense in ("", "-1", "1e3", str(rows), "9" * 30, "½"):
            assert row_of(economy, Wish(way=ROW, row=nonsense)) == NOBODY
        for nonsense in ("", "0", "-5", "many"):
            assert row_of(economy, Wish(way=OWN, people=nonsense)) == NOBODY
        found = row_of(economy, Wish(way=OWN, people="40", segment="developer"))
        assert companies.segment[found] == 1 and companies.held[companies.company == found].max() >= 0
        for name in KNOWN:
            assert 0 <= row_of(economy, Wish(way=name, uses_ai=False)) < rows
    assert "stands for" in described(snapshot, found) and "no such company" in described(snapshot, NOBODY)
