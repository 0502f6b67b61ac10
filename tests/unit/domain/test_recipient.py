"""Where a person can be reached, and how a dead device leaves them."""

import pytest

from domain.channel import Channel
from domain.recipient import FIELD_OF_CHANNEL, Recipient, WebPushSubscription

LAPTOP = WebPushSubscription(endpoint="https://push.example.com/1", p256dh="key", auth="secret")
PHONE = WebPushSubscription(endpoint="https://push.example.com/2", p256dh="key", auth="secret")
ADA = Recipient(
    id="ada", email="ada@example.com", phone="+14155550100", push_tokens=("one", "two"), web_push=(LAPTOP, PHONE)
)
ADDRESSES = {
    Channel.EMAIL: ("ada@example.com",),
    Channel.SMS: ("+14155550100",),
    Channel.PUSH: ("one", "two"),
    Channel.WEB_PUSH: (LAPTOP.endpoint, PHONE.endpoint),
    Channel.IN_APP: ("ada",),
}


@pytest.mark.parametrize("channel", Channel)
def test_a_person_is_reached_where_the_channel_leads(channel: Channel) -> None:
    assert ADA.addresses(channel) == ADDRESSES[channel]
    assert Recipient(id="bob").addresses(channel) == (("bob",) if channel is Channel.IN_APP else ())


def test_a_dead_device_leaves_and_the_others_stay() -> None:
    assert ADA.without(Channel.PUSH, "one").push_tokens == ("two",)
    assert ADA.without(Channel.WEB_PUSH, LAPTOP.endpoint).web_push == (PHONE,)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS, Channel.IN_APP])
def test_an_address_that_is_no_device_is_suppressed_and_not_removed(channel: Channel) -> None:
    assert ADA.without(channel, ADDRESSES[channel][0]) is ADA


@pytest.mark.parametrize("channel", [Channel.PUSH, Channel.WEB_PUSH])
def test_an_unknown_device_changes_nothing(channel: Channel) -> None:
    assert ADA.without(channel, "three") == ADA


def test_every_channel_has_the_field_that_callers_fill() -> None:
    assert set(FIELD_OF_CHANNEL) == set(Channel)
    assert all(hasattr(ADA, field) for field in FIELD_OF_CHANNEL.values())
