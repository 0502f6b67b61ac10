"""One new database a test, that waits only briefly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sqlite.database import Database
from adapters.sqlite.migrations import migrate


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "tocsin.db", busy_timeout_s=0.2)
    migrate(database, lambda: "store-1")
    yield database
    database.close()
