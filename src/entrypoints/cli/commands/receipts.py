"""``tocsin receipts``."""

import os
import sys

import click

from application.ports.receipt_repository import Reception, Recorded
from application.receiving.recording import Taken
from domain.errors import Misconfigured, StoreUnavailable, Unreadable
from domain.lifecycle import Event
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.failures import tell
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import taken_json

MESSAGE_BYTES_MAX = 10 * 1024 * 1024
TRY_AGAIN = os.EX_TEMPFAIL
"""What tells a mail server to keep the report and pipe it in again later (sysexits.h)."""


@click.group("receipts", cls=TocsinGroup, epilog="tocsin receipts bounce < message.eml")
def command() -> None:
    """Take the reports of mail servers about mails that did not arrive."""


@command.command(
    "bounce",
    cls=TocsinCommand,
    epilog="""tocsin receipts bounce < message.eml
        tocsin --config /etc/tocsin.toml receipts bounce --quiet""",
)
@pass_session
def bounce(session: Session) -> None:
    """Read one report from standard input: a bounce (RFC 3464) or a complaint (RFC 5965).

    For a mail server that pipes into it whatever comes to the return_path of a gateway. A bounce makes its notification
    failed; an address that is dead is not used again. The same report counts once. Exit 1 for what is no report, exit
    75 where the configuration or the store cannot be used now, so that the mail server tries again.
    """
    message = sys.stdin.buffer.read(MESSAGE_BYTES_MAX + 1)
    if not message.strip():
        raise Unreadable("nothing came in; pipe the report in: tocsin receipts bounce < message.eml")
    if len(message) > MESSAGE_BYTES_MAX:
        raise Unreadable(f"the message is larger than {MESSAGE_BYTES_MAX} bytes; no report is")
    try:
        with opened(session) as container:
            taken = container.take_bounce()(message)
    except (StoreUnavailable, Misconfigured, OSError) as error:
        tell(error)
        raise click.exceptions.Exit(TRY_AGAIN) from error
    if session.json:
        print_json({"receipts": [taken_json(one) for one in taken]})
        return
    for one in taken:
        session.note(_sentence(one))


def _sentence(one: Taken) -> str:
    told = one.receipt.kind.value
    if one.reference is not None:
        told = f"notification {one.reference.notification_id} {told}"
    match one.recorded:
        case Recorded(Reception.DROPPED):
            return f"{told}: it is not here any more; nothing was recorded"
        case Recorded(Reception.REPEATED):
            return f"{told}: recorded before; nothing was changed"
        case Recorded(Reception.KEPT, Event.BOUNCE):
            return f"{told}: it is failed now; tocsin suppressions list says whether its address is still used"
        case Recorded(Reception.KEPT, event):
            return f"{told}: recorded{'' if event is None else f', which was its step: {event}'}"
    raise AssertionError("a receipt was neither kept, repeated nor dropped")
