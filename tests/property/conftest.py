"""Properties are shown with thousands of examples, of which following each line doubles the time.

What runs here is run by other tests too, and counted there.
"""

from __future__ import annotations

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker("unfollowed")
