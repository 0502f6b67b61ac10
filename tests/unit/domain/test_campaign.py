"""The steps of a campaign, pair by pair, and what is left of it."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.campaign import (
    CAMPAIGN_STEPS,
    Campaign,
    CampaignProgress,
    CampaignStatus,
    CampaignStep,
    campaign_after,
)
from domain.channel import Channel
from domain.errors import Conflict
from domain.lane import Lane, LaneStanding, LaneState
from domain.lifecycle import Status
from domain.notification_type import NotificationType

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RUNNING, PAUSED = CampaignStatus.RUNNING, CampaignStatus.PAUSED
FINISHED, CANCELLED = CampaignStatus.FINISHED, CampaignStatus.CANCELLED
EXPECTED = {
    RUNNING: {"finish": FINISHED, "pause": PAUSED, "resume": RUNNING, "cancel": CANCELLED},
    PAUSED: {"pause": PAUSED, "resume": RUNNING, "cancel": CANCELLED},
    FINISHED: {"pause": PAUSED, "resume": FINISHED, "cancel": CANCELLED},
    CANCELLED: {"cancel": CANCELLED},
}


@pytest.mark.parametrize("step", CampaignStep)
@pytest.mark.parametrize("status", CampaignStatus)
def test_every_pair_leads_where_it_should_or_nowhere(status: CampaignStatus, step: CampaignStep) -> None:
    expected = EXPECTED[status].get(step.value)

    if expected is None:
        with pytest.raises(Conflict, match=f"a campaign that is {status} cannot {step}"):
            campaign_after(status, step, is_through=False)
    else:
        assert campaign_after(status, step, is_through=False) is expected


def test_one_whose_audience_is_through_comes_back_finished() -> None:
    paused = campaign_after(FINISHED, CampaignStep.PAUSE, is_through=True)

    assert campaign_after(paused, CampaignStep.RESUME, is_through=True) is FINISHED


def test_what_people_ask_for_twice_is_where_it_was() -> None:
    for (status, step), reached in CAMPAIGN_STEPS.items():
        if step is not CampaignStep.FINISH and (reached, step) != (RUNNING, CampaignStep.RESUME):
            assert campaign_after(reached, step, is_through=False) is reached, (status, step)


def a_campaign(status: CampaignStatus = FINISHED) -> Campaign:
    return Campaign(
        id=7,
        name="spring",
        channels=(Channel.EMAIL,),
        type=NotificationType.PROMOTIONAL,
        status=status,
        send_at=NOW,
        expires_at=NOW + timedelta(days=1),
        created_at=NOW,
        considered=5,
        total=9,
        created=3,
        no_address=1,
        suppressed=1,
    )


def a_lane(rate: float | None, waiting: int, state: LaneState = LaneState.OPEN) -> LaneStanding:
    lane = Lane(id=1, channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL, campaign_id=7, state=state, rate=rate)
    return LaneStanding(lane=lane, statuses={Status.PENDING: waiting, Status.SENT: 2})


def progress(*lanes: LaneStanding) -> CampaignProgress:
    return CampaignProgress(campaign=a_campaign(), lanes=lanes)


def test_as_it_was_started_nothing_had_come_of_it() -> None:
    started = a_campaign().as_started()

    assert (started.status, started.total) == (RUNNING, 9)
    assert (started.considered, started.created, started.no_address, started.suppressed) == (0, 0, 0, 0)


def test_every_status_is_counted_over_all_lanes() -> None:
    statuses = progress(a_lane(None, 3), a_lane(None, 4)).statuses

    assert statuses.keys() == set(Status)
    assert (statuses[Status.PENDING], statuses[Status.SENT], statuses[Status.FAILED]) == (7, 4, 0)


def test_the_slowest_lane_says_how_long_it_takes() -> None:
    assert progress(a_lane(2.0, 10), a_lane(10.0, 20)).time_left == timedelta(seconds=5)
    assert progress(a_lane(2.0, 10), a_lane(None, 0)).time_left == timedelta(seconds=5)


@pytest.mark.parametrize(
    "lanes",
    [
        (),
        (a_lane(2.0, 0),),
        (a_lane(None, 10),),
        (a_lane(2.0, 10), a_lane(None, 1)),
        (a_lane(2.0, 10, LaneState.PAUSED),),
    ],
)
def test_where_nothing_waits_or_no_pace_says_nobody_knows_how_long(lanes: tuple[LaneStanding, ...]) -> None:
    assert progress(*lanes).time_left is None


@pytest.mark.parametrize("status", CampaignStatus)
def test_only_while_it_is_paused_its_lanes_are_not_free(status: CampaignStatus) -> None:
    campaign = a_campaign(status)

    if status is PAUSED:
        with pytest.raises(Conflict, match="tocsin campaigns resume 7"):
            campaign.require_lanes_free()
    else:
        campaign.require_lanes_free()
