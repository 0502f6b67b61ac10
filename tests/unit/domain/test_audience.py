"""The grammar of an audience: what it means, and that every other text is refused with a clear sentence."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.audience import CONDITIONS_MAX, DEPTH_MAX, TEXT_MAX, Everybody, Matching, parse_audience
from domain.conditions import And, Compares, Exists, Expression, IsOneOf, Not, Or, Order
from domain.errors import InvalidInput


def expression(text: str) -> Expression:
    audience = parse_audience(text)
    assert isinstance(audience, Matching)
    return audience.expression


def problem(text: str) -> str:
    with pytest.raises(InvalidInput) as raised:
        parse_audience(text)
    (error,) = raised.value.errors
    assert error.field == "audience"
    found, remedy = error.message.split("; write all, a file of ids, or conditions such as: ")
    assert isinstance(parse_audience(remedy), Matching)
    return found


TOKENS = ["a", "plan", "1", "2026-01-01", "'x'", "and", "or", "not", "in", "exists", *"(),=<>", "!=", ">=", "all"]
A, B, C = (IsOneOf(name, ("1",)) for name in "abc")
PRO = IsOneOf("plan", ("pro",))


class TestTheGrammar:
    @pytest.mark.parametrize("text", ["all", " all ", "\tALL\n"])
    def test_all_is_everybody(self, text: str) -> None:
        assert parse_audience(text) == Everybody()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("plan = pro", PRO),
            ("plan=pro", PRO),
            ("plan!=pro", Not(PRO)),
            ("plan = 'pro team'", IsOneOf("plan", ("pro team",))),
            ('"first plan" = "a \\"b\\""', IsOneOf("first plan", ('a "b"',))),
            ("plan in (pro, team)", IsOneOf("plan", ("pro", "team"))),
            ("plan IN ('a, b', c)", IsOneOf("plan", ("a, b", "c"))),
            ("plan Not In (pro)", Not(PRO)),
            ("seats<5", Compares("seats", Order.BELOW, "5")),
            ("seats <= -5e3", Compares("seats", Order.AT_MOST, "-5e3")),
            ("since > 2026-03-01", Compares("since", Order.ABOVE, "2026-03-01")),
            ("since >= '2026-03-01 09:00Z'", Compares("since", Order.AT_LEAST, "2026-03-01 09:00Z")),
            ("phone EXISTS", Exists("phone")),
            ("not phone exists", Not(Exists("phone"))),
            ("b = and", IsOneOf("b", ("and",))),
            ("'in' in (in)", IsOneOf("in", ("in",))),
            ("city = München", IsOneOf("city", ("München",))),
            ("plan = ''", IsOneOf("plan", ("",))),
            ('text = "two\nlines \\\n"', IsOneOf("text", ("two\nlines \n",))),
        ],
    )
    def test_conditions_are_read(self, text: str, expected: Expression) -> None:
        assert expression(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a = 1 and b = 1 AND c = 1", And((A, B, C))),
            ("a = 1 or b = 1 and c = 1", Or((A, And((B, C))))),
            ("a = 1 and b = 1 Or c = 1", Or((And((A, B)), C))),
            ("(a = 1 or b = 1) and c = 1", And((Or((A, B)), C))),
            ("not a = 1 and b = 1", And((Not(A), B))),
            ("NOT (a = 1 and b = 1)", Not(And((A, B)))),
            ("not not((a=1))", Not(Not(A))),
        ],
    )
    def test_not_binds_closer_than_and_and_that_closer_than_or(self, text: str, expected: Expression) -> None:
        assert expression(text) == expected

    def test_the_text_is_kept_as_it_was_given(self) -> None:
        assert parse_audience("  plan = pro ") == Matching("plan = pro", PRO)


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            *(("", "is empty"), ("   ", "is empty")),
            ("plan", "ends too early; expected =, !=, <, <=, >, >=, 'in', 'not in' or 'exists' after the field 'plan'"),
            ("plan =", "ends too early; expected a value"),
            ("plan = pro and", "ends too early; expected a field, 'not' or '('"),
            ("(plan = pro", "ends too early; expected 'and', 'or' or ')'"),
            ("plan = pro)", "at character 11, expected 'and', 'or' or the end, but found ')'"),
            ("= pro", "at character 1, expected a field, 'not' or '(', but found '='"),
            (
                "  plan == pro",
                "at character 8, expected =, !=, <, <=, >, >=, 'in', 'not in' or 'exists' after the field",
            ),
            ("plan <> pro", "at character 6, expected =, !=, "),
            ("plan not exists", "at character 6, expected =, !=, "),
            ("plan = pro team", "at character 12, expected 'and', 'or' or the end, but found 'team'"),
            ("plan = pro 'and' a = 1", "at character 12, expected 'and', 'or' or the end, but found 'and'"),
            (
                "a = 1 and or b = 1",
                "at character 11, expected a field, 'not' or '(' (in quotes, if a field is called so)",
            ),
            ("plan in pro", "at character 9, expected a list such as (a, b), but found 'pro'"),
            ("plan in ()", "at character 10, expected a value, but found ')'"),
            ("plan in (a b)", "at character 12, expected ',' or ')' in the list, but found 'b'"),
            ("plan = 'pro", 'at character 8, cannot read "\'pro"; close the quote'),
            ("plan = hello!", "at character 13, cannot read '!'"),
            ("plan = a\x00", "contains a NUL"),
            ("plan = \ud800", "contains a NUL character or half of a surrogate pair"),
        ],
    )
    def test_is_named_with_its_place_and_what_was_expected(self, text: str, expected: str) -> None:
        assert problem(text).startswith(expected)

    @pytest.mark.parametrize(
        "bound", ["young", "1_000", "0x10", "01", "٣", "1e1000000", "NaN", "2026-02-30", "2026-03-01T10:00", "''"]
    )
    def test_only_numbers_days_and_moments_have_an_order(self, bound: str) -> None:
        assert problem(f"age < {bound}").startswith("at character 7, expected a number, a day such as 2026-03-01 or a")

    def test_there_is_a_limit_on_conditions(self) -> None:
        most = " and ".join(["a = 1"] * CONDITIONS_MAX)
        assert expression(most) == And((A,) * CONDITIONS_MAX)
        assert problem(f"{most} or a = 1") == "has more than 50 conditions, the next of them at character 500"

    @pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("not ", ""), ("not(", ")")])
    def test_there_is_a_limit_on_what_is_inside_each_other(self, opening: str, closing: str) -> None:
        most = DEPTH_MAX // (2 if opening == "not(" else 1)
        deep = opening * most + "a = 1" + closing * most
        assert expression(f"{deep} and {deep}")
        assert problem(opening + deep + closing).startswith("has more than 20 parentheses and 'not' inside each other")

    def test_a_huge_text_is_refused_at_once(self) -> None:
        assert problem("(" * (TEXT_MAX + 1)).startswith("is longer than 10000 characters")

    @given(
        st.text(st.characters() | st.sampled_from(" =!<>()'\"\\,andi"), max_size=120)
        | st.lists(st.sampled_from(TOKENS), max_size=20).map(" ".join)
    )
    @example("not " * (TEXT_MAX // 4))
    @example("(" * TEXT_MAX)
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
            assert found == Everybody() or parse_audience(f"({text})") == Matching(f"({text})", expression(text))


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
conditions = (
    st.builds(Exists, texts)
    | st.builds(IsOneOf, texts, st.lists(texts, min_size=1, max_size=3).map(tuple))
    | st.builds(Compares, texts, st.sampled_from(Order), st.integers().map(str) | st.dates().map(str))
)


def several(trees: st.SearchStrategy[Expression]) -> st.SearchStrategy[tuple[Expression, ...]]:
    return st.lists(trees, min_size=2, max_size=3).map(tuple)


trees: st.SearchStrategy[Expression] = st.recursive(
    conditions,
    lambda inner: st.builds(Not, inner) | st.builds(And, several(inner)) | st.builds(Or, several(inner)),
    max_leaves=8,
)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(tree: Expression) -> str:
    match tree:
        case Exists(field):
            return f"{quoted(field)} exists"
        case Compares(field, order, bound):
            return f"{quoted(field)} {order} {bound}"
        case IsOneOf(field, (value,)):
            return f"{quoted(field)} = {quoted(value)}"
        case IsOneOf(field, values):
            return f"{quoted(field)} in ({', '.join(map(quoted, values))})"
        case Not(operand):
            return f"not ({written(operand)})"
        case And(operands):
            return " and ".join(f"({written(one)})" for one in operands)
        case Or(operands):
            return " or ".join(f"({written(one)})" for one in operands)


@given(trees)
def test_what_is_written_is_read_again(expected: Expression) -> None:
    assert expression(written(expected)) == expected
