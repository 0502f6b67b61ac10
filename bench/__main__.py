"""``python -m bench [--scale S] [PART …]``: measure, keep the results, write the page."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import results as kept
from bench.failures import NotMeasured
from bench.machine import look
from bench.neighbours import Moment
from bench.part import Part
from bench.parts import PARTS
from bench.report import render
from bench.workplace import Workplace

HERE = Path(__file__).parent
PAGE = HERE / "README.md"
RESULTS = HERE / "results.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts that are named, or all; return 1 if one of them could not be measured."""
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast Tocsin is, beside floors and peers.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one or several of {', '.join(names)}; all without")
    parser.add_argument("--scale", type=float, default=1.0, help="smaller numbers, to try the bench; nothing is kept")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.parts if name not in names]:
        parser.error(f"there is no part {unknown[0]!r}; the parts are {', '.join(names)}")
    is_trial = options.scale != 1
    results = kept.Results(parts={}) if is_trial else kept.load(RESULTS)
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        workplace = Workplace(Path(folder), _tell, options.scale)
        workplace.folder.chmod(0o755)  # smtp-sink runs as nobody
        for part in PARTS:
            if not options.parts or part.name in options.parts:
                results = results.with_part(part.name, _measured(part, workplace))
                if not is_trial:
                    kept.save(RESULTS, results)
    page = render(PARTS, results)
    if is_trial:
        sys.stdout.write(page)
    else:
        PAGE.write_text(page, encoding="utf-8")
        _tell(f"written: {PAGE.relative_to(HERE.parent)}")
    missing = [name for name in options.parts or names if results.parts[name].missing]
    for name in missing:
        _tell(f"not measured: {name}: {results.parts[name].missing}")
    return 1 if missing else 0


def _measured(part: Part, workplace: Workplace) -> kept.Result:
    """Return what *part* finds, or what keeps it from being measured."""
    _tell(f"== {part.title}")
    began = Moment.now()
    date = datetime.now(UTC).date().isoformat()
    try:
        found = part.measure(workplace)
    except NotMeasured as failure:
        found, missing = None, _one_line(failure)
    else:
        missing = ""
    ended = Moment.now()
    return kept.Result(
        date=date,
        took_s=round(ended.at_s - began.at_s),
        others_cores=round(ended.others_since(began), 2),
        machine=look(workplace.folder),  # after the part, which may have installed what it needs
        tables=found.tables if found else (),
        checked=found.checked if found else (),
        missing=missing,
    )


def _one_line(failure: NotMeasured) -> str:
    """Return a failure as a sentence, without the places of this machine."""
    return " ".join(str(failure).replace(str(HERE.parent), "…").replace(tempfile.gettempdir(), "…").split()).rstrip(".")


def _tell(text: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
