"""Opening balances: what every holder owns and owes on 1 January 2023."""

from __future__ import annotations

from agents.companies import Companies
from agents.sellers import ChipVendor, CloudProvider, Hoster, ModelLab, OpenWeightReleaser
from market.fleet import Fleet
from market.ledger import Ledger
from market.money import to_cents
from market.units import HOURS_PER_MONTH
from scenarios.scenario import Scenario

BEFORE = -1  # the month before month 0


def opening_books(
    scenario: Scenario,
    *,
    clouds: list[CloudProvider],
    labs: list[ModelLab],
    releasers: list[OpenWeightReleaser],
    hosters: list[Hoster],
    vendor: ChipVendor,
    companies: Companies,
    other_fleet: Fleet,
) -> Ledger:
    """A ledger whose holders own their founding cash, machines and sites under way; nobody but the rest owes
    anything.
    """
    ledger = Ledger([seller.name for seller in [*clouds, *labs, *releasers, *hosters, vendor]])
    finance = scenario.finance
    deposits = {
        "companies": int(companies.deposits.sum()),
        "fund": to_cents(finance.fund_wealth),
        "government": to_cents(finance.government_wealth),
        "rest_of_economy": to_cents(finance.rest_wealth),
    }
    capital = {"rest_of_economy": other_fleet.capital_cents(BEFORE)}
    wip = {"rest_of_economy": other_fleet.work_in_progress_cents}
    for cloud in clouds:
        ordinary = scenario.cloud.legacy_revenue * cloud.legacy_share * scenario.cloud.legacy_margin
        rental = cloud.fleet.count * HOURS_PER_MONTH * (cloud.scarcity_price - scenario.invest.opex)
        deposits[cloud.name] = to_cents(finance.founding_cash_months * (ordinary + rental))
        capital[cloud.name] = cloud.fleet.capital_cents(BEFORE)
        wip[cloud.name] = cloud.fleet.work_in_progress_cents
    for lab in (lab for lab in labs if lab.alive):
        deposits[lab.name] = to_cents(finance.founding_cash_months * scenario.lab.seed_equity)
    for hoster in (hoster for hoster in hosters if hoster.alive):
        deposits[hoster.name] = to_cents(finance.hoster_cash)
    ledger.open_books(deposits=deposits, capital=capital, wip=wip)
    return ledger
