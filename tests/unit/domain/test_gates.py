"""The gates: each rule, their order, and what people are told."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from domain.channel import Channel
from domain.frequency_cap import FrequencyCap
from domain.gates import (
    GATES,
    GateContext,
    Pass,
    Postpone,
    Stop,
    Verdict,
    decisive,
    explain,
    gates_for,
    judge,
    judge_again,
)
from domain.lifecycle import Event, Status, after
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.preferences import Choice, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from domain.recipient import FIELD_OF_CHANNEL
from domain.suppression_reason import SuppressionReason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")  # where it is 13:00
NOON = QuietHours.parse("12:00-14:00")
OFFERS = evolve(
    TYPE_POLICIES[NotificationType.PROMOTIONAL], quiet_hours=NOON, frequency_cap=FrequencyCap.parse("2/day")
)
UNREACHABLE, MANUAL = SuppressionReason.UNREACHABLE, SuppressionReason.MANUAL
NO_HOURS = Preferences(quiet_hours=NoQuietHours.NONE)


def a_context(**changes: Any) -> GateContext:
    """Return what passes every gate of a type that has all of them."""
    fields: dict[str, Any] = {
        "now": NOW,
        "channel": Channel.EMAIL,
        "type": NotificationType.PROMOTIONAL,
        "policy": OFFERS,
        "expires_at": NOW + timedelta(days=3),
        "addresses": ("ada@example.com",),
        "zone": BERLIN,
        "preferences": NO_HOURS,
    }
    return GateContext(**{**fields, **changes})


def transactional(**changes: Any) -> GateContext:
    type_ = NotificationType.TRANSACTIONAL
    return a_context(type=type_, policy=TYPE_POLICIES[type_], **changes)


def wants_no(scope: Scope, hours: QuietHours | NoQuietHours | None = NoQuietHours.NONE) -> Preferences:
    return Preferences(choices=(Choice(scope, wanted=False),), quiet_hours=hours)


EMAIL_OFFERS = Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL)
TODAY = date(2026, 3, 1)
LEFT_OUT = (Choice(Scope(type=NotificationType.PROMOTIONAL), wanted=False),)
IN_ORDER: list[tuple[str, dict[str, Any], Verdict]] = [
    ("cancellation", {"cancel_requested": True}, Stop(Event.CANCEL, "cancelled")),
    ("expiry", {"expires_at": NOW}, Stop(Event.EXPIRE, "expired at 2026-03-01 12:00:00Z")),
    ("address", {"addresses": ()}, Stop(Event.REJECT, "the recipient has no email any more")),
    (
        "suppression",
        {"suppressed": {"ada@example.com": (UNREACHABLE,)}},
        Stop(Event.SUPPRESS, "the address is suppressed: unreachable"),
    ),
    (
        "preference",
        {"defaults": LEFT_OUT},
        Stop(Event.SUPPRESS, "nobody gets promotional who did not ask for it"),
    ),
    (
        "quiet hours",
        {"preferences": Preferences()},
        Postpone(datetime(2026, 3, 1, 13, tzinfo=UTC), "quiet hours 12:00-14:00 in Europe/Berlin"),
    ),
    (
        "frequency cap",
        {"capped_days": [TODAY, TODAY]},
        Postpone(datetime(2026, 3, 1, 23, tzinfo=UTC), "the frequency cap 2/day is used up"),
    ),
]
NAMES = [name for name, _, _ in IN_ORDER]


def test_nothing_stops_what_has_an_address_and_time() -> None:
    assert judge(a_context()) == Pass()
    assert decisive(a_context()) == ("", Pass())


@pytest.mark.parametrize(("gate", "changes", "verdict"), IN_ORDER, ids=NAMES)
def test_each_gate_says_its_own(gate: str, changes: dict[str, Any], verdict: Verdict) -> None:
    assert judge(a_context(**changes)) == verdict
    assert decisive(a_context(**changes)) == (gate, verdict)
    assert [found.gate for found in explain(a_context(**changes)) if found.verdict != Pass()] == [gate]


@pytest.mark.parametrize(("first", "second"), list(product(range(len(IN_ORDER)), repeat=2)))
def test_the_first_gate_in_order_decides(first: int, second: int) -> None:
    both = {**IN_ORDER[first][1], **IN_ORDER[second][1]}
    if {IN_ORDER[first][0], IN_ORDER[second][0]} == {"address", "suppression"}:
        both["suppressed"] = {}  # who has no address has none that is suppressed
    assert judge(a_context(**both)) == IN_ORDER[min(first, second)][2]


@pytest.mark.parametrize("type_", NotificationType)
@pytest.mark.parametrize("some", [*combinations(IN_ORDER, 1), *combinations(IN_ORDER, 2), tuple(IN_ORDER)], ids=str)
def test_those_that_do_not_concern_a_type_have_nothing_to_say_of_it(
    type_: NotificationType, some: Sequence[tuple[str, dict[str, Any], Verdict]]
) -> None:
    against = {name: value for _, changes, _ in some for name, value in changes.items()}
    context = a_context(**{**against, "type": type_, "policy": TYPE_POLICIES[type_]})

    assert judge(context, gates_for(context.policy)) == judge(context)
    assert [gate.name for gate in gates_for(OFFERS)] == NAMES


def test_the_gates_stand_in_their_order() -> None:
    assert [gate.name for gate in GATES] == NAMES


@pytest.mark.parametrize("verdict", [verdict for _, _, verdict in IN_ORDER], ids=NAMES)
def test_every_verdict_is_a_step_that_something_being_sent_can_take(verdict: Verdict) -> None:
    event = verdict.event if isinstance(verdict, Stop) else Event.POSTPONE
    assert (after(Status.SENDING, event) is Status.PENDING) is isinstance(verdict, Postpone)


class TestExpiry:
    def test_is_at_the_moment_itself(self) -> None:
        assert judge(a_context(expires_at=NOW + timedelta(milliseconds=1))) == Pass()
        assert judge(a_context(expires_at=NOW)) != Pass()


class TestSuppression:
    def test_stops_only_what_has_no_usable_address_left(self) -> None:
        one_dead = a_context(channel=Channel.PUSH, addresses=("a", "b"), suppressed={"a": (MANUAL,)})
        assert one_dead.usable == ("b",)
        assert judge(one_dead) == Pass()
        both_dead = a_context(
            channel=Channel.PUSH, addresses=("a", "b"), suppressed={"a": (UNREACHABLE,), "b": (MANUAL,)}
        )
        assert both_dead.usable == ()
        assert judge(both_dead) == Stop(Event.SUPPRESS, "the address is suppressed: manual, unreachable")


class TestPreference:
    @pytest.mark.parametrize(
        ("scope", "words"),
        [
            (Scope(), "everything"),
            (EMAIL_OFFERS, "email promotional"),
            (Scope(topic="cats"), "topic cats"),
            (Scope(channel=Channel.EMAIL, topic="cats"), "email topic cats"),
        ],
    )
    def test_says_what_the_recipient_does_not_want(self, scope: Scope, words: str) -> None:
        context = a_context(topic="cats", preferences=wants_no(scope))
        assert judge(context) == Stop(Event.SUPPRESS, f"the recipient does not want {words}")

    def test_a_choice_goes_before_a_default(self) -> None:
        chosen = Preferences(choices=(Choice(EMAIL_OFFERS, wanted=True),), quiet_hours=NoQuietHours.NONE)
        assert judge(a_context(preferences=chosen, defaults=LEFT_OUT)) == Pass()

    def test_what_cannot_be_refused_passes(self) -> None:
        assert judge(transactional(preferences=wants_no(Scope()), defaults=LEFT_OUT)) == Pass()


class TestQuietHours:
    @pytest.mark.parametrize(
        ("own", "until"),
        [
            (None, datetime(2026, 3, 1, 13, tzinfo=UTC)),
            (NoQuietHours.NONE, None),
            (QuietHours.parse("20:00-08:00"), None),
            (QuietHours.parse("09:00-18:00"), datetime(2026, 3, 1, 17, tzinfo=UTC)),
        ],
    )
    def test_of_the_recipient_go_before_those_of_the_type(
        self, own: QuietHours | NoQuietHours | None, until: datetime | None
    ) -> None:
        verdict = judge(a_context(preferences=Preferences(quiet_hours=own)))
        assert (verdict.until if isinstance(verdict, Postpone) else None) == until

    def test_are_those_of_the_recipients_own_clock(self) -> None:
        assert judge(a_context(preferences=Preferences(), zone=ZoneInfo("America/New_York"))) == Pass()

    def test_are_ignored_by_what_cannot_wait(self) -> None:
        assert judge(transactional(preferences=Preferences(quiet_hours=NOON))) == Pass()


class TestFrequencyCap:
    @pytest.mark.parametrize(
        ("days", "passes"),
        [([], True), ([TODAY], True), ([TODAY, TODAY], False), ([TODAY, TODAY - timedelta(days=1)], True)],
    )
    def test_counts_what_others_used_on_the_recipients_day(self, days: list[date], passes: bool) -> None:
        assert (judge(a_context(capped_days=days)) == Pass()) is passes

    def test_goes_by_the_recipients_calendar(self) -> None:
        yesterday_there = [date(2026, 3, 1)] * 2  # in Kiritimati it is the 2nd already
        assert judge(a_context(capped_days=yesterday_there, zone=ZoneInfo("Pacific/Kiritimati"))) == Pass()


class TestJudgingAgain:
    """Just before the hand-over, only what the clock decides is asked once more."""

    def test_sees_the_quiet_hours_begin(self) -> None:
        morning = datetime(2026, 3, 1, 10, 59, 59, tzinfo=UTC)
        passed = a_context(now=morning, preferences=Preferences())
        assert judge(passed) == Pass()
        verdict = judge_again(passed, morning + timedelta(seconds=1))
        assert verdict == Postpone(datetime(2026, 3, 1, 13, tzinfo=UTC), "quiet hours 12:00-14:00 in Europe/Berlin")

    def test_sees_the_expiry(self) -> None:
        passed = a_context()
        assert judge_again(passed, passed.expires_at - timedelta(milliseconds=1)) == Pass()
        verdict = judge_again(passed, passed.expires_at)
        assert verdict == Stop(Event.EXPIRE, "expired at 2026-03-04 12:00:00Z")

    def test_leaves_the_rest_to_the_store(self) -> None:
        assert judge_again(a_context(capped_days=[TODAY, TODAY], defaults=LEFT_OUT), NOW) == Pass()


class TestExplaining:
    def test_names_every_gate_with_the_values_it_used(self) -> None:
        context = a_context(
            preferences=wants_no(EMAIL_OFFERS, None),
            suppressed={"ada@example.com": (UNREACHABLE, MANUAL)},
            capped_days=[TODAY],
        )
        assert [(found.gate, dict(found.values)) for found in explain(context)] == [
            ("cancellation", {"cancel_requested": "false"}),
            ("expiry", {"expires_at": context.expires_at, "now": context.now}),
            ("address", {"email": "ada@example.com"}),
            ("suppression", {"suppressed": "ada@example.com (manual, unreachable)"}),
            ("preference", {"wanted": "no", "by": "a choice of the recipient: email promotional: no"}),
            (
                "quiet hours",
                {"quiet_hours": "12:00-14:00", "of": "the type", "timezone": "Europe/Berlin", "local_time": "13:00"},
            ),
            (
                "frequency cap",
                {"frequency_cap": "2/day", "used": "1", "day": "2026-03-01", "timezone": "Europe/Berlin"},
            ),
        ]

    def test_says_of_what_cannot_be_refused_that_it_is_so(self) -> None:
        found = {one.gate: dict(one.values) for one in explain(transactional())}
        assert found["preference"] == {"type": "transactional cannot be refused"}
        assert found["quiet hours"] == {"type": "transactional ignores quiet hours"}
        assert found["frequency cap"] == {"type": "transactional is not counted"}

    @pytest.mark.parametrize(
        ("own", "whose"),
        [(NoQuietHours.NONE, "the recipient"), (QuietHours.parse("1:00-2:00"), "the recipient"), (None, "none")],
    )
    def test_says_whose_quiet_hours_they_are(self, own: QuietHours | NoQuietHours | None, whose: str) -> None:
        none_set = evolve(OFFERS, quiet_hours=None, frequency_cap=None)
        found = {
            one.gate: one.values
            for one in explain(a_context(policy=none_set, preferences=Preferences(quiet_hours=own)))
        }
        assert found["quiet hours"]["of"] == whose
        assert found["frequency cap"] == {"frequency_cap": "none"}
        assert found["preference"] == {"wanted": "yes", "by": "nothing speaks against it"}

    def test_names_the_default_that_decided(self) -> None:
        found = {one.gate: one.values for one in explain(a_context(defaults=LEFT_OUT))}
        assert found["preference"] == {"wanted": "no", "by": "a default: promotional: no"}

    @pytest.mark.parametrize("channel", Channel)
    def test_names_the_field_of_the_channel(self, channel: Channel) -> None:
        address = explain(a_context(channel=channel, addresses=()))[2]
        assert address.values == {FIELD_OF_CHANNEL[channel]: "none"}
        assert address.verdict == Stop(Event.REJECT, f"the recipient has no {FIELD_OF_CHANNEL[channel]} any more")

    def test_agrees_with_what_is_decided(self) -> None:
        for some in (found for size in range(len(IN_ORDER) + 1) for found in combinations(IN_ORDER, size)):
            context = a_context(**{name: value for _, changes, _ in some for name, value in changes.items()})
            against = [found.verdict for found in explain(context) if found.verdict != Pass()]
            assert judge(context) == (against[0] if against else Pass())
