"""Nobody claims what somebody else has or takes its place under a cap, whether threads or processes."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from attrs import evolve

from adapters.sqlite.store import SqliteStore
from application.ports.dispatch_queue import ClaimRequest
from domain.notification_type import NotificationType
from domain.recipient import Recipient
from tests.integration.sqlite.begin_capped import USE, begin_capped
from tests.integration.sqlite.given import LEASE, NOW, a_message, answers, fill, opened, start

COUNT = 2_000
PEOPLE = [f"person-{number}" for number in range(100)]
THREADS = 8
PROCESSES = 4


def fill_by_person(store: SqliteStore) -> None:
    """Store four due messages under a cap for each of some people, those of one person after each other."""
    store.recipients.put([Recipient(id=one, email=f"{one}@example.com") for one in PEOPLE])
    store.notifications.add(
        [evolve(a_message(one), type=NotificationType.PROMOTIONAL) for one in PEOPLE for _ in range(4)]
    )


class TestThreads:
    def test_eight_threads_claim_each_notification_once(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            fill(store, COUNT)
            lane = store.queue.due_lanes(NOW)[0]
            together = Barrier(THREADS)

            def claim_all(_: int) -> list[int]:
                owner = store.queue.register(NOW)
                together.wait()
                claimed: list[int] = []
                while True:
                    request = ClaimRequest(lane=lane, limit=7, owner=owner, now=NOW, lease=LEASE, gateway="mail")
                    claims = store.queue.claim(request).claims
                    if not claims:
                        return claimed
                    claimed += [one.notification_id for one in claims]

            with ThreadPoolExecutor(THREADS) as threads:
                claimed = Counter(one for some in threads.map(claim_all, range(THREADS)) for one in some)

        assert len(claimed) == COUNT
        assert set(claimed.values()) == {1}


class TestProcesses:
    def test_four_processes_claim_each_notification_once_and_none_goes_hungry(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            fill(store, COUNT)
        processes = [start("claim_all", path) for _ in range(PROCESSES)]

        said = [json.loads(text) for text in answers(processes)]

        claimed = Counter(one for answer in said for one in answer["claimed"])
        assert len(claimed) == COUNT
        assert set(claimed.values()) == {1}
        assert max(answer["longest_s"] for answer in said) < 2.0


class TestCaps:
    """Everybody gets four messages, which fall to two dispatchers at a time, and may have three."""

    def test_two_processes_that_begin_at_once_share_the_places_of_a_cap(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            fill_by_person(store)

            processes = [start("begin_capped", path) for _ in range(2)]
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"

            told = [json.loads(text) for text in answers(processes)]

            assert Counter(told[0] + told[1]) == Counter(dict.fromkeys(PEOPLE, USE.number))
            for name in PEOPLE:
                days = store.notifications.capped_days(name, NotificationType.PROMOTIONAL, NOW.date(), test=False)
                assert len(days) == USE.number

    def test_and_so_do_four_threads(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            fill_by_person(store)
            (lane,) = store.queue.due_lanes(NOW)

            with ThreadPoolExecutor(4) as threads:
                told = Counter(one for some in threads.map(begin_capped, [store] * 4, [lane] * 4) for one in some)

        assert told == Counter(dict.fromkeys(PEOPLE, USE.number))


class TestDeadProcesses:
    def test_what_a_killed_process_held_is_lost_at_once_to_every_other(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            fill(store, 3)
            holder = start("hold_claims", path)
            assert holder.stdout is not None
            assert holder.stdout.readline() == "2\n"
            assert list(store.queue.lost_claims(NOW, 10)) == []

            holder.kill()
            holder.communicate()

            lost = store.queue.lost_claims(NOW, 10)
            assert [one.owner_is_dead for one in lost] == [True, True]
            assert {one.fence for one in lost} == {1}

    def test_what_a_living_process_holds_is_lost_only_after_its_lease(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            fill(store, 3)
            holder = start("hold_claims", path)
            assert holder.stdout is not None
            holder.stdout.readline()

            lost = store.queue.lost_claims(NOW + 2 * LEASE, 10)
            answers([holder])

        assert [one.owner_is_dead for one in lost] == [False, False]

    def test_a_store_that_is_closed_lets_go_of_its_dispatchers(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as watching:
            fill(watching, 1)
            with opened(path) as leaving:
                owner = leaving.queue.register(NOW)
                lane = leaving.queue.due_lanes(NOW)[0]
                leaving.queue.claim(ClaimRequest(lane=lane, limit=1, owner=owner, now=NOW, lease=LEASE, gateway="mail"))
                assert list(watching.queue.lost_claims(NOW, 10)) == []

            assert [one.owner_is_dead for one in watching.queue.lost_claims(NOW, 10)] == [True]
