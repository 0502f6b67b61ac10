"""Templates: what they see, what they print, what is wrong with them in a plain sentence, and what is kept compiled."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.templates.jinja_renderer import JinjaRenderer
from application.ports.template_renderer import TemplateFault, TemplateRenderer
from domain.channel import Channel
from domain.content import Content, Markup
from domain.recipient import Recipient

ADA = Recipient(
    id="42",
    name="Ada <b>",
    email="ada@example.com",
    timezone="Europe/London",
    attributes={
        "plan": "pro",
        "age": 36,
        "vip": True,
        "nothing": None,
        "tags": ["new", "loyal"],
        "company": {"name": "Analytical Ltd", "items": 3},
        "items": "not a method",
        "name": "shadowed",
    },
)
NOBODY = Recipient(id="7")


def template(body: str | None = None, **fields: Any) -> Content:
    return Content(body=body, markup=Markup.JINJA, **fields)


def rendered(source: str, recipient: Recipient = ADA) -> str | None:
    return JinjaRenderer().render(1, template(source), recipient, Channel.EMAIL).body


def fault(source: str, recipient: Recipient = ADA) -> str:
    with pytest.raises(TemplateFault) as raised:
        rendered(source, recipient)
    return str(raised.value)


def test_it_fulfils_the_port() -> None:
    renderer: TemplateRenderer = JinjaRenderer()
    assert renderer.problems(template("Hello {{ recipient.name }}")) == []


class TestWhatATemplateSees:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("{{ recipient.id }} {{ recipient.email }} {{ recipient.timezone }}", "42 ada@example.com Europe/London"),
            ("{{ recipient.attributes.plan }} {{ recipient.attributes['plan'] }}", "pro pro"),
            ("{{ recipient.plan }} {{ recipient['plan'] }}", "pro pro"),
            ("{{ recipient.name }} {{ recipient.attributes.name }}", "Ada <b> shadowed"),
            (
                "{{ recipient.company.name }} {{ recipient.company.items }} {{ recipient.items }}",
                "Analytical Ltd 3 not a method",
            ),
            (
                "{{ recipient.age }} {{ recipient.vip }} {{ recipient.age + 1 }} {{ recipient.age // 5 % 4 }}",
                "36 true 37 3",
            ),
            ("{{ recipient.tags[0] }} {{ recipient.tags[-1] }} {{ recipient.id[0:1] }}", "new loyal 4"),
            (
                "{% for tag in recipient.tags %}{{ loop.index }}/{{ loop.length }} {{ tag }};{% endfor %}",
                "1/2 new;2/2 loyal;",
            ),
            (
                "{% for key, value in recipient.company|items %}{{ key }}={{ value }};{% endfor %}",
                "name=Analytical Ltd;items=3;",
            ),
            ("{% for i in range(3) %}{{ loop.cycle('a', 'b') }}{{ i }}{% else %}none{% endfor %}", "a0b1a2"),
            ("{% if recipient.plan in ['pro', 'team'] %}yes{% else %}no{% endif %}", "yes"),
            ("{% set plan = recipient.plan|upper %}{{ plan }}{# a remark #}", "PRO"),
            ("{{ 'Hi ' ~ recipient.id ~ 1 }} {{ 'a' + 'b' }}", "Hi 421 ab"),
            ("{{ recipient.tags|join(', ') }} {{ recipient.tags|map('upper')|join('-') }}", "new, loyal NEW-LOYAL"),
            (
                "{{ 'x'|center(5) }}|{{ 'a\\nb'|indent(2) }}|{{ '%s is %5.1f'|format('pi', 3.14159) }}",
                "  x  |a\n  b|pi is   3.1",
            ),
            ("{{ recipient.id|replace('4', 'four') }} {{ 2.567|round(1) }} {{ recipient.tags|length }}", "four2 2.6 2"),
            ("{% raw %}{{ recipient.name }}{% endraw %}", "{{ recipient.name }}"),
            ("{{ recipient.age is even }} {{ recipient.plan is string }}", "true true"),
            ("a\n", "a\n"),
            ("{{ 1 }}\n", "1\n"),
        ],
    )
    def test_it_prints(self, source: str, expected: str) -> None:
        assert rendered(source) == expected

    @pytest.mark.parametrize(
        "source",
        ["{{ foo }}", "{{ self }}", "{{ cycler }}", "{{ namespace }}", "{{ lipsum }}", "{{ dict }}", "{{ joiner }}"],
    )
    def test_there_is_nothing_but_the_recipient(self, source: str) -> None:
        assert "a template sees recipient" in fault(source)


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("{{ recipient.name }}", "body: the recipient has no name"),
            ("{{ recipient.email|upper }}", "body: the recipient has no email"),
            ("{{ recipient.plan }}", "body: the recipient has no attribute 'plan'"),
            ("{{ recipient.attributes.plan }}", "body: the recipient has no attribute 'plan'"),
            ("{{ recipient.attributes['plan'] }}", "body: the recipient has no attribute 'plan'"),
            ("{{ recipient.company.name }}", "body: the recipient has no attribute 'company'"),
            ("{{ 'Hi ' ~ recipient.name }}", "body: the recipient has no name"),
            ("{{ recipient.age + 1 }}", "body: the recipient has no attribute 'age'"),
            ("{% if recipient.plan == 'pro' %}{% endif %}", "body: the recipient has no attribute 'plan'"),
            ("{% for tag in recipient.tags %}{% endfor %}", "body: the recipient has no attribute 'tags'"),
        ],
    )
    def test_is_named_where_it_is_used(self, source: str, message: str) -> None:
        assert fault(source, NOBODY) == message

    def test_counts_as_missing_when_it_is_null(self) -> None:
        assert fault("{{ recipient.nothing }}") == "body: the recipient has no attribute 'nothing'"

    @pytest.mark.parametrize(
        "source",
        [
            "{{ recipient[recipient.email] }}",
            "{{ {}[recipient.email] }}",
            "{{ recipient.attributes[recipient.email] }}",
        ],
    )
    def test_is_not_named_where_its_name_is_made_of_what_is_personal(self, source: str) -> None:
        assert "@" not in fault(source)

    def test_inside_an_attribute_is_named_too(self) -> None:
        assert fault("{{ recipient.company.street }}") == "body: there is no 'street' in this value"
        assert fault("{{ recipient.tags[2] }}") == "body: there is no item of that number"

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("{{ recipient.name or 'there' }}", "there"),
            ("{{ recipient.name|default('there') }}", "there"),
            ("{{ recipient.plan|d('free') }}", "free"),
            ("{{ recipient.company.name|default('nowhere') }}", "nowhere"),
            ("{% if recipient.plan %}paid{% else %}free{% endif %}", "free"),
            ("{{ recipient.name is defined }}", "false"),
            ("{{ 'yes' if recipient.plan and recipient.plan == 'pro' else 'no' }}", "no"),
        ],
    )
    def test_can_be_asked_for(self, source: str, expected: str) -> None:
        assert rendered(source, NOBODY) == expected


class TestWhatIsPrinted:
    @pytest.mark.parametrize(
        "source", ["{{ recipient }}", "{{ recipient.attributes }}", "{{ recipient.tags }}", "{{ range }}"]
    )
    def test_is_no_list_and_no_object(self, source: str) -> None:
        assert "prints a list or an object" in fault(source)

    def test_is_not_nothing(self) -> None:
        assert "prints none" in fault("{{ none }}")

    def test_is_escaped_in_html_only(self) -> None:
        source = "{{ recipient.name }}"
        content = template(source, subject=source, html=f"<i>{source}</i>{{{{ '<' ~ recipient.id }}}}")
        done = JinjaRenderer().render(1, content, ADA, Channel.EMAIL)
        assert (done.subject, done.body) == ("Ada <b>", "Ada <b>")
        assert done.html == "<i>Ada &lt;b&gt;</i>&lt;42"

    @pytest.mark.parametrize("source", ["{{ recipient.name|safe }}", "{% autoescape false %}{% endautoescape %}"])
    def test_cannot_be_left_unescaped(self, source: str) -> None:
        assert JinjaRenderer().problems(template(html=source))

    def test_is_literal_and_keeps_the_data(self) -> None:
        content = template("Hi {{ recipient.id }}", data={"link": "{{ recipient.id }}"})
        done = JinjaRenderer().render(1, content, ADA, Channel.PUSH)
        assert done == Content(body="Hi 42", data={"link": "{{ recipient.id }}"}, markup=Markup.LITERAL)

    @pytest.mark.parametrize("sign", ["\\n", "\\r", "\\u2028", "\\x0b"])
    def test_is_one_line_in_a_subject(self, sign: str) -> None:
        content = template("x", subject=f"Hello {{{{ '{sign}Bcc: all@example.com' }}}}")
        with pytest.raises(TemplateFault, match="subject: contains a line break"):
            JinjaRenderer().render(1, content, ADA, Channel.EMAIL)

    def test_of_literal_content_is_the_content_itself(self) -> None:
        content = Content(body="Hello {{ name }} {% nonsense")
        assert JinjaRenderer().render(1, content, ADA, Channel.SMS) is content
        assert JinjaRenderer().problems(content) == []

    @given(st.text().filter(lambda text: "{" not in text))
    def test_without_braces_is_the_text_itself(self, text: str) -> None:
        assert rendered(text) == text

    @given(st.text(st.characters(exclude_characters="\r{", exclude_categories=["Cs"])))
    def test_around_a_tag_stays_as_it_is(self, text: str) -> None:
        assert rendered(f"{text}{{{{ recipient.id }}}}{text}") == f"{text}42{text}"

    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
    def test_of_a_persons_data_is_never_read_as_a_template(self, text: str) -> None:
        assert rendered("{{ recipient.x }}", Recipient(id="1", attributes={"x": text})) == text


class TestProblems:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("one\n{{ recipient.", "line 2: "),
            ("{{ recipient.name }", "line 1: unexpected '}'"),
            ("a\n\n{% if recipient.plan %}", "line 3: Unexpected end of template"),
            ("{% nonsense %}", "line 1: Encountered unknown tag 'nonsense'"),
            ("{{ recipient.name|shout }}", "line 1: there is no filter 'shout'; there are abs, "),
            ("{% if recipient is odder %}{% endif %}", "line 1: there is no test 'odder'; there are "),
            ("\n{{ name }}", "line 2: there is no 'name' here; a template sees recipient, as in recipient.name"),
            ("{{ recipient.name.upper() }}", "line 1: a template cannot call functions; use a filter"),
        ],
    )
    def test_are_told_with_their_line_and_without_a_full_stop(self, source: str, message: str) -> None:
        ((field, found),) = JinjaRenderer().problems(template(source))
        assert field == "body"
        assert found.startswith(message)
        assert not found.endswith(".")
        assert fault(source) == f"body: {found}"

    def test_are_told_of_every_field(self) -> None:
        content = template("{{ a }}", subject="{{ b }}", html="{{ c }}")
        assert [field for field, _ in JinjaRenderer().problems(content)] == ["subject", "body", "html"]

    @given(st.text(st.sampled_from("{}%#|().[]~+-*/'\"= \nabrecipient0123for if in endfor set"), max_size=60))
    def test_whatever_is_written_is_rendered_or_a_fault(self, source: str) -> None:
        try:
            assert isinstance(rendered(source), str)
        except TemplateFault as found:
            assert str(found).startswith("body: ")  # noqa: PT017  (some are fine, others are not)


class TestWhatIsCompiled:
    def test_is_used_again_under_its_id(self) -> None:
        renderer = JinjaRenderer()
        renderer.render(1, template("first {{ recipient.id }}"), ADA, Channel.SMS)
        again = renderer.render(1, template("second {{ recipient.id }}"), NOBODY, Channel.SMS)
        assert again.body == "first 7"  # content never changes under its id

    def test_is_forgotten_when_others_were_used_since(self) -> None:
        renderer = JinjaRenderer(contents_max=2)
        for content_id, word in ((1, "one"), (2, "two"), (1, "one"), (3, "three")):
            renderer.render(content_id, template(word), ADA, Channel.SMS)
        assert renderer.render(1, template("changed"), ADA, Channel.SMS).body == "one"
        assert renderer.render(2, template("changed"), ADA, Channel.SMS).body == "changed"
