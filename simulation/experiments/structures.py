"""`answer --structures`: the class under each rival structure, so that no verdict rests on one modelling choice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.scenario import Scenario
from scenarios.structures import STRUCTURES, Structure
from simulation.answering.comparison import Comparison
from simulation.console import aligned
from simulation.experiments.paired import PairedPoint, Request, Workforce, paired_design, run_points
from simulation.experiments.telling import (
    estimate_data,
    interval_text,
    money_text,
    named_csv,
    points_text,
    wrapped,
)
from simulation.results.storage import ResultsWriter

TABLE = "structures.csv"


@dataclass(frozen=True)
class Rivals:
    """What opening the weights does under each structure."""

    request: Request
    structures: tuple[Structure, ...]
    points: tuple[PairedPoint, ...]

    @property
    def classes(self) -> dict[str, str]:
        """The class of the mean under each structure that came through."""
        return {
            structure.name: " or ".join(point.comparison.verdict.classes)
            for structure, point in zip(self.structures, self.points, strict=True)
            if point.comparison is not None
        }


def structures_by(
    request: Request, out: Path, *, workforce: Workforce, only: Sequence[str] | None = None
) -> Rivals:
    """Answer the question under rival structures, each over the same draws, in the folder `out`.

    `only` names them; by default all that are rivals, since what the scenario has anyway would be run twice.
    """
    chosen = rivals_of(request.resolved) if only is None else tuple(s for s in STRUCTURES if s.name in only)
    design = paired_design(
        request, {structure.name: structure.settings for structure in chosen},
        title="The answer under rival structures", command="answer --structures",
    )  # fmt: skip
    found = Rivals(request, chosen, tuple(run_points(design, out, workforce=workforce)))
    ResultsWriter(out).write_file(TABLE, named_csv(rows(found)).encode())
    return found


def rows(found: Rivals) -> list[dict[str, Any]]:
    """One row per structure: its settings, class, coefficients and changes."""
    return [
        {"structure": structure.name, "meaning": structure.meaning, "source": structure.source,
         "settings": json.dumps(dict(structure.settings)), **point_row(point)}
        for structure, point in zip(found.structures, found.points, strict=True)
    ]  # fmt: skip


def rivals_of(scenario: Scenario) -> tuple[Structure, ...]:
    """The scenario as it is, then every structure that it does not have anyway."""
    stated = {item.key: value for item, value in scenario.parameters()}
    usual, *others = STRUCTURES
    return usual, *(s for s in others if any(stated[key] != value for key, value in s.settings.items()))


def point_row(point: PairedPoint) -> dict[str, Any]:
    """Class, frequencies, coefficients and changes of one point as plain data."""
    return comparison_row(point.comparison, pairs=len(point.draws), failed=point.failed)


def comparison_row(comparison: Comparison | None, *, pairs: int, failed: int) -> dict[str, Any]:
    """The same of two arms, compared over so many pairs; None where no pair came through."""
    if comparison is None:
        return {"pairs": 0, "failed": failed, "class": "FAILED", "kill_switch": "FAILED"}
    return {
        "pairs": pairs, "failed": failed, "class": str(comparison.verdict),
        "kill_switch": comparison.kill_switch.label,
        "class_shares": json.dumps(comparison.class_shares),
        **estimate_data("theta", comparison.theta), **estimate_data("sigma", comparison.sigma),
        **estimate_data("d_access_small", comparison.difference("access_small")),
        **estimate_data("d_profit_lab", comparison.difference("profit_lab")),
        **estimate_data("d_profit_cloud", comparison.difference("profit_cloud")),
    }  # fmt: skip


def structures_text(found: Rivals) -> str:
    """The table as printed, then what agrees and what does not."""
    scenario = found.request.resolved
    lines = [["structure", "Theta", "Sigma", "small access, points", "labs, USD bn", "clouds, USD bn", "class"]]
    for structure, point in zip(found.structures, found.points, strict=True):
        c = point.comparison
        if c is None:
            lines.append([structure.name, "-", "-", "-", "-", "-", "every world failed"])
            continue
        lines.append([
            structure.name, interval_text(c.theta), interval_text(c.sigma), points_text(c.difference("access_small")),
            money_text(c.difference("profit_lab")), money_text(c.difference("profit_cloud")), str(c.verdict),
        ])  # fmt: skip
    head = (
        f"{scenario.name}, {scenario.companies.calibration} calibration: {found.request.pairs} pairs of "
        f"{scenario.companies.count:,} companies under each structure; open less closed, 95% intervals over pairs"
    )
    return "\n".join([wrapped(head), aligned(lines, left=True), wrapped(agreement(found))])


def agreement(found: Rivals) -> str:
    """Whether the class is the same whatever the structure."""
    classes = found.classes
    usual = classes.get(found.structures[0].name)
    others = {name: label for name, label in classes.items() if label != usual}
    failed = [s.name for s, p in zip(found.structures, found.points, strict=True) if p.comparison is None]
    ends = f" No world came through under {_listed(failed)}." if failed else ""
    if usual is None:
        return f"The scenario itself did not come through.{ends}"
    if not others:
        return f"The class is {usual} under every structure that came through.{ends}"
    told = "; ".join(f"{label} under {_listed([n for n, x in others.items() if x == label])}"
                     for label in dict.fromkeys(others.values()))  # fmt: skip
    return f"The class is {usual} as it is, and depends on the structure: {told}.{ends}"


def structures_json(found: Rivals) -> str:
    """The table as JSON, null for NaN and for ratios that are refused."""
    from simulation.console import as_json

    return as_json({"structures": rows(found), "agreement": agreement(found)})


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
