"""Audiences in SQL choose the same people as the domain does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.sqlite import functions, schema
from adapters.sqlite.audience_sql import audience_from_json, audience_to_json, compile_audience
from adapters.sqlite.recipient_repository import PUT_RECIPIENT
from adapters.sqlite.rows import recipient_parameters
from domain.audience import OWN_FIELDS, Audience, Comparison, Condition, Everybody, Listed, Matching, as_text
from domain.recipient import Recipient, is_for_tests

words = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
numbers = some.integers() | some.floats(allow_nan=False, allow_infinity=False)
awkward = some.sampled_from(
    ["", "true", "false", "null", "1", "1.0", "1e22", "-0.0", "ß", "💌", "'", '"', "\\", "a\nb"]
)
values = words | awkward | numbers | some.booleans() | some.none() | some.lists(words, max_size=1)
plain_names = some.sampled_from(["plan", "a.b", "a b", "größe", "$", "[0]", "#", "*", "a'b", "id ", "💌"])
odd_names = some.sampled_from(['say "hi"', "back\\slash", "tab\there", "", 'a"', "\\u0041"])


@some.composite
def recipients(draw: some.DrawFn) -> Recipient:
    attributes = draw(some.dictionaries(plain_names, values, max_size=4))
    attributes |= draw(some.dictionaries(odd_names, values, max_size=2))
    return Recipient(
        id="ada",
        name=draw(some.none() | words | awkward),
        locale=draw(some.none() | some.sampled_from(["de-DE", "en"])),
        attributes=attributes,
    )


@some.composite
def people_and_conditions(draw: some.DrawFn) -> tuple[Recipient, Condition]:
    recipient = draw(recipients())
    field = draw(some.sampled_from([*OWN_FIELDS, *recipient.attributes]) | plain_names | odd_names)
    found = as_text(getattr(recipient, field) if field in OWN_FIELDS else recipient.attributes.get(field))
    wanted = draw(some.lists(words | awkward | numbers.map(str), min_size=1, max_size=3))
    if found is not None and draw(some.booleans()):
        wanted.append(found)
    return recipient, Condition(field, draw(some.sampled_from(Comparison)), tuple(wanted))


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        functions.register(connection)
        for step in schema.steps():
            for statement in step.statements():
                connection.execute(statement)
        yield connection


def chosen(connection: sqlite3.Connection, audience: Audience, *people: Recipient, test: bool = False) -> list[str]:
    """Return the ids of those of *people* that SQL finds in *audience*."""
    compiled = compile_audience(audience, test=test)
    connection.execute("DELETE FROM recipients")
    connection.executemany(PUT_RECIPIENT, map(recipient_parameters, people))
    statement = f"SELECT r.id FROM recipients AS r WHERE {compiled.condition} ORDER BY r.id"
    return [row[0] for row in connection.execute(statement, compiled.parameters)]


class TestMatching:
    @given(drawn=people_and_conditions())
    def test_sql_matches_exactly_whom_the_domain_matches(
        self, connection: sqlite3.Connection, drawn: tuple[Recipient, Condition]
    ) -> None:
        recipient, condition = drawn

        found = chosen(connection, Matching("", (condition,)), recipient)

        assert (found == ["ada"]) is condition.matches(recipient)

    def test_every_condition_has_to_hold(self, connection: sqlite3.Connection) -> None:
        people = [
            Recipient(id=f"{plan}-{seats}", attributes={"plan": plan, "seats": seats})
            for plan in "ab"
            for seats in (1, 2)
        ]
        conditions = (Condition("plan", Comparison.IS, ("a",)), Condition("seats", Comparison.IS_NOT, ("1",)))

        assert chosen(connection, Matching("", conditions), *people) == ["a-2"]

    def test_a_value_is_never_sql(self, connection: sqlite3.Connection) -> None:
        hostile = "') OR TRUE --"
        condition = Condition(hostile, Comparison.IS, (hostile,))

        assert chosen(connection, Matching("", (condition,)), Recipient(id="ada")) == []


class TestEverybodyAndLists:
    def test_everybody_is_everybody(self, connection: sqlite3.Connection) -> None:
        assert chosen(connection, Everybody(), Recipient(id="ada"), Recipient(id="bob")) == ["ada", "bob"]

    @given(name=some.sampled_from(["simulate-", "simulate-a", "Simulate-a", "a-simulate-", "simulate-ü", "simulate"]))
    def test_who_is_there_for_tests_is_in_audiences_of_tests_and_in_lists(
        self, connection: sqlite3.Connection, name: str
    ) -> None:
        person = Recipient(id=name)

        for audience in (Everybody(), Matching("", (Condition("id", Comparison.IS, (name,)),))):
            assert (chosen(connection, audience, person) == []) is is_for_tests(name)
            assert chosen(connection, audience, person, test=True) == [name]
        assert chosen(connection, Listed((name,)), person) == [name]

    def test_a_list_is_those_on_it_once_each(self, connection: sqlite3.Connection) -> None:
        listed = Listed(("bob", "nobody", "bob"))

        assert chosen(connection, listed, Recipient(id="ada"), Recipient(id="bob")) == ["bob"]


class TestKeeping:
    @given(drawn=people_and_conditions())
    def test_conditions_come_back_as_they_were_kept(self, drawn: tuple[Recipient, Condition]) -> None:
        audience = Matching("as written", (drawn[1], drawn[1]))

        assert audience_from_json(audience_to_json(audience)) == audience

    def test_everybody_comes_back_and_a_list_without_its_ids(self) -> None:
        assert audience_from_json(audience_to_json(Everybody())) == Everybody()
        assert audience_from_json(audience_to_json(Listed(("ada",)))) == Listed(())
