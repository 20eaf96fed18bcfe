"""Write the pages of docs/ that follow from declarations: `python docs/generate.py`.

The tables of results are declared in simulation/results/tables.py and parameters beside their equations; these pages
only print them, and a test refuses pages that are out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from market.parameters import Declaration, declarations
from scenarios import read_scenario, shipped_names
from scenarios.claims import TAIL, Claim, Criterion, read_claims
from scenarios.numbers import BASELINE, CLOSED_ARM, numbered
from scenarios.reading import load, locate
from scenarios.scenario import GROUPS, TEXTS
from scenarios.sellers import SPEC_OF_KIND
from scenarios.writing import value_text
from simulation.judging.report import experiment, measured, required
from simulation.results.tables import data_dictionary

FOLDER = Path(__file__).parent
_ORIGIN = "Printed from the declarations by `docs/generate.py`; change those and run it again."


def pages() -> dict[str, str]:
    """Text of every generated page by file name."""
    return {
        "data_dictionary.md": _dictionary(), "parameters.md": _parameters(), "scenarios.md": _scenarios(),
        "claims.md": _claims(), "declarations.md": _declarations(),
    }  # fmt: skip


def main() -> None:
    """Write them."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _dictionary() -> str:
    lead = (
        "A floating column is NaN where a ratio has no denominator or where no mechanism fills it; the manifest lists "
        "indicators that are NaN in every row under `not_modelled`. Money that was booked is in cents, prices and "
        "measures are in US dollars."
    )
    return f"# Data dictionary\n\n{_ORIGIN}\n\n{lead}\n\n{data_dictionary().rstrip()}\n"


def _declarations() -> str:
    sys.path.insert(0, str(FOLDER))
    import declared

    sections = (
        (
            "The month", declared.month(),
            "What `ComputeEconomy.step` does, in its order. Every phase reads the world and what earlier phases of the "
            "month returned, and returns one frozen value. What happens inside is in [the model](model.md).",
        ),
        (
            "State", declared.state(),
            "Everything that outlives a month. Arrays over companies are per firm; a row stands for `weight` firms.",
        ),
        (
            "Mechanisms of chance", declared.chance(),
            "A draw is addressed by the number of the random world, the mechanism, and what is named here "
            "([why](explanation/common_random_numbers.md)).",
        ),
        (
            "Flows", declared.flows(),
            "Why money moves, and which accounts change besides deposits ([why](explanation/ledger.md)).",
        ),
    )  # fmt: skip
    lead = "The structure of the code as it declares it: the order of the month, state, chance and flows."
    text = "\n\n".join(f"## {title}\n\n{told}\n\n{body.rstrip()}" for title, body, told in sections)
    return f"# Declarations\n\n{_ORIGIN}\n\n{lead}\n\n{text}\n"


def _parameters() -> str:
    lead = (
        "Symbols are those of the equations in `docs/model.md`. `commonweight parameters` prints the same list with "
        "the values of a scenario and the range of each; `derived` marks what follows from other numbers or belongs to "
        "the method, `assumed` what no fact supports."
    )
    sections = [_section(name, group.__doc__, declarations(group, f"{name}.")) for name, group in GROUPS.items()]
    for kind, spec in SPEC_OF_KIND.items():
        sections.append(_section(f"sellers.NAME, kind {kind}", spec.__doc__, declarations(spec, "sellers.NAME.")))
    return f"# Symbols and parameters\n\n{_ORIGIN}\n\n{lead}\n\n" + "\n".join(sections)


def _scenarios() -> str:
    lead = (
        "Every file says only how its world differs from the one it extends, what it asks, and what sign is expected; "
        "that was written before it was run. All run in both arms; differences are open less closed unless said "
        f"otherwise. {CLOSED_ARM}, the world without new open weights, is the closed arm of the baseline: "
        "`commonweight run baseline --arm closed`."
    )
    head = ["|number|scenario|question|differs by|expected|claims|", "|---|---|---|---|---|---|"]
    rows = [_scenario_row(name, number) for name, number in numbered(shipped_names()).items()]
    return f"# Scenarios\n\n{_ORIGIN}\n\n{lead}\n\n" + "\n".join([*head, *rows]) + "\n"


