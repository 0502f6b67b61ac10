"""What a template by name sees beside the recipient: its variables, escaped in html, and no way out of the sandbox."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.templates.jinja_renderer import JinjaRenderer
from application.ports.template_renderer import TemplateFault
from domain.channel import Channel
from domain.content import Content, Markup
from domain.recipient import Recipient

ADA = Recipient(id="ada", name="Ada")


def content(body: str | None = None, **fields: Any) -> Content:
    return Content(body=body, markup=Markup.JINJA, **fields)


def rendered(source: str, variables: dict[str, Any]) -> str | None:
    return JinjaRenderer().render(1, content(source), ADA, Channel.EMAIL, variables).body


@pytest.mark.parametrize(
    ("source", "variables", "expected"),
    [
        ("{{ order }} {{ recipient.name }}", {"order": 17}, "17 Ada"),
        ("{{ order.id }} {{ order.lines[0].name }}", {"order": {"id": "A-1", "lines": [{"name": "Tea"}]}}, "A-1 Tea"),
        ("{% for one in lines %}{{ one.name }} {% endfor %}", {"lines": [{"name": "a"}, {"name": "b"}]}, "a b "),
        ("{% if gift %}gift{% else %}none{% endif %}", {"gift": False}, "none"),
        ("{{ note or 'nothing' }}", {"note": ""}, "nothing"),
        ("{% set order = order + 1 %}{{ order }}", {"order": 1}, "2"),
    ],
)
def test_it_is_filled_in(source: str, variables: dict[str, Any], expected: str) -> None:
    assert rendered(source, variables) == expected


def test_html_escapes_what_a_variable_prints_and_plain_text_does_not() -> None:
    source = content("{{ x }}", subject="{{ x }}", html="<i>{{ x }}</i>{{ x|upper }}")

    done = JinjaRenderer().render(1, source, ADA, Channel.EMAIL, {"x": "<b>&'\""})

    assert (done.subject, done.body) == ("<b>&'\"", "<b>&'\"")
    assert done.html == "<i>&lt;b&gt;&amp;&#39;&#34;</i>&lt;B&gt;&amp;&#39;&#34;"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50))
def test_no_value_gets_out_of_its_place_in_html(value: str) -> None:
    done = JinjaRenderer().render(1, content(html='<a title="{{ x }}">'), ADA, Channel.EMAIL, {"x": value}).html

    assert done is not None
    inner = done.removeprefix('<a title="').removesuffix('">')
    assert not set(inner) & set("<>\"'")


def test_a_value_that_looks_like_a_template_is_printed_as_it_stands() -> None:
    assert rendered("{{ x }}", {"x": "{{ recipient.email }}"}) == "{{ recipient.email }}"


@pytest.mark.parametrize(
    ("source", "variables", "message"),
    [
        ("{{ order.nope }}", {"order": {}}, "body: there is no 'nope' in this value"),
        ("{{ order }}", {"order": None}, "body: prints none"),
        ("{{ order }}", {"order": {"a": 1}}, "body: prints a list or an object"),
        ("{{ other }}", {"order": 1}, "body: line 1: there is no 'other' here; a template sees recipient, order"),
        ("{{ order.items() }}", {"order": {}}, "body: line 1: a template cannot call functions"),
        ("{{ order.__class__ }}", {"order": "x"}, "body: there is no '__class__' in this value"),
        ("{{ order * 10**9 }}", {"order": "x"}, "body: * works on numbers"),
    ],
)
def test_what_cannot_be_filled_in_is_said(source: str, variables: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateFault) as raised:
        rendered(source, variables)
    assert str(raised.value).startswith(message)


def test_a_subject_stays_one_line() -> None:
    with pytest.raises(TemplateFault, match="line break"):
        JinjaRenderer().render(1, content("x", subject="{{ x }}"), ADA, Channel.EMAIL, {"x": "a\r\nBcc: b@example.com"})


def test_what_may_be_named_is_known_before_it_is_filled_in() -> None:
    renderer = JinjaRenderer()
    source = content("{{ order }}", html="{{ url }}")

    assert renderer.problems(source, ["order", "url"]) == []
    assert [name for name, _ in renderer.problems(source, ["order"])] == ["html"]
    assert [name for name, _ in renderer.problems(source)] == ["body", "html"]


def test_it_is_compiled_once_and_filled_in_anew_each_time() -> None:
    renderer = JinjaRenderer()
    source = content("{{ order }}")

    said = [renderer.render(1, source, ADA, Channel.SMS, {"order": number}).body for number in range(3)]

    assert said == ["0", "1", "2"]
    assert renderer.render(1, content("changed {{ order }}"), ADA, Channel.SMS, {"order": 9}).body == "9"


def test_the_links_of_a_message_are_there_and_empty_where_there_are_none() -> None:
    source = "<{{ unsubscribe_url }}><{{ preferences_url }}>"

    assert JinjaRenderer().problems(content(source)) == []
    assert rendered(source, {}) == "<><>"
    assert rendered(source, {"unsubscribe_url": "https://example.com/u"}) == "<https://example.com/u><>"
