"""Real dispatchers on one SQLite file, and what happens to machines: deaths, stops, disks, locks and servers."""

import ctypes
import json
import os
import random
import resource
import signal
import subprocess
import threading
from collections import Counter

import pytest

from tests.integration.cli.process import COMMAND, Running, environment, ok, run
from tests.integration.house import House, locked, until
from tests.servers.smtp_campaign import CampaignServer, Mailing

PATIENCE_S = 40.0
KILLS = 6
SEND = ("send", "--to", "ada", "--channel", "sms", "--type", "promotional", "--body", "Hi")
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1  # linux/prctl.h, linux/capability.h


def unhurried(_: int) -> None:
    """Let a server take ten milliseconds a mail, so that a mailing takes a while."""
    threading.Event().wait(0.01)


class TestDispatchersThatDie:
    def test_three_of_which_one_is_killed_again_and_again_lose_nothing_and_send_no_promotion_twice(
        self, house: House
    ) -> None:
        mailing = Mailing(on_taken=unhurried)
        chance = random.Random(11)
        with CampaignServer(mailing) as server:
            house.configure(server.port)
            promised = house.people("promo", 1500)
            needed = house.people("order", 1500)
            house.bulk("promo", "promotional")
            house.bulk("order", "transactional")
            working = [house.watch() for _ in range(3)]
            for _ in range(KILLS):
                threading.Event().wait(0.7)
                victim = chance.randrange(3)
                working[victim].kill()
                working[victim].wait()
                working[victim] = house.watch()
            assert not house.is_done(), "a machine that is so fast needs more people"
            until(house.is_done)

        assert {mailing.taken[one] for one in promised} <= {0, 1}, "a type that holds is never sent twice"
        promotional, transactional = house.statuses("promotional"), house.statuses("transactional")
        assert promotional["sent"] + promotional["unknown"] + promotional["failed"] == 1500
        assert promotional["failed"] <= KILLS, "what three of them died over"
        assert transactional["sent"] + transactional["unknown"] == 1500
        assert house.addresses("sent") <= mailing.taken.keys(), "what is called sent has arrived"
        given_up = needed - mailing.taken.keys()
        assert given_up <= house.addresses("unknown"), "what must arrive has arrived"
        assert len(given_up) <= KILLS, "but for what three dispatchers died over: each kill gives up one at the most"
        assert promotional["unknown"] <= 60 * KILLS, "only what had begun"
        assert transactional["unknown"] <= 15, "only what three of them died over"

    def test_one_that_was_stopped_for_longer_than_its_lease_hands_nothing_over_again(self, house: House) -> None:
        some_taken = threading.Event()

        def taken(total: int) -> None:
            unhurried(total)
            if total > 40:
                some_taken.set()

        mailing = Mailing(on_taken=taken)
        with CampaignServer(mailing) as server:
            house.configure(server.port, lease="2s")
            promised = house.people("promo", 300)
            needed = house.people("order", 300)
            house.bulk("promo", "promotional")
            house.bulk("order", "transactional")
            stopped = house.watch()
            assert some_taken.wait(PATIENCE_S)
            stopped.send_signal(signal.SIGSTOP)
            other = house.watch()
            until(house.is_done)
            before = house.statuses("promotional")
            stopped.send_signal(signal.SIGCONT)
            stopped.send_signal(signal.SIGTERM)
            assert stopped.wait(PATIENCE_S) == 0
            other.send_signal(signal.SIGTERM)
            assert other.wait(PATIENCE_S) == 0

        after = house.statuses("promotional")
        assert {mailing.taken[one] for one in promised} <= {0, 1}
        assert after["sent"] + after["unknown"] == 300
        assert after["unknown"] <= before["unknown"], "a late success counts, and nothing else changes"
        assert house.statuses("transactional") == {"sent": 300}
        assert needed <= mailing.taken.keys()
        assert max(mailing.taken[one] for one in needed) <= 2
        assert house.addresses("sent") <= mailing.taken.keys()


