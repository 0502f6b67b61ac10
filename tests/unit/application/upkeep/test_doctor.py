"""What doctor says of a store, its gateways and its configuration."""

from application.ports.sender import RouteNames
from application.ports.store import Level
from application.upkeep.doctor import Doctor
from domain.channel import Channel
from domain.outcome import GatewayDown
from tests.unit.application.sending.desk import Desk, ManualClock


def doctor(desk: Desk, routes: RouteNames) -> Doctor:
    return Doctor(
        store=desk.store,
        queue=desk.store.queue,
        gateways=desk.store.gateways,
        routes=routes,
        clock=desk.clock,
    )


def levels(findings: Doctor) -> dict[str, Level]:
    return {finding.name: finding.level for finding in findings()}


def test_all_is_well_with_every_channel_routed() -> None:
    desk = Desk(clock=ManualClock())
    found = levels(doctor(desk, dict.fromkeys(Channel, ("outbox",))))
    assert found["routes"] is Level.OK


def test_due_work_without_a_gateway_is_an_error_and_names_the_lane() -> None:
    desk = Desk(clock=ManualClock())
    desk.add(channel=Channel.SMS)
    findings = {finding.name: finding for finding in doctor(desk, {Channel.EMAIL: ("mail",)})()}

    assert findings["lanes"].level is Level.ERROR
    assert "sms/transactional" in findings["lanes"].message
    assert "push" in findings["routes"].message


def test_a_resting_gateway_is_a_warning() -> None:
    desk = Desk(clock=ManualClock())
    desk.store.gateways.observe("mail", GatewayDown("connection refused"), desk.clock.now())
    found = {finding.name: finding for finding in doctor(desk, {Channel.EMAIL: ("mail",)})()}

    assert found["gateway mail"].level is Level.WARNING
    assert "connection refused" in found["gateway mail"].message
