"""A process that does one more chunk of a store's campaigns for each line it reads: ``advance_when_told PATH``."""

import sys
from pathlib import Path

from tests.integration.sqlite.given import NOW, opened


def main() -> None:
    with opened(Path(sys.argv[1])) as store:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for _ in sys.stdin:
            unfinished = store.campaigns.unfinished()
            if unfinished:
                store.campaigns.advance(unfinished[0].id, NOW)
            sys.stdout.write("chunk\n" if unfinished else "done\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
