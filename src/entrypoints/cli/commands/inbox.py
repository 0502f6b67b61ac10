"""``tocsin inbox``."""

import click
from click.core import ParameterSource

from application.inbox.mark_inbox import Marked
from application.ports.inbox_repository import InboxQuery
from domain.inbox import InboxItem, Mark
from entrypoints.cli.command import PlainOption, TocsinCommand
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines, print_table
from entrypoints.cli.parameters import ID_MAX, Filled, Number, Whole, Word, limit_option
from entrypoints.cli.plain_text import counted
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import inbox_item_json, inbox_marked_json

COLUMNS = ("id", "at", "state", "type", "topic", "subject", "seen at", "read at", "archived at", "body")
SPARE = ("archived at", "seen at", "read at", "topic", "type")  # the state tells half of what the times do
PROSE = frozenset({"subject", "body"})


@click.command(
    "inbox",
    cls=TocsinCommand,
    epilog="""tocsin inbox ada
        tocsin inbox ada --unread --limit 10
        tocsin inbox ada --archived
        tocsin inbox ada --mark seen
        tocsin inbox ada --mark read --id 7 --id 8""",
)
@click.argument("recipient_id", metavar="RECIPIENT", type=Filled())
@click.option("--unread", is_flag=True, help="Only what was not read.")
@click.option("--archived", is_flag=True, help="What was put away, instead of the rest.")
@limit_option
@click.option("--after", cls=PlainOption, type=Whole(1, ID_MAX), metavar="ID", help="Go on behind this message.")
@click.option(
    "--mark",
    type=Word(Mark),
    metavar="MARK",
    help="Instead of showing messages, mark them: seen, unseen, read (and so seen), unread, archived, unarchived.",
)
@click.option(
    "--id",
    "ids",
    type=Number("message of this inbox"),
    multiple=True,
    metavar="N",
    help="With --mark: this message alone; repeatable. Without it, all that are not put away.",
)
@pass_session
def command(
    session: Session,
    recipient_id: str,
    unread: bool,
    archived: bool,
    limit: int,
    after: int | None,
    mark: Mark | None,
    ids: tuple[int, ...],
) -> None:
    """Show what a person sees in the in-app inbox, or mark it.

    Looking does not mark anything as seen or read. A browser looks at it over HTTP with a token for this one inbox,
    which your backend makes with a key: POST /v1/recipients/ada/inbox/token.
    """
    if mark is not None:
        limited = click.get_current_context().get_parameter_source("limit") is ParameterSource.COMMANDLINE
        if unread or archived or limited or after is not None:
            raise click.UsageError("--mark goes with --id alone; leave out --unread, --archived, --limit and --after")
        _mark(session, recipient_id, mark, ids)
    elif ids:
        raise click.UsageError("--id names what to mark; add --mark, or look at one message with: tocsin show ID")
    else:
        _show(
            session, InboxQuery(recipient_id=recipient_id, limit=limit, after=after, unread=unread, archived=archived)
        )


def _show(session: Session, query: InboxQuery) -> None:
    with opened(session) as container:
        page = container.read_inbox()(query)
    if session.json:
        print_json_lines(inbox_item_json(item) for item in page.items)
    else:
        print_table(COLUMNS, map(_row, page.items), numbers={"id"}, spare=SPARE, prose=PROSE)
        counts = page.counts
        beside = "not put away: " if query.archived else ""
        session.note(f"{beside}{counted(counts.total, 'message')}: {counts.unseen} unseen, {counts.unread} unread")
    if page.next is not None:
        session.note(f"there are more; go on with --after {page.next}")


def _row(item: InboxItem) -> tuple[object, ...]:
    return (
        item.notification_id,
        item.at,
        _state(item),
        item.type,
        item.topic,
        item.subject,
        item.seen_at,
        item.read_at,
        item.archived_at,
        item.body or ", ".join(f"{name} = {value}" for name, value in item.data.items()),
    )


def _state(item: InboxItem) -> str:
    if item.archived_at is not None:
        return "archived"
    if item.read_at is not None:
        return "read"
    return "new" if item.seen_at is None else "seen"


def _mark(session: Session, recipient_id: str, mark: Mark, ids: tuple[int, ...]) -> None:
    with opened(session) as container:
        marked: Marked = container.mark_inbox()(recipient_id, mark, ids or None)
    if session.json:
        print_json(inbox_marked_json(marked))
    else:
        counts = marked.counts
        left = f"{counts.unseen} unseen and {counts.unread} unread of {counts.total}"
        click.echo(f"{counted(marked.changed, 'message')} marked as {mark}; now {left}")
