"""What ``decide`` says of a notification is what a dispatcher then does with it, step by step."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from application.insight.decide import Decision
from application.ports.notification_repository import Added
from application.sending.admission import NotificationRequest
from application.sending.enqueue import Enqueue
from domain.channel import Channel
from domain.content import Content
from domain.frequency_cap import FrequencyCap, Period
from domain.lifecycle import Status
from domain.notification_type import TYPE_POLICIES, NotificationType, TypePolicies
from domain.preferences import Choice, Defaults, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from domain.suppression import Suppression, SuppressionScope
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import only
from tests.unit.application.insight.asking import admission, deciding
from tests.unit.application.sending.desk import Desk, ManualClock, a_recipient

CAPPED = tuple(one for one in NotificationType if TYPE_POLICIES[one].is_capped)
BEFORE_MAX = timedelta(days=40)


@frozen(kw_only=True)
class Situation:
    """Everything that a gate may look at; so long before now others were sent, of the same type."""

    start: datetime
    zone: str | None
    preferences: Preferences
    defaults: Defaults
    suppressions: Sequence[Suppression]
    policies: TypePolicies
    sent_before: Sequence[timedelta]
    request: NotificationRequest

    def desk(self) -> Desk:
        """Return a desk where it is so."""
        desk = Desk(clock=ManualClock(moment=self.start - BEFORE_MAX), policies=self.policies, defaults=self.defaults)
        desk.route(Channel.EMAIL, desk.gateway("mail"))
        desk.store.recipients.put([evolve(a_recipient("ada"), timezone=self.zone)])
        self._send_before(desk)
        desk.store.preferences.put("ada", self.preferences)
        desk.store.suppressions.add(self.suppressions)
        return desk

    def _send_before(self, desk: Desk) -> None:
        for earlier in sorted(self.sent_before, reverse=True):
            to_the_moment(desk, self.start - earlier)
            number = enqueue(desk, evolve(self.request, send_at=None, expires_at=None))
            desk.dispatch()
            desk.store.notifications.cancel([number], desk.clock.now())  # it shall take no place later on
        to_the_moment(desk, self.start)


def to_the_moment(desk: Desk, moment: datetime) -> None:
    assert isinstance(desk.clock, ManualClock)
    desk.clock.forward(moment - desk.clock.now())


def enqueue(desk: Desk, request: NotificationRequest) -> int:
    accept = Enqueue(admission=admission(desk), notifications=desk.store.notifications)
    added = only(accept([request]))
    assert isinstance(added, Added)
    return added.notification.id


zones = st.sampled_from((None, "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12"))
topics = st.sampled_from((None, "news", "offers"))
minutes = st.integers(0, 24 * 60 - 1).map(lambda number: time(number // 60, number % 60))
hours = st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair))
caps = st.builds(FrequencyCap, st.integers(1, 2), st.sampled_from(Period))
choices = st.lists(
    st.builds(
        Choice,
        st.builds(
            Scope,
            channel=st.sampled_from((None, Channel.EMAIL, Channel.SMS)),
            type=st.sampled_from((None, *CAPPED)),
            topic=topics,
        ),
        st.booleans(),
    ),
    max_size=2,
    unique_by=lambda choice: choice.scope,
).map(tuple)
suppressions = st.lists(
    st.builds(
        Suppression,
        channel=st.just(Channel.EMAIL),
        address=st.just("ada@example.com"),
        reason=st.sampled_from(SuppressionReason),
        at=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
        scope=st.sampled_from(
            (
                SuppressionScope(),
                SuppressionScope(type=NotificationType.PROMOTIONAL),
                SuppressionScope(topic="news"),
            )
        ),
    ),
    max_size=1,
)


def spans(longest: timedelta) -> st.SearchStrategy[timedelta]:
    return st.integers(1, int(longest.total_seconds() // 60)).map(lambda number: timedelta(minutes=number))


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    start = datetime(2026, 3, 20, tzinfo=UTC) + draw(spans(timedelta(days=20)))
    due_in, lives = draw(st.none() | spans(timedelta(days=3))), draw(st.none() | spans(timedelta(days=9)))
    send_at = None if due_in is None else start + due_in
    quiet_hours, cap = draw(st.none() | hours), draw(st.none() | caps)
    return Situation(
        start=start,
        zone=draw(zones),
        preferences=Preferences(
            choices=draw(choices), quiet_hours=draw(st.none() | st.just(NoQuietHours.NONE) | hours)
        ),
        defaults=draw(choices),
        suppressions=draw(st.just([]) | suppressions),
        policies={
            type_: evolve(
                policy,
                quiet_hours=quiet_hours if policy.respects_quiet_hours else None,
                frequency_cap=cap if policy.is_capped else None,
            )
            for type_, policy in TYPE_POLICIES.items()
        },
        sent_before=draw(st.lists(spans(BEFORE_MAX) | spans(timedelta(hours=15)), min_size=1, max_size=3)),
        request=NotificationRequest(
            to="ada",
            channel=Channel.EMAIL,
            type=draw(st.sampled_from((*CAPPED, *CAPPED, *NotificationType))),
            content=Content(subject="Hello", body="There"),
            send_at=send_at,
            expires_at=None if lives is None else (send_at or start) + lives,
            topic=draw(topics),
        ),
    )


@settings(max_examples=150, deadline=None)
@given(situation=situations())
def test_decide_says_what_a_dispatch_then_does(situation: Situation) -> None:
    desk = situation.desk()
    decision = deciding(desk)(situation.request)

    number = enqueue(desk, situation.request)

    follow(desk, number, decision)


def follow(desk: Desk, number: int, decision: Decision) -> None:
    """Dispatch whenever the notification falls due, and find it each time as *decision* said."""
    to_the_moment(desk, decision.due_at)
    desk.dispatch()
    for wait in decision.outlook.waits:
        stored = desk.get(number)
        assert (stored.status, stored.reason) == (Status.PENDING, wait.reason)
        assert stored.next_attempt_at == wait.until
        to_the_moment(desk, stored.next_attempt_at)
        desk.dispatch()
    stored, end = desk.get(number), decision.outlook.end
    if end is None:
        assert (stored.status, desk.clock.now()) == (Status.SENT, decision.outlook.at)
        assert desk.outcomes(number) == [(decision.outlook.gateway, "accepted")]
    else:
        assert (stored.status, stored.reason) == (end.status, end.reason)
        assert desk.outcomes(number) == []
