"""``tocsin send``."""

from typing import Any

import click

from application.insight.why import Explanation
from application.ports.notification_repository import Added
from application.sending.admission import NotificationRequest
from domain.errors import TocsinError
from domain.notification import Notification
from entrypoints.cli.asked_notification import asked_for, asks_for_a_notification
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.empty_links import note_empty_links, sources_of
from entrypoints.cli.notification_view import standing
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.plain_text import shown
from entrypoints.cli.session import Session, pass_session
from entrypoints.container import Container
from entrypoints.files.attachment_files import named_as
from entrypoints.wire_format import notification_json


@click.command(
    "send",
    cls=TocsinCommand,
    epilog="""tocsin send --to ada --channel email --type transactional --subject Hello --body "Your order is here."
        tocsin send --to ada --channel sms --type informational --body "Doors open at nine" --at "07:00 local"
        tocsin send --to ada --channel push --type promotional --body New --data screen=offers --key offer-7-ada
        tocsin send --to ada --channel email --type transactional --template shipped --var order=17
        tocsin send --to ada --channel email --type transactional --subject Log --body - < log.txt""",
)
@asks_for_a_notification
@pass_session
def command(session: Session, /, **options: Any) -> None:
    """Accept one notification for one person, now or for later.

    Prints its id. It is sent by a dispatcher: tocsin dispatch, or a running tocsin serve.

    With --test nobody is reached, and magic recipients give each outcome: an email simulate-delivered@,
    simulate-bounced@, simulate-deferred@ or simulate-unknown@ any domain; tocsin keys create --help has the others.
    """
    with named_as(options["attach"]), opened(session) as container:
        asked = asked_for(options, container.clock().now())
        added = _accept(container, asked)
        note_empty_links(session, container, sources_of(asked.content, asked.template, container))
        now = container.clock().now()
        is_told = added.is_new and not (session.json or session.quiet)
        told = _explained(container, added.notification.id) if is_told else None
    if session.json:
        print_json(notification_json(added.notification, now))
        return
    click.echo(added.notification.id)
    session.note(_note(added, standing(added.notification, now), told))


def _accept(container: Container, request: NotificationRequest) -> Added:
    if request.send_at is not None:
        scheduled: Added = container.schedule()(request, request.send_at)
        return scheduled
    answer: Added | TocsinError = container.enqueue()([request])[0]
    if isinstance(answer, TocsinError):
        raise answer
    return answer


def _explained(container: Container, notification_id: int) -> Explanation | None:
    try:
        explanation: Explanation = container.why()(notification_id)
    except TocsinError:
        return None  # it is accepted all the same
    return explanation


def _obstacle(explanation: Explanation) -> str | None:
    """Return why it will not be sent as it stands, None if nothing is known against it."""
    outlook = explanation.outlook
    if outlook is None or outlook.obstacle is None:
        return None
    return _suppressed(explanation) if outlook.stopped_by == "suppression" else shown(outlook.obstacle)


def _suppressed(explanation: Explanation) -> str:
    stopping = {
        address: [one.reason.value for one in known if explanation.is_stopped_by(one)]
        for address, known in explanation.suppressions.items()
    }
    return ", ".join(f"{shown(address)} is suppressed ({', '.join(why)})" for address, why in stopping.items() if why)


def _note(added: Added, stands: str, told: Explanation | None) -> str:
    notification: Notification = added.notification
    what = f"{notification.channel} to {shown(notification.recipient_id)}"
    if not added.is_new:
        return f"{what} was accepted before under this key, and is {stands}"
    obstacle = None if told is None else _obstacle(told)
    outlook = None if told is None else told.outlook
    waits = outlook if outlook is not None and outlook.waits else None
    if stands == "scheduled":
        what = f"{what} is scheduled for {shown(notification.send_at)}"
        if obstacle is not None:
            return f"{what}, but {obstacle}: as it stands, it will not be sent"
        return what if waits is None else f"{what}, and {shown(waits.waiting)}"
    if obstacle is not None:
        return f"{what} is accepted, but {obstacle}: it will not be sent"
    if waits is None:
        return f"{what} is accepted; tocsin dispatch sends it"
    then = "; tocsin dispatch sends it then" if waits.at is not None else ""
    return f"{what} is accepted and {shown(waits.waiting)}{then}"
