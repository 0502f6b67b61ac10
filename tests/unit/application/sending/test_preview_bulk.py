"""Seeing what would become of a campaign."""

from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.store import MemoryStore
from application.ports.dispatch_queue import CapUse, Hold
from application.sending.bulk import BulkCommand, CampaignPlan
from application.sending.preview_bulk import ChannelPreview, Fate, HeldBack, LeftOut, PreviewBulk, Stopped, fate_of
from application.zones import Zones
from domain.audience import Everybody, Listed
from domain.channel import Channel
from domain.content import Content, Markup
from domain.frequency_cap import FrequencyCap
from domain.gates import GateContext
from domain.local_time import LocalTime
from domain.notification_type import TYPE_POLICIES, NotificationType, TypePolicies
from domain.outcome import Accepted
from domain.preferences import Choice, Defaults, PreferenceChange, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from domain.recipient import FIELD_OF_CHANNEL, Recipient
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import a_message, add, answered, claims
from tests.unit.application.sending.desk import START, ManualClock, PlainRenderer

PROMOTIONAL = NotificationType.PROMOTIONAL
COMMAND = BulkCommand(
    audience=Everybody(),
    channels=(Channel.EMAIL,),
    type=PROMOTIONAL,
    content=Content(subject="Spring", body="Hello {name}", markup=Markup.JINJA),
    topic="news",
)
NO_NEWS = Choice(Scope(topic="news"), wanted=False)
NIGHT = QuietHours(time(21), time(8))


def policies(quiet: QuietHours | None = None, cap: FrequencyCap | None = None) -> TypePolicies:
    return {**TYPE_POLICIES, PROMOTIONAL: evolve(TYPE_POLICIES[PROMOTIONAL], quiet_hours=quiet, frequency_cap=cap)}


def preview(store: MemoryStore, rules: TypePolicies | None = None, defaults: Defaults = ()) -> PreviewBulk:
    plan = CampaignPlan(
        channels={Channel.EMAIL, Channel.SMS},
        policies=rules or policies(),
        renderer=PlainRenderer(),
        templates=store.templates,
        clock=ManualClock(),
    )
    return PreviewBulk(plan=plan, campaigns=store.campaigns, zones=Zones(), defaults=defaults)


def email_of(store: MemoryStore, command: BulkCommand = COMMAND, rules: TypePolicies | None = None) -> ChannelPreview:
    return preview(store, rules)(command).channels[0]


def suppress(store: MemoryStore, name: str, reason: SuppressionReason = SuppressionReason.COMPLAINT) -> None:
    address = f"{name}@example.com"
    store.suppressions.add([Suppression(channel=Channel.EMAIL, address=address, reason=reason, at=START)])


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(new_id=lambda: "store")
    store.recipients.put([Recipient(id=name, email=f"{name}@example.com") for name in ("ada", "bob", "eve", "joe")])
    store.recipients.put([Recipient(id="quiet")])
    return store


def test_everybody_is_counted_at_the_gate_that_decides(store: MemoryStore) -> None:
    suppress(store, "bob")
    store.preferences.change("eve", PreferenceChange(choices=(NO_NEWS,)))

    found = preview(store)(evolve(COMMAND, audience=Listed(("ada", "bob", "eve", "quiet", "stranger"))))

    assert found.channels == [
        ChannelPreview(
            channel=Channel.EMAIL,
            on_time=1,
            first=START,
            last=START,
            later=[],
            stopped=[
                LeftOut(gate="address", reason="no email", number=1),
                LeftOut(gate="suppression", reason="the address is suppressed: complaint", number=1),
                LeftOut(gate="preference", reason="the recipient does not want topic news", number=1),
            ],
        )
    ]
    assert (found.would_get, found.notifications, found.unknown_ids) == (1, 2, ["stranger"])
    assert list(store.campaigns.page(0)) == []


def test_who_sleeps_gets_it_later(store: MemoryStore) -> None:
    store.recipients.put([Recipient(id=name, email="x@example.com", timezone="Asia/Tokyo") for name in ("ada", "bob")])
    store.preferences.change("bob", PreferenceChange(quiet_hours=QuietHours(time(17), time(22)), sets_quiet_hours=True))
    always = PreferenceChange(quiet_hours=NoQuietHours.NONE, sets_quiet_hours=True)
    store.preferences.change("ada", always)

    found = email_of(store, rules=policies(quiet=QuietHours(time(18), time(21))))

    over_at = START.replace(hour=13)  # it is six in the evening in Tokyo
    assert (found.on_time, found.later) == (3, [HeldBack(gate="quiet hours", number=1, first=over_at, last=over_at)])


def test_who_was_told_enough_gets_it_when_the_cap_and_the_night_are_over(store: MemoryStore) -> None:
    take_a_place(store, "ada")

    found = email_of(store, rules=policies(quiet=NIGHT, cap=FrequencyCap.parse("1/day")))

    morning = START.replace(day=3, hour=8)
    assert (found.on_time, found.later) == (3, [HeldBack(gate="frequency cap", number=1, first=morning, last=morning)])


def test_who_would_get_it_too_late_does_not_get_it(store: MemoryStore) -> None:
    take_a_place(store, "ada")

    command = evolve(COMMAND, expires_at=START + timedelta(hours=3))
    found = email_of(store, command, rules=policies(cap=FrequencyCap.parse("1/day")))

    assert LeftOut(gate="expiry", reason="expires before its time comes (frequency cap)", number=1) in found.stopped


