"""Keeping what a person chose on the preference page."""

from collections.abc import Mapping

from attrs import field, frozen

from application.links.choices import difference, kept_refused, kind_wanted, refused, topic_wanted
from application.links.show_choices import Choices, Kind, ShowChoices
from application.ports.preference_repository import PreferenceRepository
from domain.preferences import Defaults, PreferenceChange, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours


@frozen(kw_only=True)
class ChoicesMade:
    """What a person changed; what they left as it was shown to them is not here, and stays as it is by now."""

    kinds: Mapping[Kind, bool] = field(hash=False)
    topics: Mapping[str, bool] = field(hash=False)
    quiet_hours: QuietHours | NoQuietHours | None = None
    sets_quiet_hours: bool = False


@frozen(kw_only=True)
class SaveChoices:
    """Keep what differs from what held before, as choices of the person."""

    preferences: PreferenceRepository
    defaults: Defaults
    show: ShowChoices

    def __call__(self, recipient_id: str, made: ChoicesMade) -> Choices:
        """Return what the person can choose, and has chosen now.

        A type that is turned off over a channel is off there for every topic, also one that the person asks for.

        :raises NotFound: there is nobody of this id any more.
        :raises InvalidInput: that would be more choices than are kept; nothing was changed.
        """
        before = self.show(recipient_id)
        change = difference(before.preferences, self._after(before, made))
        if not (change.choices or change.forgotten or change.sets_quiet_hours):
            return before
        self.preferences.change(recipient_id, change)
        return self.show(recipient_id)

    def _after(self, before: Choices, made: ChoicesMade) -> Preferences:
        kinds = {kind: made.kinds.get(kind, wanted) for kind, wanted in before.kinds.items()}
        topics = {
            topic: wanted for topic, wanted in made.topics.items() if wanted is not before.topics.get(topic, wanted)
        }
        pairs = tuple(before.kinds)
        now = before.preferences
        for topic, wanted in topics.items():
            change = topic_wanted(now, self.defaults, topic, pairs) if wanted else refused(now, Scope(topic=topic))
            now = now.after(change)
        for (channel, type_), wanted in kinds.items():
            scope = Scope(channel=channel, type=type_)
            is_new = wanted != before.kinds[channel, type_]
            if wanted and is_new:
                now = now.after(kind_wanted(now, self.defaults, channel, type_))
            elif is_new:
                now = now.after(refused(now, scope))
            elif not wanted and topics:
                now = now.after(kept_refused(now, scope))
        return now.after(PreferenceChange(quiet_hours=made.quiet_hours, sets_quiet_hours=made.sets_quiet_hours))
