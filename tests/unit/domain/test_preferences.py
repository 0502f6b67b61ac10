"""Preferences: the most specific choice decides, and a default only where nobody chose."""

from itertools import combinations, product

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.channel import Channel
from domain.errors import InvalidInput
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.preferences import (
    CHOICES_MAX,
    NO_PREFERENCES,
    TOPIC_MAX,
    Choice,
    PreferenceChange,
    Preferences,
    Scope,
    Wish,
    preference_problems,
    wish,
)
from domain.quiet_hours import NoQuietHours, QuietHours

EMAIL, SMS = Channel.EMAIL, Channel.SMS
NEWS, OFFERS = NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL
EVERYTHING = Scope()
IN_ORDER = (
    EVERYTHING,
    Scope(type=OFFERS),
    Scope(channel=EMAIL),
    Scope(channel=EMAIL, type=OFFERS),
    Scope(topic="cats"),
    Scope(topic="cats", type=OFFERS),
    Scope(topic="cats", channel=EMAIL),
    Scope(topic="cats", channel=EMAIL, type=OFFERS),
)
SCOPES = st.builds(
    Scope,
    channel=st.sampled_from([None, EMAIL, SMS]),
    type=st.sampled_from([None, NEWS, OFFERS]),
    topic=st.sampled_from([None, "cats", "dogs"]),
)
CHOICES = st.dictionaries(SCOPES, st.booleans(), max_size=8).map(
    lambda found: tuple(Choice(scope, wanted) for scope, wanted in found.items())
)


def asked(choices: tuple[Choice, ...], defaults: tuple[Choice, ...] = ()) -> Wish:
    return wish(Preferences(choices=choices), defaults, EMAIL, OFFERS, "cats")


def test_what_nobody_speaks_of_is_wanted() -> None:
    assert asked(()) == Wish(wanted=True)


@pytest.mark.parametrize(("lesser", "greater"), list(combinations(IN_ORDER, 2)))
def test_the_more_specific_of_two_decides(lesser: Scope, greater: Scope) -> None:
    for wanted in (True, False):
        decisive, other = Choice(greater, wanted), Choice(lesser, not wanted)
        assert asked((other, decisive)) == asked((decisive, other)) == Wish(wanted, decisive, is_own=True)


@pytest.mark.parametrize(
    "scope", [Scope(channel=SMS), Scope(type=NEWS), Scope(topic="dogs"), Scope(channel=EMAIL, topic="dogs")]
)
def test_what_is_about_something_else_decides_nothing(scope: Scope) -> None:
    assert asked((Choice(scope, wanted=False),)) == Wish(wanted=True)


def test_a_topic_is_not_that_of_something_without_one() -> None:
    refused = Preferences(choices=(Choice(Scope(topic="cats"), wanted=False),))
    assert wish(refused, (), EMAIL, OFFERS, None).wanted


class TestDefaults:
    def test_decide_where_nobody_chose(self) -> None:
        default = Choice(Scope(channel=EMAIL, type=OFFERS), wanted=False)
        assert asked((), (default,)) == Wish(wanted=False, by=default)

    @pytest.mark.parametrize(("scope", "default"), list(product(IN_ORDER, IN_ORDER)))
    def test_never_overrule_a_no(self, scope: Scope, default: Scope) -> None:
        no = Choice(scope, wanted=False)
        assert asked((no,), (Choice(default, wanted=True),)) == Wish(wanted=False, by=no, is_own=True)

    @pytest.mark.parametrize(("scope", "default"), list(product(range(8), range(8))))
    def test_that_leave_something_out_of_what_is_wanted_overrule_only_the_more_general_yes(
        self, scope: int, default: int
    ) -> None:
        yes, left_out = Choice(IN_ORDER[scope], wanted=True), Choice(IN_ORDER[default], wanted=False)
        expected = Wish(wanted=False, by=left_out) if default > scope else Wish(wanted=True, by=yes, is_own=True)
        assert asked((yes,), (left_out,)) == expected


@given(
    choices=CHOICES,
    defaults=CHOICES,
    channel=st.sampled_from([EMAIL, SMS]),
    type_=st.sampled_from([NEWS, OFFERS]),
    topic=st.sampled_from([None, "cats", "dogs", "birds"]),
)
def test_the_order_in_which_they_were_made_is_of_no_matter(
    choices: tuple[Choice, ...],
    defaults: tuple[Choice, ...],
    channel: Channel,
    type_: NotificationType,
    topic: str | None,
) -> None:
    there = wish(Preferences(choices=choices), defaults, channel, type_, topic)
    back = wish(Preferences(choices=choices[::-1]), defaults[::-1], channel, type_, topic)
    assert there == back
    assert there.by is None or there.by.scope.covers(channel, type_, topic)


