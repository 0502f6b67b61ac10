"""``tocsin why``."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import click

from application.insight.why import Explanation
from domain.gateway_health import GatewayHealth
from domain.notification import Notification
from domain.receipt import Receipt
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.gate_view import print_gates
from entrypoints.cli.gateway_view import standing as gateway_standing
from entrypoints.cli.lane_view import described
from entrypoints.cli.notification_view import print_attempts, standing
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_details, print_json, print_table, print_title
from entrypoints.cli.parameters import Number
from entrypoints.cli.session import Session, pass_session
from entrypoints.explanation_shape import explanation_json


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
    gateways of its route. Of one that is finished, the gates say what they would if it were sent now.
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
            *_template(notification),
            ("lane", described(explanation.lane)),
            ("looked at", explanation.at),
        )
    )
    is_finished = notification.finished_at is not None
    print_title("gates, if it were sent now; what happened is in its reason and attempts" if is_finished else "gates")
    print_gates(explanation.gates)
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
            ("address", "reason", "for", "since", "stops this", "detail"),
            (
                (address, one.reason, one.scope, one.at, "yes" if explanation.is_stopped_by(one) else "no", one.detail)
                for address, known in explanation.suppressions.items()
                for one in known
            ),
        )
    print_title(f"route of {notification.channel}")
    _print_route(explanation.route, explanation.at)


def _template(notification: Notification) -> Iterator[tuple[str, object]]:
    if notification.template is not None:
        yield "template", f"{notification.template.name}, version {notification.template.version}"


def _receipt_row(receipt: Receipt) -> Sequence[object]:
    kind = f"{receipt.kind} by a machine" if receipt.by_machine else receipt.kind
    return receipt.at, kind, receipt.gateway, receipt.reason


def _print_route(route: Sequence[GatewayHealth], now: datetime) -> None:
    if not route:
        click.echo("no gateway; name one under [routes] in the configuration")
        return
    print_table(
        ("gateway", "health", "reason"), ((one.gateway, gateway_standing(one, now), one.reason) for one in route)
    )
