"""``tocsin recipients``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from application.recipients.checking import RecipientDraft
from application.recipients.find_recipients import FindRecipients
from domain.recipient import Recipient
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.erasing import confirm_erasure, print_erasure
from entrypoints.cli.exporting import export_all, print_one
from entrypoints.cli.failures import NOT_FOUND
from entrypoints.cli.importing import import_file, summary_json
from entrypoints.cli.lists import Limited, one_more
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_details, print_json, print_json_lines, print_table
from entrypoints.cli.parameters import Filled, Pair, Word, limit_option
from entrypoints.cli.plain_text import counted
from entrypoints.cli.progress import progress_bar
from entrypoints.cli.session import Session, pass_session
from entrypoints.files.recipient_export import ExportFormat
from entrypoints.files.recipient_files import read_ids
from entrypoints.wire_format import recipient_json

COLUMNS = ("id", "name", "email", "phone", "push", "locale", "timezone", "attributes")
SPARE = ("locale", "timezone", "push", "attributes", "name")


@click.group(
    "recipients",
    cls=TocsinGroup,
    epilog="""tocsin recipients import people.csv
        tocsin recipients set ada --email ada@example.com --timezone Europe/Vienna --attr plan=pro
        tocsin recipients show ada
        tocsin recipients export ada
        tocsin recipients erase ada""",
)
def command() -> None:
    """Bring in, change, look at, export and erase the people who are told."""


@command.command(
    "import",
    cls=TocsinCommand,
    epilog="""tocsin recipients import people.csv
        tocsin recipients import people.jsonl --rejects wrong.csv""",
)
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where rows go that cannot be taken, with line and reason; else FILE with .rejects.csv.",
)
@pass_session
def import_(session: Session, source: Path, rejects: Path | None) -> None:
    """Bring people in from a .csv or .jsonl file.

    Columns are id, name, email, phone, push_token, locale and timezone; any other column is an attribute. Who is known
    already is changed: what a row leaves out stays as it was. Good rows are kept even if others are wrong; then the
    exit code is 1.
    """
    with opened(session) as container:
        target = rejects or source.with_name(f"{source.stem}.rejects.csv")
        summary = import_file(
            session, container.import_recipients(), source, target, is_target_wanted=rejects is not None
        )
    if session.json:
        print_json(summary_json(summary, target))
    else:
        click.echo(
            f"{counted(summary.rows, 'row')}: {summary.created} new, {summary.updated} changed, "
            f"{summary.rejected} rejected"
        )
    if summary.rejected:
        raise click.ClickException(f"{counted(summary.rejected, 'row')} could not be taken; see {target}")


@command.command(
    "list",
    cls=TocsinCommand,
    epilog="""tocsin recipients list --limit 20
        tocsin recipients list --limit 0 --json""",
)
@limit_option
@click.option("--after", metavar="ID", help="Go on behind this recipient.")
@pass_session
def list_(session: Session, limit: int, after: str | None) -> None:
    """List the recipients, by id."""
    with opened(session) as container:
        find: FindRecipients = container.find_recipients()
        found = Limited(find.stream(one_more(limit), after), limit)
        if session.json:
            print_json_lines(recipient_json(recipient) for recipient in found)
        else:
            print_table(COLUMNS, (_row(recipient) for recipient in found), numbers={"push"}, spare=SPARE)
        if found.has_more and found.last:
            session.note(f"there are more; go on with --after {found.last.id}")


@command.command("show", cls=TocsinCommand, epilog="tocsin recipients show ada")
@click.argument("recipient_id", metavar="ID")
@pass_session
def show(session: Session, recipient_id: str) -> None:
    """Show one recipient."""
    with opened(session) as container:
        recipient = container.get_recipient()(recipient_id)
    _print(session, recipient)


@command.command(
    "set",
    cls=TocsinCommand,
    epilog="""tocsin recipients set ada --name "Ada Lovelace" --email ada@example.com
        tocsin recipients set ada --phone +14155550100 --timezone Europe/London --attr plan=pro --attr country=GB""",
)
@click.argument("recipient_id", metavar="ID")
@click.option("--name", metavar="NAME")
@click.option("--email", metavar="ADDRESS")
@click.option("--phone", metavar="NUMBER", help="With country code, such as +14155550100.")
@click.option(
    "--push-token", "push_tokens", metavar="TOKEN", multiple=True, help="May be repeated; replaces those known."
)
@click.option("--locale", metavar="LOCALE", help="Such as de-AT.")
@click.option("--timezone", metavar="ZONE", help="Such as Europe/Vienna.")
@click.option("--attr", "attributes", type=Pair(), multiple=True, help="Anything else worth knowing; may be repeated.")
@pass_session
def set_(session: Session, /, recipient_id: str, **options: Any) -> None:
    """Create a recipient, or change one and leave the rest as it is."""
    with opened(session) as container:
        recipient = container.merge_recipient()(_draft(recipient_id, options))
    _print(session, recipient)


@command.command(
    "erase",
    cls=TocsinCommand,
    epilog="""tocsin recipients erase ada
        tocsin recipients erase --file leavers.csv --yes""",
)
@click.argument("recipient_ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--file",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv with a column id, or a file with one id a line, instead of ids.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
@click.pass_context
def erase(
    context: click.Context, session: Session, recipient_ids: tuple[str, ...], source: Path | None, *, yes: bool
) -> None:
    """Erase people for good: addresses, attributes, preferences, what was written to them, their inbox.

    What is pending is cancelled; counts stay. Suppressions stay under a keyed hash, so that nobody who opted out is
    written to if they are stored again. Of a list everybody who is known is erased; then the exit code is 3 if some
    were not.
    """
    if bool(recipient_ids) == bool(source):
        raise click.UsageError("name either ids or --file")
    ids = recipient_ids if source is None else read_ids(source, "file")
    with opened(session) as container:
        if not yes:
            confirm_erasure(ids)
        with progress_bar(session, "erasing") as advance:
            summary = container.erase_recipients()(ids, progress=lambda done: advance(done, len(ids)))
    print_erasure(session, summary)
    context.exit(NOT_FOUND if summary.unknown else 0)


@command.command(
    "export",
    cls=TocsinCommand,
    epilog="""tocsin recipients export ada
        tocsin recipients export --all people.jsonl
        tocsin recipients export --all - --format csv""",
)
@click.argument("recipient_id", metavar="[ID]", required=False, type=Filled())
@click.option(
    "--all", "target", metavar="FILE", help="Everybody, to a .csv or .jsonl file that import takes; - prints."
)
@click.option("--format", "format_", type=Word(ExportFormat), help="What - prints; jsonl unless given.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@pass_session
def export(
    session: Session, recipient_id: str | None, target: str | None, format_: ExportFormat | None, *, force: bool
) -> None:
    """Print everything that is known of one person, or write everybody to a file.

    Of one: themselves, what they want, suppressions, every notification with its attempts and receipts, and the inbox.
    Of everybody: what import takes; a .csv has one push token of each and no browsers, a .jsonl has all.
    """
    if (recipient_id is None) == (target is None):
        raise click.UsageError("name either an id or --all FILE")
    if target != "-" and format_ is not None:
        raise click.UsageError("--format goes with --all -; a file is written as its name ends")
    with opened(session) as container:
        if recipient_id is not None:
            print_one(container.export_recipient()(recipient_id), container.clock().now())
        elif target is not None:
            export_all(session, container.export_recipients(), target, format_, force=force)


def _draft(recipient_id: str, options: Mapping[str, Any]) -> RecipientDraft:
    return RecipientDraft(
        id=recipient_id,
        name=options["name"],
        email=options["email"],
        phone=options["phone"],
        push_tokens=options["push_tokens"] or None,
        locale=options["locale"],
        timezone=options["timezone"],
        attributes=dict(options["attributes"]) or None,
    )


def _row(recipient: Recipient) -> tuple[object, ...]:
    return (
        recipient.id,
        recipient.name,
        recipient.email,
        recipient.phone,
        len(recipient.push_tokens) + len(recipient.web_push),
        recipient.locale,
        recipient.timezone,
        ", ".join(f"{name}={value}" for name, value in recipient.attributes.items()),
    )


def _print(session: Session, recipient: Recipient) -> None:
    if session.json:
        print_json(recipient_json(recipient))
        return
    print_details(
        (
            ("id", recipient.id),
            ("name", recipient.name),
            ("email", recipient.email),
            ("phone", recipient.phone),
            ("push tokens", ", ".join(recipient.push_tokens)),
            ("web push", ", ".join(known.endpoint for known in recipient.web_push)),
            ("locale", recipient.locale),
            ("timezone", recipient.timezone),
            *((f"attribute {name}", value) for name, value in recipient.attributes.items()),
        )
    )
