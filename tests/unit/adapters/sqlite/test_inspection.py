"""Which releases of SQLite have the WAL-reset bug."""

import pytest

from adapters.sqlite.inspection import has_wal_reset_bug


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_a_release_is_affected_up_to_the_one_that_mends_it(version: tuple[int, int, int], is_affected: bool) -> None:
    assert has_wal_reset_bug(version) is is_affected
