"""When things happen, and what is written down: `ComputeEconomy`, `simulate`, `compare`, `sweep`, `open_results`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulation.answering.pairing import compare
    from simulation.economy import ComputeEconomy
    from simulation.results.reading import open_results
    from simulation.run import simulate
    from simulation.sweeping.sweep import sweep

__all__ = ["ComputeEconomy", "compare", "open_results", "simulate", "sweep"]

_HOME = {
    "ComputeEconomy": "economy", "compare": "answering.pairing", "open_results": "results.reading", "simulate": "run",
    "sweep": "sweeping.sweep",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `import simulation` costs nothing."""
    if name in _HOME:
        return getattr(import_module(f"simulation.{_HOME[name]}"), name)
    raise AttributeError(f"module 'simulation' has no attribute {name!r}")
