"""Send what is due, from this process: ``dispatch``."""

import time

from application.sending.dispatch_run import DispatchCommand
from bench.ours.opened import opened
from bench.said import say
from entrypoints.dispatcher import run_until_signal


def main() -> None:
    """Dispatch until nothing is due, and say how long that took from the first claim to the last record."""
    with opened() as container:
        dispatch = container.dispatch_due()
        began_s = time.perf_counter()
        run_until_signal(dispatch, DispatchCommand())
        say(seconds=time.perf_counter() - began_s)


if __name__ == "__main__":
    main()
