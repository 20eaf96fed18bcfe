"""Where each dollar of companies' AI spending ends up, as plain data for a flow diagram: nodes, links, cents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from app.amounts import actor
from market.accounts import COMPANIES
from simulation.measuring.spending import ENDS, PROFIT, Passage, passages

LAYER_NAMES = {
    "companies": "companies", "lab": "labs", "releaser": "releasers of open weights", "host": "hosters",
    "cloud": "clouds", "public": "public cloud", "chip": "chip vendor",
}  # fmt: skip
OWNER_NAMES = {"public": "the state, which owns the public cloud", "chip": "owners of the chip vendor"}
END_NAMES = {
    "people": "people: wages, integration, advice", "power": "power and running of machines", "lenders": "lenders",
    "suppliers": "other suppliers", "inputs": "makers of chips, systems and sites", "written_off": "written off",
    "other_sellers": "sellers of the same layer",
}  # fmt: skip
OWN_MACHINES = "own machines"  # of companies, through which their power and wear pass
_OWN = ("power_opex", "depreciation", "retirement")
SMALL = 0.01  # part of all spending below which a firm is not shown by itself


@dataclass(frozen=True)
class DollarNode:
    """A stop on the way of the money."""

    name: str
    kind: str  # layer, or the kind of an end
    cents: int  # that pass or arrive
    ends: bool


@dataclass(frozen=True)
class DollarLink:
    """Cents that go from one stop to another, and why: flow and cents, largest first."""

    source: str
    target: str
    cents: int
    why: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Dollars:
    """All spending of a month, followed to its ends."""

    month: int
    spent: int  # cents
    nodes: tuple[DollarNode, ...]
    links: tuple[DollarLink, ...]

    @property
    def ends(self) -> tuple[DollarNode, ...]:
        """Where money is followed no further, largest first."""
        return tuple(sorted((node for node in self.nodes if node.ends), key=lambda node: -node.cents))


def dollars_of(flows: pd.DataFrame, sellers: pd.DataFrame, *, month: int, firms: bool = False) -> Dollars:
    """The money of a month by layer, or with every firm that more than one cent in a dollar passes by itself."""
    layer = dict(zip(sellers["seller"], sellers["layer"], strict=True))
    found = passages(flows, layer)
    spent = sum(passage.cents for passage in found if passage.source == COMPANIES)
    name_of = _names(found, layer, spent=spent, firms=firms)
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for passage in found:
        for source, target in _steps(passage, name_of):
            sums[source, target][passage.flow] += passage.cents
    links = tuple(
        DollarLink(source, target, sum(why.values()), tuple(sorted(why.items(), key=lambda one: (-one[1], one[0]))))
        for (source, target), why in sums.items()
    )
    return Dollars(month=month, spent=spent, nodes=_nodes(links, spent, found, name_of), links=links)


def _names(found: list[Passage], layer: Mapping[str, str], *, spent: int, firms: bool) -> dict[str, str]:
    """The stop that each holder belongs to."""
    passed: dict[str, int] = defaultdict(int)
    for passage in found:
        passed[passage.target] += passage.cents
    names = {}
    for holder, of in layer.items():
        if of not in LAYER_NAMES:
            continue
        if firms and holder != COMPANIES and passed[holder] > SMALL * spent:
            names[holder] = actor(holder)
        else:
            single = sum(other == of for other in layer.values()) == 1
            names[holder] = LAYER_NAMES[of] if single or not firms else f"other {LAYER_NAMES[of]}"
    return names


def _steps(passage: Passage, name_of: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The stops a passage makes: companies' own machines are one on the way."""
    source = name_of[passage.source]
    if passage.target == PROFIT:
        target = owners(passage.layer)
    else:
        target = END_NAMES.get(passage.target) or name_of[passage.target]
    if passage.source == COMPANIES and passage.flow in _OWN:
        yield source, OWN_MACHINES
        source = OWN_MACHINES
    yield source, target


def owners(layer: str) -> str:
    """The end that a layer's profit is."""
    return OWNER_NAMES.get(layer) or f"owners of {LAYER_NAMES[layer]}"


def _nodes(
    links: tuple[DollarLink, ...], spent: int, found: list[Passage], name_of: Mapping[str, str]
) -> tuple[DollarNode, ...]:  # fmt: skip
    kind = {name_of[passage.source]: passage.layer for passage in found}
    kind |= {owners(passage.layer): passage.layer for passage in found if passage.target == PROFIT}
    kind |= {END_NAMES[end]: end for end in ENDS} | {OWN_MACHINES: "companies"}
    arrived: dict[str, int] = defaultdict(int)
    for link in links:
        arrived[link.target] += link.cents
    start = next((link.source for link in links), LAYER_NAMES["companies"])
    leaves = {link.source for link in links}
    stops = [DollarNode(start, "companies", spent, ends=False)] if links else []
    stops += [DollarNode(name, kind[name], cents, ends=name not in leaves) for name, cents in arrived.items()]
    return tuple(stops)
