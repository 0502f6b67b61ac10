"""Sending personal mail to a server that takes everything."""

from collections.abc import Callable
from functools import partial

from bench import processes
from bench.alternating import alternate
from bench.failures import check
from bench.figures import Line, Role, Table, grouped
from bench.letter import BODY, SENDER, SUBJECT, template
from bench.part import Found, Part
from bench.smtp_sink import Sink, sink
from bench.work import drained
from bench.workplace import Place, Workplace

COUNT = 10_000
PEER_COUNT = 2_000
APPRISE_COUNT = 100
ROUNDS = 3

READING = """\
How many personal mails a second reach `smtp-sink`, a mail server in C on loopback that throws them away.
Tocsin's time is that of a dispatcher with a promotional campaign, from due rows to recorded attempts, each
letter filled in from its template; nobody's process start is counted. The others only send: they start with their
words in hand and write nothing down, except django-post_office, which sends from its table and records. *smtplib* keeps
one connection open and builds an `EmailMessage` a letter; *prebuilt* has the octets ready before the clock
runs. Django sends all in one call over one connection. apprise gets a new object a recipient, because one that
is used again waits between two mails. A real server answers later than this one, so the differences seen here
are the ones that the sender makes."""


def measure(workplace: Workplace) -> Found:
    """Send in turns with the peers."""
    with sink(workplace.folder, workplace.tell) as server:
        return _measure(workplace, server)


def _measure(workplace: Workplace, server: Sink) -> Found:
    count, peer_count = workplace.count(COUNT), workplace.count(PEER_COUNT)
    apprise_count = workplace.count(APPRISE_COUNT, least=10)
    ready = workplace.ready(f"letters-{count}", lambda place: _start(workplace, place, count))
    contestants: dict[str, Callable[[], float]] = {
        "Tocsin": partial(_tocsin, workplace, ready, server, count),
        "smtplib, EmailMessage": partial(_peer, workplace, server, "smtplib_mail", peer_count, "message"),
        "smtplib, prebuilt": partial(_peer, workplace, server, "smtplib_mail", peer_count, "prebuilt"),
        "Django mass mail": partial(_peer, workplace, server, "django_mail", peer_count),
        "django-post_office": partial(_peer, workplace, server, "post_office_mail", peer_count, "post_office.db"),
        "apprise": partial(_peer, workplace, server, "apprise_mail", apprise_count),
    }
    values = alternate(ROUNDS, contestants, workplace.tell)
    least = {"smtplib, EmailMessage": 8, "Django mass mail": 4, "apprise": 100}
    others = (
        Line(
            name=name,
            role=Role.PEER,
            values=some,
            ratio_at_least=least.get(name),
            note=f"{grouped(apprise_count if name == 'apprise' else peer_count)} mails a round",
        )
        for name, some in values.items()
        if name != "Tocsin"
    )
    lines = (Line(name="Tocsin", values=values["Tocsin"]), *others)
    return Found(
        tables=(Table(caption=f"{grouped(count)} personal mails", lines=lines),),
        checked=(drained.CHECKED, "how many mails smtp-sink took in each run, of Tocsin and of every peer"),
    )


def _start(workplace: Workplace, place: Place, count: int) -> None:
    workplace.put(workplace.people(count), place)
    words = ("--subject", template(SUBJECT), "--body", template(BODY))
    arguments = ("--audience", "all", "--channel", "email", "--type", "promotional", *words)
    processes.tocsin(place.folder, "bulk", *arguments, "--yes", "--quiet")


def _tocsin(workplace: Workplace, ready: Place, server: Sink, count: int) -> float:
    place = workplace.copy(ready)
    place.configure(f'kind = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\nfrom = "{SENDER}"')
    before = server.taken()
    found = processes.script("bench.ours.dispatch", folder=place.folder)
    drained.check_sent(place, count)
    _check(server, before, count)
    return float(count / found["seconds"])


def _peer(workplace: Workplace, server: Sink, module: str, count: int, *more: str) -> float:
    place = workplace.empty("round")
    before = server.taken()
    found = processes.peer(module, server.port, count, *more, folder=place.folder)
    _check(server, before, count)
    return float(count / found["seconds"])


def _check(server: Sink, before: int, count: int) -> None:
    taken = server.taken() - before
    check(taken == count, f"smtp-sink took {taken} mails, not {count}")


PART = Part(name="mail", title="Personal mail", reading=READING, measure=measure)
