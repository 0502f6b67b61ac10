"""Unsubscribing with a link, and taking that back."""

from attrs import frozen

from application.links.choices import refused_for_sure, wanted_again
from application.links.tokens import LinkToken
from application.ports.preference_repository import PreferenceRepository
from domain.errors import NotFound
from domain.notification_type import TypePolicies
from domain.preferences import Defaults, Scope


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

    def can(self, token: LinkToken) -> bool:
        """Say whether what *token* is about may be refused at all."""
        return token.about.type is None or self.policies[token.about.type].may_opt_out

    def __call__(self, token: LinkToken) -> None:
        """Record it as a choice of the person; repeating it changes nothing, and for nobody nothing is left to do.

        What may not be refused is left as it is.
        """
        if not self.can(token):
            return
        try:
            now = self.preferences.get(token.recipient_id)
            change = refused_for_sure(now, refused_by(token.about))
            if now.after(change) != now:
                self.preferences.change(token.recipient_id, change)
        except NotFound:
            return


@frozen(kw_only=True)
class SubscribeAgain:
    """Take back what :class:`Unsubscribe` did."""

    preferences: PreferenceRepository
    defaults: Defaults

    def __call__(self, token: LinkToken) -> None:
        """Let the person have again what *token* is about; for nobody nothing is left to do."""
        about = token.about
        try:
            now = self.preferences.get(token.recipient_id)
            change = wanted_again(now, self.defaults, refused_by(about), about)
            if now.after(change) != now:
                self.preferences.change(token.recipient_id, change)
        except NotFound:
            return