class TestAStoreThatCannotBeWritten:
    @pytest.fixture
    def house(self, house: House) -> House:
        house.configure(port=9)  # no mail is sent here
        ok(house.folder, "recipients", "set", "ada", "--phone", "+14155550101")
        return house

    def send(self, house: House, *more: str) -> subprocess.CompletedProcess[str]:
        return run(
            house.folder, "send", "--to", "ada", "--channel", "sms", "--type", "promotional", "--body", "Hi", *more
        )

    def test_a_lock_of_another_program_is_named_and_waited_for(self, house: House) -> None:
        with Running(house.folder, ("dispatch", "--watch", "--json")) as watching:
            watching.read_log_until('"watching"')
            assert self.send(house, "--at", "+2s").returncode == 0
            with locked(house.store):
                refused = self.send(house)
                assert (refused.returncode, refused.stdout) == (1, "")
                assert "locked by another program" in refused.stderr
                assert json.loads(watching.read_log_until("store_unavailable"))["level"] == "warning"
                assert house.statuses() == {"pending": 1}
            until(lambda: house.statuses() == {"sent": 1})
            code, _, err = watching.end_by(signal.SIGTERM, PATIENCE_S)

        assert code == 0
        assert "Traceback" not in err + refused.stderr

    def test_a_full_disk_stops_all_sending_and_when_there_is_room_it_goes_on(self, house: House) -> None:
        outbox = house.folder / "outbox"
        with Running(house.folder, ("dispatch", "--watch", "--json")) as watching:
            assert self.send(house).returncode == 0
            until(lambda: house.statuses() == {"sent": 1})
            pid = watching.process.pid
            without_limit = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, without_limit[1]))
            for _ in range(3):
                assert self.send(house).returncode == 0
            assert "is full" in watching.read_log_until("store_unavailable")
            assert house.statuses() == {"sent": 1, "pending": 3}
            assert len(list(outbox.rglob("*.json"))) == 1, "what cannot be claimed is not sent"
            resource.prlimit(pid, resource.RLIMIT_FSIZE, without_limit)
            until(lambda: house.statuses() == {"sent": 4})
            code, _, err = watching.end_by(signal.SIGTERM, PATIENCE_S)

        assert code == 0
        assert "Traceback" not in err
        assert len(list(outbox.rglob("*.json"))) == 4

    def test_one_that_may_only_be_read_is_refused_in_a_sentence_and_nothing_is_changed(self, house: House) -> None:
        assert self.send(house).returncode == 0
        for file in house.folder.iterdir():
            file.chmod(0o444)
        house.folder.chmod(0o555)
        try:
            for arguments in (("dispatch",), SEND):
                done = subprocess.run(
                    [*COMMAND, *arguments],
                    cwd=house.folder,
                    env=environment(),
                    preexec_fn=lose_the_right_to_write_everything,
                    capture_output=True,
                    text=True,
                    timeout=PATIENCE_S,
                    check=False,
                )
                assert (done.returncode, done.stdout) == (1, "")
                assert "this user" in done.stderr, "a sentence with the remedy"
                assert "write" in done.stderr
                assert "Traceback" not in done.stderr
        finally:
            house.folder.chmod(0o755)
            for file in house.folder.iterdir():
                file.chmod(0o600)
        ok(house.folder, "dispatch")
        assert house.statuses() == {"sent": 1}


class TestAServer:
    def test_that_is_down_at_first_gets_everything_once_it_is_up(self, house: House) -> None:
        mailing = Mailing()
        with CampaignServer(mailing) as soon_gone:
            port = soon_gone.port
        house.configure(port)
        needed = house.people("order", 200)
        house.bulk("order", "transactional")
        with Running(house.folder, ("dispatch", "--watch", "--json")) as watching:
            watching.read_log_until("gateway_rests")
            assert house.statuses().keys() <= {"pending", "sending"}
            with CampaignServer(mailing, port):
                until(house.is_done)
                code, _, _ = watching.end_by(signal.SIGTERM, PATIENCE_S)

        assert code == 0
        assert mailing.taken == Counter(needed)
        assert house.statuses() == {"sent": 200}
        assert house.attempts() == {1}, "an outage spends no attempts"

    def test_that_accepts_and_never_answers_holds_up_no_other_channel(self, house: House) -> None:
        opened = threading.Event()

        def never_answer(_: int) -> None:
            opened.wait(PATIENCE_S)

        mailing = Mailing(on_taken=never_answer)
        with CampaignServer(mailing) as server:
            house.configure(server.port, lease="20s", timeout="8s")
            house.people("promo", 60)
            house.bulk("promo", "promotional")
            dispatcher = house.watch()
            until(lambda: bool(mailing.taken))
            house.bulk("promo", "transactional", channel="sms")
            until(lambda: house.statuses(channel="sms") == {"sent": 60}, within_s=6.0)
            assert house.statuses(channel="email")["sent"] == 0, "the server has not answered yet"
            opened.set()
            until(house.is_done)
            dispatcher.send_signal(signal.SIGTERM)
            assert dispatcher.wait(PATIENCE_S) == 0

        assert house.statuses(channel="email") == {"sent": 60}
        assert set(mailing.taken.values()) == {1}


def lose_the_right_to_write_everything() -> None:
    """Be held to the permissions of files, as any user but root is."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
