"""Rival structures: modelling choices of which another is as defensible, so that no verdict rests on one of them.

Each is a rule of the economy replaced by another, everything else as the scenario has it (docs/model.md section 4.5).
A rule under which there is no market to speak of is none of them: it would agree with whatever is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Structure:
    """One rival structure; `settings` are dotted keys laid over the scenario."""

    name: str
    meaning: str
    source: str  # theory or evidence behind the rule
    settings: Mapping[str, Any] = field(default_factory=dict)


STRUCTURES = (
    Structure("as it is", "every rule as the scenario has it", "the scenario"),
    Structure(
        "labs P1", "labs price by an adaptive mark-up that follows their share", "Dosi, Fagiolo and Roventini 2010",
        {"pricing.rule_lab": "P1"},
    ),
    Structure("labs P2", "labs price by Bertrand best response", "Berry 1994", {"pricing.rule_lab": "P2"}),
    Structure(
        "clouds P3", "clouds post a price that follows scarcity alone, without a mark-up", "Gallego and van Ryzin 1994",
        {"pricing.rule_cloud": "P3"},
    ),
    Structure(
        "hosts P2", "hosts of open models price by Bertrand best response", "Berry 1994", {"pricing.rule_host": "P2"}
    ),
    Structure(
        "threshold choice", "a review ends with the first offer found that gains a tenth of gross value",
        "Simon 1955", {"demand.choice_rule": "threshold"},
    ),
    Structure(
        "rule of thumb", "orders for machines and sites extend last month's growth over the lead time",
        "Sterman 1989", {"invest.rule": "rule_of_thumb"},
    ),
    Structure(
        "quotes corrected", "clouds correct their quotes of contracts by how wrong those were whose term is over",
        "Nerlove 1958", {"reserve.learning": 0.05},
    ),
    Structure(
        "subscribers leave", "half of consumers' subscriptions leave as open weights near the best closed model",
        "Casadesus-Masanell and Ghemawat 2006", {"other.subscriber_flight": 0.5},
    ),
    Structure(
        "together", "companies review in one month of the year, all in the same", "Taylor 1980",
        {"demand.review_timing": "together"},
    ),
    Structure(
        "conduct 0", "clouds take the rent as given when they order machines", "perfect competition",
        {"invest.conduct": 0.0},
    ),
    Structure(
        "conduct 1", "clouds order as Cournot competitors, who mind what machines do to the rent", "Cournot 1838",
        {"invest.conduct": 1.0},
    ),
)  # fmt: skip
