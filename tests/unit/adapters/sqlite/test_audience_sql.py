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
from domain.audience import CONDITIONS_MAX, DEPTH_MAX, Audience, Everybody, Listed, Matching, parse_audience
from domain.conditions import (
    OWN_FIELDS,
    And,
    Compares,
    Exists,
    Expression,
    IsOneOf,
    Not,
    Or,
    Order,
    field_of,
    is_bound,
    texts_of,
)
from domain.recipient import Recipient, is_for_tests

SPELLED = [
    *(0, -1, 2**53 + 1, 2**63, -(2**63) - 1, 1.0, -0.0, 0.1, 1e22, 1e-7, 1.7976931348623157e308, 5e-324),
    *(True, False, "", "1e400", "01", "1_000", "pro", "2026-03-01", "2026-03-01T09:00:00Z", "2026-03-01T09:00"),
]

words = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
numbers = some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.integers(-3, 3)
awkward = some.sampled_from(
    ["", "true", "false", "null", "1", "1.0", "1e22", "-0.0", "ß", "💌", "'", '"', "\\", "a\nb", "1_000", " 1", "٣"]
)
dates = some.sampled_from(
    ["2026-03-01", "2026-03-01T09:00:00Z", "2026-03-01 10:00+01:00", "2026-03-02T09:00", "2026-02-30", "0001-01-01"]
)
huge = some.sampled_from(["1e400", "-1e400", "1e-400", str(2**63), str(-(2**63) - 1), "9007199254740993", "9" * 400])
scalars = words | awkward | dates | huge | numbers | some.booleans() | some.none()
values = scalars | some.lists(scalars | some.lists(words, max_size=1), max_size=4) | some.just({"plan": "pro"})
plain_names = some.sampled_from(["plan", "a.b", "a b", "größe", "$", "[0]", "#", "*", "a'b", "id ", "💌", "?", ":x"])
odd_names = some.sampled_from(['say "hi"', "back\\slash", "tab\there", "", 'a"', "\\u0041"])


@some.composite
def recipients(draw: some.DrawFn) -> Recipient:
    attributes = draw(some.dictionaries(plain_names, values, max_size=4))
    attributes |= draw(some.dictionaries(odd_names, values, max_size=2))
    return Recipient(
        id="ada",
        name=draw(some.none() | words | awkward | dates),
        phone=draw(some.none() | some.just("+14155550111")),
        locale=draw(some.none() | some.sampled_from(["de-DE", "en"])),
        attributes=attributes,
    )


@some.composite
def conditions(draw: some.DrawFn, recipient: Recipient) -> Expression:
    """Draw one condition, often about something that *recipient* has."""
    field = draw(some.sampled_from([*OWN_FIELDS, *recipient.attributes]) | plain_names | odd_names)
    present = list(texts_of(field_of(recipient, field))) if draw(some.booleans()) else []
    match draw(some.sampled_from(["in", "compares", "exists"])):
        case "in":
            wanted = draw(some.lists(words | awkward | dates | huge | numbers.map(str), min_size=1, max_size=3))
            return IsOneOf(field, (*wanted, *present[:1]))
        case "compares":
            bounds = [text for text in present if is_bound(text)]
            drawn = (numbers.map(str) | huge | dates).filter(is_bound)
            return Compares(field, draw(some.sampled_from(Order)), draw(some.sampled_from(bounds) if bounds else drawn))
        case _:
            return Exists(field)


def several(trees: some.SearchStrategy[Expression]) -> some.SearchStrategy[tuple[Expression, ...]]:
    return some.lists(trees, min_size=1, max_size=3).map(tuple)


@some.composite
def people_and_expressions(draw: some.DrawFn) -> tuple[Recipient, Expression]:
    recipient = draw(recipients())
    trees: some.SearchStrategy[Expression] = some.recursive(
        conditions(recipient),
        lambda inner: some.builds(Not, inner) | some.builds(And, several(inner)) | some.builds(Or, several(inner)),
        max_leaves=6,
    )
    return recipient, draw(trees)


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
    connection.execute("DELETE FROM recipients")
    connection.executemany(PUT_RECIPIENT, map(recipient_parameters, people))
    return present(connection, audience, test=test)


def present(connection: sqlite3.Connection, audience: Audience, *, test: bool = False) -> list[str]:
    """Return the ids of those in the table that SQL finds in *audience*."""
    compiled = compile_audience(audience, test=test)
    statement = f"SELECT r.id FROM recipients AS r WHERE {compiled.condition} ORDER BY r.id"
    return [row[0] for row in connection.execute(statement, compiled.parameters)]


