"""Forgetting people in memory."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from attrs import evolve, frozen

from adapters.memory.erased_suppressions import Address, addresses_of, held_of, hide
from adapters.memory.state import MemoryState, StoredNotification
from application.ports.erasure import Erased
from domain.audience import Matching
from domain.content import Content
from domain.forgetting import Names, answer_without, audience_without
from domain.lifecycle import Status
from domain.recipient import Recipient, erased_id
from domain.suppression import suppression_key
from domain.template import NO_VARIABLES


@frozen
class MemoryErasure:
    """Forgets people (:class:`application.ports.erasure.Erasure`)."""

    _state: MemoryState

    def erase(self, recipient_ids: Sequence[str], now: datetime) -> Erased:
        """Forget all of *recipient_ids*."""
        state = self._state
        with state.lock:
            known = dict.fromkeys(one for one in recipient_ids if one in state.recipients)
            unknown = dict.fromkeys(one for one in recipient_ids if one not in state.recipients)
            cancelled = 0
            in_flight: list[int] = []
            for one in known:
                made = self._made_for(one)
                cancelled += sum(stored.notification.status is Status.PENDING for stored in made)
                in_flight += [stored.notification.id for stored in made if stored.notification.status is Status.SENDING]
                self._erase(state.recipients[one], made, now)
        return Erased(
            looked_at=len(recipient_ids),
            people=len(known),
            unknown=tuple(unknown),
            cancelled=cancelled,
            in_flight=tuple(in_flight),
        )

    def notifications_of(self, recipient_ids: Sequence[str]) -> Sequence[int]:
        """Return the ids of everything that was made for some people."""
        with self._state.lock:
            return sorted(
                stored.notification.id
                for one in set(recipient_ids)
                if one in self._state.recipients
                for stored in self._made_for(one)
            )

    def leave_no_copy(self) -> bool:
        """Say that there is none."""
        return True

    def _made_for(self, recipient_id: str) -> list[StoredNotification]:
        return [one for one in self._state.notifications.values() if one.notification.recipient_id == recipient_id]

    def _erase(self, recipient: Recipient, made: Collection[StoredNotification], now: datetime) -> None:
        state = self._state
        nobody = Recipient(id=erased_id(state.new_id("erased")))
        addresses = set(addresses_of(recipient)) | {
            (stored.notification.channel, suppression_key(stored.notification.channel, line.address))
            for stored in made
            for line in state.hand_overs.get(stored.notification.id, {}).values()
            if line.address
        }
        del state.recipients[recipient.id], state.recipient_numbers[recipient.id]
        state.erased[nobody.id] = nobody
        hide(state, addresses)
        for stored in made:
            state.cancel(stored, now)
            stored.notification = evolve(stored.notification, recipient_id=nobody.id)
            forget_notification(state, stored)
        self._forget_contents({stored.content_id for stored in made})
        self._forget_receipts(addresses)
        self._forget_inbox(recipient.id)
        self._forget_mentions(recipient, nobody, addresses)
        state.preferences.pop(recipient.id, None)
        del state.revisions[recipient.id]

    def _forget_contents(self, content_ids: Collection[int]) -> None:
        state = self._state
        shared = {one.content_id for one in state.campaigns.values() if one.content_id is not None}
        shared |= {
            text.content_id for versions in state.templates.values() for one in versions for text in one.texts.values()
        }
        shared |= {
            one.content_id for one in state.notifications.values() if one.notification.recipient_id not in state.erased
        }
        own = set(content_ids) - shared
        for content_id in own:
            state.contents[content_id] = Content(body="")
        for stored in state.notifications.values():
            if stored.notification.recipient_id in state.erased and stored.content_id in own:
                stored.notification = evolve(stored.notification, content=Content(body=""), attached=())

    def _forget_receipts(self, addresses: Collection[Address]) -> None:
        told = (one.receipt for one in self._state.receipts.values() if one.notification_id is None)
        if not any((one.channel, one.address) in addresses for one in told):
            return
        held = held_of(self._state)
        self._state.receipts = {
            name: one
            for name, one in self._state.receipts.items()
            if one.notification_id is not None
            or (one.receipt.channel, one.receipt.address) not in addresses
            or (one.receipt.channel, one.receipt.address) in held
        }

    def _forget_inbox(self, recipient_id: str) -> None:
        state = self._state
        state.inbox = {number: one for number, one in state.inbox.items() if one.recipient_id != recipient_id}
        kept = [one for one in state.inbox_events if one.recipient_id != recipient_id]
        state.inbox_events.clear()
        state.inbox_events.extend(kept)

    def _forget_mentions(self, recipient: Recipient, nobody: Recipient, addresses: Collection[Address]) -> None:
        names = Names.of([recipient], [address for _, address in addresses])
        for stored in self._state.campaigns.values():
            audience = stored.order.audience
            if isinstance(audience, Matching):
                stored.order = evolve(stored.order, audience=audience_without(audience, names))
            stored.members = tuple(nobody.id if one == recipient.id else one for one in stored.members)
        for key in self._state.keys.values():
            if key.answer:
                key.answer = json.dumps(answer_without(json.loads(key.answer), names.ids))


def forget_notification(state: MemoryState, stored: StoredNotification) -> None:
    """Forget what a notification, whose recipient was erased, has of them."""
    known = stored.notification
    stored.notification = evolve(
        known,
        key=None,
        reason=None,
        provider_id=None,
        variables=NO_VARIABLES,
        topic=known.topic if known.campaign_id is not None else None,
    )
    state.keys = {name: one for name, one in state.keys.items() if one.notification_id != known.id}
    lines = state.hand_overs.get(known.id, {})
    state.hand_overs[known.id] = {}
    for line in lines.values():
        place = f" erased {len(state.hand_overs[known.id]) + 1}" if line.address else ""
        state.hand_overs[known.id][line.fence, line.gateway, place] = evolve(
            line, address=place, provider_id=None, reason=None
        )
    for one in state.receipts_of.get(known.id, ()):
        one.receipt = one.receipt.of_nobody()
