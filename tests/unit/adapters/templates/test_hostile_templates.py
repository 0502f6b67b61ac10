"""Templates that mean harm, or do it by mistake: each ends soon, as a fault or as a small text."""

from time import thread_time

import pytest

from adapters.templates.jinja_renderer import JinjaRenderer
from application.ports.template_renderer import TemplateFault
from domain.channel import Channel
from domain.content import Content, Markup
from domain.recipient import Recipient

VICTIM = Recipient(
    id="1",
    name="Ada",
    attributes={"big": "x y " * 4000, "many": ["ab"] * 3000, "n": 3, "lists": [[0] * 99 + [-i] for i in range(99)]},
)
SECONDS_MAX = 3.0  # about one; tracing for coverage makes it two or three times as long
DOUBLINGS = 60


def doubled(step: str) -> str:
    return "{% set x = 'aaaaaaaaaa' %}" + step * DOUBLINGS + "{{ x }}"


HUGE = [
    "{{ 'a' * 10**9 }}",
    "{{ ['a'] * 10**9 }}",
    "{{ 10**10**10 }}",
    "{{ 99**99**99 }}",
    "{{ (2**100)**100 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ '%.999999999f'|format(1) }}",
    "{{ '%*d'|format(999999999, 1) }}",
    "{{ ('%s' * 5)|format(1) }}",
    "{{ 'a'|center(10**9) }}",
    "{{ recipient.big|indent(10**9) }}",
    "{{ 'a\n'|indent('a' ~ recipient.big) }}",
    "{{ recipient.big|replace('', recipient.big) }}",
    "{{ recipient.big|replace(' ', recipient.big) }}",
    "{{ recipient.many|join(recipient.big) }}",
    "{{ 1|round(10**9) }}",
    "{{ range(10**12)|join }}",
    "{{ range(10**12)|list|length }}",
    "{% for i in range(10**12) %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for a in recipient.big %}{% for b in recipient.big %}{% endfor %}{% endfor %}",
    "{% for a in recipient.many %}{% for b in recipient.many if b == a %}{% endfor %}{% endfor %}",
    "{% for i in range(9000) %}{% if recipient.big|title == 'a' %}{% endif %}{% endfor %}",
    "{% for i in range(5000) %}" + "{% if recipient.n == 3 %}{% endif %}" * 400 + "{% endfor %}",
    "{% for i in range(5000) %}{{ recipient.big }}{% endfor %}",
    "{% for i in range(9) %}" * 3 + "x" + "{% endfor %}" * 3,
    "{% for i in recipient.many recursive %}{{ loop(recipient.many) }}{% endfor %}",
    doubled("{% set x = x ~ x %}"),
    doubled("{% set x = x + x %}"),
    doubled("{% set x = [x, x] %}"),
    doubled("{% set x = {'a': x, 'b': x} %}"),
    doubled("{% set x = (x, x) %}"),
    doubled("{% set x = x|replace('a', x) %}"),
    doubled("{% set x = [x]|join(x) %}"),
    doubled("{% set x = '%s%s'|format(x, x) %}"),
    doubled("{% set x %}{{ x }}{{ x }}{% endset %}"),
    "{% set x = 9 %}" + "{% set x = x * x %}" * DOUBLINGS + "{{ x }}",
    "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ 1" + "+1" * 20_000 + " }}",
    "{{ 1" + "+1" * 200 + " }}",
    "{{ recipient" + ".a" * 9000 + " }}",
    "{{ recipient" + ".a" * 240 + " }}",
    ("{{ 1" + "+1" * 190 + " }}") * 50,
    ("{{ 1" + "+1" * 20 + " }}") * 210,
    ("{{ recipient" + ".a" * 20 + " }}") * 210,
    "{{ " + "[" * 2000 + "]" * 2000 + " }}",
    "{{ 0x" + "f" * 90_000 + " }}",
    "{{ " + "9" * 9000 + " }}",
    "{{" * 300_000,
    "{%" * 300_000,
    "{" * 900_000,
    "{#" * 300_000,
    "{{ 'a" * 100_000,
    "{{ -" + "-" * 9000 + "1 }}",
    "{{ not " * 5000,
    "{% if 1 %}" * 200 + "{% endif %}" * 200,
    "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "{{ recipient.n }}" * 5000,
    "{% for i in range(150000) %}{% if 'aB' in recipient.many %}{% endif %}{% endfor %}",
    "{% for i in range(150000) %}{% if recipient.many != recipient.many|list %}{% endif %}{% endfor %}",
    "{% for i in range(150000) %}{% if recipient.big[1:] in recipient.big %}{% endif %}{% endfor %}",
    "{% for i in range(150000) %}{% if 'aB' is in recipient.many %}{% endif %}{% endfor %}",
    "{% for i in range(150000) %}{% if recipient.lists|sort %}{% endif %}{% endfor %}",
    "{{ recipient.many|select('in', recipient.many|map('upper')|list)|list|length }}" * 40,
    "{{ recipient.many|reject('eq', recipient.many)|list|length }}" * 100,
    "{{ ['a']|map('tocsin counted', -99999999)|list|length }}" + "{% for i in range(10**7) %}{% endfor %}",
    "{{ recipient.many" + "|map('upper')|list" * 2000 + "|length }}",
]
ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ recipient.__class__ }}",
    "{{ recipient.__init__.__globals__ }}",
    "{{ recipient['__class__'] }}",
    "{{ recipient.fields }}",
    "{{ recipient|upper }}",
    "{{ recipient|e }}",
    "{{ recipient.attributes|lower }}",
    "{{ '%s'|format(recipient) }}",
    "{{ '%(a)s'|format(a=recipient.many) }}",
    "{{ range.__globals__ }}",
    "{{ recipient.big.format }}",
    "{{ '{0.__class__}'.format(recipient) }}",
    "{{ recipient.attributes.update({'plan': 'x'}) }}",
    "{{ recipient.attributes.clear() }}",
    "{{ recipient.many.append('x') }}",
    "{{ recipient|attr('__class__') }}",
    "{{ recipient|tojson }}",
    "{{ recipient|pprint }}",
    "{{ [recipient]|map(attribute='__class__')|list }}",
    "{{ recipient.many|map(attribute='__class__')|join }}",
    "{{ recipient.many|map('attr', '__class__')|join }}",
    "{{ recipient.many|sort(attribute='__class__') }}",
    "{% for i in range(2) %}{{ loop.__class__ }}{% endfor %}",
    "{% for i in range(2) %}{{ loop.cycle.__globals__ }}{% endfor %}",
    "{% for i in range(2) %}{{ loop._iterator }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends 'layout' %}",
    "{% do recipient.attributes.clear() %}",
    "{{ self._TemplateReference__context }}",
    "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}",
    "{{ range(*[1, 2]) }}",
    "{{ '\\ud800' }}",
]


