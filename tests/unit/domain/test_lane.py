"""What people call lanes, and how fast they may go."""

import pytest

from domain.channel import Channel
from domain.errors import NotFound
from domain.lane import RATE_MAX, Lane, LaneName, LaneStanding, rate_problems
from domain.lifecycle import Status
from domain.notification_type import NotificationType

NAMES = {
    "email/transactional": LaneName(Channel.EMAIL, NotificationType.TRANSACTIONAL),
    "in_app/informational": LaneName(Channel.IN_APP, NotificationType.INFORMATIONAL),
    "web_push/promotional/campaign-7": LaneName(Channel.WEB_PUSH, NotificationType.PROMOTIONAL, 7),
    "sms/transactional/test": LaneName(Channel.SMS, NotificationType.TRANSACTIONAL, test=True),
    "push/promotional/campaign-7/test": LaneName(Channel.PUSH, NotificationType.PROMOTIONAL, 7, test=True),
}


@pytest.mark.parametrize(("text", "name"), NAMES.items())
def test_a_name_is_read_as_it_is_written(text: str, name: LaneName) -> None:
    assert LaneName.parse(text) == name
    assert str(name) == text
    lane = Lane(id=1, channel=name.channel, type=name.type, campaign_id=name.campaign_id, test=name.test)
    assert lane.name == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "email",
        "email/",
        "/transactional",
        "fax/transactional",
        "email/urgent",
        "transactional/email",
        "Email/transactional",
        "email/transactional/",
        "email/transactional/7",
        "email/transactional/test/",
        "email/transactional/tests",
        "email/transactional/test/campaign-7",
        "email/transactional/campaign-",
        "email/transactional/campaign-0",
        "email/transactional/campaign-07",
        "email/transactional/campaign--1",
        "email/transactional/campaign-1/x",
        "email/transactional/campaign-" + "9" * 40,
        "email/transactional\n",
        " email/transactional",
    ],
)
def test_what_cannot_be_a_name_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        LaneName.parse(text)


@pytest.mark.parametrize("rate", [None, 1e-6, 1 / 3600, 50, RATE_MAX])
def test_a_pace_may_be_this(rate: float | None) -> None:
    assert rate_problems(rate) == []


@pytest.mark.parametrize("rate", [0.0, -1.0, RATE_MAX + 1, float("inf"), float("nan")])
def test_a_pace_may_not_be_this(rate: float) -> None:
    assert [error.field for error in rate_problems(rate)] == ["rate"]


def test_a_standing_counts_what_waits_and_what_is_sent() -> None:
    lane = Lane(id=1, channel=Channel.SMS, type=NotificationType.PROMOTIONAL)

    assert LaneStanding(lane=lane, statuses={}).waiting == 0
    standing = LaneStanding(lane=lane, statuses={Status.PENDING: 3, Status.SENDING: 2, Status.SENT: 9})
    assert (standing.waiting, standing.sending) == (3, 2)
