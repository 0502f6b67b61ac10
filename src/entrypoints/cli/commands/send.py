"""``tocsin send``."""

import hashlib
import json
import sys
from typing import Any

import click

from application.insight.why import Explanation
from application.ports.notification_repository import Added
from application.sending.admission import NotificationRequest
from domain.channel import Channel
from domain.content import BODY_MAX_BYTES, Content
from domain.errors import InvalidInput, TocsinError
from domain.gates import Stop
from domain.notification import IdempotencyKey, Notification
from domain.notification_type import NotificationType
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.notification_view import standing
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.parameters import Pair, Word, moment, template_use
from entrypoints.cli.plain_text import shown
from entrypoints.cli.session import Session, pass_session
from entrypoints.container import Container
from entrypoints.files.attachment_files import named_as, read_attachments
from entrypoints.when import parse_when
from entrypoints.wire_format import notification_json

KEY_SCOPE = "cli"
TEST_KEY_SCOPE = "cli/test"  # what was tried under a key can be sent under it
STANDARD_INPUT = "-"


@click.command(
    "send",
    cls=TocsinCommand,
    epilog="""tocsin send --to ada --channel email --type transactional --subject Hello --body "Your order is here."
        tocsin send --to ada --channel sms --type informational --body "Doors open at nine" --at "07:00 local"
        tocsin send --to ada --channel push --type promotional --body New --data screen=offers --key offer-7-ada
        tocsin send --to ada --channel email --type transactional --template shipped --var order=17
        tocsin send --to ada --channel email --type transactional --subject Log --body - < log.txt""",
)
@click.option("--to", required=True, metavar="ID", help="The recipient, by id.")
@click.option("--channel", type=Word(Channel), required=True, help="The way to reach them.")
@click.option("--type", "type_", type=Word(NotificationType), required=True, help="Why they are told.")
@click.option("--subject", metavar="TEXT", help="One line; email needs it.")
@click.option("--body", metavar="TEXT", help="The text, sent as it stands; - reads it from standard input.")
@click.option("--html", metavar="TEXT", help="The same as HTML, for email.")
@click.option("--data", type=Pair(), multiple=True, help="A value for the app (push, in_app); may be repeated.")
@click.option("--template", metavar="NAME", help="What to say, instead of all these: tocsin templates put keeps it.")
@click.option("--var", type=Pair(), multiple=True, help="A value for the template; may be repeated.")
@click.option("--attach", metavar="FILE", multiple=True, help="A file that goes with the email; may be repeated.")
@click.option("--at", metavar="WHEN", help='Send it then: 2026-06-01T09:00+02:00, +10m, or "09:00 local" for them.')
@click.option("--expires", metavar="WHEN", help="Do not send it after that; without it, the type decides.")
@click.option("--key", metavar="KEY", help="Send it once, however often the same command with this key is run.")
@click.option("--topic", metavar="TOPIC", help="What it is about.")
@click.option("--test", is_flag=True, help="Handle it like everything else, but reach no gateway.")
@pass_session
def command(session: Session, /, **options: Any) -> None:
    """Accept one notification for one person, now or for later.

    Prints its id. It is sent by a dispatcher: tocsin dispatch, or a running tocsin serve.

    With --test nobody is reached, and magic recipients give each outcome: an email simulate-delivered@,
    simulate-bounced@, simulate-deferred@ or simulate-unknown@ any domain; tocsin keys create --help has the others.
    """
    if options["body"] == STANDARD_INPUT:
        options["body"] = _standard_input()
    files = options["attach"]
    options["attach"] = read_attachments(files)
    with named_as(files), opened(session) as container:
        added = _accept(container, options)
        now = container.clock().now()
        is_told = added.is_new and not (session.json or session.quiet)
        obstacle = _obstacle(container, added.notification.id) if is_told else None
    if session.json:
        print_json(notification_json(added.notification, now))
        return
    click.echo(added.notification.id)
    session.note(_note(added, standing(added.notification, now), obstacle))


def _standard_input() -> str:
    """Return what comes in; of what is too long for any channel only as much as shows that.

    :raises InvalidInput: it is not UTF-8.
    """
    given = sys.stdin.buffer.read(BODY_MAX_BYTES + 1)
    if len(given) > BODY_MAX_BYTES:
        raise InvalidInput.of("body", f"what came in is longer than {BODY_MAX_BYTES} bytes; shorten it")
    try:
        return given.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InvalidInput.of("body", "what came in is not UTF-8 text") from None


def _accept(container: Container, options: dict[str, Any]) -> Added:
    now = container.clock().now()
    request = NotificationRequest(
        to=options["to"],
        channel=options["channel"],
        type=options["type_"],
        content=Content(
            subject=options["subject"],
            body=options["body"],
            html=options["html"],
            data=dict(options["data"]),
            attachments=options["attach"],
        ),
        template=template_use(options),
        expires_at=moment(options["expires"], now, "expires_at"),
        topic=options["topic"],
        key=_key(options),
        test=options["test"],
    )
    if options["at"] is not None:
        at = parse_when(options["at"], now, "send_at")
        scheduled: Added = container.schedule()(request, at)
        return scheduled
    answer: Added | TocsinError = container.enqueue()([request])[0]
    if isinstance(answer, TocsinError):
        raise answer
    return answer


def _key(options: dict[str, Any]) -> IdempotencyKey | None:
    """Return the promise that the same key comes with the same options."""
    if options["key"] is None:
        return None
    plain = {name: value for name, value in options.items() if name not in ("key", "attach", "test", "template", "var")}
    if options["template"] is not None:
        plain |= {"template": options["template"], "var": dict(options["var"])}
    if options["attach"]:
        plain["attach"] = [
            (one.filename, one.media_type, hashlib.sha256(one.data).hexdigest()) for one in options["attach"]
        ]
    given = json.dumps(plain, sort_keys=True)
    scope = TEST_KEY_SCOPE if options["test"] else KEY_SCOPE
    return IdempotencyKey(scope=scope, key=options["key"], digest=hashlib.sha256(given.encode()).digest())


def _obstacle(container: Container, notification_id: int) -> str | None:
    """Return which suppressed addresses keep it from being sent, None if none do."""
    try:
        explanation: Explanation = container.why()(notification_id)
    except TocsinError:
        return None  # it is accepted all the same
    if not any(one.gate == "suppression" and isinstance(one.verdict, Stop) for one in explanation.gates):
        return None
    stopping = {
        address: [one.reason.value for one in known if one.reason in explanation.stopped_by]
        for address, known in explanation.suppressions.items()
    }
    return ", ".join(f"{shown(address)} is suppressed ({', '.join(why)})" for address, why in stopping.items() if why)


def _note(added: Added, stands: str, obstacle: str | None) -> str:
    notification: Notification = added.notification
    what = f"{notification.channel} to {shown(notification.recipient_id)}"
    if not added.is_new:
        return f"{what} was accepted before under this key, and is {stands}"
    if stands == "scheduled":
        what = f"{what} is scheduled for {shown(notification.send_at)}"
        return what if obstacle is None else f"{what}, but {obstacle}: as it stands, it will not be sent"
    if obstacle is not None:
        return f"{what} is accepted, but {obstacle}: it will not be sent"
    return f"{what} is accepted; tocsin dispatch sends it"
