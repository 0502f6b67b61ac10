"""What people want who say nothing, as the configuration has it: ``[[preferences.defaults]]``."""

from domain.channel import Channel
from domain.notification_type import NotificationType, TypePolicies
from domain.preferences import Choice, Defaults, Preferences, Scope, preference_problems
from entrypoints.configuration.table import Table
from entrypoints.configuration.values import one_of, shown, text, truth


def preference_defaults(preferences: Table, policies: TypePolicies) -> Defaults:
    """Return the defaults of the table *preferences*, each of a scope of its own; the others are problems."""
    found: dict[Scope, tuple[int, Choice]] = {}
    for number, table in preferences.list_of_tables("defaults"):
        choice = _choice(table, policies)
        if choice is None:
            continue
        first, _ = found.setdefault(choice.scope, (number, choice))
        if first != number:
            preferences.report(
                f"defaults.{number}", f"is about {choice.scope}, as preferences.defaults.{first} is; keep one of them"
            )
    preferences.finish()
    return tuple(choice for _, choice in found.values())


def _choice(table: Table, policies: TypePolicies) -> Choice | None:
    """Return the default in *table*, or None where it is wrong."""
    before = len(table.reading.problems)
    channel = table.read("channel", one_of([word.value for word in Channel]))
    type_ = table.read("type", one_of([word.value for word in NotificationType]))
    topic = table.read("topic", text)
    wanted = table.required("wanted", truth)
    table.finish()
    if wanted is None or len(table.reading.problems) > before:
        return None
    scope = Scope(
        channel=None if channel is None else Channel(channel),
        type=None if type_ is None else NotificationType(type_),
        topic=topic,
    )
    choice = Choice(scope, wanted=wanted)
    for error in preference_problems(Preferences(choices=(choice,)), policies):
        key = error.field.removeprefix("choices.0.")
        table.report(key, error.message, shown(table.values[key]))
    return choice if len(table.reading.problems) == before else None
