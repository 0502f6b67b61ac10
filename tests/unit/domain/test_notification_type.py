"""The type table, cell by cell."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from domain.channel import Channel
from domain.frequency_cap import FrequencyCap
from domain.notification_type import TYPE_POLICIES, LostAnswer, NotificationType, TypePolicy
from domain.quiet_hours import QuietHours

TABLE: dict[str, tuple[Any, Any, Any]] = {
    "priority": (0, 1, 2),
    "may_opt_out": (False, True, True),
    "complaint_spares": ({Channel.EMAIL}, set(), set()),
    "respects_quiet_hours": (False, True, True),
    "is_capped": (False, True, True),
    "unsubscribe_headers": (False, True, True),
    "lost_answer": (LostAnswer.RESEND, LostAnswer.RESEND, LostAnswer.HOLD),
    "time_to_live": (timedelta(days=1), timedelta(days=3), timedelta(days=7)),
    "quiet_hours": (None, None, None),
    "frequency_cap": (None, None, None),
}


@pytest.mark.parametrize("row", TABLE)
@pytest.mark.parametrize(("column", "kind"), list(enumerate(NotificationType)))
def test_every_cell_is_as_decided(row: str, column: int, kind: NotificationType) -> None:
    assert getattr(TYPE_POLICIES[kind], row) == TABLE[row][column]


def test_no_row_of_the_table_is_untested() -> None:
    assert set(attrs.fields_dict(TypePolicy)) == set(TABLE)


@pytest.mark.parametrize(
    "setting", [{"quiet_hours": QuietHours.parse("21:00-08:00")}, {"frequency_cap": FrequencyCap.parse("3/day")}]
)
def test_a_type_that_ignores_them_has_neither_quiet_hours_nor_a_cap(setting: dict[str, Any]) -> None:
    assert attrs.evolve(TYPE_POLICIES[NotificationType.PROMOTIONAL], **setting)
    with pytest.raises(AssertionError):
        attrs.evolve(TYPE_POLICIES[NotificationType.TRANSACTIONAL], **setting)


def test_every_type_has_a_column() -> None:
    assert list(TYPE_POLICIES) == list(NotificationType)
    assert [kind.value for kind in NotificationType] == ["transactional", "informational", "promotional"]
