"""A process that brings one store up to date: ``migrate_once PATH``. Prints the steps it took, and the identity."""

import json
import sys
from pathlib import Path

from adapters.sqlite.store import SqliteStore


def main() -> None:
    path = Path(sys.argv[1])
    sys.stdin.readline()
    store = SqliteStore.open(path, new_id=lambda: sys.argv[2], create=False)
    steps = store.migrate()
    sys.stdout.write(json.dumps({"steps": list(steps), "identity": store.identity}))
    store.close()


if __name__ == "__main__":
    main()