def _scenario_row(name: str, number: str) -> str:
    found, raw = read_scenario(name), load(locate(name))
    differs = "nothing: others differ from it" if name == BASELINE else ", ".join(_differences(raw))
    parent = raw.get("extends", BASELINE)
    base = "" if parent == BASELINE else f"{numbered(shipped_names())[parent]} and "
    cells = (number, f"`{name}`", found.question, base + differs, found.expected, " ".join(found.claims))
    return "|" + "|".join(cells) + "|"


def _differences(raw: Mapping[str, Any]) -> list[str]:
    """What a scenario file states of its own, in the words of the file."""
    own = {key: value for key, value in raw.items() if key not in (*TEXTS, "schema", "extends", "shocks")}
    stated = [f"`{key} = {text}`" for key, text in _leaves(own)]
    for shock in raw.get("shocks", ()):
        (shape,) = {"step_to", "ramp_to", "pulse_to", "step_by", "ramp_by", "pulse_by"} & set(shock)
        during = f" for {shock['months']} months" if "months" in shock else ""
        stated.append(f"`{shock['parameter']} = {value_text(shock[shape])}` from month {shock['month']}{during}")
    return stated


def _leaves(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Dotted keys and values of nested tables."""
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        nested = isinstance(value, dict)
        found += _leaves(value, f"{prefix}{key}.") if nested else [(f"{prefix}{key}", value_text(value))]
    return found


def _claims() -> str:
    lead = (
        "What would support and what would refute each claim, declared in `scenarios/evidence/claims.toml` before any "
        "of them was run. A criterion holds where the whole 95% interval lies where it must, fails where it lies "
        "wholly on the other side, and is undecided where it reaches the boundary; rope, the difference that counts as "
        "none, is part of the boundary. `commonweight claims` judges them ([how to](how_to/judging_claims.md))."
    )
    sections = [_claim(claim) for claim in read_claims()]
    return f"# Claims\n\n{_ORIGIN}\n\n{lead}\n\n" + "\n".join(sections)


def _claim(claim: Claim) -> str:
    lines = [f"## {claim.id} {claim.says}", ""]
    lines += [f"By construction: {claim.by_construction}.", ""] if claim.by_construction else []
    lines += [f"{claim.note[:1].upper()}{claim.note[1:]}.", ""] if claim.note else []
    if not claim.criteria:
        return "\n".join([*lines, f"Not testable here: {claim.untestable}.", ""])
    head = ["|what must hold|experiment|measure|must be|", "|---|---|---|---|"]
    return "\n".join([*lines, *head, *(_criterion_row(criterion) for criterion in claim.criteria), ""])


def _criterion_row(criterion: Criterion) -> str:
    window = criterion.window
    when = "" if window == TAIL or criterion.experiment == "closed_form" else _window_text(window)
    unit = f" {criterion.unit}" if criterion.unit else ""
    measure = criterion.label or f"`{measured(criterion)}`"
    cells = (criterion.shows, experiment(criterion), f"{measure}{when}", required(criterion) + unit)
    return "|" + "|".join(cells) + "|"


def _window_text(window: str | tuple[int, int]) -> str:
    return ", all months" if isinstance(window, str) else f", months {window[0]} to {window[1]}"


def _section(title: str, meaning: str | None, found: Iterable[Declaration]) -> str:
    rows = [_row(item) for item in found]
    head = ["|symbol|key|unit|meaning|source|", "|---|---|---|---|---|"]
    return "\n".join([f"## {title}", "", (meaning or "").strip().splitlines()[0], "", *head, *rows, ""])


def _row(item: Declaration) -> str:
    cells = (item.symbol, f"`{item.key}`", item.unit, item.meaning, item.source)
    return "|" + "|".join(cell.replace("|", "\\|") for cell in cells) + "|"


if __name__ == "__main__":
    main()
