"""`build`: the paper from its experiments to the PDF, doing only what is missing.

    experiments -> results -> figures, tables, numbers -> manuscript -> paper.pdf

Results that are there and as asked for are left alone; figures, tables and the manuscript are made again every time,
since they take seconds and follow from the results.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from paper.drawing import STYLES
from paper.errors import BadPlan
from paper.gallery import figure_names, find_figure, write_figure
from paper.library import Library, open_library
from paper.lists import write_lists
from paper.notebook import write_notebook
from paper.numbers import all_numbers
from paper.plan import PLAN, Experiment, read_plan
from paper.stamps import begin_paper, folder_of, is_current, refuse_foreign, remove_stamp, require, write_stamp
from paper.tabular import table_module, table_names, write_table
from paper.typesetting import copy_manuscript, refuse_unknown_names, typeset
from paper.writing import write_json
from simulation.console import time_text
from simulation.experiments.paired import Workforce

Say = Callable[[str], None]
FIGURES, TABLES, PDF = "figures", "tables", "paper.pdf"


def build(
    out: Path, *, size: str = "full", plan: Path | None = None, run_missing: bool = True, style: str = "page",
    workers: int | None = None, threads: int = 1, say: Say = lambda line: None,
) -> Path:  # fmt: skip
    """Make the paper in the folder `out` and return the PDF.

    Runs experiments that are missing or stale; with `run_missing` false it raises `MissingResult` or `StaleResult` for
    the first of them instead. Raises `BadPlan` for a list of experiments that is none, `UnusableFolder` for a folder
    that holds something else, `BadManuscript` where the text refers to a result that does not exist or cannot be
    typeset.
    """
    if style not in STYLES:
        raise BadPlan(f'--style: "{style}" is no style; give {" or ".join(STYLES)}')
    experiments = read_plan(size, plan or PLAN)
    refuse_foreign(out)
    if run_missing:
        begin_paper(out)
        run_experiments(experiments, out, Workforce(workers=workers, threads=threads, say=say), say=say)
    for experiment in experiments:
        require(out, experiment)
    library = open_library(out)
    draw_all(library, out, style=style, say=say)
    copy_manuscript(out)
    write_json(out / "numbers.json", all_numbers(library) | about_build(experiments, size, library))
    refuse_unknown_names(out)
    say("typesetting")
    return typeset(out, out / PDF)


def run_experiments(experiments: tuple[Experiment, ...], out: Path, workforce: Workforce, *, say: Say) -> None:
    """Run every experiment whose results are missing, cut off or stale."""
    from paper.running import run
    from paper.shared_worlds import run_shared

    missing = [experiment for experiment in experiments if not is_current(out, experiment)]
    shared = run_shared(missing, out, workforce)
    workforce = replace(workforce, found_in=shared)
    for place, experiment in enumerate(experiments, start=1):
        label = f"{place}/{len(experiments)} {experiment.name}"
        if is_current(out, experiment):
            say(f"{label}: there")
            continue
        say(f"{label}: {experiment.asks}")
        began = time.monotonic()
        remove_stamp(out, experiment)
        run(experiment, folder_of(out, experiment), workforce)
        write_stamp(out, experiment)
        say(f"{label}: done in {time_text(time.monotonic() - began)}")


def draw_all(library: Library, out: Path, *, style: str, say: Say = lambda line: None) -> None:
    """Every figure and table with its caption, the long lists of the appendix, and the gallery."""
    say(f"figures and tables of {len(library.places)} results")
    captions: dict[str, dict[str, object]] = {"figures": {}, "tables": {}}
    for name in figure_names():
        found = find_figure(name)
        write_figure(found, library, out / FIGURES, style=style)
        captions["figures"][name] = {"sentence": found.sentence, "caption": found.caption(library)}
    for name in table_names():
        write_table(name, library, out / TABLES)
        captions["tables"][name] = table_module(name).caption(library)
    write_json(out / "captions.json", captions)
    write_lists(out)
    write_notebook(out)


def about_build(experiments: tuple[Experiment, ...], size: str, library: Library) -> dict[str, object]:
    """What the paper says of its own making."""
    manifest = library.results("answer").manifest
    commit = manifest["code"]["commit"]
    return {
        "build.size": size, "build.small": size != "full", "build.experiments": str(len(experiments)),
        "build.code": str(manifest["code"]["digest"])[:12], "build.commit": (commit or "unknown")[:12],
        "build.list": [
            {"name": e.name, "asks": e.asks, "digest": e.digest[:12],
             "size": f"{e.arguments['companies']:,} companies, {e.arguments['months']} months, {e.pairs} draws"}
            for e in experiments
        ],
    }  # fmt: skip
