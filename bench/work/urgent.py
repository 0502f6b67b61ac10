"""How long a transactional message waits while a campaign fills the same channel."""

from functools import partial

from bench import processes
from bench.alternating import alternate
from bench.failures import check
from bench.figures import Line, Table, grouped, percentile
from bench.part import Found, Part
from bench.work.bulk import BULK
from bench.workplace import Place, Workplace

PEOPLE = 1_000_000
COUNT = 200
INTERVAL_MS = 100
ROUNDS = 2
TAKES_MS = 20
MEDIAN, LATEST = 0.5, 0.99

READING = """\
A campaign for a million people is being sent over a gateway that takes 20 ms a message, with the four
connections that a gateway has unless told otherwise; it would go on for an hour and a half. Meanwhile the same
process enqueues a transactional message every 100 ms (200 a round). The figure is the time from the call of
`enqueue` to the call of the gateway: a commit, a claim, and a slot that is kept for what is urgent."""


def measure(workplace: Workplace) -> Found:
    """Enqueue what is urgent beside a campaign."""
    people = workplace.count(PEOPLE, least=20_000)
    ready = workplace.ready(f"campaign-{people}", lambda place: _start(workplace, place, people))
    count = workplace.count(COUNT)
    rounds: list[list[float]] = []
    alternate(ROUNDS, {"99 %, ms": partial(_wait_ms, workplace, ready, count, rounds)}, workplace.tell)
    lines = tuple(
        Line(name=name, unit="ms", values=tuple(percentile(waits, share) for waits in rounds), at_most=most)
        for name, share, most in (("99 % within", LATEST, 250), ("half of them within", MEDIAN, None))
    )
    return Found(
        tables=(Table(caption=f"beside a campaign of {grouped(people)}", lines=lines),),
        checked=(
            "that every one reached the gateway, and that the campaign was still being sent at the end of each round",
        ),
    )


def _start(workplace: Workplace, place: Place, people: int) -> None:
    workplace.put(workplace.people(people), place)
    processes.tocsin(place.folder, *BULK)


def _wait_ms(workplace: Workplace, ready: Place, count: int, rounds: list[list[float]]) -> float:
    place = workplace.copy(ready)
    place.configure(f'kind = "bench.gateways:slow"\ntakes_ms = {TAKES_MS}')
    found = processes.script("bench.ours.urgent", count, INTERVAL_MS, folder=place.folder)
    sent = place.ask("SELECT count(*) FROM notifications WHERE campaign_id IS NOT NULL AND status = 'sent'")
    left = place.ask("SELECT count(*) FROM notifications WHERE campaign_id IS NOT NULL AND status = 'pending'")
    check(sent > 0, "nothing of the campaign was sent meanwhile")
    check(left > 0, "the campaign was over too early")
    waits = [wait_s * 1000 for wait_s in found["waits_s"]]
    check(len(waits) == count, f"{len(waits)} of {count} arrived")
    rounds.append(waits)
    return percentile(waits, LATEST)


PART = Part(name="urgent", title="A transactional message during a campaign", reading=READING, measure=measure)
