"""What names a suppression, what it counts for, and which reasons count."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from domain.channel import Channel
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.preferences import TOPIC_MAX
from domain.suppression import EVERYTHING, Suppression, SuppressionName, SuppressionScope, suppressed_for
from domain.suppression_reason import BY_THE_PERSON, EVERY_REASON, SuppressionReason, opt_out_reason

PROMOTIONAL, INFORMATIONAL = NotificationType.PROMOTIONAL, NotificationType.INFORMATIONAL
OFFERS, NEWS = SuppressionScope(type=PROMOTIONAL), SuppressionScope(topic="news")
BY_HAND = Suppression(
    channel=Channel.EMAIL,
    address="Ada@Example.com",
    reason=SuppressionReason.MANUAL,
    at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("scope", "type_", "topic", "expected"),
    [
        (EVERYTHING, NotificationType.TRANSACTIONAL, None, True),
        (EVERYTHING, PROMOTIONAL, "news", True),
        (OFFERS, PROMOTIONAL, None, True),
        (OFFERS, PROMOTIONAL, "news", True),
        (OFFERS, INFORMATIONAL, "news", False),
        (NEWS, PROMOTIONAL, "news", True),
        (NEWS, INFORMATIONAL, "news", True),
        (NEWS, PROMOTIONAL, "News", False),
        (NEWS, PROMOTIONAL, None, False),
    ],
)
def test_a_scope_covers_its_type_or_its_topic_or_everything(
    scope: SuppressionScope, type_: NotificationType, topic: str | None, expected: bool
) -> None:
    assert scope.covers(type_, topic) is expected


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("all", EVERYTHING),
        *((f"type:{one}", SuppressionScope(type=one)) for one in NotificationType),
        *((f"topic:{one}", SuppressionScope(topic=one)) for one in ("news", "all", "a/b:~c", "x" * TOPIC_MAX)),
    ],
)
def test_a_scope_reads_as_it_is_written(text: str, scope: SuppressionScope) -> None:
    assert SuppressionScope.parse(text) == scope
    assert str(scope) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "All", "everything", "news", "type", "type:", "type:offers", "type:Promotional", "topic", "topic:"),
        *("topic: ", "topic:two\nlines", f"topic:{'x' * (TOPIC_MAX + 1)}", " all", "channel:email"),
    ],
)
def test_what_is_no_scope_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="must be all, a type such as type:promotional, or a topic such as topic:news"):
        SuppressionScope.parse(text)


def test_people_read_the_scope_only_where_it_is_not_everything() -> None:
    assert [evolve(BY_HAND, scope=one).label for one in (EVERYTHING, OFFERS, NEWS)] == [
        *("manual", "manual (type:promotional)", "manual (topic:news)")
    ]


def test_of_what_is_listed_only_reasons_that_count_and_scopes_that_cover_suppress_each_reason_once() -> None:
    offers, news = evolve(BY_HAND, scope=OFFERS), evolve(BY_HAND, scope=NEWS)
    left = evolve(BY_HAND, reason=SuppressionReason.UNSUBSCRIBE)
    listed = {"both": [offers, news], "news": [news], "left": [left]}

    def suppressed(type_: NotificationType, topic: str | None) -> dict[str, list[str]]:
        found = suppressed_for(listed, EVERY_REASON - BY_THE_PERSON, type_, topic)
        return {address: [reason.value for reason in reasons] for address, reasons in found.items()}

    assert suppressed(PROMOTIONAL, "news") == {"both": ["manual"], "news": ["manual"]}
    assert suppressed(PROMOTIONAL, None) == {"both": ["manual"]}
    assert suppressed(INFORMATIONAL, "sale") == {}
    assert suppressed_for(listed, EVERY_REASON, INFORMATIONAL, None) == {"left": (SuppressionReason.UNSUBSCRIBE,)}


@pytest.mark.parametrize(
    "name",
    [
        SuppressionName(Channel.EMAIL, "ada@example.com", SuppressionReason.STOP),
        SuppressionName(Channel.WEB_PUSH, "https://push.example.com/a/b", SuppressionReason.UNREACHABLE),
        SuppressionName(Channel.IN_APP, "a/manual", SuppressionReason.COMPLAINT),
        SuppressionName(Channel.SMS, "", SuppressionReason.MANUAL),
        SuppressionName(Channel.EMAIL, "ada@example.com", SuppressionReason.STOP, OFFERS),
        SuppressionName(Channel.IN_APP, "a/manual/topic:x", SuppressionReason.STOP),
        SuppressionName(Channel.IN_APP, "a/manual/topic:x", SuppressionReason.STOP, SuppressionScope(topic="y/manual")),
        SuppressionName(
            Channel.WEB_PUSH, "https://a/b", SuppressionReason.MANUAL, SuppressionScope(topic="/~1~0 %2F/")
        ),
    ],
)
def test_a_name_reads_as_it_is_written(name: SuppressionName) -> None:
    assert SuppressionName.parse(str(name)) == name


def test_a_suppression_is_named_as_the_list_spells_it() -> None:
    assert str(BY_HAND.name) == "email/ada@example.com/manual"
    assert str(evolve(BY_HAND, scope=OFFERS).name) == "email/ada@example.com/manual/type:promotional"
    assert str(evolve(BY_HAND, scope=SuppressionScope(topic="a/b~c")).name) == (
        "email/ada@example.com/manual/topic:a~1b~0c"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "//", "email", "fax/1/stop", "Email/ada@example.com/stop", "ada@example.com", " email/a/stop"),
        *("email/ada@example.com", "email/stop", "email/ada@example.com/because", "email/ada@example.com/STOP"),
        *("email/stop/topic:news", "email/ada@example.com/topic:news", "email/ada@example.com/stop/all"),
        *("email/ada@example.com/stop/topic:a/b", "email/ada@example.com/because/type:promotional"),
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


@pytest.mark.parametrize("scope", ["type:offers", "topic:", "topic: "])
def test_a_name_with_a_scope_that_is_none_says_what_a_scope_is(scope: str) -> None:
    with pytest.raises(ValueError, match="must be all, a type"):
        SuppressionName.parse(f"email/ada@example.com/stop/{scope}")
