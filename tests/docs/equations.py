"""The functions that docs/model.md writes down, as another implementation of the model, and random arguments for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

DOCS = Path(__file__).parents[2] / "docs"
WORLDS = 60
Page = dict[str, Callable[..., Any]]


def functions_of_the_page() -> Page:
    """Every function that the page defines."""
    names: dict[str, Any] = {"__name__": "model"}
    for block in re.findall(r"```python\n(.*?)```", (DOCS / "model.md").read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(compile(block, "model.md", "exec"), names)
    return names


def worlds() -> Iterator[np.random.Generator]:
    """Sources of random arguments, the same in every session."""
    return iter([np.random.default_rng(number) for number in range(WORLDS)])


def near(found: Any, expected: Any) -> bool:
    return np.allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=1e-9, atol=1e-12)
