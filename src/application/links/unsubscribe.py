"""Unsubscribing with a link, and taking that back."""

from enum import Enum, auto

from attrs import evolve, frozen

from application.links.choices import refused, wanted_again
from application.links.tokens import LinkToken
from application.links.undoing import are_taken_back, backwards, read_steps, steps_between, steps_text
from application.ports.preference_repository import PreferenceRepository
from domain.errors import NotFound
from domain.notification_type import TypePolicies
from domain.preferences import NO_PREFERENCES, Defaults, PreferenceChange, Preferences, Scope, wish


def refused_by(about: Scope) -> Scope:
    """Return what somebody refuses who unsubscribes from a message: its topic, else its type over its channel.

    A topic is what they think of as the list, so it ends on every channel.
    """
    return about if about.topic is None else Scope(topic=about.topic)


@frozen(kw_only=True)
class Unsubscribe:
    """Let somebody have no more of what a link is about."""

    preferences: PreferenceRepository
    policies: TypePolicies
    secret: str

    def can(self, token: LinkToken) -> bool:
        """Say whether what *token* is about may be refused at all."""
        return token.about.type is None or self.policies[token.about.type].may_opt_out

    def __call__(self, token: LinkToken, link: str) -> str | None:
        """Record it as a choice of the person, and return with what :class:`SubscribeAgain` takes exactly that back.

        Repeating it changes nothing, so that nothing is returned. For nobody nothing is left to do, which looks as for
        somebody who said nothing. What may not be refused is left as it is. *link* is the text of the token.
        """
        if not self.can(token):
            return None
        scope = refused_by(token.about)
        try:
            before = self.preferences.get(token.recipient_id)
            change = refused(before, scope)
            _changed(self.preferences, token.recipient_id, before, change)
        except NotFound:
            before = NO_PREFERENCES
            change = refused(before, scope)
        return steps_text(steps_between(before, before.after(change)), link, self.secret)


class Undone(Enum):
    """What taking back led to."""

    AS_BEFORE = auto()  # what the message was is wanted, and everything is as it was
    RESTORED = auto()  # everything is as it was, which says nothing of what is wanted
    AGAIN = auto()  # what the message was is wanted, whatever else
    PARTLY = auto()  # it was taken back as far as nothing else was said


@frozen(kw_only=True)
class SubscribeAgain:
    """Take back what :class:`Unsubscribe` did."""

    preferences: PreferenceRepository
    defaults: Defaults
    secret: str

    def __call__(self, token: LinkToken, link: str, undo: str = "") -> Undone:
        """Bring back what *undo* says there was before, where nothing else was said meanwhile.

        Without it the person wants what *token* is about from now on. For nobody nothing is left to do, which looks as
        for somebody who said nothing else.
        """
        steps = read_steps(undo, link, self.secret)
        try:
            now = self.preferences.get(token.recipient_id)
            change = self._wanted(now, token) if steps is None else backwards(now, steps)
            after = _changed(self.preferences, token.recipient_id, now, change)
        except NotFound:
            now = NO_PREFERENCES.after(refused(NO_PREFERENCES, refused_by(token.about)))
            after = now.after(self._wanted(now, token) if steps is None else backwards(now, steps))
        is_restored = steps is not None and are_taken_back(after, steps)
        if self._is_wanted(after, token.about):
            return Undone.AS_BEFORE if is_restored else Undone.AGAIN
        return Undone.RESTORED if is_restored else Undone.PARTLY

    def _wanted(self, now: Preferences, token: LinkToken) -> PreferenceChange:
        change = wanted_again(now, self.defaults, refused_by(token.about), token.about)
        return evolve(change, insists=True)  # a yes in the place of the no, which found room

    def _is_wanted(self, now: Preferences, about: Scope) -> bool:
        if about.channel is None or about.type is None:
            return False
        return wish(now, self.defaults, about.channel, about.type, about.topic).wanted


def _changed(
    preferences: PreferenceRepository, recipient_id: str, now: Preferences, change: PreferenceChange
) -> Preferences:
    """Make *change* unless that changes nothing, and return what holds then."""
    return preferences.change(recipient_id, change) if now.after(change) != now else now
