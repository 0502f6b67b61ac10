"""``tocsin why``."""

from collections.abc import Sequence
from datetime import datetime

import click

from application.insight.why import Explanation
from domain.gates import GateFinding, Postpone
from domain.gateway_health import GatewayHealth
from domain.lane import Lane, LaneState
from domain.receipt import Receipt
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.gateway_view import standing as gateway_standing
from entrypoints.cli.lane_view import how_to_resume, pace
from entrypoints.cli.notification_view import print_attempts, standing
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_details, print_json, print_table, print_title
from entrypoints.cli.parameters import Number
from entrypoints.cli.plain_text import shown
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import explanation_json, verdict_json


@click.command(
    "why",
    cls=TocsinCommand,
    epilog="""tocsin why 7
        tocsin why 7 --json""",
)
@click.argument("notification_id", metavar="ID", type=Number("notification"))
@pass_session
def command(session: Session, notification_id: int) -> None:
    """Explain why a notification stands where it stands.

    Shows its lane, what every gate says now and with which values, every attempt, what its provider said later, and the
    gateways of its route.
    """
    with opened(session) as container:
        explanation = container.why()(notification_id)
    if session.json:
        print_json(explanation_json(explanation))
    else:
        _print(explanation)


def _print(explanation: Explanation) -> None:
    notification = explanation.notification
    print_details(
        (
            ("id", notification.id),
            ("to", notification.recipient_id),
            ("channel", notification.channel),
            ("type", notification.type),
            ("status", standing(notification, explanation.at)),
            ("reason", notification.reason),
            ("lane", _lane(explanation.lane)),
            ("looked at", explanation.at),
        )
    )
    print_title("gates, as they would decide now")
    print_table(("gate", "verdict", "reason", "values"), (_gate_row(finding) for finding in explanation.gates))
    print_title("attempts")
    if explanation.hand_overs:
        print_attempts(explanation.hand_overs)
    else:
        click.echo("none yet")
    if explanation.receipts:
        print_title("receipts")
        print_table(("at", "kind", "gateway", "reason"), (_receipt_row(one) for one in explanation.receipts))
    if explanation.suppressions:
        print_title("suppressed addresses")
        print_table(
            ("address", "reason", "since", "stops this", "detail"),
            (
                (address, one.reason, one.at, "yes" if one.reason in explanation.stopped_by else "no", one.detail)
                for address, known in explanation.suppressions.items()
                for one in known
            ),
        )
    print_title(f"route of {notification.channel}")
    _print_route(explanation.route, explanation.at)


def _lane(lane: Lane) -> str:
    if lane.state is LaneState.PAUSED:
        return f"{lane.name} is paused: {how_to_resume(lane)}"
    told = pace(lane.rate)
    return lane.name if told is None else f"{lane.name}, at most {told}"


def _receipt_row(receipt: Receipt) -> Sequence[object]:
    kind = f"{receipt.kind} by a machine" if receipt.by_machine else receipt.kind
    return receipt.at, kind, receipt.gateway, receipt.reason


def _gate_row(finding: GateFinding) -> Sequence[object]:
    said = verdict_json(finding.verdict)
    until = f" until {shown(finding.verdict.until)}" if isinstance(finding.verdict, Postpone) else ""
    values = ", ".join(f"{name} = {shown(value)}" for name, value in finding.values.items())
    return finding.gate, said["verdict"] + until, said["reason"], values


def _print_route(route: Sequence[GatewayHealth], now: datetime) -> None:
    if not route:
        click.echo("no gateway; name one under [routes] in the configuration")
        return
    print_table(
        ("gateway", "health", "reason"), ((one.gateway, gateway_standing(one, now), one.reason) for one in route)
    )
