"""Tests in this folder need a browser, and say so where there is none."""

from pathlib import Path

import pytest
from browsing import BROWSER


def pytest_collection_modifyitems(items):
    if BROWSER is None:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip("needs a Chromium browser on the PATH"))
