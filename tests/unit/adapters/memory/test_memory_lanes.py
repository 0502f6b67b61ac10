"""A lane that somebody paused keeps what it has."""

from datetime import datetime

from attrs import evolve

from adapters.memory.dispatch_queue import MemoryDispatchQueue
from adapters.memory.notification_repository import MemoryNotificationRepository
from adapters.memory.recipient_repository import MemoryRecipientRepository
from adapters.memory.state import MemoryState
from application.ports.dispatch_queue import ClaimRequest
from domain.lane import Lane, LaneState
from tests.contracts.given import LEASE, NOW, a_message, a_person, only


def request(lane: Lane, owner: int, now: datetime = NOW) -> ClaimRequest:
    return ClaimRequest(lane=lane, limit=10, owner=owner, now=now, lease=LEASE, gateway="mail")


class TestPausedLane:
    def test_nothing_is_claimed_until_it_is_open_again(self) -> None:
        state = MemoryState()
        queue = MemoryDispatchQueue(state)
        MemoryRecipientRepository(state).put([a_person()])
        MemoryNotificationRepository(state).add([a_message()])
        lane = only(queue.due_lanes(NOW))
        owner = queue.register(NOW)

        state.lanes[lane.id] = evolve(lane, state=LaneState.PAUSED)

        assert list(queue.due_lanes(NOW)) == []
        assert queue.next_due() is None
        assert list(queue.claim(request(lane, owner)).claims) == []

        state.lanes[lane.id] = lane

        assert queue.next_due() == NOW
        assert len(queue.claim(request(lane, owner)).claims) == 1
