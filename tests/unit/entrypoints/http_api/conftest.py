"""The API in this process, for every test of its routes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.unit.entrypoints.http_api.api import Api, an_api


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as started:
        yield started


@pytest.fixture
def api(portal: BlockingPortal, tmp_path: Path) -> Iterator[Api]:
    with an_api(portal, tmp_path) as made:
        yield made
