"""What every store of lanes must do."""

from datetime import timedelta

import pytest

from domain.channel import Channel
from domain.errors import Conflict, NotFound
from domain.lane import LaneName, LaneState
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted
from tests.contracts.given import (
    NOW,
    SECOND,
    a_campaign,
    a_message,
    a_person,
    add,
    add_one,
    advance_to_the_end,
    answer,
    cancel_to_the_end,
    claim,
    claims,
    only,
)
from tests.contracts.stores import Stores

MAIL = LaneName(Channel.EMAIL, NotificationType.TRANSACTIONAL)
STANDING = [LaneName(channel, type_) for channel in Channel for type_ in NotificationType]


def a_mail_lane(stores: Stores, name: str = "spring", rate: float | None = None) -> LaneName:
    """Start a campaign that tells one person by email, write it, and return the name of its lane."""
    stores.recipients.put([a_person()])
    campaign = stores.campaigns.start(a_campaign(name, rate=rate))
    advance_to_the_end(stores, campaign.id)
    return LaneName(Channel.EMAIL, NotificationType.PROMOTIONAL, campaign.id)


def listed(stores: Stores) -> list[str]:
    return [standing.lane.name for standing in stores.lanes.all()]


class _Looking:
    def test_every_standing_lane_is_listed_whatever_waits_in_it(self, stores: Stores) -> None:
        assert listed(stores) == [str(name) for name in STANDING]
        assert {(one.waiting, one.sending, one.next_due) for one in stores.lanes.all()} == {(0, 0, None)}

    def test_a_lane_says_what_waits_what_is_sent_and_when_the_next_one_is_due(self, stores: Stores) -> None:
        add(stores, *(a_message(send_at=NOW + after) for after in (timedelta(0), 2 * SECOND, 5 * SECOND)))
        claims(stores, NOW)

        standing = stores.lanes.get(MAIL)

        assert (standing.waiting, standing.sending, standing.next_due) == (2, 1, NOW + 2 * SECOND)
        assert dict(standing.statuses) == {Status.PENDING: 2, Status.SENDING: 1}
        assert standing in stores.lanes.all()

    def test_lanes_of_campaigns_are_listed_while_something_may_happen_in_them(self, stores: Stores) -> None:
        lane = a_mail_lane(stores)
        assert listed(stores)[len(STANDING) :] == [str(lane)]

        held = only(claims(stores))
        assert listed(stores)[len(STANDING) :] == [str(lane)]
        answer(stores, held, Accepted("m-1"))

        assert listed(stores) == [str(name) for name in STANDING]
        assert stores.lanes.get(lane).statuses == {Status.SENT: 1}
        assert lane.campaign_id is not None
        stores.campaigns.pause(lane.campaign_id)
        assert listed(stores)[len(STANDING) :] == [str(lane)]

    def test_lanes_of_a_campaign_that_runs_are_listed_before_anything_waits(self, stores: Stores) -> None:
        campaign = stores.campaigns.start(a_campaign())

        assert listed(stores)[len(STANDING) :] == [f"email/promotional/campaign-{campaign.id}"]

    @pytest.mark.parametrize(
        "name",
        [
            LaneName(Channel.EMAIL, NotificationType.PROMOTIONAL, 7),
            LaneName(Channel.SMS, NotificationType.PROMOTIONAL, 1),
            LaneName(Channel.EMAIL, NotificationType.TRANSACTIONAL, 1),
        ],
    )
    def test_what_is_not_there_is_not_found(self, stores: Stores, name: LaneName) -> None:
        a_mail_lane(stores)

        for look in (stores.lanes.get, stores.lanes.pause, stores.lanes.resume):
            with pytest.raises(NotFound, match=str(name)):
                look(name)
        with pytest.raises(NotFound, match=str(name)):
            stores.lanes.pace(name, 1.0)


