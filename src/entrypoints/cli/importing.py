"""Reading a file of recipients into the use case, with a bar that shows how far it is."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from attrs import define, field

from application.recipients.checking import RecipientDraft
from application.recipients.import_recipients import ImportRecipients, ImportSummary, RejectedRow, SourceRow
from domain.errors import TocsinError
from domain.recipient import WebPushSubscription
from entrypoints.cli.plain_text import counted, visible
from entrypoints.cli.progress import progress_bar
from entrypoints.cli.session import Session
from entrypoints.files.recipient_files import RecipientFile, RejectsFile
from entrypoints.files.recipient_files import SourceRow as FileRow
from entrypoints.json_values import JsonObject


def import_file(
    session: Session, use_case: ImportRecipients, source: Path, target: Path, *, is_target_wanted: bool
) -> ImportSummary:
    """Bring in the rows of *source*; those that cannot be taken go to *target*.

    That file is made for the first of them, or at once if it *is_target_wanted*.

    :raises InvalidInput: the file cannot be read as a whole, or *target* cannot be written.
    """
    with ExitStack() as stack:
        rows = stack.enter_context(RecipientFile(source))
        if rows.attributes:
            session.note(f"kept as attributes: {visible(', '.join(rows.attributes))}")
        rejects = Rejects(stack, target, source)
        if is_target_wanted:
            rejects.open()
        advance = stack.enter_context(progress_bar(session, "importing", in_bytes=True))
        done = 0

        def progress(number: int) -> None:
            nonlocal done
            done = number
            advance(rows.position, rows.total_bytes or None)

        try:
            return use_case((_row(row) for row in rows), rejects, progress)
        except (TocsinError, OSError):
            if done:
                session.note(f"the good ones of the first {counted(done, 'row')} are stored; run it again for the rest")
            raise


@define
class Rejects:
    """Writes what could not be taken; there is no file as long as there is nothing to write."""

    stack: ExitStack
    target: Path
    source: Path
    _file: RejectsFile | None = field(default=None, init=False)

    def __call__(self, row: RejectedRow) -> None:
        """Write one row with its reason."""
        self.open().write(FileRow(row.line, row.source), row.reason)

    def open(self) -> RejectsFile:
        """Return the file, made if it was not there.

        :raises InvalidInput: it cannot be written.
        """
        if self._file is None:
            self._file = self.stack.enter_context(RejectsFile(self.target, self.source))
        return self._file


def summary_json(summary: ImportSummary, target: Path) -> JsonObject:
    """Return what became of the rows."""
    return {
        "rows": summary.rows,
        "created": summary.created,
        "updated": summary.updated,
        "rejected": summary.rejected,
        "rejects": str(target) if summary.rejected else None,
    }


def _row(row: FileRow) -> SourceRow:
    draft = None if row.fields is None else _draft(dict(row.fields))
    return SourceRow(line=row.line, draft=draft, problem=row.problem, source=row.text)


def _draft(fields: dict[str, Any]) -> RecipientDraft:
    subscriptions = fields.pop("web_push", None)
    web_push = None if subscriptions is None else [WebPushSubscription(**one) for one in subscriptions]
    return RecipientDraft(web_push=web_push, **fields)