def test_by_local_time_it_is_judged_at_the_time_of_each(store: MemoryStore) -> None:
    store.recipients.put([Recipient(id="eve", email="e@example.com", timezone="Asia/Tokyo")])
    nine = evolve(COMMAND, send_at=LocalTime(time(9)))

    found = email_of(store, nine, rules=policies(quiet=QuietHours(time(21), time(9))))

    assert (found.on_time, found.later, found.without_timezone) == (4, [], 3)
    assert (found.first, found.last) == (START, START.replace(day=3, hour=0))


def test_each_channel_is_looked_at_by_itself(store: MemoryStore) -> None:
    store.recipients.put([Recipient(id="texted", phone="+14155550100")])

    found = preview(store)(evolve(COMMAND, channels=(Channel.EMAIL, Channel.SMS)))

    assert [(one.channel, one.would_get, one.no_address) for one in found.channels] == [
        (Channel.EMAIL, 4, 2),
        (Channel.SMS, 1, 5),
    ]


def test_what_nobody_gets_who_did_not_ask_for_it_is_counted_so(store: MemoryStore) -> None:
    store.preferences.change("ada", PreferenceChange(choices=(Choice(Scope(topic="news"), wanted=True),)))

    found = preview(store, defaults=(NO_NEWS,))(COMMAND).channels[0]

    assert (found.would_get, found.notifications) == (1, 4)


def take_a_place(store: MemoryStore, to: str) -> None:
    """Let a promotional message to somebody go out today."""
    add(store, a_message(to, type=PROMOTIONAL))
    (held,) = claims(store)
    use = CapUse(number=9, first_day=START.date(), day=START.date())
    store.queue.begin([Hold(held.notification_id, held.fence, revision=held.revision, cap=use)], START)
    store.queue.conclude([answered(held, Accepted("m"))], START)


ZONES = (None, "Asia/Tokyo", "America/Los_Angeles")
WISHES = (
    None,
    PreferenceChange(choices=(NO_NEWS,)),
    PreferenceChange(choices=(Choice(Scope(channel=Channel.SMS), wanted=False),)),
    PreferenceChange(quiet_hours=QuietHours(time(8), time(20)), sets_quiet_hours=True),
)
people = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.sampled_from(WISHES), st.sampled_from(ZONES), st.booleans()), max_size=12
)


@given(
    people,
    st.sampled_from([None, START + timedelta(hours=5), LocalTime(time(9))]),
    st.sampled_from([policies(), policies(quiet=NIGHT), policies(NIGHT, FrequencyCap.parse("1/week"))]),
    st.sampled_from([(), (Choice(Scope(type=PROMOTIONAL), wanted=False),)]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_said_of_groups_is_what_the_gates_say_of_each_person_alone(
    given_people: list[tuple[bool, bool, PreferenceChange | None, str | None, bool]],
    send_at: datetime | LocalTime | None,
    rules: TypePolicies,
    defaults: Defaults,
) -> None:
    store = MemoryStore(new_id=lambda: "store")
    for number, (has_address, is_suppressed, wishes, zone, was_told) in enumerate(given_people):
        name = f"p{number}"
        store.recipients.put([Recipient(id=name, email=f"{name}@example.com", timezone=zone)])
        if was_told:
            take_a_place(store, name)
        if wishes is not None:
            store.preferences.change(name, wishes)
        if is_suppressed:
            suppress(store, name)
        if not has_address:
            store.recipients.put([Recipient(id=name, timezone=zone)])
    look = preview(store, rules, defaults)
    command = evolve(COMMAND, send_at=send_at)

    found = look(command).channels[0]

    fates = Counter(_alone(store, look, command, f"p{number}") for number in range(len(given_people)))
    expected: Counter[tuple[str, str]] = Counter()
    for fate, number in fates.items():
        expected[_kind(fate)] += number
    said = {("", "on time"): found.on_time}
    said |= {(one.gate, "later"): one.number for one in found.later}
    said |= {(one.gate, one.reason): one.number for one in found.stopped}
    assert Counter({kind: number for kind, number in said.items() if number}) == expected


def _kind(fate: Fate) -> tuple[str, str]:
    if isinstance(fate, Stopped):
        return fate.gate, fate.reason
    return (getattr(fate, "gate", ""), "later" if hasattr(fate, "gate") else "on time")


def _alone(store: MemoryStore, look: PreviewBulk, command: BulkCommand, name: str) -> Fate:
    """Return what the gates say of one person who is looked up by themselves."""
    campaign = look.plan.campaign(command)
    recipient = store.recipients.get(name)
    addresses = recipient.addresses(Channel.EMAIL)
    listed = store.suppressions.find(Channel.EMAIL, addresses)
    zone = Zones()(recipient.timezone)
    due = campaign.send_at if campaign.local is None else campaign.local.send_at(campaign.send_at, zone)
    expires_at = campaign.expires_at if campaign.local is None else due + TYPE_POLICIES[PROMOTIONAL].time_to_live
    since = (START - timedelta(days=40)).date()
    context = GateContext(
        now=due,
        channel=Channel.EMAIL,
        type=PROMOTIONAL,
        policy=look.plan.policies[PROMOTIONAL],
        expires_at=expires_at,
        addresses=addresses,
        zone=zone,
        topic=command.topic,
        suppressed={address: [one.reason for one in known] for address, known in listed.items() if known},
        preferences=store.preferences.get(name),
        defaults=look.defaults,
        capped_days=store.notifications.capped_days(name, PROMOTIONAL, since, test=False),
    )
    if not addresses:
        return Stopped("address", f"no {FIELD_OF_CHANNEL[Channel.EMAIL]}")
    return fate_of(context)