class _Pausing:
    def test_a_paused_lane_gives_nothing_from_the_next_claim_on(self, stores: Stores) -> None:
        add(stores, a_message(), a_message())
        lane = only(stores.queue.due_lanes(NOW))
        held = only(claim(stores, lane=lane, limit=1).claims)

        paused = stores.lanes.pause(MAIL)

        assert (paused.lane.state, paused.waiting, paused.sending) == (LaneState.PAUSED, 1, 1)
        assert list(claim(stores, lane=lane).claims) == []
        assert list(stores.queue.due_lanes(NOW)) == []
        assert stores.queue.next_due() is None
        assert answer(stores, held, Accepted("m-1")).status is Status.SENT

    def test_a_resumed_lane_gives_what_it_kept(self, stores: Stores) -> None:
        add_one(stores)
        stores.lanes.pause(MAIL)
        add_one(stores)

        assert stores.lanes.resume(MAIL).lane.state is LaneState.OPEN

        assert len(claims(stores)) == 2

    def test_asking_twice_changes_nothing(self, stores: Stores) -> None:
        before = stores.lanes.get(MAIL)

        assert stores.lanes.resume(MAIL) == before
        assert stores.lanes.pause(MAIL) == stores.lanes.pause(MAIL)
        assert stores.lanes.resume(MAIL) == before

    def test_other_lanes_go_on(self, stores: Stores) -> None:
        add(stores, a_message(), a_message(channel=Channel.SMS))

        stores.lanes.pause(MAIL)

        assert only(stores.queue.due_lanes(NOW)).channel is Channel.SMS

    def test_a_lane_whose_campaign_is_paused_is_resumed_with_it_and_not_alone(self, stores: Stores) -> None:
        lane = a_mail_lane(stores)
        assert lane.campaign_id is not None
        stores.campaigns.pause(lane.campaign_id)

        with pytest.raises(Conflict, match="tocsin campaigns resume"):
            stores.lanes.resume(lane)

        assert stores.lanes.get(lane).lane.state is LaneState.PAUSED
        stores.campaigns.resume(lane.campaign_id)
        assert stores.lanes.get(lane).lane.state is LaneState.OPEN

    def test_a_lane_that_is_paused_while_its_campaign_is_stays_paused_behind_it(self, stores: Stores) -> None:
        lane = a_mail_lane(stores)
        assert lane.campaign_id is not None
        stores.campaigns.pause(lane.campaign_id)
        stores.lanes.pause(lane)

        stores.campaigns.resume(lane.campaign_id)

        assert stores.lanes.get(lane).lane.state is LaneState.PAUSED
        assert list(stores.queue.due_lanes(NOW)) == []

    def test_with_a_lane_of_a_cancelled_campaign_nothing_can_be_done(self, stores: Stores) -> None:
        lane = a_mail_lane(stores)
        assert lane.campaign_id is not None
        stores.lanes.pause(lane)
        cancel_to_the_end(stores, lane.campaign_id)

        for steer in (stores.lanes.pause, stores.lanes.resume, lambda name: stores.lanes.pace(name, 5.0)):
            with pytest.raises(Conflict, match="its campaign was cancelled"):
                steer(lane)

        assert stores.lanes.get(lane).lane.state is LaneState.CLOSED


class _Pace:
    def _claimed(self, stores: Stores, seconds: float) -> int:
        now = NOW + timedelta(seconds=seconds)
        lanes = stores.queue.due_lanes(now)
        return len(claim(stores, now, lane=only(lanes)).claims) if lanes else 0

    def test_a_lane_gives_no_more_than_its_pace(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(20)))

        assert stores.lanes.pace(MAIL, 4.0).lane.rate == 4.0

        assert [self._claimed(stores, seconds) for seconds in (0, 0, 0.5, 1, 60)] == [4, 0, 2, 2, 4]

    def test_without_a_pace_it_gives_all_at_once(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(20)))
        stores.lanes.pace(MAIL, 4.0)
        assert self._claimed(stores, 0) == 4

        assert stores.lanes.pace(MAIL, None).lane.rate is None

        assert self._claimed(stores, 0) == 16

    def test_a_slower_pace_takes_away_what_the_bucket_has_no_room_for(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(200)))
        stores.lanes.pace(MAIL, 100.0)
        assert len(claim(stores, limit=10).claims) == 10

        stores.lanes.pace(MAIL, 2.0)

        assert [self._claimed(stores, seconds) for seconds in (0, 0, 1)] == [2, 0, 2]

    def test_a_faster_pace_gives_no_more_at_once_than_it_had(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(200)))
        stores.lanes.pace(MAIL, 2.0)
        assert self._claimed(stores, 0) == 2

        stores.lanes.pace(MAIL, 50.0)

        assert [self._claimed(stores, seconds) for seconds in (0, 0.1, 1.1)] == [0, 5, 50]

    def test_pacing_again_and_again_gives_nothing_extra(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(20)))
        given = 0
        for rate in (3.0, 2.0, 3.0, 2.0):
            stores.lanes.pace(MAIL, rate)
            given += self._claimed(stores, 0)

        assert given == 3

    def test_the_pace_a_campaign_was_started_with_can_be_changed(self, stores: Stores) -> None:
        lane = a_mail_lane(stores, rate=5.0)
        assert stores.lanes.get(lane).lane.rate == 5.0

        stores.lanes.pace(lane, 1.0)

        assert stores.lanes.get(lane).lane.rate == 1.0
        assert self._claimed(stores, 0) == 1


class LaneRepositoryContract(_Looking, _Pausing, _Pace):
    """Looking at lanes and steering them."""