class TestAChange:
    def test_takes_the_place_of_what_was_said_of_the_same(self) -> None:
        before = Preferences(choices=(Choice(EVERYTHING, wanted=False), Choice(Scope(channel=SMS), wanted=False)))
        after = before.after(PreferenceChange(choices=(Choice(EVERYTHING, wanted=True),)))
        assert set(after.choices) == {Choice(EVERYTHING, wanted=True), Choice(Scope(channel=SMS), wanted=False)}

    def test_may_leave_it_to_the_defaults_again(self) -> None:
        before = Preferences(choices=(Choice(EVERYTHING, wanted=False),))
        assert before.after(PreferenceChange(forgotten=(EVERYTHING, Scope(topic="cats")))) == NO_PREFERENCES

    @pytest.mark.parametrize("hours", [None, NoQuietHours.NONE, QuietHours.parse("22:00-06:00")])
    def test_sets_quiet_hours_where_it_says_so(self, hours: QuietHours | NoQuietHours | None) -> None:
        before = Preferences(quiet_hours=QuietHours.parse("20:00-09:00"))
        assert before.after(PreferenceChange(quiet_hours=hours, sets_quiet_hours=True)).quiet_hours == hours
        assert before.after(PreferenceChange(quiet_hours=hours)) == before

    def test_gives_the_same_whatever_came_first(self) -> None:
        one, other = Choice(Scope(topic="cats"), wanted=False), Choice(Scope(channel=SMS), wanted=True)
        first = NO_PREFERENCES.after(PreferenceChange(choices=(one,))).after(PreferenceChange(choices=(other,)))
        second = NO_PREFERENCES.after(PreferenceChange(choices=(other,))).after(PreferenceChange(choices=(one,)))
        assert first == second

    def test_that_is_one_choice_too_many_is_refused(self) -> None:
        full = Preferences(choices=tuple(Choice(Scope(topic=str(one)), wanted=False) for one in range(CHOICES_MAX)))
        assert full.after(PreferenceChange(choices=(Choice(Scope(topic="1"), wanted=True),)))
        with pytest.raises(InvalidInput, match="more than 200"):
            full.after(PreferenceChange(choices=(Choice(EVERYTHING, wanted=True),)))


class TestProblems:
    def test_are_none_of_what_is_right(self) -> None:
        right = Preferences(
            choices=(
                Choice(EVERYTHING, wanted=False),
                Choice(Scope(type=OFFERS, topic="x" * TOPIC_MAX), wanted=False),
                Choice(Scope(type=NotificationType.TRANSACTIONAL), wanted=True),
            )
        )
        assert preference_problems(right, TYPE_POLICIES) == []

    def test_name_the_choice_and_its_part(self) -> None:
        wrong = Preferences(
            choices=(
                Choice(EVERYTHING, wanted=False),
                Choice(Scope(topic="a\nb"), wanted=True),
                Choice(Scope(type=NotificationType.TRANSACTIONAL), wanted=False),
                Choice(Scope(topic="x" * (TOPIC_MAX + 1)), wanted=True),
            )
        )
        found = {one.field: one.message for one in preference_problems(wrong, TYPE_POLICIES)}
        assert list(found) == ["choices.1.topic", "choices.2.type", "choices.3.topic"]
        assert found["choices.2.type"] == "transactional cannot be refused; informational, promotional can"

    def test_say_that_there_are_too_many(self) -> None:
        many = tuple(Choice(Scope(topic=str(number)), wanted=True) for number in range(CHOICES_MAX + 1))
        assert [one.field for one in preference_problems(Preferences(choices=many), TYPE_POLICIES)] == ["choices"]

    def test_go_by_what_the_table_of_types_says(self) -> None:
        may_go = {**TYPE_POLICIES, OFFERS: evolve(TYPE_POLICIES[OFFERS], may_opt_out=False)}
        refused = Preferences(choices=(Choice(Scope(type=OFFERS), wanted=False),))
        assert [one.field for one in preference_problems(refused, may_go)] == ["choices.0.type"]
