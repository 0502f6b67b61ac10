"""Tokens for one inbox."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory.store import MemoryStore
from application.inbox.tokens import PREFIX, CheckInboxToken, InboxToken, MakeInboxToken, TokenExpired, token_text
from domain.address import is_recipient_id
from domain.errors import InvalidInput, NotFound
from domain.recipient import Recipient
from domain.sealing import seal
from tests.unit.application.sending.desk import START, ManualClock

SECRET = "of-this-store"
MINUTE = timedelta(minutes=1)
NAMES = st.text(min_size=1, max_size=255).filter(is_recipient_id)


def maker(clock: ManualClock, *names: str) -> MakeInboxToken:
    store = MemoryStore(new_id=lambda: "home")
    store.recipients.put([Recipient(id=name) for name in names])
    return MakeInboxToken(recipients=store.recipients, clock=clock, secret=SECRET)


def checked(text: str, clock: ManualClock | None = None, secret: str = SECRET) -> InboxToken | None:
    return CheckInboxToken(clock=clock or ManualClock(), secret=secret)(text)


def test_a_token_opens_one_inbox_until_its_time_is_over() -> None:
    clock = ManualClock()
    made = maker(clock, "ada")("ada", MINUTE)

    assert checked(made.text, clock) == made.token == InboxToken(recipient_id="ada", expires_at=START + MINUTE)
    clock.forward(MINUTE - timedelta(milliseconds=1))
    assert checked(made.text, clock) == made.token
    clock.forward(timedelta(milliseconds=1))
    with pytest.raises(TokenExpired):
        checked(made.text, clock)
    assert checked(f"{made.text[:-1]}{'0' if made.text[-1] != '0' else '1'}", clock) is None


def test_without_a_word_it_is_good_for_an_hour() -> None:
    assert maker(ManualClock(), "ada")("ada").token.expires_at == START + timedelta(hours=1)


@given(NAMES)
def test_whatever_a_recipient_is_called_the_text_stands_in_a_url_as_it_is(name: str) -> None:
    text = token_text(InboxToken(recipient_id=name, expires_at=START + MINUTE), SECRET)

    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert text.startswith(PREFIX)
    found = checked(text)
    assert found is not None
    assert found.recipient_id == name


@pytest.mark.parametrize("lifetime", [timedelta(0), -MINUTE, timedelta(hours=24, seconds=1), timedelta.max])
def test_it_is_good_for_a_second_to_a_day(lifetime: timedelta) -> None:
    with pytest.raises(InvalidInput, match="between 1 and 86400 seconds"):
        maker(ManualClock(), "ada")("ada", lifetime)


def test_nobody_gets_one_whom_nobody_knows() -> None:
    with pytest.raises(NotFound):
        maker(ManualClock(), "ada")("bob")


@given(st.data())
def test_changing_any_character_breaks_it(data: st.DataObject) -> None:
    text = token_text(InboxToken(recipient_id="ada", expires_at=START + MINUTE), SECRET)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[place]))

    assert checked(f"{text[:place]}{other}{text[place + 1 :]}") is None


def test_what_another_store_or_another_purpose_sealed_opens_nothing() -> None:
    token = InboxToken(recipient_id="ada", expires_at=START + MINUTE)
    text = token_text(token, SECRET)
    head, _, _ = text.rpartition(".")
    expires = int(token.expires_at.timestamp())

    assert checked(text, secret="of-another") is None
    assert checked(f"{head}.{seal(SECRET, 'unsubscribe', f'ada.{expires}', length=64)}") is None


@given(st.text())
def test_nonsense_opens_nothing(text: str) -> None:
    assert checked(text) is None
    assert checked(PREFIX + text) is None


@pytest.mark.parametrize("length", [0, 15, 16, 63, 65])
def test_a_seal_is_whole(length: int) -> None:
    expires = int((START + MINUTE).timestamp())
    sealed = seal(SECRET, "inbox", f"ada.{expires}", length=64) + "0"

    assert checked(f"inbox.YWRh.{expires}.{sealed[:64]}") is not None
    assert checked(f"inbox.YWRh.{expires}.{sealed[:length]}") is None
