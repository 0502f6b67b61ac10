"""``decide``: what would become of a notification, gate by gate, and nothing is written."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from attrs import evolve

from application.insight.decide import Decision
from application.insight.outlook import End, Fate, Outlook
from application.ports.notification_repository import Added, NotificationQuery
from application.sending.admission import NotificationRequest
from application.sending.enqueue import Enqueue
from domain.channel import Channel
from domain.content import Content, Markup
from domain.errors import InvalidInput, KeyReused, NotFound
from domain.frequency_cap import FrequencyCap
from domain.gates import GATES, Pass
from domain.gateway_health import BY_HAND, UNTIL_RESUMED
from domain.lane import LaneName
from domain.lifecycle import Status
from domain.local_time import LocalTime
from domain.notification import IdempotencyKey
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import Accepted, GatewayDown, Rejected, Throttled
from domain.preferences import Choice, Preferences, Scope
from domain.quiet_hours import QuietHours
from domain.recipient import Recipient
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from domain.template import NewTemplate, TemplateDraft, TemplateUse, TextKey
from tests.contracts.given import SECOND, a_key, claims, only
from tests.unit.application.insight.asking import admission, deciding
from tests.unit.application.sending.desk import START, Desk, a_recipient

HOUR = timedelta(hours=1)
NEWS = NotificationRequest(
    to="ada",
    channel=Channel.EMAIL,
    type=NotificationType.PROMOTIONAL,
    content=Content(subject="News", body="Spring"),
    topic="offers",
)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.route(Channel.EMAIL, desk.gateway("mail", rate=10.0), desk.gateway("backup"))
    desk.store.recipients.put([evolve(a_recipient("ada"), timezone="Europe/Vienna")])
    return desk


def decide(desk: Desk, **changes: Any) -> Decision:
    return deciding(desk)(evolve(NEWS, **changes))


def want(desk: Desk, *choices: Choice, quiet_hours: QuietHours | None = None) -> None:
    desk.store.preferences.put("ada", Preferences(choices=choices, quiet_hours=quiet_hours))


def cap(desk: Desk, text: str) -> None:
    policy = TYPE_POLICIES[NotificationType.PROMOTIONAL]
    capped = evolve(policy, frequency_cap=FrequencyCap.parse(text))
    desk.policies = {**TYPE_POLICIES, NotificationType.PROMOTIONAL: capped}


def suppress(desk: Desk) -> None:
    by_hand = Suppression(channel=Channel.EMAIL, address="ada@example.com", reason=SuppressionReason.MANUAL, at=START)
    desk.store.suppressions.add([by_hand])


def accepted(desk: Desk) -> int:
    """Accept the news under a key, and return its id."""
    accept = Enqueue(admission=admission(desk), notifications=desk.store.notifications)
    added = only(accept([evolve(NEWS, key=a_key())]))
    assert isinstance(added, Added)
    return added.notification.id


def against(decision: Decision) -> list[str]:
    """Return the gates that do not let it pass."""
    return [one.gate for one in decision.gates if not isinstance(one.verdict, Pass)]


class TestWhatNothingSpeaksAgainst:
    def test_goes_out_now_through_the_first_gateway(self, desk: Desk) -> None:
        found = decide(desk)

        assert found.sentence == "goes out now through mail"
        assert (found.outlook.fate, found.outlook.at) == (Fate.SENDS, START)
        assert found.addresses == ("ada@example.com",)
        assert found.lane.name == "email/promotional"
        assert ([one.name for one in found.route], found.rates["mail"]) == (["mail", "backup"], 10.0)
        assert [one.gate for one in found.gates] == [gate.name for gate in GATES]
        assert against(found) == []

    def test_goes_out_when_it_falls_due(self, desk: Desk) -> None:
        assert decide(desk, send_at=START + HOUR).sentence == "goes out at 2026-03-02 10:00:00Z through mail"
        assert decide(desk, send_at=START - HOUR).due_at == START
        assert decide(desk, send_at=LocalTime(time(11, 30))).due_at == START + 1.5 * HOUR

    def test_leaves_no_trace(self, desk: Desk) -> None:
        decide(desk, key=a_key())

        assert desk.store.notifications.find(NotificationQuery()) == []
        assert desk.store.notifications.find_by_key(a_key()) is None
        assert desk.store.queue.next_due() is None

    def test_goes_through_the_simulator_if_it_is_a_test(self, desk: Desk) -> None:
        found = decide(desk, test=True)

        assert (found.lane.name, found.outlook.gateway) == ("email/promotional/test", "simulator")

    def test_goes_to_each_device_once_that_is_not_suppressed(self, desk: Desk) -> None:
        desk.route(Channel.PUSH, desk.gateway("fcm"))
        desk.store.recipients.put([Recipient(id="ada", push_tokens=("phone", "tablet", "phone"))])
        dead = Suppression(channel=Channel.PUSH, address="tablet", reason=SuppressionReason.UNREACHABLE, at=START)
        desk.store.suppressions.add([dead])

        assert decide(desk, channel=Channel.PUSH).addresses == ("phone",)


class TestWhatAGateStops:
    def test_never_goes_out_to_a_suppressed_address(self, desk: Desk) -> None:
        suppress(desk)
        found = decide(desk)

        assert found.sentence == "never goes out, because the address is suppressed: manual"
        assert (found.outlook.fate, against(found)) == (Fate.NEVER, ["suppression"])
        assert found.addresses == ()

    def test_never_goes_out_against_a_wish_unless_its_type_cannot_be_refused(self, desk: Desk) -> None:
        want(desk, Choice(Scope(topic="offers"), wanted=False))

        found = decide(desk)
        assert found.sentence == "never goes out, because the recipient does not want topic offers"
        assert against(found) == ["preference"]
        assert decide(desk, topic="news").outlook.fate is Fate.SENDS
        assert decide(desk, type=NotificationType.TRANSACTIONAL).outlook.fate is Fate.SENDS

    def test_goes_by_the_defaults_where_nobody_said_anything(self, desk: Desk) -> None:
        desk.defaults = (Choice(Scope(topic="offers"), wanted=False),)
        assert decide(desk).outlook.fate is Fate.NEVER

        want(desk, Choice(Scope(topic="offers"), wanted=True))
        assert decide(desk).outlook.fate is Fate.SENDS

    def test_waits_for_the_end_of_quiet_hours(self, desk: Desk) -> None:
        want(desk, quiet_hours=QuietHours.parse("21:00-12:00"))
        found = decide(desk)

        assert found.sentence == (
            "waits until 2026-03-02 11:00:00Z, because quiet hours 21:00-12:00 in Europe/Vienna, "
            "then goes out through mail"
        )
        assert (found.outlook.fate, against(found)) == (Fate.WAITS, ["quiet hours"])
        assert decide(desk, send_at=START + 3 * HOUR).outlook.fate is Fate.SENDS

    def test_expires_where_the_quiet_hours_are_longer_than_it_lives(self, desk: Desk) -> None:
        want(desk, quiet_hours=QuietHours.parse("21:00-12:00"))
        found = decide(desk, expires_at=START + 2 * HOUR)  # when they end

        assert found.outlook.end is not None
        assert (found.outlook.end.status, found.outlook.waits) == (Status.EXPIRED, [])
        assert found.sentence.startswith("never goes out, because it expires before its time comes; quiet hours")

    def test_waits_for_a_place_under_the_cap_and_then_for_the_morning(self, desk: Desk) -> None:
        cap(desk, "1/day")
        want(desk, quiet_hours=QuietHours.parse("21:00-08:00"))
        desk.add(type_=NotificationType.PROMOTIONAL)
        assert decide(desk).outlook.fate is Fate.SENDS  # what waits takes no place
        desk.dispatch()

        found = decide(desk)
        assert [(one.gate, one.until) for one in found.outlook.waits] == [
            ("frequency cap", datetime.fromisoformat("2026-03-03T00:00+01:00")),
            ("quiet hours", datetime.fromisoformat("2026-03-03T08:00+01:00")),
        ]
        assert against(found) == ["frequency cap"]
        assert found.sentence.startswith(
            "waits until 2026-03-02 23:00:00Z at the earliest, because the frequency cap 1/day is used up, "
            "then waits until 2026-03-03 07:00:00Z, because quiet hours"
        )
        assert decide(desk, send_at=START + 24 * HOUR).outlook.fate is Fate.SENDS
        assert decide(desk, test=True).outlook.fate is Fate.SENDS


class TestWhatHoldsItBackBeforeTheGates:
    def test_a_paused_lane_does_until_somebody_resumes_it(self, desk: Desk) -> None:
        desk.store.lanes.pause(LaneName.parse("email/promotional"))
        found = decide(desk)

        assert found.sentence == "waits until somebody resumes it, because the lane email/promotional is paused"
        assert (found.outlook.fate, found.outlook.at) == (Fate.WAITS, None)
        suppress(desk)
        assert decide(desk).outlook.fate is Fate.NEVER

    def test_a_paused_lane_does_before_a_route_that_rests(self, desk: Desk) -> None:
        desk.store.lanes.pause(LaneName.parse("email/promotional"))
        desk.store.gateways.rest(["mail", "backup"], START + HOUR, BY_HAND)

        assert [one.reason for one in decide(desk).outlook.waits] == ["the lane email/promotional is paused"]

    def test_a_gateway_that_rests_is_passed_over(self, desk: Desk) -> None:
        desk.store.gateways.rest(["mail"], UNTIL_RESUMED, BY_HAND)

        assert decide(desk).outlook.gateway == "backup"

    def test_a_route_that_rests_does_until_the_first_of_it_is_back(self, desk: Desk) -> None:
        desk.store.gateways.rest(["mail"], UNTIL_RESUMED, BY_HAND)
        desk.store.gateways.rest(["backup"], START + HOUR, BY_HAND)
        found = decide(desk)

        assert [one.until for one in found.outlook.waits] == [START + HOUR]
        assert (found.outlook.at, found.outlook.gateway) == (START + HOUR, "backup")
        assert "mail rests (paused by hand); backup rests (paused by hand)" in found.sentence
        assert decide(desk, send_at=START + 2 * HOUR).outlook.fate is Fate.SENDS
        assert decide(desk, expires_at=START + HOUR).outlook.fate is Fate.NEVER

    def test_a_gateway_that_was_asked_to_slow_down_does_although_the_next_one_is_back_before(self, desk: Desk) -> None:
        slow_down = Throttled("429", retry_after=20 * SECOND)
        desk.store.gateways.observe("mail", slow_down, START)
        desk.store.gateways.observe("backup", GatewayDown("refused"), START)
        assert desk.store.gateways.health()["backup"].rest(START) < 20 * SECOND
        found = decide(desk).outlook

        assert [one.until for one in found.waits] == [START + 20 * SECOND]
        assert (found.at, found.gateway) == (START + 20 * SECOND, "mail")

    def test_a_route_that_was_paused_whole_does_until_somebody_resumes_it(self, desk: Desk) -> None:
        desk.store.gateways.rest(["mail", "backup"], UNTIL_RESUMED, BY_HAND)

        assert decide(desk).sentence.startswith("waits until somebody resumes it, because mail rests")


class TestWhatIsRefused:
    def test_is_refused_as_enqueue_refuses_it(self, desk: Desk) -> None:
        with pytest.raises(InvalidInput, match="topic") as refused:
            decide(desk, topic="", content=Content(), expires_at=START)
        assert {error.field for error in refused.value.errors} == {"topic", "subject", "body", "expires_at"}

    def test_nobody_is_not_found(self, desk: Desk) -> None:
        with pytest.raises(NotFound, match="no recipient has the id bob"):
            decide(desk, to="bob")

    def test_somebody_without_the_address_is_told_so(self, desk: Desk) -> None:
        desk.store.recipients.put([Recipient(id="bob", phone="+14155550101")])

        with pytest.raises(InvalidInput, match="recipient bob has no email, which email needs"):
            decide(desk, to="bob")

    def test_a_local_time_needs_a_timezone(self, desk: Desk) -> None:
        desk.store.recipients.put([a_recipient("bob")])

        with pytest.raises(InvalidInput, match="send_at: recipient bob has no timezone"):
            decide(desk, send_at=LocalTime(time(9)), to="bob")


class TestATemplate:
    @pytest.fixture
    def desk(self, desk: Desk) -> Desk:
        content = Content(subject="News", body="Hello {name}", markup=Markup.JINJA)
        texts: dict[TextKey, Content] = {(Channel.EMAIL, None): content}
        draft = TemplateDraft(name="news", variables=("order",), texts=texts)
        desk.store.templates.put(NewTemplate(draft=draft, variables=("order",), contents=texts), START)
        return desk

    def test_is_named_with_the_version_that_would_be_sent(self, desk: Desk) -> None:
        found = decide(desk, content=Content(), template=TemplateUse("news", {"order": 1}))

        assert found.asked.template is not None
        assert (found.asked.template.name, found.asked.template.version) == ("news", 1)
        assert found.outlook.fate is Fate.SENDS

    def test_lacks_a_variable(self, desk: Desk) -> None:
        with pytest.raises(InvalidInput, match=r"variables\.order: is missing"):
            decide(desk, content=Content(), template=TemplateUse("news", {}))

    def test_that_cannot_be_filled_in_is_never_sent(self, desk: Desk) -> None:
        desk.store.recipients.put([Recipient(id="bob", email="bob@example.com")])
        found = decide(desk, to="bob", content=Content(), template=TemplateUse("news", {"order": 1}))

        assert found.outlook.end is not None
        assert found.outlook.end.status is Status.FAILED
        assert found.sentence == "never goes out, because template: body: the recipient has no name"
        discreet = found.without_addresses()
        assert discreet.sentence == "never goes out, because the template could not be filled in"
        assert "no name" not in repr(discreet.outlook)


class TestAKeyThatWasUsed:
    def test_sends_nothing_new(self, desk: Desk) -> None:
        accepted(desk)
        desk.dispatch()

        found = decide(desk, key=a_key())

        assert found.sentence == (
            "sends nothing new, because notification 1 was accepted before under this key, and is sent"
        )
        assert found.earlier is not None

    @pytest.mark.parametrize("status", [Status.SENT, Status.FAILED, Status.CANCELLED])
    def test_says_that_nothing_comes_of_the_earlier_one_any_more(self, desk: Desk, status: Status) -> None:
        number = accepted(desk)
        if status is Status.CANCELLED:
            desk.store.notifications.cancel([number], START)
        desk.memory_sender("mail").script(Accepted() if status is Status.SENT else Rejected("554 no"))
        desk.dispatch()

        found = decide(desk, key=a_key()).outlook

        told = f"notification 1 was accepted before under this key, and is {status}"
        assert found == Outlook(end=End(status=status, reason=told, in_general=told))
        assert (found.fate, found.discreet().end) == (Fate.NEVER, found.end)

    def test_says_when_the_earlier_one_goes_out_that_was_put_off(self, desk: Desk) -> None:
        want(desk, quiet_hours=QuietHours.parse("21:00-12:00"))
        number = accepted(desk)
        desk.dispatch()
        assert desk.get(number).next_attempt_at == START + 2 * HOUR

        found = decide(desk, key=a_key())

        assert (found.due_at, found.outlook.at, found.outlook.waits) == (START + 2 * HOUR, START + 2 * HOUR, [])

    def test_says_that_the_earlier_one_has_nowhere_to_go(self, desk: Desk) -> None:
        accepted(desk)
        desk.store.recipients.put([Recipient(id="ada", phone="+14155550101")])

        found = decide(desk, key=a_key())

        assert (found.outlook.fate, against(found)) == (Fate.NEVER, ["address"])
        assert found.outlook.end is not None
        assert (found.addresses, found.outlook.end.reason) == ((), "the recipient has no email any more")

    def test_says_that_the_earlier_one_is_being_cancelled(self, desk: Desk) -> None:
        number = accepted(desk)
        claims(desk.store, START)
        desk.store.notifications.cancel([number], START)
        assert desk.get(number).status is Status.SENDING

        found = decide(desk, key=a_key())

        assert found.outlook.end is not None
        assert (found.outlook.end.reason, against(found)) == ("cancelled", ["cancellation"])

    def test_for_something_else_is_a_conflict(self, desk: Desk) -> None:
        accepted(desk)

        with pytest.raises(KeyReused):
            decide(desk, key=IdempotencyKey(scope="shop", key="order-1", digest=b"other"))


class TestForWhomItIsNoneOfTheirBusiness:
    @pytest.mark.parametrize(
        ("topic", "expires_at", "told"),
        [
            ("offers", None, "waits until 2026-03-02 11:00:00Z, because quiet hours, then goes out through mail"),
            (
                "offers",
                START + HOUR,
                "never goes out, because it expires before its time comes; quiet hours",
            ),
            ("dating", None, "never goes out, because the recipient does not want it"),
        ],
    )
    def test_it_says_what_happens_without_what_is_known_of_the_recipient(
        self, desk: Desk, topic: str, expires_at: datetime | None, told: str
    ) -> None:
        want(desk, Choice(Scope(topic="dating"), wanted=False), quiet_hours=QuietHours.parse("21:00-12:00"))
        full = decide(desk, topic=topic, expires_at=expires_at)
        discreet = full.without_addresses()

        assert discreet.sentence == told != full.sentence
        assert [type(one.verdict) for one in discreet.gates] == [type(one.verdict) for one in full.gates]
        assert all(known in repr(full.gates) for known in ("ada@example.com", "21:00", "Vienna"))
        for secret in ("ada@example.com", "21:00", "Vienna", "dating"):
            assert secret not in repr((discreet.gates, discreet.outlook, discreet.addresses))
