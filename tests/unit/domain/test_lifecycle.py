"""Every pair of status and event against the chart of the lifecycle, written out as a person draws it."""

import pytest

from domain.errors import Conflict, IllegalTransition
from domain.lifecycle import TRANSITIONS, Event, Status, after, sources

CHART = """
pending    claim     sending
pending    cancel    cancelled
pending    expire    expired
pending    suppress  suppressed
pending    accept    sent
pending    deliver   delivered
sending    accept    sent
sending    defer     pending
sending    postpone  pending
sending    reject    failed
sending    lose      unknown
sending    suppress  suppressed
sending    expire    expired
sending    cancel    cancelled
sending    deliver   delivered
sent       deliver   delivered
sent       bounce    failed
unknown    accept    sent
unknown    bounce    failed
unknown    reject    failed
unknown    defer     pending
unknown    postpone  pending
unknown    revive    pending
unknown    deliver   delivered
failed     revive    pending
failed     accept    sent
failed     deliver   delivered
cancelled  accept    sent
cancelled  deliver   delivered
expired    accept    sent
expired    deliver   delivered
"""
LEGAL = {(status, event): target for status, event, target in (line.split() for line in CHART.strip().splitlines())}
FINAL = {Status.DELIVERED, Status.SUPPRESSED}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("event", Event)
def test_every_pair_of_status_and_event_does_what_the_chart_says(status: Status, event: Event) -> None:
    target = LEGAL.get((status.value, event.value))
    if target is None:
        with pytest.raises(IllegalTransition):
            after(status, event)
    else:
        assert after(status, event) is Status(target)


def test_the_table_has_nothing_that_the_chart_has_not() -> None:
    assert {(status.value, event.value): target.value for (status, event), target in TRANSITIONS.items()} == LEGAL


def test_the_statuses_are_the_nine_of_the_store() -> None:
    assert [status.value for status in Status] == [
        *("pending", "sending", "sent", "delivered", "unknown"),
        *("failed", "suppressed", "expired", "cancelled"),
    ]


@pytest.mark.parametrize("status", sorted(FINAL))
def test_nothing_leaves_a_final_status(status: Status) -> None:
    assert not [event for event in Event if (status, event) in TRANSITIONS]


@pytest.mark.parametrize("event", [Event.ACCEPT, Event.DELIVER])
def test_evidence_that_it_went_out_is_taken_from_every_status_but_the_final_ones_and_its_own(event: Event) -> None:
    arrived = {Event.ACCEPT: {Status.SENT, Status.DELIVERED}, Event.DELIVER: {Status.DELIVERED}}[event]
    assert sources(event) == set(Status) - arrived - {Status.SUPPRESSED}


def test_nothing_leads_back_from_sent_but_a_bounce() -> None:
    assert {event for event in Event if (Status.SENT, event) in TRANSITIONS} == {Event.DELIVER, Event.BOUNCE}


def test_an_event_knows_its_sources() -> None:
    assert sources(Event.CLAIM) == {Status.PENDING}
    assert sources(Event.REVIVE) == {Status.FAILED, Status.UNKNOWN}


def test_an_illegal_step_is_a_conflict_that_names_status_and_event() -> None:
    with pytest.raises(Conflict, match="a notification that is delivered cannot cancel"):
        after(Status.DELIVERED, Event.CANCEL)
