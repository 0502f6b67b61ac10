"""The grammar of an audience: what it means, and that every other text is refused with a clear sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audience import (
    CONDITIONS_MAX,
    OWN_FIELDS,
    TEXT_MAX,
    Comparison,
    Condition,
    Everybody,
    Matching,
    as_text,
    parse_audience,
)
from domain.errors import InvalidInput
from domain.recipient import Recipient

IS, IS_NOT = Comparison.IS, Comparison.IS_NOT


def conditions(text: str) -> tuple[Condition, ...]:
    audience = parse_audience(text)
    assert isinstance(audience, Matching)
    return audience.conditions


class TestTheGrammar:
    @pytest.mark.parametrize("text", ["all", " all ", "\tall\n"])
    def test_all_is_everybody(self, text: str) -> None:
        assert parse_audience(text) == Everybody()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("plan = pro", [Condition("plan", IS, ("pro",))]),
            ("plan=pro", [Condition("plan", IS, ("pro",))]),
            ("plan!=pro", [Condition("plan", IS_NOT, ("pro",))]),
            ("plan = 'pro team'", [Condition("plan", IS, ("pro team",))]),
            ('"first plan" = "a \\"b\\""', [Condition("first plan", IS, ('a "b"',))]),
            ("plan in (pro, team)", [Condition("plan", IS, ("pro", "team"))]),
            ("plan IN ('a, b', c)", [Condition("plan", IS, ("a, b", "c"))]),
            ("a = 1 and b != 2", [Condition("a", IS, ("1",)), Condition("b", IS_NOT, ("2",))]),
            ("a = 1 AND b = and", [Condition("a", IS, ("1",)), Condition("b", IS, ("and",))]),
            ("in = in", [Condition("in", IS, ("in",))]),
            ("city = München", [Condition("city", IS, ("München",))]),
            ("plan = ''", [Condition("plan", IS, ("",))]),
        ],
    )
    def test_conditions_are_read(self, text: str, expected: list[Condition]) -> None:
        assert list(conditions(text)) == expected

    def test_the_text_is_kept_as_it_was_given(self) -> None:
        assert parse_audience("  plan = pro ") == Matching("plan = pro", (Condition("plan", IS, ("pro",)),))

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "is empty or ends too early"),
            ("   ", "is empty or ends too early"),
            ("plan", "expected attribute = value at 'plan'"),
            ("plan =", "expected attribute = value at 'plan ='"),
            ("= pro", "expected attribute = value at '= pro'"),
            ("plan == pro", "expected attribute = value"),
            ("plan = pro team", "expected 'and' before 'team'"),
            ("plan = pro or plan = team", "expected 'and' before 'or'"),
            ("plan = pro 'and' a = 1", "expected 'and' before 'and'"),
            ("plan = pro and", "is empty or ends too early"),
            ("plan in ()", "a list of values reads"),
            ("plan in (a b)", "a list of values reads"),
            ("plan in (a,", "a list of values reads"),
            ("plan = 'pro", 'cannot read "\'pro"'),
            ("plan = hello!", "cannot read '!'"),
            ("plan = a\x00", "contains a NUL"),
            ("plan = \ud800", "contains a NUL character or half of a surrogate pair"),
        ],
    )
    def test_what_is_not_of_the_grammar_is_named_with_the_remedy(self, text: str, problem: str) -> None:
        with pytest.raises(InvalidInput) as raised:
            parse_audience(text)
        (error,) = raised.value.errors
        assert error.field == "audience"
        assert error.message.startswith(problem)
        assert "country = DE and plan in (pro, team)" in error.message

    def test_there_is_a_limit_on_conditions(self) -> None:
        most = " and ".join(["a = 1"] * CONDITIONS_MAX)
        assert len(conditions(most)) == CONDITIONS_MAX
        with pytest.raises(InvalidInput, match="has more than 50 conditions"):
            parse_audience(f"{most} and a = 1")

    def test_a_huge_text_is_refused_at_once(self) -> None:
        with pytest.raises(InvalidInput, match="is longer than"):
            parse_audience("a=b and " * (TEXT_MAX // 4))

    @given(st.text(st.characters() | st.sampled_from(" =!()'\"\\,andi"), max_size=120))
    def test_no_text_breaks_it(self, text: str) -> None:
        found: Everybody | Matching | InvalidInput
        try:
            found = parse_audience(text)
        except InvalidInput as error:
            found = error
        if isinstance(found, InvalidInput):
            assert [one.field for one in found.errors] == ["audience"]
            assert str(found).isprintable()
        else:
            assert isinstance(found, Everybody) or found.conditions


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\n"), max_size=20)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(condition: Condition) -> str:
    name = quoted(condition.field)
    if len(condition.values) == 1:
        return f"{name} {condition.comparison} {quoted(condition.values[0])}"
    return f"{name} in ({', '.join(quoted(value) for value in condition.values)})"


single = st.builds(Condition, texts, st.sampled_from(Comparison), st.tuples(texts))
several = st.builds(Condition, texts, st.just(IS), st.lists(texts, min_size=2, max_size=4).map(tuple))


@given(st.lists(single | several, min_size=1, max_size=5))
def test_what_is_written_is_read_again(expected: list[Condition]) -> None:
    assert list(conditions(" and ".join(written(condition) for condition in expected))) == expected


class TestACondition:
    person = Recipient(
        id="7", locale="de", attributes={"plan": "pro", "age": 42, "vip": True, "list": ["a"], "x": None}
    )

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            *(("plan = pro", True), ("plan = team", False), ("plan != team", True), ("plan in (team, pro)", True)),
            *(("age = 42", True), ("vip = true", True), ("vip = True", False), ("locale = de", True), ("id = 7", True)),
            *(("country = DE", False), ("country != DE", True), ("x != 1", True), ("list = a", False)),
            *(("email = a@example.com", False), ("email != a@example.com", True), ("plan = Pro", False)),
        ],
    )
    def test_compares_as_text_and_what_is_missing_is_nothing(self, text: str, expected: bool) -> None:
        (condition,) = conditions(text)
        assert condition.matches(self.person) is expected

    def test_an_attribute_does_not_hide_a_field_of_the_same_name(self) -> None:
        person = Recipient(id="7", attributes=dict.fromkeys(OWN_FIELDS, "wrong"))
        assert not any(Condition(name, IS, ("wrong",)).matches(person) for name in OWN_FIELDS)

    @pytest.mark.parametrize(
        ("value", "text"),
        [("a", "a"), (1, "1"), (1.5, "1.5"), (True, "true"), (False, "false"), (None, None), ([], None), ({}, None)],
    )
    def test_values_have_their_spelling_in_json(self, value: object, text: str | None) -> None:
        assert as_text(value) == text
