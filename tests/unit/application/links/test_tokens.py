"""The tokens of links."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory.store import MemoryStore
from application.links.tokens import CheckLink, LinkOver, LinkToken, token_text
from domain.address import is_recipient_id
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.preferences import Scope, is_topic
from domain.sealing import seal
from tests.unit.application.sending.desk import START, ManualClock

SECRET = "of-this-store"
MINUTE = timedelta(minutes=1)
ABOUT = Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL, topic="weekly")
NAMES = st.text(min_size=1, max_size=255).filter(is_recipient_id)
SCOPES = st.builds(
    Scope,
    channel=st.none() | st.sampled_from(Channel),
    type=st.none() | st.sampled_from(NotificationType),
    topic=st.none() | st.text(min_size=1, max_size=100).filter(is_topic),
)
URL_SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def text_of(name: str = "ada", about: Scope = ABOUT, until: datetime = START + MINUTE, generation: int = 1) -> str:
    return token_text(name, 7, about, until.timestamp(), generation, SECRET)


def checker(clock: ManualClock | None = None, rotations: tuple[bool, ...] = (), secret: str = SECRET) -> CheckLink:
    store = MemoryStore(new_id=lambda: "home")
    for revoke in rotations:
        store.links.rotate(revoke=revoke)
    return CheckLink(links=store.links, clock=clock or ManualClock(), secret=secret)


@given(NAMES, SCOPES)
def test_it_says_whom_it_is_for_and_what_about_and_stands_in_a_url_as_it_is(name: str, about: Scope) -> None:
    text = text_of(name, about)

    assert set(text) <= URL_SAFE
    assert checker()(text) == LinkToken(
        recipient_id=name, number=7, about=about, expires_at=START + MINUTE, generation=1
    )


@given(st.data(), st.sampled_from(["ada", "a", "jürgen", "x" * 40]))
def test_changing_any_character_breaks_it(data: st.DataObject, name: str) -> None:
    text = text_of(name)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw((st.sampled_from(sorted(URL_SAFE)) | st.characters()).filter(lambda one: one != text[place]))

    assert checker()(f"{text[:place]}{other}{text[place + 1 :]}") is None


@pytest.mark.parametrize("name", ["ada", "a", "ab", "jürgen"])
def test_no_character_of_the_alphabet_can_take_the_place_of_another(name: str) -> None:
    text, check = text_of(name), checker()

    for place, right in enumerate(text):
        for other in URL_SAFE - {right}:
            assert check(f"{text[:place]}{other}{text[place + 1 :]}") is None


@given(st.text())
def test_nonsense_opens_nothing(text: str) -> None:
    assert checker()(text) is None
    assert checker()(f"{text_of()}{text or '.'}") is None


def test_it_ends_at_its_time() -> None:
    clock = ManualClock()
    check = checker(clock)
    clock.forward(MINUTE - timedelta(milliseconds=1))
    assert check(text_of()) is not None
    clock.forward(timedelta(milliseconds=1))
    with pytest.raises(LinkOver):
        check(text_of())


@pytest.mark.parametrize(
    ("generation", "rotations", "is_good"),
    [
        (1, (), True),
        (1, (False,), True),
        (2, (False,), True),
        (1, (True,), False),
        (1, (True, False), False),
        (2, (True, False), True),
        (2, (), False),  # of a store that was restored from a backup
    ],
)
def test_it_is_good_while_its_generation_is(generation: int, rotations: tuple[bool, ...], is_good: bool) -> None:
    check = checker(rotations=rotations)

    if is_good:
        assert check(text_of(generation=generation)) is not None
    else:
        with pytest.raises(LinkOver):
            check(text_of(generation=generation))


def test_what_another_store_or_another_purpose_sealed_opens_nothing() -> None:
    head, _, _ = text_of().rpartition(".")

    assert checker(secret="of-another")(text_of()) is None
    assert checker()(f"{head}.{seal(SECRET, 'inbox', head)}") is None
    assert checker()(f"{head}.{seal(SECRET, 'link', head, length=16)}") is None
    assert checker()(f"{head}.{seal(SECRET, 'link', head, length=64)}") is None


def test_one_that_would_end_after_the_last_year_ends_with_it() -> None:
    end = datetime(9999, 12, 31, tzinfo=UTC).timestamp() + 10**9
    found = checker()(token_text("ada", 7, ABOUT, end, 1, SECRET))

    assert found is not None
    assert found.expires_at.year == 9999
