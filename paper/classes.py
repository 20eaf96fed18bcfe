"""What a row's class says by the verdict's own rules: whether labs clearly lose, and when a change of access counts.

Figures, tables and sentences ask here, so that they agree with the class and with the dash in place of Theta.
"""

from __future__ import annotations

import pandas as pd

from paper.library import Library
from simulation.answering.comparison import thresholds_of
from simulation.answering.verdict import TABLE

LOSING = tuple(name for row in TABLE for name in row)  # classes of a clear loss of labs


def labs_lose(frame: pd.DataFrame) -> pd.Series:
    """Whether labs clearly lose in each row of an experiment's table; True where Theta is not refused.

    Of a class of several, joined by "or", all are classes of a loss or none is. A row that failed shows no loss.
    """
    first = [str(label).partition(" (")[0].partition(" or ")[0] for label in frame["class"]]
    return pd.Series([name in LOSING for name in first], index=frame.index, dtype=bool)


def rope_of_access(results: Library, name: str) -> float:
    """Smallest change of access that counts in an experiment, a share."""
    return thresholds_of(results.scenario(name)).access
