"""How a measuring process says what it found: one JSON document as the last line of standard output."""

import json
import sys


def say(**found: float | str | list[float]) -> None:
    """Print *found* as one line of JSON."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
