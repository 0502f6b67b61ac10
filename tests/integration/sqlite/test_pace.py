"""The pace of a lane when a machine's clock is set back."""

from datetime import timedelta
from pathlib import Path

from application.ports.dispatch_queue import ClaimRequest
from domain.lane import Lane
from tests.contracts.given import NOW, a_campaign, a_person, advance_to_the_end, only
from tests.integration.sqlite.given import LEASE, opened


def test_a_lane_whose_tokens_are_used_up_goes_on_although_the_clock_was_set_back(tmp_path: Path) -> None:
    with opened(tmp_path / "tocsin.db") as store:
        store.recipients.put([a_person(name) for name in ("ada", "bob", "cyd")])
        advance_to_the_end(store, store.campaigns.start(a_campaign(rate=1.0)).id)
        lane = only(store.queue.due_lanes(NOW))
        owner = store.queue.register(NOW)
        earlier = NOW - timedelta(hours=1)

        def claimed(lane: Lane, *, after_s: int) -> int:
            """Claim as if everything had always been due, *after_s* seconds after the clock was set back."""
            store.notifications._database.write(
                lambda connection: connection.execute("UPDATE notifications SET next_attempt_at_ms = 0")
            )
            now = earlier + timedelta(seconds=after_s)
            return len(
                store.queue.claim(
                    ClaimRequest(lane=lane, limit=5, owner=owner, now=now, lease=LEASE, gateway="mail")
                ).claims
            )

        first = store.queue.claim(ClaimRequest(lane=lane, limit=5, owner=owner, now=NOW, lease=LEASE, gateway="mail"))

        assert len(first.claims) == 1
        assert claimed(lane, after_s=0) == 0
        assert claimed(lane, after_s=1) == 1


def test_a_gateway_whose_tokens_are_used_up_goes_on_although_the_clock_was_set_back(tmp_path: Path) -> None:
    with opened(tmp_path / "tocsin.db") as store:
        earlier = NOW - timedelta(hours=1)

        assert store.gateways.take("mail", 1.0, 5, NOW) == 1
        assert store.gateways.take("mail", 1.0, 5, earlier) == 0
        assert store.gateways.take("mail", 1.0, 5, earlier + timedelta(seconds=1)) == 1
