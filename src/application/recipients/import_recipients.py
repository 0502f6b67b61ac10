"""Bringing people in, row by row, without holding them in memory."""

from collections.abc import Callable, Iterable
from itertools import islice

from attrs import frozen

from application.ports.recipient_repository import RecipientRepository
from application.recipients.checking import RecipientChecking, RecipientDraft
from domain.errors import InvalidInput
from domain.recipient import Recipient

CHUNK = 1000


@frozen(kw_only=True)
class SourceRow:
    """One row of a source: its line, and either the person it describes or what is wrong with it.

    ``source`` is the row as it stood, for the file of rejected rows.
    """

    line: int
    draft: RecipientDraft | None
    problem: str | None = None
    source: str = ""


@frozen(kw_only=True)
class RejectedRow:
    """A row that was not taken, and why; ``error`` names the wrong fields of one that could be read."""

    line: int
    reason: str
    source: str
    error: InvalidInput | None = None


@frozen(kw_only=True)
class ImportSummary:
    """How many rows there were, how many people were new, how many were changed, how many rows were rejected."""

    rows: int
    created: int
    updated: int
    rejected: int


@frozen(kw_only=True)
class ImportRecipients:
    """Take good rows, hand bad ones to *reject*; a person that is known is merged with what the row says."""

    recipients: RecipientRepository
    checking: RecipientChecking

    def __call__(
        self,
        rows: Iterable[SourceRow],
        reject: Callable[[RejectedRow], None],
        progress: Callable[[int], None] = lambda _: None,
    ) -> ImportSummary:
        """Return the counts once all rows are stored; *progress* hears the number of rows so far.

        :raises StoreUnavailable: what was stored until then stays.
        """
        total = created = updated = rejected = 0
        source = iter(rows)
        while chunk := list(islice(source, CHUNK)):
            total += len(chunk)
            people = []
            for row in chunk:
                answer = self._check(row)
                if isinstance(answer, Recipient):
                    people.append(answer)
                else:
                    rejected += 1
                    reject(answer)
            new = self.recipients.merge(people) if people else 0
            created += new
            updated += len(people) - new
            progress(total)
        return ImportSummary(rows=total, created=created, updated=updated, rejected=rejected)

    def _check(self, row: SourceRow) -> Recipient | RejectedRow:
        if row.draft is None:
            return RejectedRow(line=row.line, reason=row.problem or "cannot be read", source=row.source)
        try:
            return self.checking(row.draft)
        except InvalidInput as error:
            return RejectedRow(line=row.line, reason=str(error), source=row.source, error=error)
