"""JSON and query strings are read strictly, and every wrong field is named."""

import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request

from domain.channel import Channel
from domain.errors import FieldError, InvalidInput
from entrypoints.http_api.reading.contents import NDJSON, items
from entrypoints.http_api.reading.json_text import BRACKETS_MAX, DEPTH_MAX, INTEGER_MAX, NotJson, parse_json, shown
from entrypoints.http_api.reading.strict import ENTRIES_MAX, ERRORS_MAX, json_converter, read, with_more
from entrypoints.http_api.rendering import to_json

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-INTEGER_MAX, INTEGER_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


@frozen(kw_only=True)
class Inner:
    name: str


@frozen(kw_only=True)
class Sample:
    to: str
    channel: Channel
    at: datetime | None = None
    data: Mapping[str, str] | None = None
    anything: Mapping[str, Any] | None = None
    names: tuple[str, ...] | None = None
    inner: tuple[Inner, ...] | None = None


RIGHT: Mapping[str, Any] = {"to": "ada", "channel": "email"}


def sample(**fields: Any) -> tuple[Sample | None, dict[str, str]]:
    found, errors = read(Sample, {**RIGHT, **fields}, json_converter())
    return found, {error.field: error.message for error in errors}


@given(_JSON)
def test_whatever_is_written_is_read_again(value: Any) -> None:
    assert parse_json(to_json(value)) == value


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "is not JSON: Expecting value at column 1"),
        (b'{"a": 1,\n]', "at line 2, column 1"),
        (b'{"a": 1} {', "Extra data"),
        (b"\xff", "is not UTF-8 at byte 1"),
        ('{"a": 1}'.encode("utf-16"), "is not UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"[NaN]", "NaN is not a number"),
        (b"[" + b"{}," * BRACKETS_MAX + b"1]", "more than 1000000 opening brackets"),
        (b"[-Infinity]", "-Infinity is not a number"),
        (b"1e999", "too large"),
        (b"9" * 19, f"an integer beyond {INTEGER_MAX}"),
        (b"9" * 5000, f"an integer beyond {INTEGER_MAX}"),
        (b'{"a": 1, "b": 2, "a": 3}', "gives the name 'a' twice"),
        (b'[{"b": {"a": 1, "a": 1}}]', "gives the name 'a' twice"),
        (b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), "nested deeper than 32 levels"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested deeper than 32 levels"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(raw: bytes, complaint: str) -> None:
    with pytest.raises(NotJson) as caught:
        parse_json(raw)
    assert complaint in str(caught.value)


def test_the_deepest_and_the_largest_that_are_allowed_are_read() -> None:
    deepest = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX
    assert to_json(parse_json(deepest)) == deepest
    assert parse_json(str(-INTEGER_MAX).encode()) == -INTEGER_MAX


def test_a_name_is_shown_short_and_as_text() -> None:
    assert shown("x" * 1000) == "x" * 100 + "…"
    assert shown("a\ud800b") == "a\\ud800b"


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("to", 1, "must be text"),
        ("to", None, "must be text"),
        ("to", {}, "must be text"),
        ("to", True, "must be text"),
        ("to", "a\x00b", "contains a NUL character; remove it"),
        ("to", "\ud83d", "contains half of a surrogate pair, which is not text; remove it"),
        ("channel", "fax", "must be one of email, sms, push, web_push, in_app"),
        ("channel", ["email"], "must be one of email, sms, push, web_push, in_app"),
        ("at", 5, "must be a time with offset"),
        ("at", "2026-06-01", "must be a time with offset"),
        ("at", "2026-06-01T09:00:00", "must be a time with offset"),
        ("at", "2026-06-01 09:00:00Z", "must be a time with offset"),
        ("at", "2026-W01-1T09:00:00Z", "must be a time with offset"),
        ("at", "2026-06-01T09:00:00Z\n", "must be a time with offset"),
        ("at", "2026-02-30T09:00:00Z", "is not in the calendar"),
        ("at", "0001-01-01T00:00:00+10:00", "is not in the calendar"),
        ("at", "2026-06-01T09:00:00+99:00", "is not in the calendar"),
        ("data", [], "must be an object"),
        ("data", "x", "must be an object"),
        ("names", "abc", "must be a list"),
        ("names", {"a": 1}, "must be a list"),
        ("inner", {"name": "x"}, "must be a list"),
    ],
)
def test_nothing_is_coerced(field: str, value: Any, complaint: str) -> None:
    _, errors = sample(**{field: value})
    assert list(errors) == [field]
    assert errors[field].startswith(complaint)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"data": {"a": 1}}, "data.a"),
        ({"data": {"\ud800": "x"}}, "data.\\ud800"),
        ({"names": ["a", 1]}, "names[1]"),
        ({"inner": [{"name": "a"}, {"name": 1}]}, "inner[1].name"),
        ({"inner": [{"name": "a", "age": 1}]}, "inner[0].age"),
        ({"inner": [{}]}, "inner[0].name"),
        ({"a.b": 1}, "a.b"),
    ],
)
def test_a_wrong_part_is_named_by_its_path_and_the_rest_is_read(fields: dict[str, Any], path: str) -> None:
    found, errors = sample(**fields)
    assert list(errors) == [path]
    assert found == Sample(to="ada", channel=Channel.EMAIL)


