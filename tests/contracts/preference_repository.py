"""What every store of preferences must do."""

from collections.abc import Callable
from datetime import time

import pytest
from attrs import evolve

from application.ports.dispatch_queue import Hold
from domain.channel import Channel
from domain.claim import Claim
from domain.errors import InvalidInput, NotFound, Outdated
from domain.notification_type import NotificationType
from domain.outcome import Accepted
from domain.preferences import CHOICES_MAX, NO_PREFERENCES, Choice, PreferenceChange, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from tests.contracts.given import NOW, a_person, answer, claimed
from tests.contracts.stores import Stores

NIGHT = QuietHours(time(21), time(8))
NO_NEWS = Choice(Scope(topic="Neues & mehr"), wanted=False)
NO_ADS_BY_MAIL = Choice(Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL), wanted=False)
NOTHING = Choice(Scope(), wanted=False)
SOME = Preferences(choices=(NOTHING, NO_ADS_BY_MAIL, NO_NEWS), quiet_hours=NIGHT)


def known(stores: Stores) -> None:
    stores.recipients.put([a_person("ada"), a_person("bob")])


def claim_of_ada(stores: Stores) -> Claim:
    """Return what a dispatcher learns that claims a new notification to Ada now."""
    one = claimed(stores)
    answer(stores, one, Accepted("1"))
    return one


def revision(stores: Stores) -> int:
    return claim_of_ada(stores).revision


class _Keeping:
    def test_who_said_nothing_has_none(self, stores: Stores) -> None:
        known(stores)

        assert stores.preferences.get("ada") == NO_PREFERENCES

    @pytest.mark.parametrize(
        "preferences",
        [
            SOME,
            evolve(SOME, quiet_hours=None),
            Preferences(quiet_hours=NoQuietHours.NONE),
            Preferences(quiet_hours=NIGHT),
            NO_PREFERENCES,
        ],
    )
    def test_they_read_back_as_they_were_put_and_reach_the_claim(
        self, stores: Stores, preferences: Preferences
    ) -> None:
        known(stores)
        stores.preferences.put("ada", Preferences(choices=(Choice(Scope(topic="old"), wanted=True),)))

        stores.preferences.put("ada", preferences)

        assert stores.preferences.get("ada") == preferences
        assert claim_of_ada(stores).preferences == preferences
        assert stores.preferences.get("bob") == NO_PREFERENCES

    @pytest.mark.parametrize(
        "call",
        [
            lambda stores: stores.preferences.get("nobody"),
            lambda stores: stores.preferences.put("nobody", SOME),
            lambda stores: stores.preferences.put("nobody", NO_PREFERENCES),
            lambda stores: stores.preferences.change("nobody", PreferenceChange(choices=(NO_NEWS,))),
        ],
    )
    def test_nobody_has_none_and_can_be_given_none(self, stores: Stores, call: Callable[[Stores], object]) -> None:
        known(stores)

        with pytest.raises(NotFound, match="no recipient has the id nobody"):
            call(stores)

    def test_storing_a_recipient_again_leaves_them_as_they_are(self, stores: Stores) -> None:
        known(stores)
        stores.preferences.put("ada", SOME)

        stores.recipients.put([evolve(a_person("ada"), timezone="Europe/Vienna")])
        stores.recipients.merge([evolve(a_person("ada"), locale="de-AT")])

        assert stores.preferences.get("ada") == SOME


class _Changing:
    def test_a_change_answers_what_is_wanted_now(self, stores: Stores) -> None:
        known(stores)
        stores.preferences.put("ada", SOME)
        change = PreferenceChange(choices=(evolve(NO_NEWS, wanted=True),), forgotten=(NO_ADS_BY_MAIL.scope,))

        changed = stores.preferences.change("ada", change)

        assert changed == SOME.after(change) == stores.preferences.get("ada")
        assert {one.scope: one.wanted for one in changed.choices} == {Scope(): False, NO_NEWS.scope: True}
        assert changed.quiet_hours == NIGHT

    def test_the_first_change_of_somebody_is_kept_and_what_undoes_it_leaves_nothing(self, stores: Stores) -> None:
        known(stores)

        assert stores.preferences.change("ada", PreferenceChange(choices=(NO_NEWS,))).choices == (NO_NEWS,)
        undone = stores.preferences.change("ada", PreferenceChange(forgotten=(NO_NEWS.scope,)))

        assert undone == NO_PREFERENCES == stores.preferences.get("ada")
        assert claim_of_ada(stores).preferences == NO_PREFERENCES

    def test_quiet_hours_change_alone(self, stores: Stores) -> None:
        known(stores)
        stores.preferences.put("ada", SOME)

        loud = stores.preferences.change("ada", PreferenceChange(quiet_hours=NoQuietHours.NONE, sets_quiet_hours=True))
        left_open = stores.preferences.change("ada", PreferenceChange(sets_quiet_hours=True))

        assert loud == evolve(SOME.after(PreferenceChange()), quiet_hours=NoQuietHours.NONE)
        assert left_open.quiet_hours is None

    def test_more_choices_than_are_kept_change_nothing(self, stores: Stores) -> None:
        known(stores)
        many = Preferences(
            choices=tuple(Choice(Scope(topic=f"t{number:03}"), wanted=False) for number in range(CHOICES_MAX))
        )
        stores.preferences.put("ada", many)
        before = revision(stores)

        with pytest.raises(InvalidInput, match=str(CHOICES_MAX)):
            stores.preferences.change("ada", PreferenceChange(choices=(NO_NEWS,)))

        assert stores.preferences.get("ada") == many
        assert revision(stores) == before

    def test_what_somebody_insists_on_is_kept_beyond_that(self, stores: Stores) -> None:
        known(stores)
        many = tuple(Choice(Scope(topic=f"t{number:03}"), wanted=False) for number in range(CHOICES_MAX))
        stores.preferences.put("ada", Preferences(choices=many))
        stores.preferences.change("ada", PreferenceChange(choices=(NO_NEWS,), insists=True))
        stores.preferences.change("ada", PreferenceChange(quiet_hours=NoQuietHours.NONE, sets_quiet_hours=True))

        assert set(stores.preferences.get("ada").choices) == {*many, NO_NEWS}


