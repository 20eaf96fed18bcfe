"""Where every dollar that companies spend on AI ends up, followed from payer to payee until somebody keeps it.

The month's books say what each holder spent and on what; the dollars that came from companies are taken to be spent
like all its others (the proportional assumption of input-output accounting: Miller and Blair 2009, ch. 2). Costs are
those of the month: machines enter as they wear out, not when they are bought, and whoever earns more than it spends
keeps the rest as profit before tax. Ordinary cloud business is a line of its own and left out. Cents are split by
largest remainder, so that what enters a holder leaves it, exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from market.accounts import COMPANIES
from market.flows import TREATMENT, Account, Exchange, Flow, OwnBooks, Trade
from market.money import apportion

ORDINARY = ("legacy_cloud_fee", "legacy_cost", "legacy_capex", "legacy_cash_flow", "legacy_migration")
LAYERS = ("companies", "releaser", "lab", "host", "cloud", "public", "chip")  # money goes on towards the right
PEOPLE, POWER, LENDERS, SUPPLIERS, INPUTS, WRITTEN_OFF, OTHER_SELLERS = (
    "people", "power", "lenders", "suppliers", "inputs", "written_off", "other_sellers",
)  # fmt: skip
PROFIT = "profit"
ENDS = {
    PEOPLE: "wages, integration and advice",
    POWER: "power and running of machines",
    LENDERS: "interest",
    SUPPLIERS: "other suppliers",
    INPUTS: "makers of chips, systems and sites",
    WRITTEN_OFF: "projects and machines written off",
    OTHER_SELLERS: "sellers of the same layer",
}
_END_OF_FLOW = {
    "wages": PEOPLE, "migration_services": PEOPLE, "advice_fee": PEOPLE, "power_opex": POWER, "interest_loan": LENDERS,
    "vendor_inputs": INPUTS, "fire_sale_loss": WRITTEN_OFF, "project_loss": WRITTEN_OFF,
}  # fmt: skip
_WEAR = ("depreciation", "retirement")  # what was paid to the maker of machines and sites, as it is used up


@dataclass(frozen=True)
class Passage:
    """Cents of companies' spending that go from one holder to another, or to an end of `ENDS` or `profit`."""

    source: str  # holder
    target: str  # holder, or the name of an end
    layer: str  # of the source
    flow: str  # why; `profit` for what is kept
    cents: int

    @property
    def ends(self) -> bool:
        """Whether the money is followed no further."""
        return self.target in ENDS or self.target == PROFIT


def _is_spending(flow: Flow) -> bool:
    treatment = TREATMENT[flow]
    if isinstance(treatment, Trade):
        return treatment.payer == Account.EXPENSES
    if isinstance(treatment, OwnBooks):
        return treatment.debit == Account.EXPENSES
    return isinstance(treatment, Exchange) and treatment.payer_debit == Account.EXPENSES


def _is_income(flow: Flow) -> bool:
    treatment = TREATMENT[flow]
    if isinstance(treatment, Trade):
        return treatment.payee == Account.REVENUE
    return isinstance(treatment, Exchange) and treatment.payee_credit == Account.REVENUE


SPENDING = tuple(flow.name.lower() for flow in Flow if _is_spending(flow))  # expenses of whoever pays
INCOME = tuple(flow.name.lower() for flow in Flow if _is_income(flow))  # revenue of whoever is paid


def spending_of_companies(flows: pd.DataFrame) -> int:
    """Cents that companies spent on AI in the month of `flows`, rows of the result table."""
    own = flows[(flows["payer"] == COMPANIES) & flows["flow"].isin(SPENDING) & ~flows["flow"].isin(ORDINARY)]
    return int(own["cents"].sum())


def passages(flows: pd.DataFrame, layer: Mapping[str, str]) -> list[Passage]:
    """Follow companies' spending of one month through the books.

    flows: rows of the result table of one month; layer: of every holder, as in the table `sellers`.
    """
    ai = flows[~flows["flow"].isin(ORDINARY)]
    spent = ai[ai["flow"].isin(SPENDING)].groupby(["payer", "payee", "flow"], sort=True)["cents"].sum()
    earned = ai[ai["flow"].isin(INCOME)].groupby("payee")["cents"].sum()
    uses: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    maker = next((holder for holder, of in layer.items() if of == "chip"), WRITTEN_OFF)
    for (payer, payee, flow), cents in spent.items():
        if layer.get(payer) not in LAYERS:
            continue
        uses[payer][_target(payer, payee, flow, layer=layer, maker=maker), flow] += int(cents)
    arrived: dict[str, int] = defaultdict(int, {COMPANIES: spending_of_companies(flows)})
    found: list[Passage] = []
    for holder in _in_order(layer):
        kept = int(earned.get(holder, 0)) - sum(uses[holder].values())
        ways = dict(uses[holder])
        if holder != COMPANIES and (kept > 0 or not ways):
            ways[PROFIT, PROFIT] = max(kept, 1)
        for passage in _shared_out(holder, layer[holder], arrived[holder], ways):
            found.append(passage)
            if not passage.ends:
                arrived[passage.target] += passage.cents
    return found


def _in_order(layer: Mapping[str, str]) -> Iterator[str]:
    """Holders through which money passes, those who pay before those who are paid."""
    for name in LAYERS:
        yield from (holder for holder, of in layer.items() if of == name)


def _target(payer: str, payee: str, flow: str, *, layer: Mapping[str, str], maker: str) -> str:
    """The holder that a use of money goes to, or its end."""
    if flow in _END_OF_FLOW:
        return _END_OF_FLOW[flow]
    if flow in _WEAR:
        return maker if payer != maker else WRITTEN_OFF
    if layer.get(payee) not in LAYERS:
        return PEOPLE if layer.get(payee) == "household" else SUPPLIERS
    return payee if LAYERS.index(layer[payee]) > LAYERS.index(layer[payer]) else OTHER_SELLERS


def _shared_out(holder: str, layer: str, cents: int, ways: Mapping[tuple[str, str], int]) -> Iterator[Passage]:
    """The cents that came to a holder, over what it does with money."""
    if cents == 0:
        return
    parts = apportion(cents, [float(weight) for weight in ways.values()])
    for (target, flow), part in zip(ways, parts, strict=True):
        if part > 0:
            yield Passage(holder, target, layer, flow, int(part))
