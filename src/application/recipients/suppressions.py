"""Suppressions: looking at them, and changing them by hand."""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from application.ports.address_checker import AddressChecker
from application.ports.clock import Clock
from application.ports.suppression_repository import Removal, SuppressionQuery, SuppressionRepository
from application.recipients.checking import checked_address
from domain.channel import Channel
from domain.errors import Conflict, FieldError, InvalidInput, NotFound
from domain.preferences import TOPIC_MAX, is_topic
from domain.suppression import EVERYTHING, Suppression, SuppressionName, SuppressionScope, suppression_key
from domain.suppression_reason import BY_THE_PERSON, EVERY_REASON, SuppressionReason

PAGE = 1000

DETAIL_MAX: Final = 500
"""The most characters that people may write beside a suppression."""


@frozen
class SuppressionPage:
    """Some suppressions; ``next`` is the cursor of the page behind it, None at the end."""

    items: Sequence[Suppression]
    next: SuppressionName | None


@frozen(kw_only=True)
class ListSuppressions:
    """Look at the addresses that must not be used, and at why."""

    suppressions: SuppressionRepository

    def __call__(self, query: SuppressionQuery) -> SuppressionPage:
        """Return one page of at most ``query.limit``, which must not be 0, by channel, address, reason and scope."""
        assert query.limit > 0
        found = self.suppressions.page(evolve(query, limit=query.limit + 1))
        items = found[: query.limit]
        return SuppressionPage(items, items[-1].name if len(found) > query.limit else None)

    def stream(self, query: SuppressionQuery) -> Iterator[Suppression]:
        """Yield up to ``query.limit`` suppressions (0 means all), a page at a time, so that memory stays flat."""
        left = query.limit
        after = query.after
        while True:
            page = self(evolve(query, limit=min(PAGE, left) if query.limit else PAGE, after=after))
            yield from page.items
            left -= len(page.items)
            if page.next is None or (query.limit and left <= 0):
                return
            after = page.next


@frozen(kw_only=True)
class AddSuppression:
    """Take one address out of use, for everything or for a type or a topic alone."""

    suppressions: SuppressionRepository
    addresses: AddressChecker
    clock: Clock

    def __call__(
        self,
        channel: Channel,
        address: str,
        *,
        reason: SuppressionReason = SuppressionReason.MANUAL,
        detail: str | None = None,
        scope: SuppressionScope = EVERYTHING,
    ) -> Suppression:
        """Return how the address stands on the list now for this reason and scope; any other stays beside it.

        :raises InvalidInput: every wrong field is named.
        """
        wrong = [*_detail_problems(detail), *_topic_problems(scope.topic)]
        try:
            stored = checked_address(channel, address, self.addresses)
        except ValueError as error:
            raise InvalidInput([FieldError("address", str(error)), *wrong]) from None
        if wrong:
            raise InvalidInput(wrong)
        new = Suppression(
            channel=channel, address=stored, reason=reason, at=self.clock.now(), detail=detail, scope=scope
        )
        (standing,) = self.suppressions.add([new])
        return standing


@frozen(kw_only=True)
class RemoveSuppression:
    """Let one address be used again, as far as that is not the person's own decision."""

    suppressions: SuppressionRepository
    addresses: AddressChecker

    def __call__(
        self,
        channel: Channel,
        address: str,
        *,
        reason: SuppressionReason | None = None,
        scope: SuppressionScope | None = None,
        every: bool = False,
    ) -> Removal:
        """Return what was removed, which is something, and what is left.

        Without a *reason* it is all that the person did not decide themselves, and without a *scope* only what counts
        for everything; *every* takes every reason, and without a scope of every scope. The address is found as the list
        spells it, also where no recipient could have it: a provider may have said so of it.

        :raises InvalidInput: it is neither on the list nor an address, or both *reason* and *every* are given.
        :raises NotFound: nothing stands against it.
        :raises Conflict: only other reasons and scopes stand against it.
        """
        if every and reason is not None:
            raise InvalidInput.of("all", "means every reason; give it or a reason, not both")
        reasons = EVERY_REASON if every else EVERY_REASON - BY_THE_PERSON if reason is None else {reason}
        scopes = None if every and scope is None else {scope or EVERYTHING}
        spelled = address
        removal = self.suppressions.remove(channel, spelled, reasons, scopes)
        if not removal.removed and not removal.left:
            try:
                spelled = checked_address(channel, address, self.addresses)
            except ValueError as error:
                raise InvalidInput.of("address", str(error)) from None
            removal = self.suppressions.remove(channel, spelled, reasons, scopes)
        if removal.removed:
            return removal
        name = f"{channel}/{suppression_key(channel, spelled)}"
        if not removal.left:
            raise NotFound("suppression", name)
        left = ", ".join(one.label for one in removal.left)
        raise Conflict(f"{name} stays suppressed: {left}; name a reason and its scope to remove it, or ask for all")


def _topic_problems(topic: str | None) -> list[FieldError]:
    if topic is None or is_topic(topic):
        return []
    return [FieldError("topic", f"must have 1 to {TOPIC_MAX} printable characters")]


def _detail_problems(detail: str | None) -> list[FieldError]:
    if detail is None:
        return []
    if detail.isprintable() and detail.strip() and len(detail) <= DETAIL_MAX:
        return []
    return [FieldError("detail", f"must have 1 to {DETAIL_MAX} printable characters on one line")]
