"""What conditions mean: whom each of them matches, and how values are compared."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audience import Matching, parse_audience
from domain.conditions import OWN_FIELDS, IsOneOf, Order, as_text, rank_of, stands
from domain.recipient import Recipient


def matches(text: str, person: Recipient) -> bool:
    audience = parse_audience(text)
    assert isinstance(audience, Matching)
    return audience.expression.matches(person)


class TestACondition:
    person = Recipient(
        id="7",
        locale="de",
        attributes={
            "plan": "pro",
            "age": 42,
            "vip": True,
            "tags": ["a", 1, 2.5, False, None, ["deep"], {"of": "b"}],
            "none": [],
            "null": None,
            "object": {"a": "b"},
        },
    )

    @pytest.mark.parametrize(
        "text",
        [
            *("plan = pro", "plan != team", "plan in (team, pro)", "plan not in (team, Pro)", "plan != Pro"),
            *("age = 42", "age != 42.0", "vip = true", "vip != True", "locale = de", "id = 7"),
            *("tags = a", "tags = 1", "tags = 2.5", "tags = false", "tags in (z, a)", "not tags = b", "tags > 2"),
            *("tags != deep", "tags != ''", "tags not in (b, deep)", "tags < 2 and tags > 2", "not tags > 2.5"),
            *("plan exists", "none exists", "object exists", "vip exists", "id exists", "tags exists"),
            *("not null exists", "not country exists", "not email exists"),
        ],
    )
    def test_holds(self, text: str) -> None:
        assert matches(text, self.person)
        assert not matches(f"not ({text})", self.person)

    @pytest.mark.parametrize("field", ["country", "email", "null", "none", "object"])
    def test_what_has_no_value_satisfies_no_comparison_but_its_opposite(self, field: str) -> None:
        for comparison in ("= ''", "= null", "in (a, b)", "< 5", "<= 5", "> 5", ">= 5", ">= 2026-01-01"):
            assert not matches(f"{field} {comparison}", self.person)
            assert matches(f"not {field} {comparison}", self.person)
        assert matches(f"{field} != a and {field} not in (a, b)", self.person)

    def test_an_attribute_does_not_hide_a_field_of_the_same_name(self) -> None:
        person = Recipient(id="7", attributes=dict.fromkeys(OWN_FIELDS, "wrong"))
        assert not any(IsOneOf(name, ("wrong",)).matches(person) for name in OWN_FIELDS)

    def test_and_or_and_not_are_those_of_logic(self) -> None:
        for a, b in [(a, b) for a in (False, True) for b in (False, True)]:
            person = Recipient(id="7", attributes={"a": a, "b": b})
            assert matches("a = true and b = true", person) is (a and b)
            assert matches("a = true or b = true", person) is (a or b)
            assert matches("not (a = true or b = true) or a = true and b = true", person) is (a == b)

    @pytest.mark.parametrize(
        ("value", "text"),
        [("a", "a"), (1, "1"), (1.5, "1.5"), (True, "true"), (False, "false"), (None, None), ([], None), ({}, None)],
    )
    def test_values_have_their_spelling_in_json(self, value: object, text: str | None) -> None:
        assert as_text(value) == text


class TestOrder:
    @pytest.mark.parametrize(
        ("low", "high"),
        [
            *(("9", "10"), ("-1e400", "0"), ("1e308", "1e400"), ("0.1", "0.10000000000000000001"), ("-2", "-1.5")),
            *(("9007199254740992", "9007199254740993"), ("9223372036854775807", "9223372036854775808")),
            *(("2026-03-01", "2026-03-02"), ("2026-03-01T12:00+02:00", "2026-03-01T11:00Z")),
            ("2026-03-01T11:00:00Z", "2026-03-01 11:00:00.5Z"),
            ("0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59"),
        ],
    )
    def test_of_two_that_differ_one_is_below(self, low: str, high: str) -> None:
        assert [stands(low, order, high) for order in Order] == [True, True, False, False]
        assert [stands(high, order, low) for order in Order] == [False, False, True, True]

    def test_of_a_moment_the_day_that_it_spells_is_compared_with_a_day(self) -> None:
        for moment in ("2026-03-01T23:59-08:00", "2026-03-01T00:00:00+08:00", "2026-03-01 12:00"):
            assert [stands(moment, order, "2026-03-02") for order in Order] == [True, True, False, False]
            assert [stands(moment, order, "2026-02-28") for order in Order] == [False, False, True, True]
            assert [stands(moment, order, "2026-03-01") for order in Order] == [False, True, False, True]

    @pytest.mark.parametrize(
        ("text", "bound"),
        [
            *(("1.0", "1"), ("-0.0", "0"), ("1e2", "100"), ("1E+2", "100.00")),
            *(
                ("2026-03-01", "2026-03-01"),
                ("2026-03-01T23:59-08:00", "2026-03-01"),
                ("2026-03-01 08:00", "2026-03-01"),
            ),
            ("2026-03-01T10:00:00Z", "2026-03-01 11:00+01:00"),
        ],
    )
    def test_what_is_as_great_is_neither_below_nor_above(self, text: str, bound: str) -> None:
        assert [stands(text, order, bound) for order in Order] == [False, True, False, True]

    @pytest.mark.parametrize(
        ("text", "bound"),
        [
            *(
                (text, "5")
                for text in ("", " 5", "5 ", "+5", "05", "5.", ".5", "1_000", "\u0665", "0x5", "Infinity", "true")
            ),
            *(("2026-03-01", "5"), ("5", "2026-03-01"), ("20260301", "2026-03-01"), ("2026-3-1", "2026-03-01")),
            *(("2026-02-30", "2026-03-01"), ("0000-00-00", "2026-03-01"), ("2026-03-01\n", "2026-03-01")),
            *(("2026-03-01", "2026-03-01T09:00Z"), ("2026-03-01T08:00", "2026-03-01T09:00Z")),
            *(("2026-03-01T25:00Z", "2026-03-01"), ("2026-03-01T09:00+24:00", "2026-03-01T09:00Z")),
        ],
    )
    def test_what_is_of_another_kind_has_no_order(self, text: str, bound: str) -> None:
        assert not any(stands(text, order, bound) for order in Order)

    @given(st.integers() | st.floats(allow_nan=False, allow_infinity=False), st.integers() | st.floats(-9, 9))
    def test_numbers_are_compared_exactly(self, value: float, bound: float) -> None:
        expected = Decimal(str(value)) < Decimal(str(bound))
        assert stands(str(value), Order.BELOW, str(bound)) is expected
        assert stands(str(value), Order.AT_LEAST, str(bound)) is not expected

    @given(st.text(st.sampled_from("0123456789-+:.TZeE ")))
    def test_no_text_breaks_it(self, text: str) -> None:
        assert stands(text, Order.AT_MOST, text) is (rank_of(text) is not None)