def test_every_wrong_field_is_named_at_once() -> None:
    found, errors = read(Sample, {"channel": "fax", "at": "now", "names": [1], "more": 1}, json_converter())
    assert found is None
    assert {error.field for error in errors} == {"to", "channel", "at", "names[0]", "more"}
    assert FieldError("to", "is required") in errors


def test_what_is_no_object_is_wrong_as_a_whole() -> None:
    values: list[Any] = [[], "x", 1, None, True]
    for value in values:
        assert read(Sample, value, json_converter()) == (None, [FieldError("", "must be an object")])


def test_null_is_what_was_not_given() -> None:
    assert sample(at=None, data=None, names=None) == (Sample(to="ada", channel=Channel.EMAIL), {})


def test_other_kinds_of_value_stay_as_they_are() -> None:
    found, errors = sample(anything={"a": [1, 1.5, None, {"b": True}]}, names=[], inner=[{"name": "x"}])
    assert (found and found.anything, errors) == ({"a": [1, 1.5, None, {"b": True}]}, {})
    assert found is not None
    assert (found.names, found.inner) == ((), (Inner(name="x"),))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-01T09:00:00+02:00", datetime(2026, 6, 1, 7, tzinfo=UTC)),
        ("2026-06-01T09:00Z", datetime(2026, 6, 1, 9, tzinfo=UTC)),
        ("2026-06-01t09:00:00.1239z", datetime(2026, 6, 1, 9, microsecond=123_000, tzinfo=UTC)),
        ("2026-06-01T09:00:00.123456789-05:30", datetime(2026, 6, 1, 14, 30, microsecond=123_000, tzinfo=UTC)),
    ],
)
def test_a_time_is_a_moment_in_whole_milliseconds(text: str, moment: datetime) -> None:
    found, errors = sample(at=text)
    assert (found and found.at, errors) == (moment, {})


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)), st.integers(-1439, 1439))  # noqa: DTZ001  (the offset is drawn beside)
def test_every_time_that_python_writes_is_read(local: datetime, offset_minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    found, errors = sample(at=moment.isoformat())
    assert not errors
    assert found is not None
    assert found.at is not None
    assert timedelta(0) <= moment - found.at < timedelta(milliseconds=1)


def test_more_errors_are_added_only_about_what_could_be_read() -> None:
    errors = [FieldError("data.a", "must be text"), FieldError("names[1]", "must be text")]
    more = [FieldError("data", "is too long"), FieldError("names", "has too many"), FieldError("to", "is unknown")]
    assert with_more(errors, more) == [*errors, more[2]]


def test_an_answer_names_no_more_wrong_fields_than_anybody_reads() -> None:
    _, errors = read(Sample, {**RIGHT, **{f"x{number}": 1 for number in range(500)}}, json_converter())
    assert len(errors) == ERRORS_MAX + 1
    assert errors[-1] == FieldError("", "has more wrong fields than these; mend these first")


@pytest.mark.parametrize("field", ["data", "names", "inner"])
def test_what_has_too_many_entries_is_refused_without_a_look_at_each(field: str) -> None:
    many: Any = {str(number): 1 for number in range(ENTRIES_MAX + 1)}
    _, errors = sample(**{field: many if field == "data" else list(many)})
    assert errors == {field: "has 10001 entries; at most 10000 are read"}


def test_a_body_of_a_million_lines_takes_no_more_memory_than_the_items_that_are_allowed() -> None:
    body = b"1\n" * 1_000_000
    request: Request[Any, Any, Any] = Request({"type": "http", "headers": [(b"content-type", NDJSON.encode())]})  # type: ignore[arg-type]  # what is read of it
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput, match="more than 10 items"):
            items(request, body, 10)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(body)
