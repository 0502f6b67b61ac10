"""``tocsin bulk``."""

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from application.sending.bulk import Bulk, BulkCommand
from application.sending.preview_bulk import Preview
from domain.audience import Audience, Listed, parse_audience
from domain.campaign import Campaign
from domain.channel import Channel
from domain.content import Content, Markup
from domain.errors import InvalidInput
from domain.notification_type import NotificationType
from entrypoints.cli.campaign_view import print_campaign
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.empty_links import note_empty_links, sources_of
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.parameters import Pair, Rate, Word, moment, template_use
from entrypoints.cli.preview_view import numbers, preview_notes, print_preview
from entrypoints.cli.progress import progress_bar
from entrypoints.cli.session import Session, pass_session
from entrypoints.container import Container
from entrypoints.files.attachment_files import named_as, read_attachments
from entrypoints.files.recipient_files import read_ids
from entrypoints.preview_shape import preview_json
from entrypoints.when import parse_when
from entrypoints.wire_format import campaign_json

LIST_SUFFIXES = (".csv", ".txt", ".jsonl")


@click.command(
    "bulk",
    cls=TocsinCommand,
    epilog="""tocsin bulk --audience all --channel in_app --type informational --body "Hello {{ recipient.name }}"
        tocsin bulk --audience "plan = pro and not tags = churned" --channel push --type promotional --body Hi --dry-run
        tocsin bulk --audience all --channel email --type promotional --template spring --var code=S26 --dry-run
        tocsin bulk --audience all --channel in_app --type promotional --topic offers --body Hi --at "09:00 local"
        tocsin bulk --audience ids.csv --channel push --channel in_app --type promotional --body Hi --rate 100/s""",
)
@click.option("--audience", required=True, metavar="WHO", help="all, a file of ids, or conditions (below).")
@click.option("--channel", "channels", type=Word(Channel), multiple=True, required=True, help="May be repeated.")
@click.option("--type", "type_", type=Word(NotificationType), required=True, help="Why they are told.")
@click.option("--subject", metavar="TEXT", help="One line; email needs it.")
@click.option("--body", metavar="TEXT", help="The text.")
@click.option("--html", metavar="TEXT", help="The same as HTML, for email.")
@click.option("--template", metavar="NAME", help="What to say, instead of all these, to each in their locale.")
@click.option("--var", type=Pair(), multiple=True, help="A value for the template, the same for all; may be repeated.")
@click.option("--attach", metavar="FILE", multiple=True, help="A file that goes with each email; may be repeated.")
@click.option("--name", metavar="NAME", help="What people call the campaign; there is one of a name.")
@click.option("--topic", metavar="TOPIC", help="What it is about.")
@click.option("--at", metavar="WHEN", help='Send it then: 2026-06-01T09:00+02:00, +2h, or "09:00 local" for each.')
@click.option("--expires", metavar="WHEN", help="Do not send it after that; without it, the type decides.")
@click.option("--rate", type=Rate(), help="No faster than this on each channel, such as 100/s.")
@click.option("--test", is_flag=True, help="Handle it like everything else, but reach no gateway.")
@click.option("--dry-run", is_flag=True, help="Say how many would get it, who not and why; start nothing.")
@click.option("--yes", is_flag=True, help="Do not ask, however many it reaches.")
@pass_session
def command(session: Session, /, dry_run: bool, yes: bool, **options: Any) -> None:
    """Start a campaign: one text for many people.

    Subject, body and HTML are Jinja2 templates in which "recipient" is the one who gets it. Returns when every
    notification exists; they are sent by a dispatcher. If it is killed, any dispatcher finishes the rest. At a local
    time everybody gets theirs when their own clock next shows it; without a timezone, by that of the configuration.

    Conditions compare a field or an attribute by =, !=, in (a, b), not in (a, b), exists, and numbers and dates also by
    <, <=, > and >=; they are joined by and, or, not and parentheses. A list such as tags is = each of its elements.
    """
    with named_as(options["attach"]), opened(session) as container:
        wanted = _command(container, options)
        note_empty_links(session, container, sources_of(wanted.content, wanted.template, container))
        if dry_run:
            preview = container.preview_bulk()(wanted)
            if session.json:
                print_json(preview_json(preview))
            else:
                print_preview(preview)
                for note in preview_notes(preview):
                    session.note(note)
            return
        if not (yes or wanted.test):
            _confirm(container.preview_bulk()(wanted), container.settings().bulk_confirm_over)
        campaign = _start(session, container, wanted)
    if session.json:
        print_json(campaign_json(campaign))
    else:
        print_campaign(campaign)
    session.note(
        f"tocsin dispatch sends it; tocsin campaigns cancel {_quoted(wanted.name, campaign)} withdraws what is left"
        if campaign.created
        else "nobody gets it: no recipient is both in the audience and reachable on such a channel"
    )


def _quoted(name: str | None, campaign: Campaign) -> str:
    """Return what to type for *campaign*: the *name* it was given, if any, else its id."""
    return str(campaign.id) if name is None else shlex.quote(name)


def _command(container: Container, options: dict[str, Any]) -> BulkCommand:
    now = container.clock().now()
    return BulkCommand(
        audience=_audience(options["audience"]),
        channels=options["channels"],
        type=options["type_"],
        content=Content(
            subject=options["subject"],
            body=options["body"],
            html=options["html"],
            markup=Markup.JINJA,
            attachments=read_attachments(options["attach"]),
        ),
        template=template_use(options),
        name=options["name"],
        send_at=None if options["at"] is None else parse_when(options["at"], now, "send_at"),
        expires_at=moment(options["expires"], now, "expires_at"),
        topic=options["topic"],
        rate=options["rate"],
        test=options["test"],
    )


def _audience(text: str) -> Audience:
    path = Path(text)
    if text != "all" and _is_file(path):
        return Listed(read_ids(path))
    if path.suffix.lower() in LIST_SUFFIXES and "=" not in text:
        raise InvalidInput.of("audience", f"there is no file {text}")
    return parse_audience(text)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # conditions can be longer than any file name
        return False


def _confirm(preview: Preview, confirm_over: int) -> None:
    """Ask a person before many are told.

    :raises UsageError: there is nobody to ask.
    :raises ClickException: they said no.
    """
    if preview.would_get <= confirm_over:
        return
    local = preview.campaign.local
    what = numbers(preview) + ("" if local is None else f", at {local.time}")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"this would send to {what}; look with --dry-run, then add --yes")
    if not click.confirm(f"Send to {what}?", err=True):
        raise click.ClickException("nothing was started")


def _start(session: Session, container: Container, wanted: BulkCommand) -> Campaign:
    with progress_bar(session, "writing notifications") as advance:
        start: Bulk = container.bulk()
        return start(wanted, progress=lambda campaign: advance(campaign.considered, campaign.total))
