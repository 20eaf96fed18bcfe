"""No function of docs/model.md is left without a comparison with the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from tests.docs.equations import Page


def test_every_function_of_the_page_is_compared_with_the_code(page: Page) -> None:
    written = {name for name, each in page.items() if inspect.isfunction(each) and each.__module__ == "model"}
    source = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_equations_of_*.py"))
    asked = set(re.findall(r'page\["(\w+)"\]', source))
    assert len(written) > 60 and asked <= written
    helpers = {name for each in written for name in page[each].__code__.co_names}
    assert sorted(written - asked - helpers) == []
