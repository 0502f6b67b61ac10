"""One notification as the options of ``send`` and ``decide`` ask for it."""

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import click

from application.sending.admission import NotificationRequest
from domain.channel import Channel
from domain.content import BODY_MAX_BYTES, Content
from domain.errors import InvalidInput
from domain.notification import IdempotencyKey
from domain.notification_type import NotificationType
from entrypoints.cli.parameters import Pair, Word, moment, template_use
from entrypoints.files.attachment_files import read_attachments
from entrypoints.when import parse_when

F = TypeVar("F", bound=Callable[..., Any])

KEY_SCOPE = "cli"
TEST_KEY_SCOPE = "cli/test"  # what was tried under a key can be sent under it
STANDARD_INPUT = "-"

_OPTIONS: Final = (
    click.option("--to", required=True, metavar="ID", help="The recipient, by id."),
    click.option("--channel", type=Word(Channel), required=True, help="The way to reach them."),
    click.option("--type", "type_", type=Word(NotificationType), required=True, help="Why they are told."),
    click.option("--subject", metavar="TEXT", help="One line; email needs it."),
    click.option("--body", metavar="TEXT", help="The text, sent as it stands; - reads it from standard input."),
    click.option("--html", metavar="TEXT", help="The same as HTML, for email."),
    click.option("--data", type=Pair(), multiple=True, help="A value for the app (push, in_app); may be repeated."),
    click.option(
        "--template", metavar="NAME", help="What to say, instead of all these: tocsin templates put keeps it."
    ),
    click.option("--var", type=Pair(), multiple=True, help="A value for the template; may be repeated."),
    click.option("--attach", metavar="FILE", multiple=True, help="A file that goes with the email; may be repeated."),
    click.option("--at", metavar="WHEN", help='Send it then: 2026-06-01T09:00+02:00, +10m, or "09:00 local" for them.'),
    click.option("--expires", metavar="WHEN", help="Do not send it after that; without it, the type decides."),
    click.option("--key", metavar="KEY", help="Send it once, however often the same command with this key is run."),
    click.option("--topic", metavar="TOPIC", help="What it is about."),
    click.option("--test", is_flag=True, help="Handle it like everything else, but reach no gateway."),
)


def asks_for_a_notification(function: F) -> F:
    """Give a command the options that say which notification is meant; :func:`asked_for` reads them."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def asked_for(options: Mapping[str, Any], now: datetime) -> NotificationRequest:
    """Return what *options* ask for; its body may come from standard input, and its attachments come from files.

    :raises InvalidInput: a file cannot be read, or an option says nothing that can be meant.
    """
    given = dict(options)
    if given["body"] == STANDARD_INPUT:
        given["body"] = _standard_input()
    given["attach"] = read_attachments(given["attach"])
    return NotificationRequest(
        to=given["to"],
        channel=given["channel"],
        type=given["type_"],
        content=Content(
            subject=given["subject"],
            body=given["body"],
            html=given["html"],
            data=dict(given["data"]),
            attachments=given["attach"],
        ),
        template=template_use(given),
        send_at=None if given["at"] is None else parse_when(given["at"], now, "send_at"),
        expires_at=moment(given["expires"], now, "expires_at"),
        topic=given["topic"],
        key=_key(given),
        test=given["test"],
    )


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


def _key(options: Mapping[str, Any]) -> IdempotencyKey | None:
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
