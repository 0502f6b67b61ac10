"""What names a suppression, and which reasons count."""

import pytest

from domain.channel import Channel
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.suppression import (
    BY_THE_PERSON,
    EVERY_REASON,
    STRENGTH,
    SuppressedAddress,
    SuppressionReason,
    opt_out_reason,
)


@pytest.mark.parametrize(
    "name",
    [
        SuppressedAddress(Channel.EMAIL, "ada@example.com"),
        SuppressedAddress(Channel.WEB_PUSH, "https://push.example.com/a/b"),
        SuppressedAddress(Channel.IN_APP, "a/b"),
        SuppressedAddress(Channel.SMS, ""),
    ],
)
def test_a_name_reads_as_it_is_written(name: SuppressedAddress) -> None:
    assert SuppressedAddress.parse(str(name)) == name


@pytest.mark.parametrize("text", ["", "/", "email", "fax/1", "Email/ada@example.com", "ada@example.com", " email/a"])
def test_what_names_no_channel_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="must be a channel, a slash and an address"):
        SuppressedAddress.parse(text)


def test_every_reason_has_a_strength_of_its_own() -> None:
    assert STRENGTH.keys() == EVERY_REASON
    assert len(set(STRENGTH.values())) == len(EVERY_REASON)


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
