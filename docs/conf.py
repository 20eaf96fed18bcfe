"""How the site is built: `make docs` reads the Markdown of docs/ and of the root, and nothing from a network.

The source folder is the repository itself, so that a link between two pages is the same in a checkout, in a reader of
Markdown and on the site. Warnings are errors there: a dead link, a page in no list, a name that cannot be imported.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
_declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Commonweight"
author = "The commonweight authors"
project_copyright = f"2026, {author}"
version = release = _declared["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["docs/**", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
exclude_patterns = [  # folders without a page are not even looked into
    ".*", "**/__pycache__", "agents", "app", "benchmarks", "build", "dist", "market", "paper", "requirements",
    "results", "scenarios", "simulation", "tests",
]  # fmt: skip
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
default_role = "code"  # `name` in a docstring

myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # pages printed from declarations begin a level lower in places

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_use_type_comments = False
autodoc_default_options = {"members": True}

html_theme = "furo"
html_title = f"Commonweight {version}"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["site"]
html_css_files = ["site.css"]
html_extra_path = ["site/index.html"]  # the address of the folder leads to the first page

_ARRAY_LIKE = re.compile(r"[~\w.]*_Buffer \| [~\w.]*_SupportsArray.*?_NestedSequence\[complex \| bytes \| str\]")


def short_signature(app: Any, kind: str, name: str, thing: Any, options: Any, given: str, returned: str) -> Any:
    """NumPy's ArrayLike by its name instead of all that it stands for."""
    return tuple(text and _ARRAY_LIKE.sub("ArrayLike", text) for text in (given, returned))


def setup(app: Any) -> None:
    """What Sphinx calls once."""
    app.connect("autodoc-process-signature", short_signature)
