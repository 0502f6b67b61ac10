"""What people want to be told: looking at it, and changing it."""

from collections.abc import Container, Sequence

from attrs import evolve, field, frozen

from application.ports.preference_repository import PreferenceRepository
from application.ports.recipient_repository import RecipientRepository
from application.zones import Zones
from domain.channel import Channel
from domain.errors import FieldError, InvalidInput
from domain.notification_type import NotificationType, TypePolicies
from domain.preferences import (
    NO_PREFERENCES,
    Defaults,
    PreferenceChange,
    Preferences,
    Wish,
    preference_problems,
    wish,
)
from domain.quiet_hours import QuietHours


@frozen(kw_only=True)
class Effect:
    """Whether somebody gets what is sent over a channel, of a type, without a topic, and what says so."""

    channel: Channel
    type: NotificationType
    wish: Wish


@frozen(kw_only=True)
class Standing:
    """What one person said, and what follows from it and from the defaults.

    ``timezone`` is the zone by whose clock quiet hours are read, which may be the fallback. ``always`` are the types
    that nobody can refuse. ``quiet_hours`` are those that hold, by type; None where there are none. ``revision`` says
    which state of it this is, where that was read with it.
    """

    recipient_id: str
    preferences: Preferences
    timezone: str
    has_own_timezone: bool
    always: Sequence[NotificationType]
    effects: Sequence[Effect]
    quiet_hours: Sequence[tuple[NotificationType, QuietHours | None]]
    revision: int | None = field(default=None, eq=False)


@frozen(kw_only=True)
class Consequences:
    """Says what follows from what somebody wants: the types and the defaults have a say too."""

    policies: TypePolicies
    defaults: Defaults
    zones: Zones

    def __call__(self, recipient_id: str, timezone: str | None, preferences: Preferences) -> Standing:
        """Return what follows for one recipient, whose own time zone is *timezone*."""
        return Standing(
            recipient_id=recipient_id,
            preferences=preferences,
            timezone=str(self.zones(timezone)),
            has_own_timezone=timezone is not None,
            always=[type_ for type_ in NotificationType if not self.policies[type_].may_opt_out],
            effects=[
                Effect(channel=channel, type=type_, wish=wish(preferences, self.defaults, channel, type_, None))
                for channel in Channel
                for type_ in NotificationType
                if self.policies[type_].may_opt_out
            ],
            quiet_hours=[
                (type_, preferences.quiet_hours_among(self.policies[type_].quiet_hours))
                for type_ in NotificationType
                if self.policies[type_].respects_quiet_hours
            ],
        )


@frozen(kw_only=True)
class ShowPreferences:
    """Look at what one person wants."""

    recipients: RecipientRepository
    preferences: PreferenceRepository
    consequences: Consequences

    def __call__(self, recipient_id: str) -> Standing:
        """Return what one recipient said, and what follows.

        :raises NotFound: there is none of this id.
        """
        recipient = self.recipients.get(recipient_id)
        preferences, revision = self.preferences.get_revised(recipient_id)
        return evolve(self.consequences(recipient_id, recipient.timezone, preferences), revision=revision)


@frozen(kw_only=True)
class PutPreferences:
    """Store what one person wants, in the place of all that was said before."""

    recipients: RecipientRepository
    preferences: PreferenceRepository
    consequences: Consequences

    def __call__(
        self, recipient_id: str, preferences: Preferences, revisions: Container[int] | None = None
    ) -> Standing:
        """Return what holds now; of two choices of one scope the later one does.

        :raises InvalidInput: every wrong field is named; among them each refusal of a type that cannot be refused.
        :raises NotFound: there is no recipient of this id.
        :raises Outdated: *revisions* are given, and what is stored has none of them: somebody changed it meanwhile.
        """
        recipient = self.recipients.get(recipient_id)
        if wrong := self.problems(preferences):
            raise InvalidInput(wrong)
        whole = PreferenceChange(
            choices=preferences.choices, quiet_hours=preferences.quiet_hours, sets_quiet_hours=True
        )
        stored = NO_PREFERENCES.after(whole)
        revision = self.preferences.put(recipient_id, stored, revisions)
        return evolve(self.consequences(recipient_id, recipient.timezone, stored), revision=revision)

    def problems(self, preferences: Preferences) -> list[FieldError]:
        """Return what is wrong with *preferences*, so that it can be said together with what cannot even be read."""
        return preference_problems(preferences, self.consequences.policies)


@frozen(kw_only=True)
class ChangePreferences:
    """Change some of what one person wants, and leave the rest as it was."""

    recipients: RecipientRepository
    preferences: PreferenceRepository
    consequences: Consequences

    def __call__(self, recipient_id: str, change: PreferenceChange) -> Standing:
        """Return what holds now.

        :raises InvalidInput: every wrong field is named; among them each refusal of a type that cannot be refused.
        :raises NotFound: there is no recipient of this id.
        """
        recipient = self.recipients.get(recipient_id)
        if wrong := preference_problems(Preferences(choices=change.choices), self.consequences.policies):
            raise InvalidInput(wrong)
        return self.consequences(recipient_id, recipient.timezone, self.preferences.change(recipient_id, change))
