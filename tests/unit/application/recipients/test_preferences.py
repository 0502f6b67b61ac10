"""Looking at what people want, and changing it."""

from collections.abc import Callable
from datetime import time
from itertools import count

import pytest
from attrs import evolve, frozen

from adapters.memory.store import MemoryStore
from application.recipients.preferences import (
    ChangePreferences,
    Consequences,
    PutPreferences,
    ShowPreferences,
    Standing,
)
from application.zones import Zones
from domain.channel import Channel
from domain.errors import InvalidInput, NotFound
from domain.notification_type import TYPE_POLICIES, NotificationType, TypePolicies
from domain.preferences import CHOICES_MAX, NO_PREFERENCES, Choice, PreferenceChange, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from domain.recipient import Recipient

INFORMATIONAL, PROMOTIONAL = NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL
TRANSACTIONAL = NotificationType.TRANSACTIONAL
NIGHT, NOON = QuietHours(time(21), time(8)), QuietHours(time(12), time(13))
NO_ADS = Choice(Scope(type=PROMOTIONAL), wanted=False)
NOTHING = Choice(Scope(), wanted=False)
POLICIES: TypePolicies = {**TYPE_POLICIES, PROMOTIONAL: evolve(TYPE_POLICIES[PROMOTIONAL], quiet_hours=NIGHT)}


@frozen
class Desk:
    """The use cases over a store that knows Ada in Vienna and Bob, who never said where he is."""

    store: MemoryStore
    show: ShowPreferences
    put: PutPreferences
    change: ChangePreferences


@pytest.fixture
def desk() -> Desk:
    numbers = count()
    store = MemoryStore(lambda: f"store-{next(numbers)}")
    store.recipients.put([Recipient(id="ada", timezone="Europe/Vienna"), Recipient(id="bob")])
    consequences = Consequences(policies=POLICIES, defaults=(NO_ADS,), zones=Zones("Europe/Berlin"))
    return Desk(
        store,
        ShowPreferences(recipients=store.recipients, preferences=store.preferences, consequences=consequences),
        PutPreferences(recipients=store.recipients, preferences=store.preferences, consequences=consequences),
        ChangePreferences(recipients=store.recipients, preferences=store.preferences, consequences=consequences),
    )


def said(standing: Standing) -> dict[tuple[Channel, NotificationType], tuple[bool, Choice | None, bool]]:
    return {(one.channel, one.type): (one.wish.wanted, one.wish.by, one.wish.is_own) for one in standing.effects}


class TestShowing:
    def test_of_who_said_nothing_the_defaults_hold(self, desk: Desk) -> None:
        standing = desk.show("bob")

        assert standing.preferences == NO_PREFERENCES
        assert (standing.timezone, standing.has_own_timezone) == ("Europe/Berlin", False)
        assert said(standing) == {
            **{(channel, INFORMATIONAL): (True, None, False) for channel in Channel},
            **{(channel, PROMOTIONAL): (False, NO_ADS, False) for channel in Channel},
        }
        assert standing.quiet_hours == [(INFORMATIONAL, None), (PROMOTIONAL, NIGHT)]

    def test_what_nobody_can_refuse_is_said_apart(self, desk: Desk) -> None:
        standing = desk.put("ada", Preferences(choices=(NOTHING,)))

        assert standing.always == [TRANSACTIONAL]
        assert not any(one.wish.wanted for one in standing.effects)
        assert TRANSACTIONAL not in {one.type for one in standing.effects}

    @pytest.mark.parametrize(
        ("own", "held"), [(None, [None, NIGHT]), (NOON, [NOON, NOON]), (NoQuietHours.NONE, [None, None])]
    )
    def test_own_quiet_hours_hold_for_every_type_that_has_any(
        self, desk: Desk, own: QuietHours | NoQuietHours | None, held: list[QuietHours | None]
    ) -> None:
        standing = desk.put("ada", Preferences(quiet_hours=own))

        assert [hours for _, hours in standing.quiet_hours] == held
        assert (standing.timezone, standing.has_own_timezone) == ("Europe/Vienna", True)


class TestPutting:
    def test_takes_the_place_of_all_that_was_said(self, desk: Desk) -> None:
        desk.put("ada", Preferences(choices=(NOTHING,), quiet_hours=NIGHT))
        wanted = Preferences(choices=(Choice(Scope(channel=Channel.SMS), wanted=False), NO_ADS))

        standing = desk.put("ada", wanted)

        assert standing == desk.show("ada")
        assert set(standing.preferences.choices) == set(wanted.choices)
        assert standing.preferences.quiet_hours is None
        assert desk.put("ada", NO_PREFERENCES).preferences == NO_PREFERENCES

    def test_every_wrong_choice_is_named_and_nothing_is_stored(self, desk: Desk) -> None:
        wrong = Preferences(
            choices=(
                NO_ADS,
                Choice(Scope(channel=Channel.EMAIL, type=TRANSACTIONAL), wanted=False),
                Choice(Scope(topic=""), wanted=True),
            )
        )

        with pytest.raises(InvalidInput) as caught:
            desk.put("ada", wrong)

        assert [error.field for error in caught.value.errors] == ["choices.1.type", "choices.2.topic"]
        assert desk.show("ada").preferences == NO_PREFERENCES

    def test_a_yes_to_what_cannot_be_refused_is_no_mistake(self, desk: Desk) -> None:
        yes = Choice(Scope(type=TRANSACTIONAL), wanted=True)

        assert desk.put("ada", Preferences(choices=(yes,))).preferences.choices == (yes,)


class TestChanging:
    def test_leaves_the_rest_as_it_was(self, desk: Desk) -> None:
        desk.put("ada", Preferences(choices=(NOTHING,), quiet_hours=NIGHT))

        standing = desk.change("ada", PreferenceChange(choices=(evolve(NO_ADS, wanted=True),)))

        assert standing == desk.show("ada")
        assert set(standing.preferences.choices) == {NOTHING, evolve(NO_ADS, wanted=True)}
        assert standing.preferences.quiet_hours == NIGHT

    def test_what_cannot_be_refused_is_named_and_nothing_changes(self, desk: Desk) -> None:
        refusal = Choice(Scope(type=TRANSACTIONAL), wanted=False)

        with pytest.raises(InvalidInput, match=r"choices\.1\.type: transactional cannot be refused") as caught:
            desk.change("ada", PreferenceChange(choices=(NO_ADS, refusal)))

        assert len(caught.value.errors) == 1
        assert desk.show("ada").preferences == NO_PREFERENCES

    def test_more_than_are_kept_are_refused(self, desk: Desk) -> None:
        many = tuple(Choice(Scope(topic=str(number)), wanted=False) for number in range(CHOICES_MAX))
        desk.put("ada", Preferences(choices=many))

        with pytest.raises(InvalidInput, match="choices: are more than 200"):
            desk.change("ada", PreferenceChange(choices=(NOTHING,)))


@pytest.mark.parametrize(
    "call",
    [
        lambda desk: desk.show("eve"),
        lambda desk: desk.put("eve", NO_PREFERENCES),
        lambda desk: desk.change("eve", PreferenceChange()),
    ],
)
def test_nobody_has_none(desk: Desk, call: Callable[[Desk], object]) -> None:
    with pytest.raises(NotFound, match="eve"):
        call(desk)