class TestMatching:
    @given(drawn=people_and_expressions())
    def test_sql_matches_exactly_whom_the_domain_matches(
        self, connection: sqlite3.Connection, drawn: tuple[Recipient, Expression]
    ) -> None:
        recipient, expression = drawn

        for one in (expression, Not(expression)):
            assert (chosen(connection, Matching("", one), recipient) == ["ada"]) is one.matches(recipient)

    @pytest.mark.parametrize("name", ["back\\slash", "ends in \\", "\\u0041", "tab\there", "line\nbreak", "\x1f"])
    def test_a_name_that_json_spells_otherwise_is_found(self, connection: sqlite3.Connection, name: str) -> None:
        person = Recipient(id="ada", attributes={name: "pro"})

        for one in (Exists(name), IsOneOf(name, ("pro",))):
            assert chosen(connection, Matching("", one), person) == ["ada"]

    @pytest.mark.parametrize("name", ["plan", 'say "hi"'])
    def test_each_kind_of_value_alone_and_in_a_list_is_compared_with_each_text(
        self, connection: sqlite3.Connection, name: str
    ) -> None:
        alone = [*SPELLED, *map(str, SPELLED), None, {"a": 1}, []]
        people = [
            Recipient(id=f"{number}-{kind}", attributes={name: value})
            for number, one in enumerate(alone)
            for kind, value in (("alone", one), ("listed", [one]), ("second", ["other", one]))
        ]
        assert chosen(connection, Everybody(), *people)
        texts = sorted({text for one in SPELLED for text in texts_of(one)})
        asked: list[Expression] = [Exists(name), *(IsOneOf(name, (text,)) for text in texts)]
        asked += [Compares(name, order, text) for text in texts if is_bound(text) for order in Order]

        for one in asked:
            expected = sorted(person.id for person in people if one.matches(person))
            assert present(connection, Matching("", one)) == expected, one

    def test_every_condition_of_and_has_to_hold_and_one_of_or(self, connection: sqlite3.Connection) -> None:
        people = [
            Recipient(id=f"{plan}-{seats}", attributes={"plan": plan, "seats": seats})
            for plan in "ab"
            for seats in (1, 2)
        ]

        assert chosen(connection, parse_audience("plan = a and seats > 1"), *people) == ["a-2"]
        assert chosen(connection, parse_audience("plan = a or seats > 1"), *people) == ["a-1", "a-2", "b-2"]

    def test_a_value_is_never_sql(self, connection: sqlite3.Connection) -> None:
        hostile = "') OR TRUE --"

        for one in (IsOneOf(hostile, (hostile,)), Compares(hostile, Order.BELOW, hostile), Exists(hostile)):
            assert chosen(connection, Matching("", one), Recipient(id="ada")) == []

    @pytest.mark.parametrize("field", ["a", '"odd\\"name"'])
    def test_the_largest_that_the_grammar_takes_is_not_too_large(
        self, connection: sqlite3.Connection, field: str
    ) -> None:
        levels = DEPTH_MAX // 2
        siblings = f"{field} > 1 and " * (CONDITIONS_MAX // levels - 1)
        text = f"not ({siblings}" * levels + f"{field} > 1" + ")" * levels

        assert chosen(connection, parse_audience(text), Recipient(id="ada")) == ["ada"]
        wide = " or ".join([f"{field} > 1"] * (CONDITIONS_MAX - 1) + [f"not {field} exists"])
        assert chosen(connection, parse_audience(wide), Recipient(id="ada")) == ["ada"]


class TestEverybodyAndLists:
    def test_everybody_is_everybody(self, connection: sqlite3.Connection) -> None:
        assert chosen(connection, Everybody(), Recipient(id="ada"), Recipient(id="bob")) == ["ada", "bob"]

    @given(name=some.sampled_from(["simulate-", "simulate-a", "Simulate-a", "a-simulate-", "simulate-ü", "simulate"]))
    def test_who_is_there_for_tests_is_in_audiences_of_tests_and_in_lists(
        self, connection: sqlite3.Connection, name: str
    ) -> None:
        person = Recipient(id=name)

        for audience in (Everybody(), Matching("", IsOneOf("id", (name,)))):
            assert (chosen(connection, audience, person) == []) is is_for_tests(name)
            assert chosen(connection, audience, person, test=True) == [name]
        assert chosen(connection, Listed((name,)), person) == [name]

    def test_a_list_is_those_on_it_once_each(self, connection: sqlite3.Connection) -> None:
        listed = Listed(("bob", "nobody", "bob"))

        assert chosen(connection, listed, Recipient(id="ada"), Recipient(id="bob")) == ["bob"]

    @pytest.mark.parametrize("text", ["all", "not plan exists", "id != ada"])
    @pytest.mark.parametrize("test", [False, True])
    def test_who_was_erased_is_in_none(self, connection: sqlite3.Connection, text: str, test: bool) -> None:
        assert chosen(connection, parse_audience(text), Recipient(id="bob"), Recipient(id="eve"), test=test)

        connection.execute("UPDATE recipients SET erased_at_ms = 0, id = ' erased ' || seq WHERE id = 'bob'")
        (erased,) = connection.execute("SELECT id FROM recipients WHERE erased_at_ms = 0").fetchone()

        assert present(connection, parse_audience(text), test=test) == ["eve"]
        assert present(connection, Listed((erased, "eve")), test=test) == ["eve"]


class TestKeeping:
    @given(drawn=people_and_expressions())
    def test_expressions_come_back_as_they_were_kept(self, drawn: tuple[Recipient, Expression]) -> None:
        audience = Matching("as written", drawn[1])

        assert audience_from_json(audience_to_json(audience)) == audience

    def test_everybody_comes_back_and_a_list_without_its_ids(self) -> None:
        assert audience_from_json(audience_to_json(Everybody())) == Everybody()
        assert audience_from_json(audience_to_json(Listed(("ada",)))) == Listed(())

    def test_what_was_kept_before_there_were_expressions_is_still_read(self) -> None:
        kept = """{"kind":"matching","source":"plan = pro and country != DE and a in (b, c)","conditions":[
            {"field":"plan","comparison":"=","values":["pro"]},{"field":"country","comparison":"!=","values":["DE"]},
            {"field":"a","comparison":"=","values":["b","c"]}]}"""

        assert audience_from_json(kept) == parse_audience("plan = pro and country != DE and a in (b, c)")
