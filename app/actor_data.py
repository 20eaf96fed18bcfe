"""One actor of the trade network as plain data: books, fleet, prices, customers, suppliers, and what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.amounts import ROUTES, actor, count, offer, share, usd, usd_of_cents
from app.trade_data import WHAT
from market.units import HOURS_PER_MONTH
from simulation.measuring.trading import GROUPS
from simulation.timeline import month_name

Fact = tuple[str, str]  # what, how much
MOST = 8  # lines of a list
BOOKS = {
    "revenue_cents": "revenue", "profit_accounting_cents": "profit before tax", "profit_economic_cents":
    "economic profit", "capex_cents": "spent on machines and sites", "deposits_cents": "at the bank", "loans_cents":
    "debt", "capital_cents": "machines and sites", "wip_cents": "ordered and not delivered", "net_worth_cents":
    "net worth",
}  # fmt: skip
FLEET = {
    "gpu_hours_commissioned": ("machines running", "H100 equivalents"), "gpu_hours_held": ("GPU-hours held", "a month"),
    "gpu_hours_served": ("GPU-hours at work", "a month"), "utilisation": ("utilisation", ""),
    "power_mw": ("power of sites", "MW"), "staff_fte": ("specialists", "FTE"), "best_quality": ("best model", "points"),
}  # fmt: skip
MW_PER_GW = 1000.0


@dataclass(frozen=True)
class ActorFacts:
    """What there is to know about an actor in one month; texts ready to be shown."""

    name: str
    books: tuple[Fact, ...]
    fleet: tuple[Fact, ...]
    prices: tuple[tuple[str, str, str], ...]  # offer, price, sold
    customers: tuple[tuple[str, str, str], ...]  # who, for what, USD a month
    suppliers: tuple[tuple[str, str, str], ...]
    deals: tuple[tuple[str, str], ...]  # month, text; the latest first
    events: tuple[tuple[str, str], ...]  # others than deals


def facts_of(
    members: Sequence[str], *, edges: pd.DataFrame, sellers: pd.DataFrame, market: pd.DataFrame, events: pd.DataFrame
) -> ActorFacts:  # fmt: skip
    """Facts of the holders `members`, which stand together in the picture, from the tables of one month."""
    rows = sellers[sellers["seller"].isin(members)]
    trade = edges[edges["flow"].isin(WHAT)]
    own = events[events["actor"].isin(members) | events["object"].isin(members)].iloc[::-1]
    return ActorFacts(
        name=members[0],
        books=_books(rows) if len(rows) else (),
        fleet=_fleet(rows) if len(rows) else (),
        prices=_prices(market[market["seller"].isin(members) & (market["quantity_served"] > 0)]),
        customers=_partners(trade[trade["payee"].isin(members)], "payer"),
        suppliers=_partners(trade[trade["payer"].isin(members)], "payee"),
        deals=_told(own[own["kind"] == "deal"]),
        events=_told(own[own["kind"] != "deal"]),
    )  # fmt: skip


def _told(events: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """When, and between whom what."""
    lines = []
    for month, who, whom, text in events[["month", "actor", "object", "text"]][:MOST].itertuples(index=False):
        names = [actor(str(name)) for name in (who, whom) if name]
        lines.append((month_name(int(month)), f"{', '.join(names)}: {text}" if names else str(text)))
    return tuple(lines)


def _books(rows: pd.DataFrame) -> tuple[Fact, ...]:
    sums = {name: int(rows[name].sum()) for name in BOOKS if name in rows}
    sums["loans_cents"] = -sums.get("loans_cents", 0)  # what it owes, as a positive number
    return tuple((words, usd_of_cents(sums[name])) for name, words in BOOKS.items() if sums.get(name))


def _fleet(rows: pd.DataFrame) -> tuple[Fact, ...]:
    facts = []
    for name, (words, unit) in FLEET.items():
        values = rows[name].to_numpy(dtype=float) if name in rows else np.array([])
        values = values[np.isfinite(values)]
        if not values.size or not values.any():
            continue
        if name == "utilisation":
            facts.append((words, share(float(values.mean()))))
            continue
        amount = float(values.max() if name == "best_quality" else values.sum())
        amount = amount / HOURS_PER_MONTH if name == "gpu_hours_commissioned" else amount
        if unit == "MW" and amount >= MW_PER_GW:
            amount, unit = amount / MW_PER_GW, "GW"
        facts.append((words, f"{count(amount)} {unit}".strip()))
    return tuple(facts)


def _prices(rows: pd.DataFrame) -> tuple[tuple[str, str, str], ...]:
    """What is sold at which price, largest revenue first; segments that buy the same are put together."""
    lines = []
    keys = ["service", "route", "contract", "model", "host"]
    for (service, route, contract, model, _), part in rows.groupby(keys, sort=True, dropna=False):
        sold, revenue = float(part["quantity_served"].sum()), float(part["revenue_cents"].sum())
        price = float((part["price_usd"] * part["quantity_served"]).sum() / sold)
        if service == "tokens":
            name, unit, amount = f"{offer(model)}, {ROUTES[route]}", "per M tokens", f"{count(sold)} tokens"
        else:
            name, unit, amount = f"machine-hours, {contract.replace('_', ' ')}", "per hour", f"{count(sold)} h"
        if route == "self_rent":
            unit = "per GPU-hour"
        lines.append((revenue, (name, f"{usd(price)} {unit}", amount)))
    return tuple(line for _, line in sorted(lines, key=lambda item: -item[0])[:MOST])


def _partners(trade: pd.DataFrame, side: str) -> tuple[tuple[str, str, str], ...]:
    """Who is on the other side, for what, and how much; largest first, the rest in one line."""
    lines = []
    for who, part in trade.groupby(side, sort=True):
        goods = part.groupby("flow")["cents"].sum().sort_values(ascending=False)
        lines.append((int(part["cents"].sum()), str(who), ", ".join(WHAT[flow] for flow in goods.index[:2])))
    lines.sort(key=lambda line: (-line[0], line[1]))
    total = sum(cents for cents, _, _ in lines)
    shown = [
        (actor(who) if who not in GROUPS else who, goods, f"{usd_of_cents(cents)} ({share(cents / total)})")
        for cents, who, goods in lines[:MOST]
    ]
    rest = sum(cents for cents, _, _ in lines[MOST:])
    if rest:
        shown.append((f"{len(lines) - MOST} others", "", f"{usd_of_cents(rest)} ({share(rest / total)})"))
    return tuple(shown)
