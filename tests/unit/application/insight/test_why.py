"""``why`` tells of the gates what a claim would bring now: wishes, hours, defaults, and places under the cap."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.insight.why import Explanation
from domain.channel import Channel
from domain.frequency_cap import FrequencyCap
from domain.gates import GateFinding, Pass, Postpone, Stop
from domain.lifecycle import Status
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.preferences import Choice, Preferences, Scope
from domain.quiet_hours import QuietHours
from domain.receipt import ReceiptKind
from domain.suppression import Suppression, SuppressionScope
from domain.suppression_reason import SuppressionReason
from tests.contracts.given_receipts import a_receipt, tell
from tests.unit.application.insight.asking import explaining
from tests.unit.application.sending.desk import START, Desk, a_recipient

PROMOTIONAL = NotificationType.PROMOTIONAL
NO_PROMOTION = Choice(Scope(type=PROMOTIONAL), wanted=False)


@pytest.fixture
def desk() -> Desk:
    policy = evolve(TYPE_POLICIES[PROMOTIONAL], frequency_cap=FrequencyCap.parse("1/week"))
    desk = Desk(policies={**TYPE_POLICIES, PROMOTIONAL: policy})
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    desk.store.recipients.put([evolve(a_recipient("ada"), timezone="Asia/Kolkata")])
    return desk


def why(desk: Desk, notification_id: int) -> Explanation:
    return explaining(desk)(notification_id)


def gate(explanation: Explanation, name: str) -> GateFinding:
    return next(one for one in explanation.gates if one.gate == name)


def test_the_wish_of_the_recipient_goes_before_the_defaults(desk: Desk) -> None:
    desk.defaults = (NO_PROMOTION,)
    number = desk.add(type_=PROMOTIONAL)

    by_default = gate(why(desk, number), "preference")
    assert isinstance(by_default.verdict, Stop)
    assert by_default.values == {"wanted": "no", "by": "a default: promotional: no"}

    desk.store.preferences.put("ada", Preferences(choices=(Choice(Scope(type=PROMOTIONAL), wanted=True),)))
    asked_for = gate(why(desk, number), "preference")
    assert isinstance(asked_for.verdict, Pass)
    assert asked_for.values == {"wanted": "yes", "by": "a choice of the recipient: promotional: yes"}


def test_quiet_hours_are_those_of_the_recipients_clock(desk: Desk) -> None:
    desk.store.preferences.put("ada", Preferences(quiet_hours=QuietHours.parse("14:00-15:00")))

    told = gate(why(desk, desk.add(type_=PROMOTIONAL)), "quiet hours")

    assert told.verdict == Postpone(START + timedelta(minutes=30), "quiet hours 14:00-15:00 in Asia/Kolkata")
    assert (told.values["of"], told.values["local_time"]) == ("the recipient", "14:30")


def test_a_place_under_the_cap_is_taken_by_others_of_its_type_alone(desk: Desk) -> None:
    first = desk.add(type_=PROMOTIONAL)
    desk.dispatch()
    desk.add(type_=NotificationType.TRANSACTIONAL)
    desk.dispatch()
    second = desk.add(type_=PROMOTIONAL)

    assert isinstance(gate(why(desk, first), "frequency cap").verdict, Pass)
    told = gate(why(desk, second), "frequency cap")
    assert isinstance(told.verdict, Postpone)
    assert (told.values["frequency_cap"], told.values["used"]) == ("1/week", "1")


def test_the_gates_decide_as_of_now_also_of_what_is_sent(desk: Desk) -> None:
    number = desk.add(type_=PROMOTIONAL)
    desk.dispatch()
    desk.store.preferences.put("ada", Preferences(choices=(NO_PROMOTION,)))

    told = why(desk, number)

    assert (told.notification.status, told.notification.reason) == (Status.SENT, None)
    assert isinstance(gate(told, "preference").verdict, Stop)


def test_a_suppression_counts_for_what_its_scope_covers(desk: Desk) -> None:
    for_promotion = Suppression(
        channel=Channel.EMAIL,
        address="ada@example.com",
        reason=SuppressionReason.UNSUBSCRIBE,
        at=START,
        scope=SuppressionScope(type=PROMOTIONAL),
    )
    desk.store.suppressions.add([for_promotion])

    for type_ in (PROMOTIONAL, NotificationType.INFORMATIONAL):
        told = why(desk, desk.add(type_=type_))

        assert [told.is_stopped_by(one) for one in told.suppressions["ada@example.com"]] == [type_ is PROMOTIONAL]
        assert isinstance(gate(told, "suppression").verdict, Stop) is (type_ is PROMOTIONAL)


def test_without_what_is_known_of_the_recipient_the_verdicts_stay(desk: Desk) -> None:
    preferences = Preferences(choices=(NO_PROMOTION,), quiet_hours=QuietHours.parse("14:00-15:00"))
    desk.store.preferences.put("ada", preferences)
    full = why(desk, desk.add(type_=PROMOTIONAL))

    told = full.without_addresses()

    assert [type(one.verdict) for one in told.gates] == [type(one.verdict) for one in full.gates]
    for secret in ("ada@example.com", "14:00", "Kolkata", "promotional: no"):
        assert secret in repr(full.gates)
        assert secret not in repr((told.gates, told.suppressions))


def test_without_what_is_known_of_the_recipient_no_line_tells_where_it_went(desk: Desk) -> None:
    number = desk.add()
    desk.dispatch()
    tell(desk.store, desk.get(number), a_receipt(ReceiptKind.BOUNCED, address="ada@example.com"))
    full = why(desk, number)

    told = full.without_addresses()

    assert [one.address for one in full.hand_overs] == [one.address for one in full.receipts] == ["ada@example.com"]
    assert [one.kind for one in told.receipts] == [ReceiptKind.BOUNCED]
    assert "ada@example.com" not in repr((told.hand_overs, told.receipts))
