"""Forgetting people, whole or not at all, however many there are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from attrs import define, field, frozen

from application.ports.clock import Clock
from application.ports.erasure import Erased, Erasure
from application.ports.message_files import MessageFiles
from domain.errors import NotFound

SLICE = 1000
UNKNOWN_NAMED_MAX = 100
"""How many of the ids that name nobody are told; the others are counted."""


@frozen(kw_only=True)
class ErasureSummary:
    """What became of a list of ids.

    ``unknown`` counts those that name nobody, ``unknown_ids`` are the first of them. ``in_flight`` notifications were
    being sent, so their messages may cross. ``copies_left`` says that older copies stay in the store's own log for as
    long as somebody reads from it.
    """

    people: int
    unknown: int
    unknown_ids: tuple[str, ...]
    cancelled: int
    in_flight: int
    files: int
    copies_left: bool


@define
class _Tally:
    people: int = 0
    unknown: int = 0
    unknown_ids: list[str] = field(factory=list)
    cancelled: int = 0
    in_flight: int = 0
    files: int = 0

    def add(self, erased: Erased) -> None:
        self.people += erased.people
        self.unknown += len(erased.unknown)
        self.unknown_ids += erased.unknown[: UNKNOWN_NAMED_MAX - len(self.unknown_ids)]
        self.cancelled += erased.cancelled
        self.in_flight += len(erased.in_flight)


@frozen(kw_only=True)
class EraseRecipients:
    """Erase people.

    The files of their messages go first: if that is interrupted the people are still there, and erasing them again
    finds what is left.
    """

    erasure: Erasure
    files: MessageFiles
    clock: Clock

    def __call__(
        self, recipient_ids: Iterable[str], progress: Callable[[int], None] = lambda _: None
    ) -> ErasureSummary:
        """Erase those of *recipient_ids* that are known and return what became of all; *progress* hears how many yet.

        :raises StoreUnavailable: who was erased until then stays so.
        """
        tally = _Tally()
        done = 0
        for some in _slices(recipient_ids):
            tally.files += self.files.remove(self.erasure.notifications_of(some))
            left: Sequence[str] = some
            while left:
                erased = self.erasure.erase(left, self.clock.now())
                tally.add(erased)
                if erased.in_flight:  # written since
                    tally.files += self.files.remove(erased.in_flight)
                left = left[erased.looked_at :]
                done += erased.looked_at
                progress(done)
        is_clean = tally.people == 0 or self.erasure.leave_no_copy()
        return ErasureSummary(
            people=tally.people,
            unknown=tally.unknown,
            unknown_ids=tuple(tally.unknown_ids),
            cancelled=tally.cancelled,
            in_flight=tally.in_flight,
            files=tally.files,
            copies_left=not is_clean,
        )


@frozen(kw_only=True)
class EraseRecipient:
    """Erase one person."""

    erase: EraseRecipients

    def __call__(self, recipient_id: str) -> ErasureSummary:
        """Erase them and return what that took.

        :raises NotFound: there is nobody of this id.
        """
        summary = self.erase([recipient_id])
        if summary.unknown:
            raise NotFound("recipient", recipient_id)
        return summary


def _slices(ids: Iterable[str]) -> Iterator[list[str]]:
    source = iter(ids)
    while some := list(islice(source, SLICE)):
        yield some
