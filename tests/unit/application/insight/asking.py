"""``why`` and ``decide`` beside the dispatcher of a desk: over the same store, the same clock and the same rules."""

from application.insight.decide import Decide
from application.insight.gate_context import Gathering
from application.insight.route_health import RouteHealth
from application.insight.why import Why
from application.sending.admission import Admission
from application.sending.filling import Filling
from application.zones import Zones
from tests.unit.application.sending.desk import Desk, NoFinisher


def gathering(desk: Desk) -> Gathering:
    return Gathering(
        notifications=desk.store.notifications,
        suppressions=desk.store.suppressions,
        preferences=desk.store.preferences,
        policies=desk.policies,
        defaults=desk.defaults,
        zones=Zones(),
    )


def route_health(desk: Desk) -> RouteHealth:
    names = {channel: [gateway.name for gateway in route] for channel, route in desk.routes.items()}
    return RouteHealth(gateways=desk.store.gateways, routes=names)


def admission(desk: Desk) -> Admission:
    return Admission(
        recipients=desk.store.recipients,
        notifications=desk.store.notifications,
        templates=desk.store.templates,
        channels=desk.routes,
        policies=desk.policies,
        clock=desk.clock,
    )


def explaining(desk: Desk) -> Why:
    return Why(
        notifications=desk.store.notifications,
        recipients=desk.store.recipients,
        receipts=desk.store.receipts,
        lanes=desk.store.lanes,
        gather=gathering(desk),
        route=route_health(desk),
        clock=desk.clock,
    )


def deciding(desk: Desk) -> Decide:
    return Decide(
        admission=admission(desk),
        notifications=desk.store.notifications,
        recipients=desk.store.recipients,
        lanes=desk.store.lanes,
        gather=gathering(desk),
        route=route_health(desk),
        rates={gateway.name: gateway.rate for route in desk.routes.values() for gateway in route},
        fill_in=Filling(renderer=desk.renderer, finisher=NoFinisher()),
        clock=desk.clock,
    )
