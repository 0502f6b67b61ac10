"""The type table, cell by cell."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from domain.channel import Channel
from domain.notification_type import TYPE_POLICIES, LostAnswer, NotificationType, TypePolicy

TABLE: dict[str, tuple[Any, Any, Any]] = {
    "priority": (0, 1, 2),
    "may_opt_out": (False, True, True),
    "complaint_spares": ({Channel.EMAIL}, set(), set()),
    "respects_quiet_hours": (False, True, True),
    "is_capped": (False, True, True),
    "unsubscribe_headers": (False, True, True),
    "lost_answer": (LostAnswer.RESEND, LostAnswer.RESEND, LostAnswer.HOLD),
    "time_to_live": (timedelta(days=1), timedelta(days=3), timedelta(days=7)),
}


@pytest.mark.parametrize("row", TABLE)
@pytest.mark.parametrize(("column", "kind"), list(enumerate(NotificationType)))
def test_every_cell_is_as_decided(row: str, column: int, kind: NotificationType) -> None:
    assert getattr(TYPE_POLICIES[kind], row) == TABLE[row][column]


def test_no_row_of_the_table_is_untested() -> None:
    assert set(attrs.fields_dict(TypePolicy)) == set(TABLE)


def test_every_type_has_a_column() -> None:
    assert list(TYPE_POLICIES) == list(NotificationType)
    assert [kind.value for kind in NotificationType] == ["transactional", "informational", "promotional"]
