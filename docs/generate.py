"""Write the pages of docs/ that follow from declarations: `python docs/generate.py`.

The tables of results are declared in simulation/tables.py and parameters beside their equations; these pages only print
them, and a test refuses pages that are out of date.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from market.parameters import Declaration, declarations
from scenarios.scenario import GROUPS
from scenarios.sellers import SPEC_OF_KIND
from simulation.tables import data_dictionary

FOLDER = Path(__file__).parent
_ORIGIN = "Printed from the declarations by `docs/generate.py`; change those and run it again."


def pages() -> dict[str, str]:
    """Text of every generated page by file name."""
    return {"data_dictionary.md": _dictionary(), "parameters.md": _parameters()}


def main() -> None:
    """Write them."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _dictionary() -> str:
    lead = (
        "A floating column is NaN where a ratio has no denominator or where no mechanism fills it; the manifest lists "
        "the latter under `not_modelled`. Money that was booked is in cents, prices and measures are in US dollars."
    )
    return f"# Data dictionary\n\n{_ORIGIN}\n\n{lead}\n\n{data_dictionary().rstrip()}\n"


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


def _section(title: str, meaning: str | None, found: Iterable[Declaration]) -> str:
    rows = [_row(item) for item in found]
    head = ["|symbol|key|unit|meaning|source|", "|---|---|---|---|---|"]
    return "\n".join([f"## {title}", "", (meaning or "").strip().splitlines()[0], "", *head, *rows, ""])


def _row(item: Declaration) -> str:
    cells = (item.symbol, f"`{item.key}`", item.unit, item.meaning, item.source)
    return "|" + "|".join(cell.replace("|", "\\|") for cell in cells) + "|"


if __name__ == "__main__":
    main()
