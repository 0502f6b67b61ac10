"""``tocsin decide``."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from application.insight.decide import Decision
from application.insight.outlook import Fate
from entrypoints.cli.asked_notification import asked_for, asks_for_a_notification
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.gate_view import print_gates
from entrypoints.cli.gateway_view import standing
from entrypoints.cli.lane_view import described, pace
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_details, print_json, print_sentence, print_table, print_title
from entrypoints.cli.session import Session, pass_session
from entrypoints.explanation_shape import decision_json
from entrypoints.files.attachment_files import named_as

_COLOURS = {Fate.SENDS: "green", Fate.WAITS: "yellow", Fate.NEVER: "red"}


@click.command(
    "decide",
    cls=TocsinCommand,
    epilog="""tocsin decide --to ada --channel email --type promotional --topic offers --subject Spring --body New
        tocsin decide --to ada --channel sms --type informational --body "Doors open" --at "22:30 local"
        tocsin decide --to ada --channel email --type transactional --template shipped --var order=17 --json""",
)
@asks_for_a_notification
@pass_session
def command(session: Session, /, **options: Any) -> None:
    """Say what would become of a notification, without sending it.

    Takes the options of tocsin send, and refuses what that refuses. Shows what every gate says at the moment it would
    fall due, and with which values; where it would go, and over which gateway. Nothing is stored.
    """
    with named_as(options["attach"]), opened(session) as container:
        decision = container.decide()(asked_for(options, container.clock().now()))
    if session.json:
        print_json(decision_json(decision))
    else:
        _print(decision)


def _print(decision: Decision) -> None:
    print_sentence(decision.sentence, None if decision.earlier else _COLOURS[decision.outlook.fate])
    print_title("notification")
    print_details(_details(decision))
    print_title("gates" if decision.due_at <= decision.at else "gates, when it falls due")
    print_gates(decision.gates)
    print_title(f"route of {decision.asked.channel}")
    print_table(("gateway", "takes it", "rate", "health", "reason"), _route_rows(decision))


def _details(decision: Decision) -> Iterator[tuple[str, object]]:
    asked = decision.asked
    yield "to", asked.recipient_id
    yield "channel", asked.channel
    yield "address", ", ".join(decision.addresses)
    yield "type", asked.type
    if asked.topic is not None:
        yield "topic", asked.topic
    if asked.template is not None:
        yield "template", f"{asked.template.name}, version {asked.template.version}"
    yield "due", decision.due_at
    yield "expires at", asked.expires_at
    yield "lane", described(decision.lane)


def _route_rows(decision: Decision) -> Iterator[Sequence[object]]:
    for one in decision.route:
        takes_it = "yes" if one.name == decision.outlook.gateway else None
        rate = pace(decision.rates.get(one.name))
        yield one.name, takes_it, rate, standing(one.health, decision.at), one.health.reason
        for scope in one.scopes:
            yield scope.gateway, None, None, standing(scope, decision.at), scope.reason
