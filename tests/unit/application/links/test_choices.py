"""What a no with a link ends, and what it leaves."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from application.links.choices import difference, refused, topic_wanted, wanted_again
from application.links.undoing import are_taken_back, backwards, read_steps, steps_between, steps_text
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.preferences import CHOICES_MAX, Choice, Defaults, PreferenceChange, Preferences, Scope, wish

CHANNELS = (Channel.EMAIL, Channel.SMS)
TYPES = (NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL)
TOPICS = (None, "a", "b")
EVERY = tuple(product(CHANNELS, TYPES, TOPICS))
SCOPES = st.builds(
    Scope,
    channel=st.sampled_from((None, *CHANNELS)),
    type=st.sampled_from((None, *TYPES)),
    topic=st.sampled_from(TOPICS),
)
CHOICES = st.lists(st.builds(Choice, SCOPES, st.booleans()), max_size=12, unique_by=lambda one: one.scope).map(tuple)
PREFERENCES = st.builds(Preferences, choices=CHOICES)
EMAIL_OFFERS = Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL)


def wanted(preferences: Preferences, defaults: Defaults = ()) -> dict[tuple[object, ...], bool]:
    return {one: wish(preferences, defaults, *one).wanted for one in EVERY}


@given(PREFERENCES, CHOICES, SCOPES)
def test_after_a_no_nothing_of_it_is_wanted_and_the_rest_as_before(
    preferences: Preferences, defaults: Defaults, scope: Scope
) -> None:
    before = wanted(preferences, defaults)
    after = wanted(preferences.after(refused(preferences, scope)), defaults)

    assert after == {one: False if scope.covers(*one) else before[one] for one in EVERY}


@given(PREFERENCES, SCOPES)
def test_saying_no_again_changes_nothing(preferences: Preferences, scope: Scope) -> None:
    once = preferences.after(refused(preferences, scope))

    assert once.after(refused(once, scope)) == once


@given(PREFERENCES, CHOICES, st.sampled_from(EVERY), SCOPES)
def test_taking_it_back_brings_what_the_message_was(
    preferences: Preferences,
    defaults: Defaults,
    one: tuple[Channel, NotificationType, str | None],
    scope: Scope,
) -> None:
    about = Scope(channel=one[0], type=one[1], topic=one[2])
    now = preferences.after(refused(preferences, scope))

    assert wish(now.after(wanted_again(now, defaults, scope, about)), defaults, *one).wanted


@given(PREFERENCES, CHOICES)
def test_a_topic_that_is_wanted_again_is_refused_by_no_choice_about_it(
    preferences: Preferences, defaults: Defaults
) -> None:
    pairs = tuple(product(CHANNELS, TYPES))
    now = preferences.after(topic_wanted(preferences, defaults, "a", pairs))

    about_it = Preferences(choices=tuple(one for one in now.choices if one.scope.topic == "a"))
    general = tuple(one for one in defaults if one.scope.topic == "a")
    assert any(wish(about_it, general, *pair, "a").wanted for pair in pairs)


@given(PREFERENCES, PREFERENCES)
def test_a_difference_leads_from_one_to_the_other(before: Preferences, after: Preferences) -> None:
    assert (
        before.after(difference(before, after)).choices == Preferences().after(difference(Preferences(), after)).choices
    )


def test_a_no_finds_room_however_many_choices_there_are() -> None:
    full = Preferences(choices=tuple(Choice(Scope(topic=f"{n:03}"), wanted=False) for n in range(CHOICES_MAX)))
    now = full.after(refused(full, EMAIL_OFFERS))

    assert set(now.choices) == {*full.choices, Choice(EMAIL_OFFERS, wanted=False)}


@given(PREFERENCES, SCOPES, PREFERENCES)
def test_undoing_a_no_brings_back_what_was_and_leaves_what_was_said_meanwhile(
    before: Preferences, scope: Scope, meanwhile: Preferences
) -> None:
    after = before.after(refused(before, scope))
    steps = steps_between(before, after)
    text = steps_text(steps, "link", "secret")

    assert (() if text is None else read_steps(text, "link", "secret")) == steps
    assert after.after(backwards(after, steps)).choices == before.after(PreferenceChange()).choices
    later = after.after(PreferenceChange(choices=meanwhile.choices))
    undone = later.after(backwards(later, steps))
    told = {one.scope for one in meanwhile.choices if one not in after.choices}
    assert {one for one in undone.choices if one.scope in told} == {
        one for one in meanwhile.choices if one.scope in told
    }
    if not told & {one.scope for one in steps}:
        assert are_taken_back(undone, steps)
