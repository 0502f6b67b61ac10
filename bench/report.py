"""The page that people read: every figure beside its floor and its peers. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from bench.figures import Line, Role, Table
from bench.machine import Machine
from bench.part import Part
from bench.results import Result, Results

HEAD = """\
# How fast Tocsin is

Written by `make bench`; nothing here is edited by hand. The figures of one table were measured in one run, in
turns with their floor and their peers (A B C, A B C, …), because a machine is not equally fast all day: compare
figures of one table, and rather the ratios than the figures. What is shown is the median of the rounds, and beside
it the lowest and the highest.

A **floor** is the same work in a plain loop over the same library, with the same durability and nothing else in
it. It is not a rival: it does not know what to do when something fails. A **peer** is what people use today.
"Tocsin is" says how many times the line Tocsin is: the median of the ratios round by round. An aim that is not
reached is shown as it is. Each section ends with how many cores were kept busy meanwhile by what is not of the
bench, or is a server of a peer: where that is much, measure again.
"""
REPEAT = """\
## How to repeat it

    make bench                # all of it: about {minutes} minutes on a machine like this one
    make bench ONLY=drain     # one part; the others keep the results they have
    make bench ONLY="mail bulk"

It sets up Tocsin in `.venv` and the peers in `bench/.peers`, from the exact versions in `bench/peers.txt`. The
mail part needs `smtp-sink` of Postfix: `apt-get install postfix`, which it does itself where it may. Stores are
made in the folder for temporary files (`TMPDIR` decides) and removed; it takes about 3 GB. Everything stays on
loopback. Leave the machine alone meanwhile. The parts are {names}. A part that cannot be measured is named
here, and the exit code is 1; an aim that is missed is no error. `python -m bench --scale 0.05 drain` tries the
bench itself with small numbers and prints the page instead of keeping it.

`bench/results.json` has every figure of every round.
"""
NOT_MEASURED = """\
## What is not measured, and why

- **Engines that need a server** (celery on Redis, procrastinate on PostgreSQL) run where one is given: set
  `BENCH_REDIS_URL` or `BENCH_POSTGRES_URL`. Without it their lines say so.
- **Providers.** No real SMTP server, Twilio or Firebase is reached; what they take is their own time.
- **More than one machine**, and disks that lie about a sync.
- **HTTP.** What a request costs beside the use case it calls is a matter of the server; `enqueue` is measured
  below it.
- **Memory of the dispatcher** beyond `bulk`, and other systems than Linux.
"""
_NAMES = {Role.FLOOR: " (floor)", Role.PEER: " (peer)", Role.TOCSIN: ""}


def render(parts: Sequence[Part], results: Results) -> str:
    """Return the page in Markdown."""
    measured = {part.name: results.parts[part.name] for part in parts if part.name in results.parts}
    sections = [HEAD, "\n".join(_overview(parts, measured))]
    sections += ["\n".join(_section(part, measured.get(part.name), _most(measured))) for part in parts]
    minutes = max(1, round(sum(result.took_s for result in measured.values()) / 60))
    names = ", ".join(f"`{part.name}`" for part in parts)
    return "\n".join([*sections, NOT_MEASURED, REPEAT.format(minutes=minutes, names=names)])


def _most(measured: Mapping[str, Result]) -> Machine | None:
    machines = [result.machine for result in measured.values()]
    return max(machines, key=machines.count) if machines else None


def _overview(parts: Sequence[Part], measured: Mapping[str, Result]) -> Iterator[str]:
    machine = _most(measured)
    if machine is not None:
        yield f"Measured on {_described(machine)}\n"
    yield "| part | measured | what | found | aim | |"
    yield "|---|---|---|---|---|---|"
    for part in parts:
        link = f"[{part.title}](#{part.title.lower().replace(' ', '-')})"
        result = measured.get(part.name)
        if result is None or result.missing:
            date, why = (result.date, result.missing) if result else ("", "")
            yield f"| {link} | {date} | **not measured** | {why} | | |"
            continue
        for table in result.tables:
            for line in table.lines:
                verdict = table.verdict(line)
                if verdict is not None:
                    reached = "reached" if verdict.is_reached else "**missed**"
                    what = f"{table.caption}: {_subject(table, line)}"
                    yield f"| {link} | {result.date} | {what} | {_found(table, line)} | {verdict.aim} | {reached} |"
    yield ""


def _subject(table: Table, line: Line) -> str:
    return line.name if table.ratio(line) is None else f"{table.lines[0].name} to {line.name}"


def _found(table: Table, line: Line) -> str:
    ratio = table.ratio(line)
    return number(line.median, line.unit) if ratio is None else f"{ratio:.2f} x"


def _section(part: Part, result: Result | None, machine: Machine | None) -> Iterator[str]:
    yield f"## {part.title}\n"
    yield part.reading + "\n"
    if result is None:
        yield f"Not measured yet: `make bench ONLY={part.name}`.\n"
        return
    if result.machine != machine:
        yield f"Measured on {_described(result.machine)}\n"
    if result.missing:
        yield f"**Not measured on {result.date}:** {result.missing}.\n"
        return
    for table in result.tables:
        yield from _table(table)
    yield f"Checked: {'; '.join(result.checked)}. Measured {result.date} in {result.took_s} s.{_others(result)}\n"


def _others(result: Result) -> str:
    if result.others_cores is None:
        return ""
    return f" Others kept {result.others_cores:.1f} of {result.machine.cores} cores busy meanwhile."


def _table(table: Table) -> Iterator[str]:
    yield f"| {table.caption} | median | lowest - highest | rounds | Tocsin is | aim | |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for line in table.lines:
        name = line.name + _NAMES[line.role] + (f", {line.note}" if line.note else "")
        if not line.values:
            yield f"| {name} | | | | | | |"
            continue
        verdict, ratio = table.verdict(line), table.ratio(line)
        cells = (
            name,
            number(line.median, line.unit),
            f"{number(min(line.values))} - {number(max(line.values))}",
            str(len(line.values)),
            "" if ratio is None else f"{ratio:.2f} x",
            "" if verdict is None else verdict.aim,
            "" if verdict is None else ("reached" if verdict.is_reached else "**missed**"),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def number(value: float, unit: str = "") -> str:
    """Return *value* with three significant digits or all before the point, thousands apart, and its unit."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004  (three digits)
    text = f"{value:,.{digits}f}".replace(",", " ")
    return f"{text} {unit}".rstrip() if unit != "/s" else f"{text}/s"


def _described(machine: Machine) -> str:
    peers = ", ".join(f"{name} {version}" for name, version in machine.peers.items())
    return (
        f"{machine.cores} cores of {machine.processor}, {machine.memory_gb} GB, {machine.kernel}, "
        f"{machine.file_system}; "
        f"Tocsin {machine.tocsin}, Python {machine.python}, SQLite {machine.sqlite}; "
        f"Postfix {machine.postfix}, {peers}."
    )
