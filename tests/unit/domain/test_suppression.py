"""What names a suppression, and which reasons count."""

from datetime import UTC, datetime

import pytest

from domain.channel import Channel
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.suppression import Suppression, SuppressionName
from domain.suppression_reason import BY_THE_PERSON, EVERY_REASON, SuppressionReason, opt_out_reason


@pytest.mark.parametrize(
    "name",
    [
        SuppressionName(Channel.EMAIL, "ada@example.com", SuppressionReason.STOP),
        SuppressionName(Channel.WEB_PUSH, "https://push.example.com/a/b", SuppressionReason.UNREACHABLE),
        SuppressionName(Channel.IN_APP, "a/manual", SuppressionReason.COMPLAINT),
        SuppressionName(Channel.SMS, "", SuppressionReason.MANUAL),
    ],
)
def test_a_name_reads_as_it_is_written(name: SuppressionName) -> None:
    assert SuppressionName.parse(str(name)) == name


def test_a_suppression_is_named_as_the_list_spells_it() -> None:
    one = Suppression(
        channel=Channel.EMAIL,
        address="Ada@Example.com",
        reason=SuppressionReason.STOP,
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert str(one.name) == "email/ada@example.com/stop"


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "//", "email", "fax/1/stop", "Email/ada@example.com/stop", "ada@example.com", " email/a/stop"),
        *("email/ada@example.com", "email/stop", "email/ada@example.com/because", "email/ada@example.com/STOP"),
    ],
)
def test_what_lacks_a_channel_or_a_reason_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="must be a channel, an address and a reason"):
        SuppressionName.parse(text)


@pytest.mark.parametrize("channel", Channel)
def test_to_want_no_more_is_a_stop_of_texts_and_an_unsubscribe_elsewhere(channel: Channel) -> None:
    stop, unsubscribe = SuppressionReason.STOP, SuppressionReason.UNSUBSCRIBE
    assert opt_out_reason(channel) is (stop if channel is Channel.SMS else unsubscribe)
    assert opt_out_reason(channel) in BY_THE_PERSON


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("type_", NotificationType)
def test_only_transactional_mail_is_spared_and_only_by_what_the_person_decided(
    channel: Channel, type_: NotificationType
) -> None:
    is_spared = (channel, type_) == (Channel.EMAIL, NotificationType.TRANSACTIONAL)
    spared = BY_THE_PERSON if is_spared else frozenset()
    assert TYPE_POLICIES[type_].stopped_by(channel) == EVERY_REASON - spared
