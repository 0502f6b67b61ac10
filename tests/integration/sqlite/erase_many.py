"""Erase everybody of a store, and say after each call how far it came: ``python erase_many.py STORE``."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from adapters.sqlite.store import SqliteStore


def main() -> None:
    """Erase call by call, until killed or done."""
    store = SqliteStore.open(Path(sys.argv[1]), new_id=lambda: "unused")
    while ids := [one.id for one in store.recipients.find(1000)]:
        store.erasure.erase(ids, datetime.now(UTC))
        sys.stdout.write("some\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
