"""Templates as people write them: read whole, or every wrong table and key named."""

from pathlib import Path
from typing import Any

import pytest

from domain.channel import Channel
from domain.content import Content, Markup
from domain.errors import InvalidInput
from domain.template import TemplateDraft
from entrypoints.files.template_files import SIZE_MAX, read_template_file
from entrypoints.template_shape import read_template, written_template

SHIPPED: dict[str, Any] = {
    "name": "shipped",
    "variables": ["order"],
    "layout": "brand",
    "email": {"subject": "s", "html": "<p>", "de": {"subject": "S", "body": "B"}},
    "push": {"body": "b", "data": {"screen": "orders"}},
}
BRAND: dict[str, Any] = {
    "name": "brand",
    "variables": [],
    "layout": {"html": "{{ content }}", "de": {"html": "<i>{{ content }}"}},
}


def wrong(value: Any, name: str | None = None) -> list[str]:
    with pytest.raises(InvalidInput) as raised:
        read_template(value, name)
    return [one.field for one in raised.value.errors]


def test_every_part_is_read() -> None:
    assert read_template(SHIPPED) == TemplateDraft(
        name="shipped",
        variables=("order",),
        layout="brand",
        texts={
            (Channel.EMAIL, None): Content(subject="s", html="<p>", markup=Markup.JINJA),
            (Channel.EMAIL, "de"): Content(subject="S", body="B", markup=Markup.JINJA),
            (Channel.PUSH, None): Content(body="b", data={"screen": "orders"}, markup=Markup.JINJA),
        },
    )
    assert read_template(BRAND).frames == {None: "{{ content }}", "de": "<i>{{ content }}"}


@pytest.mark.parametrize("value", [SHIPPED, BRAND])
def test_what_is_written_is_what_was_read(value: dict[str, Any]) -> None:
    assert written_template(read_template(value)) == value


def test_the_name_may_stand_elsewhere() -> None:
    assert read_template({}, "shipped").name == "shipped"
    assert read_template({"name": "shipped"}, "shipped").name == "shipped"
    assert wrong({"name": "other"}, "shipped") == ["name"]


def test_null_is_as_good_as_left_out() -> None:
    assert read_template({**SHIPPED, "sms": None, "in_app": None}) == read_template(SHIPPED)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"colour": "red", "a\nb\ud800": 1}, ["colour", r"a\nb\ud800"]),
        ({"variables": "order"}, ["variables"]),
        ({"variables": [1]}, ["variables"]),
        ({"layout": 5}, ["layout"]),
        ({"layout": {}}, ["layout.html"]),
        ({"layout": {"html": "x", "de": {}}}, ["layout.de.html"]),
        ({"layout": {"html": 5, "de": {"body": "x", "html": "y"}}}, ["layout.de.body", "layout.html"]),
        ({"email": "Hello"}, ["email"]),
        ({"email": ["Hello"]}, ["email"]),
        ({"email": {"subject": 5, "body": "x"}}, ["email.subject"]),
        ({"email": {"body": "x", "boddy": "y"}}, ["email.boddy"]),
        ({"email": {"body": "x", "de": {"boddy": "y", "de": {}}}}, ["email.de.boddy", "email.de.de"]),
        ({"push": {"data": "x"}}, ["push.data"]),
        ({"push": {"data": {"a": 1, "b": "c"}}}, ["push.data.a"]),
        ({"push": {"data": dict.fromkeys(map(str, range(1001)), "x")}}, ["push.data"]),
    ],
)
def test_every_wrong_field_is_named(changes: dict[str, Any], fields: list[str]) -> None:
    assert sorted(wrong({**SHIPPED, **changes})) == sorted(fields)


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_it_is_an_object(value: Any) -> None:
    assert wrong(value) == [""]


class TestAFile:
    def test_is_toml(self, tmp_path: Path) -> None:
        path = tmp_path / "shipped.toml"
        path.write_text('name = "x"\n[sms]\nbody = """Ünï {{ recipient.name }}"""\n', encoding="utf-8")

        assert read_template_file(path).texts[Channel.SMS, None].body == "Ünï {{ recipient.name }}"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"name = ", "is not TOML: Invalid value"),
            (b"name = '\xff'", "is not UTF-8"),
            (b"#" * (SIZE_MAX + 1), "is larger than"),
            (b"a = " + b"[" * 100_000, "is nested too deeply"),
            (b"sms = 2026-01-01", "name: is missing; say what requests call the template; sms: must be an object"),
        ],
    )
    def test_that_cannot_be_read_says_why(self, tmp_path: Path, content: bytes, said: str) -> None:
        path = tmp_path / "wrong.toml"
        path.write_bytes(content)

        with pytest.raises(InvalidInput) as raised:
            read_template_file(path)

        assert said in str(raised.value)

    def test_that_is_not_there_says_so(self, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "nowhere.toml"):
            with pytest.raises(InvalidInput, match="cannot be read"):
                read_template_file(path)
