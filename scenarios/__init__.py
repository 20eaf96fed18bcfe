"""What is assumed: scenario files and their reader.

`read_scenario("baseline", overrides={"selfhost.overhead": 0.3})` gives a frozen `Scenario`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.design import Design
    from scenarios.design_reading import read_design
    from scenarios.errors import ScenarioError
    from scenarios.reading import read_scenario, shipped_names
    from scenarios.scenario import Scenario, json_schema
    from scenarios.shocks import Shock
    from scenarios.writing import resolved_toml

__all__ = [
    "Design", "Scenario", "ScenarioError", "Shock", "json_schema", "read_design", "read_scenario", "resolved_toml",
    "shipped_names",
]

_HOME = {
    "Design": "design",
    "Scenario": "scenario",
    "ScenarioError": "errors",
    "Shock": "shocks",
    "json_schema": "scenario",
    "read_design": "design_reading",
    "read_scenario": "reading",
    "resolved_toml": "writing",
    "shipped_names": "reading",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that importing the package costs nothing."""
    if name in _HOME:
        return getattr(import_module(f"scenarios.{_HOME[name]}"), name)
    raise AttributeError(f"module 'scenarios' has no attribute {name!r}")
