from collections.abc import Iterator

from adapters.gateways.mime import Mail
from adapters.gateways.smtp_upcoming import Upcoming
from domain.outcome import Rejected

MAILS = [Mail("news@example.com", f"person{number}@example.com", b"") for number in range(4)]
NONE = Rejected("no mail can be made of it")


class Maker:
    """Makes mails one by one, and knows how many it made."""

    def __init__(self, *mails: Mail | Rejected) -> None:
        self.made = 0
        self._mails = mails

    def __iter__(self) -> Iterator[Mail | Rejected]:
        for mail in self._mails:
            self.made += 1
            yield mail


def test_mails_come_in_their_order_and_each_knows_the_one_that_follows() -> None:
    upcoming = Upcoming(iter(MAILS))

    pairs = [(upcoming.take(), upcoming.following) for _ in MAILS]

    assert pairs == list(zip(MAILS, [*MAILS[1:], None], strict=True))


def test_none_is_made_before_it_is_needed_but_the_one_that_is_prepared() -> None:
    maker = Maker(*MAILS)
    upcoming = Upcoming(iter(maker))
    made = []

    upcoming.take()
    made.append(maker.made)
    assert upcoming.following is upcoming.following
    made.append(maker.made)
    upcoming.prepare()
    upcoming.prepare()
    made.append(maker.made)
    upcoming.take()
    assert upcoming.following
    made.append(maker.made)

    assert made == [1, 2, 3, 3]


def test_what_cannot_be_made_is_followed_by_nothing_and_keeps_its_place() -> None:
    upcoming = Upcoming(iter([MAILS[0], NONE, MAILS[1]]))

    assert upcoming.take() == MAILS[0]
    assert upcoming.following is None
    upcoming.prepare()
    assert [upcoming.take(), upcoming.following, upcoming.take()] == [NONE, MAILS[1], MAILS[1]]


def test_preparing_at_the_end_makes_nothing() -> None:
    upcoming = Upcoming(iter(MAILS[:1]))
    upcoming.take()

    upcoming.prepare()

    assert upcoming.following is None
