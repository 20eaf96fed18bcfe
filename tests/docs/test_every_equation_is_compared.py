"""No function of docs/model.md is left without a comparison with the code, no group of parameters without a place."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from market.parameters import ParameterGroup
from scenarios.scenario import Scenario
from tests.docs.equations import DOCS, Page


def test_every_function_of_the_page_is_compared_with_the_code(page: Page) -> None:
    written = {name for name, each in page.items() if inspect.isfunction(each) and each.__module__ == "model"}
    source = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_equations_of_*.py"))
    asked = set(re.findall(r'page\["(\w+)"\]', source))
    assert len(written) > 60 and asked <= written
    helpers = {name for each in written for name in page[each].__code__.co_names}
    assert sorted(written - asked - helpers) == []


def test_the_page_says_where_every_group_of_parameters_is_declared() -> None:
    appendix = (DOCS / "model.md").read_text(encoding="utf-8").partition("## Appendix A")[2]
    places = {
        group: cell for groups, cell in re.findall(r"^\|(`.+)\|`(.+)`\|$", appendix, flags=re.MULTILINE)
        for group in re.findall(r"`(\w+)`", groups)
    }  # fmt: skip
    for name, field in Scenario.model_fields.items():
        group = field.annotation
        if inspect.isclass(group) and issubclass(group, ParameterGroup):
            assert group.__module__.replace(".", "/") + ".py" == places[name]
