"""Counting what happened."""

from collections.abc import Sequence
from datetime import timedelta

from attrs import frozen

from application.ports.clock import Clock
from application.ports.report_repository import Grouping, ReportRepository, ReportRow
from domain.errors import InvalidInput

DAYS_MAX = 3660


@frozen(kw_only=True)
class Report:
    """Count notifications by what became of them."""

    reports: ReportRepository
    clock: Clock

    def __call__(self, days: int | None = None, by: Grouping | None = None) -> Sequence[ReportRow]:
        """Return a row a group for what was created in the last *days* times 24 hours; None means ever.

        :raises InvalidInput: *days* is not between 1 and 3660.
        """
        if days is not None and not 1 <= days <= DAYS_MAX:
            raise InvalidInput.of("days", f"must be between 1 and {DAYS_MAX}")
        since = None if days is None else self.clock.now() - timedelta(days=days)
        return self.reports.summary(since, by)
