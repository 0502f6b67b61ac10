"""The steps of a campaign, pair by pair, and what is left of it."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from domain.campaign import (
    CAMPAIGN_STEPS,
    Basis,
    Campaign,
    CampaignProgress,
    CampaignStatus,
    CampaignStep,
    Estimate,
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


def a_lane(
    rate: float | None,
    waiting: int,
    state: LaneState = LaneState.OPEN,
    *,
    sent: int = 2,
    began: timedelta | None = None,
    due: timedelta = timedelta(0),
    last_due: timedelta = timedelta(0),
) -> LaneStanding:
    """Return a lane that began so long ago, and of which the next and the last fall due in so long."""
    lane = Lane(id=1, channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL, campaign_id=7, state=state, rate=rate)
    return LaneStanding(
        lane=lane,
        statuses={Status.PENDING: waiting, Status.SENT: sent},
        next_due=NOW + due,
        last_due=NOW + max(due, last_due),
        began_at=None if began is None else NOW - began,
    )


def progress(*lanes: LaneStanding, campaign: Campaign | None = None) -> CampaignProgress:
    return CampaignProgress(campaign=campaign or a_campaign(), lanes=lanes)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_as_it_was_started_nothing_had_come_of_it() -> None:
    started = a_campaign().as_started()

    assert (started.status, started.total) == (RUNNING, 9)
    assert (started.considered, started.created, started.no_address, started.suppressed) == (0, 0, 0, 0)


def test_every_status_is_counted_over_all_lanes() -> None:
    statuses = progress(a_lane(None, 3), a_lane(None, 4)).statuses

    assert statuses.keys() == set(Status)
    assert (statuses[Status.PENDING], statuses[Status.SENT], statuses[Status.FAILED]) == (7, 4, 0)


def test_the_slowest_lane_says_how_long_it_takes() -> None:
    assert progress(a_lane(2.0, 10), a_lane(10.0, 20)).estimate(NOW) == Estimate(seconds(5), Basis.RATE)
    assert progress(a_lane(2.0, 10), a_lane(None, 0)).estimate(NOW) == Estimate(seconds(5), Basis.RATE)


def test_without_a_rate_the_pace_so_far_says_it() -> None:
    lane = a_lane(None, 100, sent=50, began=seconds(10))

    assert progress(lane).estimate(NOW) == Estimate(seconds(20), Basis.PACE)
    assert progress(evolve(lane, ended_before=40)).estimate(NOW) == Estimate(seconds(100), Basis.PACE)


def test_what_was_withdrawn_says_nothing_about_the_pace() -> None:
    lane = a_lane(None, 100, sent=50, began=seconds(10))
    with_withdrawn = evolve(lane, statuses={**lane.statuses, Status.CANCELLED: 1000})

    assert progress(with_withdrawn).estimate(NOW) == progress(lane).estimate(NOW)


@pytest.mark.parametrize(("rate", "expected"), [(1.0, (100, Basis.RATE)), (50.0, (20, Basis.PACE))])
def test_of_a_rate_and_a_pace_the_slower_one_counts(rate: float, expected: tuple[float, Basis]) -> None:
    found = progress(a_lane(rate, 100, sent=50, began=seconds(10))).estimate(NOW)

    assert found == Estimate(seconds(expected[0]), expected[1])


def test_what_is_not_due_yet_waits_for_its_time() -> None:
    later = a_lane(2.0, 10, due=seconds(60), last_due=seconds(62))

    assert progress(later).estimate(NOW) == Estimate(seconds(65), Basis.RATE)
    assert progress(a_lane(2.0, 10, last_due=seconds(3600))).estimate(NOW) == Estimate(seconds(3600), Basis.DUE)
    assert progress(a_lane(None, 10, last_due=seconds(3600))).estimate(NOW) == Estimate(seconds(3600), Basis.DUE)


def test_while_the_audience_is_not_through_those_who_follow_are_as_many_as_those_before() -> None:
    running = evolve(a_campaign(RUNNING), considered=5, total=20, created=10)
    shown = progress(a_lane(1.0, 8, sent=2), campaign=running)

    assert shown.estimate(NOW) == Estimate(seconds(8 + 30), Basis.RATE)
    assert shown.share_done == pytest.approx(2 / 40)


def test_the_share_is_that_of_what_came_to_an_end() -> None:
    campaign = evolve(a_campaign(), created=10)

    assert progress(a_lane(None, 8, sent=2), campaign=campaign).share_done == pytest.approx(0.2)
    assert progress(a_lane(None, 0, sent=10), campaign=campaign).share_done == 1.0
    assert progress(campaign=evolve(campaign, created=0)).share_done == 1.0
    assert progress(campaign=evolve(campaign, created=0, status=RUNNING)).share_done is None


@pytest.mark.parametrize(
    "lanes",
    [
        (),
        (a_lane(2.0, 0),),
        (a_lane(None, 10),),
        (a_lane(2.0, 10), a_lane(None, 1)),
        (a_lane(2.0, 10, LaneState.PAUSED),),
        (a_lane(None, 10, sent=0, began=seconds(10)),),
        (a_lane(None, 10, began=seconds(0.1)),),
    ],
)
def test_where_nothing_waits_or_nothing_says_nobody_knows_how_long(lanes: tuple[LaneStanding, ...]) -> None:
    assert progress(*lanes).estimate(NOW) is None


@pytest.mark.parametrize("status", [PAUSED, CANCELLED])
def test_of_what_stands_still_nobody_knows_how_long(status: CampaignStatus) -> None:
    assert progress(a_lane(2.0, 10), campaign=a_campaign(status)).estimate(NOW) is None


@pytest.mark.parametrize("status", CampaignStatus)
def test_only_while_it_is_paused_its_lanes_are_not_free(status: CampaignStatus) -> None:
    campaign = a_campaign(status)

    if status is PAUSED:
        with pytest.raises(Conflict, match="tocsin campaigns resume 7"):
            campaign.require_lanes_free()
    else:
        campaign.require_lanes_free()
