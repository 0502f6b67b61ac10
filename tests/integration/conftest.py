"""What the tests with real dispatchers start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty folder; whatever dispatcher was started there is killed in the end."""
    house = House(tmp_path)
    yield house
    house.end()
