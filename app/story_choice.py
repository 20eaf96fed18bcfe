"""Whose story is told: a name ("a hospital of 300 people with sensitive data"), a description, or a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import reacton.ipyvuetify as rv
import solara

from app.courses import Snapshot
from app.parts import Choose
from market.units import BoolArray
from simulation import ComputeEconomy
from simulation.telling.finding import Description, nearest_company

KNOWN: Mapping[str, Description] = {
    "a hospital of 300 people with sensitive data": Description(300, "enterprise", sensitive=True, regulated=True),
    "a bank of 5,000 people under regulation": Description(5_000, "enterprise", sensitive=True, regulated=True),
    "a workshop of 15 people": Description(15, "enterprise", sensitive=False, regulated=False),
    "a manufacturer of 800 people": Description(800, "enterprise", sensitive=False, regulated=False),
    "a software firm of 40 people": Description(40, "developer", sensitive=False),
}
OWN, ROW = "own", "row"  # ways to choose a company besides those of `KNOWN`
DATA = {"any": (None, None), "ordinary": (False, False), "sensitive": (True, None), "regulated": (True, True)}
DATA_WORDS = {
    "any": "any data", "ordinary": "ordinary data", "sensitive": "sensitive data", "regulated":
    "sensitive data under regulation",
}  # fmt: skip
SEGMENTS = {"enterprise": "any industry", "developer": "software developers"}
MOST_DIGITS = 7
NOBODY = -1


@dataclass(frozen=True)
class Wish:
    """Which company is looked for; numbers as they are typed."""

    way: str = next(iter(KNOWN))
    people: str = "300"
    segment: str = "enterprise"
    data: str = "any"
    row: str = "0"
    uses_ai: bool = True


def row_of(economy: ComputeEconomy, wish: Wish) -> int:
    """Row of the company that a wish means in a world; NOBODY where there is none."""
    if wish.way == ROW:
        row = _whole(wish.row)
        return row if row is not None and row < economy.companies.rows else NOBODY
    sensitive, regulated = DATA[wish.data]
    people = _whole(wish.people) or 0
    wanted = KNOWN.get(wish.way) or Description(people, wish.segment, sensitive=sensitive, regulated=regulated)
    among = using_ai(economy) if wish.uses_ai else None
    return nearest_company(economy.world, wanted, among=among) if wanted.employees else NOBODY


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def using_ai(economy: ComputeEconomy) -> BoolArray:
    """Whether each company holds an offer for some workload; (companies,)."""
    companies = economy.companies
    users = np.zeros(companies.rows, dtype=bool)
    users[companies.company[companies.live & (companies.held >= 0)]] = True
    return users


def described(snapshot: Snapshot, row: int) -> str:
    """The company in a row, in a sentence; what never changes of it."""
    companies = snapshot.economy.companies
    if not 0 <= row < companies.rows:
        return f"There is no such company; employees are 1 or more, rows run from 0 to {companies.rows - 1:,}."
    kind = "software developers" if companies.segment[row] else "an enterprise"
    traits = [f"{int(companies.employees[row]):,} people", kind]
    traits += ["mostly sensitive data"] if companies.sensitive[row] else []
    traits += ["data under regulation"] if companies.regulated[row] else []
    firms = f"{float(companies.weight[row]):,.0f} real firms" if companies.weight[row] > 1 else "itself alone"
    return f"Row {row} of this world: {', '.join(traits)}. It stands for {firms}."


@solara.component
def Chooser(wish: Wish, on_wish: Callable[[Wish], Any], *, rows: int) -> None:
    """Fields for a wish."""

    def field(name: str, label: str) -> None:
        rv.TextField(
            label=label, v_model=getattr(wish, name), on_v_model=lambda new: on_wish(replace(wish, **{name: new})),
            type="number", dense=True, outlined=True, hide_details=True,
        )  # fmt: skip

    ways = [*((name, name) for name in KNOWN), (OWN, "as I describe it"), (ROW, "by its row")]
    with solara.Div(classes=["cw-tools"]):
        with solara.Div(classes=["cw-wide"]):
            Choose("Whose story", wish.way, ways, lambda way: on_wish(replace(wish, way=way)))
        if wish.way == OWN:
            field("people", "employees")
            Choose("kind", wish.segment, list(SEGMENTS.items()), lambda new: on_wish(replace(wish, segment=new)))
            Choose("data", wish.data, list(DATA_WORDS.items()), lambda new: on_wish(replace(wish, data=new)))
        if wish.way == ROW:
            field("row", f"row, 0 to {rows - 1:,}")
        else:
            solara.Checkbox(
                label="one that uses AI now", value=wish.uses_ai,
                on_value=lambda new: on_wish(replace(wish, uses_ai=new)),
            )  # fmt: skip
