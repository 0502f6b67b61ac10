"""The gates: each rule, their order, and what people are told."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from domain.channel import Channel
from domain.gates import GATES, GateContext, Pass, Stop, explain, judge
from domain.lifecycle import Event, Status, after
from domain.recipient import FIELD_OF_CHANNEL

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_context(**changes: Any) -> GateContext:
    fields: dict[str, Any] = {
        "now": NOW,
        "channel": Channel.EMAIL,
        "expires_at": NOW + timedelta(hours=1),
        "cancel_requested": False,
        "addresses": ("ada@example.com",),
        "suppressed": frozenset(),
    }
    return GateContext(**{**fields, **changes})


CANCELLED = {"cancel_requested": True}
EXPIRED = {"expires_at": NOW}
NOWHERE: dict[str, Any] = {"addresses": ()}
SUPPRESSED = {"suppressed": frozenset({"ada@example.com"})}
IN_ORDER: list[tuple[str, dict[str, Any], Event]] = [
    ("cancellation", CANCELLED, Event.CANCEL),
    ("expiry", EXPIRED, Event.EXPIRE),
    ("address", NOWHERE, Event.REJECT),
    ("suppression", SUPPRESSED, Event.SUPPRESS),
]


def test_nothing_stops_what_has_an_address_and_time() -> None:
    assert judge(a_context()) == Pass()


@pytest.mark.parametrize(("gate", "changes", "event"), IN_ORDER)
def test_each_gate_stops_with_its_own_step(gate: str, changes: dict[str, Any], event: Event) -> None:
    verdict = judge(a_context(**changes))
    assert isinstance(verdict, Stop)
    assert verdict.event is event
    assert [found.gate for found in explain(a_context(**changes)) if found.verdict != Pass()] == [gate]


@pytest.mark.parametrize(("first", "second"), list(product(range(4), range(4))))
def test_the_first_gate_in_order_decides(first: int, second: int) -> None:
    verdict = judge(a_context(**{**IN_ORDER[first][1], **IN_ORDER[second][1]}))
    assert isinstance(verdict, Stop)
    assert verdict.event is IN_ORDER[min(first, second)][2]


def test_the_gates_stand_in_their_order() -> None:
    assert [gate.name for gate in GATES] == [name for name, _, _ in IN_ORDER]


@pytest.mark.parametrize(("_", "changes", "event"), IN_ORDER)
def test_every_stop_is_a_step_that_something_being_sent_can_take(_: str, changes: dict[str, Any], event: Event) -> None:
    assert after(Status.SENDING, event) is not Status.PENDING
    assert judge(a_context(**changes)) != Pass()


class TestExpiry:
    def test_is_at_the_moment_itself(self) -> None:
        assert judge(a_context(expires_at=NOW + timedelta(milliseconds=1))) == Pass()
        assert judge(a_context(expires_at=NOW)) != Pass()


class TestSuppression:
    def test_stops_only_what_has_no_usable_address_left(self) -> None:
        one_dead = a_context(channel=Channel.PUSH, addresses=("a", "b"), suppressed=frozenset({"a"}))
        assert one_dead.usable == ("b",)
        assert judge(one_dead) == Pass()
        both_dead = a_context(channel=Channel.PUSH, addresses=("a", "b"), suppressed=frozenset({"a", "b"}))
        assert both_dead.usable == ()
        assert judge(both_dead) == Stop(Event.SUPPRESS, "the address is suppressed")


class TestExplaining:
    def test_names_every_gate_with_the_values_it_used(self) -> None:
        context = a_context(suppressed=frozenset({"b@example.com", "a@example.com"}))
        assert [(found.gate, dict(found.values)) for found in explain(context)] == [
            ("cancellation", {"cancel_requested": "false"}),
            ("expiry", {"expires_at": context.expires_at, "now": context.now}),
            ("address", {"email": "ada@example.com"}),
            ("suppression", {"suppressed": "a@example.com, b@example.com"}),
        ]

    @pytest.mark.parametrize("channel", Channel)
    def test_names_the_field_of_the_channel(self, channel: Channel) -> None:
        address = explain(a_context(channel=channel, addresses=()))[2]
        assert address.values == {FIELD_OF_CHANNEL[channel]: "none"}
        assert address.verdict == Stop(Event.REJECT, f"the recipient has no {FIELD_OF_CHANNEL[channel]} any more")

    def test_agrees_with_what_is_decided(self) -> None:
        for size in range(16):
            parts = [changes for bit, (_, changes, _) in enumerate(IN_ORDER) if size >> bit & 1]
            context = a_context(**{name: value for part in parts for name, value in part.items()})
            stops = [found.verdict for found in explain(context) if found.verdict != Pass()]
            assert judge(context) == (stops[0] if stops else Pass())
