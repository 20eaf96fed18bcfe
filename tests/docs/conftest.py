"""What the tests of written equations share."""

from __future__ import annotations

import pytest

from tests.docs.equations import Page, functions_of_the_page


@pytest.fixture(scope="session")
def page() -> Page:
    """Every function that docs/model.md defines."""
    return functions_of_the_page()