class _Revisions:
    """What lets a begin see that somebody changed their mind after the claim."""

    @pytest.mark.parametrize(
        "change",
        [
            lambda stores: stores.preferences.put("ada", NO_PREFERENCES),
            lambda stores: stores.preferences.put("ada", evolve(SOME, quiet_hours=None)),
            lambda stores: stores.preferences.change("ada", PreferenceChange(forgotten=(Scope(),))),
            lambda stores: stores.recipients.put([evolve(a_person("ada"), timezone="Europe/Vienna")]),
            lambda stores: stores.recipients.merge([evolve(a_person("ada"), timezone="Europe/Vienna")]),
        ],
    )
    def test_rise_with_the_preferences_and_the_timezone(
        self, stores: Stores, change: Callable[[Stores], object]
    ) -> None:
        known(stores)
        stores.preferences.put("ada", SOME)
        before = revision(stores)

        change(stores)

        assert revision(stores) > before

    @pytest.mark.parametrize(
        "change",
        [
            lambda stores: stores.preferences.put("bob", SOME),
            lambda stores: stores.preferences.put("ada", SOME),
            lambda stores: stores.preferences.change("ada", PreferenceChange(choices=(NOTHING, NO_NEWS))),
            lambda stores: stores.recipients.put([evolve(a_person("ada"), name="Countess")]),
            lambda stores: stores.recipients.merge([evolve(a_person("ada"), locale="de-AT")]),
        ],
    )
    def test_stay_where_neither_changed(self, stores: Stores, change: Callable[[Stores], object]) -> None:
        known(stores)
        stores.preferences.put("ada", SOME)
        before = revision(stores)

        change(stores)

        assert revision(stores) == before

    def test_let_what_was_claimed_begin_where_the_same_is_said_again(self, stores: Stores) -> None:
        known(stores)
        stores.preferences.put("ada", SOME)
        one = claimed(stores)
        hold = Hold(one.notification_id, one.fence, revision=one.revision)

        stores.preferences.put("ada", SOME)

        assert stores.queue.begin([hold], NOW) == {one.notification_id}

    def test_say_which_state_was_read_and_written(self, stores: Stores) -> None:
        known(stores)
        assert stores.preferences.get_revised("ada") == (NO_PREFERENCES, 0)

        first = stores.preferences.put("ada", SOME, revisions={0})

        assert stores.preferences.get_revised("ada") == (SOME, first)
        assert stores.preferences.put("ada", SOME, revisions={7, first}) == first
        assert stores.preferences.put("ada", NO_PREFERENCES) > first

    @pytest.mark.parametrize(
        "change",
        [
            lambda stores: stores.preferences.change("ada", PreferenceChange(forgotten=(NO_NEWS.scope,))),
            lambda stores: stores.recipients.merge([evolve(a_person("ada"), timezone="Europe/Vienna")]),
        ],
    )
    @pytest.mark.parametrize("wanted", [SOME, NO_PREFERENCES])
    def test_keep_out_what_was_made_of_an_earlier_state(
        self, stores: Stores, change: Callable[[Stores], object], wanted: Preferences
    ) -> None:
        known(stores)
        before = stores.preferences.put("ada", SOME)
        change(stores)
        now = stores.preferences.get_revised("ada")

        with pytest.raises(Outdated, match="read it again"):
            stores.preferences.put("ada", wanted, revisions={before})

        assert stores.preferences.get_revised("ada") == now

    def test_of_nobody_are_no_reason(self, stores: Stores) -> None:
        known(stores)

        for call in (lambda: stores.preferences.get_revised("eve"), lambda: stores.preferences.put("eve", SOME, {0})):
            with pytest.raises(NotFound):
                call()


class PreferenceRepositoryContract(_Keeping, _Changing, _Revisions):
    """Keeping and changing what people want."""