@pytest.mark.parametrize("source", HUGE, ids=lambda source: source[:40])
def test_a_template_that_would_grow_without_end_is_stopped_soon(source: str) -> None:
    renderer = JinjaRenderer(output_bytes_max=100_000)
    content = Content(body=source, markup=Markup.JINJA)
    started = thread_time()
    try:
        body = renderer.render(1, content, VICTIM, Channel.EMAIL).body or ""
    except TemplateFault as fault:
        body = str(fault)
        assert "\n" not in body.strip()
    assert thread_time() - started < SECONDS_MAX
    assert len(body.encode()) <= 1_000_000


@pytest.mark.parametrize("source", ESCAPES)
def test_a_template_that_reaches_for_more_than_the_recipient_is_refused(source: str) -> None:
    with pytest.raises(TemplateFault):
        JinjaRenderer().render(1, Content(body=source, markup=Markup.JINJA), VICTIM, Channel.EMAIL)
    assert VICTIM.attributes["n"] == 3


class TestLimits:
    def test_a_template_has_a_size(self) -> None:
        renderer = JinjaRenderer(template_bytes_max=100)
        assert renderer.problems(Content(body="é" * 50, markup=Markup.JINJA)) == []
        ((field, message),) = renderer.problems(Content(body="é" * 51, markup=Markup.JINJA))
        assert (field, message) == ("body", "is 102 bytes long; a template has at most 100")

    def test_what_it_becomes_has_a_size_in_bytes(self) -> None:
        renderer = JinjaRenderer(output_bytes_max=100)
        fits = Content(body="{% for i in range(50) %}é{% endfor %}", markup=Markup.JINJA)
        assert renderer.render(1, fits, VICTIM, Channel.EMAIL).body == "é" * 50
        over = Content(body="{% for i in range(51) %}é{% endfor %}", markup=Markup.JINJA)
        with pytest.raises(TemplateFault, match="body: is longer than 100 bytes when it is filled in"):
            renderer.render(2, over, VICTIM, Channel.EMAIL)

    def test_work_is_counted_for_each_rendering_anew(self) -> None:
        renderer = JinjaRenderer(steps_max=2000)
        content = Content(body="{% for i in range(100) %}{{ i }}{% endfor %}", markup=Markup.JINJA)
        for _ in range(30):
            assert renderer.render(1, content, VICTIM, Channel.EMAIL).body == "".join(map(str, range(100)))

    def test_work_is_counted_over_all_fields(self) -> None:
        loop = "{% for i in range(200) %}{{ i }}{% endfor %}"
        renderer = JinjaRenderer(steps_max=1500)
        assert renderer.render(1, Content(body=loop, markup=Markup.JINJA), VICTIM, Channel.EMAIL).body
        with pytest.raises(TemplateFault, match="html: takes too much work"):
            renderer.render(2, Content(body=loop, html=loop, markup=Markup.JINJA), VICTIM, Channel.EMAIL)

    def test_an_ordinary_newsletter_is_far_from_them(self) -> None:
        rows = "".join(f"<tr><td>{{{{ recipient.name }}}}</td><td>{number}</td></tr>" for number in range(300))
        html = f"<table>{rows}{{% for tag in recipient.many %}}<p>{{{{ tag|upper }}}}</p>{{% endfor %}}</table>"
        content = Content(html=html, markup=Markup.JINJA)
        done = JinjaRenderer(steps_max=100_000).render(1, content, VICTIM, Channel.EMAIL).html
        assert done is not None
        assert done.count("<p>AB</p>") == 3000
