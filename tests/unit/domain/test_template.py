"""Templates: which text somebody gets, what a draft may say, and what a request by one must give."""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.channel import Channel
from domain.content import Content, Markup
from domain.template import (
    TEXTS_MAX,
    VARIABLES_MAX,
    NewTemplate,
    Template,
    TemplateDraft,
    TemplateText,
    TemplateUse,
    best_locale,
    composed,
    draft_problems,
    fallbacks,
)
from tests.contracts.given import NOW

MAIL = (Channel.EMAIL, None)


def says(body: str | None = "Hi", **fields: Any) -> Content:
    return Content(body=body, markup=Markup.JINJA, **fields)


def mail(html: str | None = None) -> Content:
    return says(subject="Hello", html=html)


def stored(new: NewTemplate, version: int = 1) -> Template:
    texts = {key: TemplateText(number, content) for number, (key, content) in enumerate(new.contents.items())}
    return Template(version=version, draft=new.draft, variables=new.variables, texts=texts, created_at=NOW)


def template(*variables: str, texts: Mapping[tuple[Channel, str | None], Content] | None = None) -> Template:
    draft = TemplateDraft(name="shipped", variables=variables, texts=texts or {MAIL: mail()})
    return stored(composed(draft, None))


def wrong(draft: TemplateDraft) -> list[str]:
    return [one.field for one in draft_problems(draft)]


class TestWhichTextSomebodyGets:
    @pytest.mark.parametrize(
        ("locale", "expected"),
        [
            ("de-AT", "de-AT"),
            ("de-at", "de-AT"),
            ("de_AT", "de-AT"),
            ("de-CH", "de"),
            ("de-Latn-AT", "de"),
            ("de", "de"),
            ("fr", None),
            ("den", None),
            ("", None),
            (None, None),
            ("-", None),
            ("a sentence", None),
        ],
    )
    def test_is_that_of_the_nearest_locale(self, locale: str | None, expected: str | None) -> None:
        assert best_locale([None, "de", "de-AT", "pt-BR"], locale) == expected

    def test_a_locale_loses_its_parts_from_the_end_and_a_sign_with_what_it_opened(self) -> None:
        """RFC 4647 section 3.4."""
        assert list(fallbacks("zh-Hant-CN-x-private1-private2")) == [
            "zh-hant-cn-x-private1-private2",
            "zh-hant-cn-x-private1",
            "zh-hant-cn",
            "zh-hant",
            "zh",
        ]

    @given(st.lists(st.sampled_from(["de", "de-AT", "de-Latn", "en", "en-GB", "fr-x-a"])), st.text(max_size=40))
    def test_is_one_that_there_is_and_no_longer_one_would_do(self, known: list[str], wanted: str) -> None:
        found = best_locale([None, *known], wanted)

        ways = list(fallbacks(wanted))
        served = [way for way in ways if way in {one.lower() for one in known}]
        assert (None if found is None else found.lower()) == (served[0] if served else None)
        assert sorted(ways, key=len, reverse=True) == ways
        assert all(wanted.replace("_", "-").lower().startswith(way) for way in ways)

    @given(st.from_regex(r"[a-z]{2,3}(-[A-Z]{2})?", fullmatch=True))
    def test_is_always_that_of_their_very_locale_if_there_is_one(self, locale: str) -> None:
        texts = {MAIL: mail(), (Channel.EMAIL, locale): says("theirs", subject="s")}

        chosen = template(texts=texts).choose(Channel.EMAIL, locale.upper())

        assert chosen is not None
        assert chosen.content.body == "theirs"

    def test_is_none_over_a_channel_without_one(self) -> None:
        assert template().choose(Channel.SMS, "de") is None


class TestADraft:
    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({}, []),
            ({"name": "Order shipped"}, ["name"]),
            ({"name": "order\n"}, ["name"]),
            ({"name": "-x"}, ["name"]),
            ({"name": "x" * 101}, ["name"]),
            ({"name": ""}, ["name"]),
            ({"variables": ("order", "url")}, []),
            ({"variables": ("order", "order")}, ["variables"]),
            ({"variables": ("recipient",)}, ["variables"]),
            ({"variables": ("none",)}, ["variables"]),
            ({"variables": ("a b", "_x", "é")}, ["variables[0]", "variables[1]", "variables[2]"]),
            ({"variables": tuple(f"v{n}" for n in range(VARIABLES_MAX + 1))}, ["variables"]),
            ({"layout": "No Layout"}, ["layout"]),
            ({"texts": {}}, ["texts"]),
            ({"texts": {(Channel.EMAIL, "de"): mail()}}, ["email"]),
            ({"texts": {MAIL: mail(), (Channel.EMAIL, "d"): mail()}}, ["email"]),
            ({"texts": {MAIL: mail(), (Channel.EMAIL, "boddy"): mail(), (Channel.EMAIL, "de_AT"): mail()}}, ["email"]),
            (
                {"texts": {MAIL: mail(), (Channel.EMAIL, "DE"): mail(), (Channel.EMAIL, "de"): mail()}},
                ["email.DE", "email.de"],
            ),
            ({"texts": {MAIL: says()}}, ["email.subject"]),
            ({"texts": {MAIL: mail(), (Channel.EMAIL, "de"): says()}}, ["email.de.subject"]),
            ({"texts": {(Channel.SMS, None): mail()}}, ["sms.subject"]),
            ({"texts": {(Channel.SMS, None): says(None)}}, ["sms.body"]),
            (
                {"texts": {(Channel.PUSH, None): says(data={"order": "{{ order }}", "screen": "x"})}},
                ["push.data.order"],
            ),
            ({"frames": {None: "<b>{{ content }}"}}, ["layout"]),
            ({"frames": {None: "<b>{{ content }}"}, "texts": {}}, []),
            ({"frames": {None: "<b>{{- content -}}", "de": "<i>{{content}}"}, "texts": {}}, []),
            ({"frames": {None: "<b>"}, "texts": {}}, ["layout.html"]),
            ({"frames": {None: "{{ content }}{{ content }}"}, "texts": {}}, ["layout.html"]),
            ({"frames": {None: "{{ content }}", "de": "{{ content|upper }}"}, "texts": {}}, ["layout.de.html"]),
            ({"frames": {"de": "{{ content }}"}, "texts": {}}, ["layout"]),
        ],
    )
    def test_names_every_field_that_is_wrong(self, changes: dict[str, Any], fields: list[str]) -> None:
        assert wrong(evolve(TemplateDraft(name="order", texts={MAIL: mail()}), **changes)) == fields

    def test_has_a_bound_on_its_texts(self) -> None:
        letters = "abcdefghijk"
        locales = [None, *(f"{one}{two}" for one in letters for two in letters)][: TEXTS_MAX + 1]
        assert wrong(TemplateDraft(name="x", texts={(Channel.EMAIL, one): mail() for one in locales})) == ["texts"]


class TestALayout:
    def test_is_put_around_the_html_of_its_locale(self) -> None:
        frames = {None: "<b>{{ content }}</b> {{ shop }}", "de": "<i>{{ content }}</i>"}
        layout = stored(composed(TemplateDraft(name="brand", variables=("shop",), frames=frames), None), version=3)
        texts = {MAIL: mail(r"\1 {{ order }}"), (Channel.EMAIL, "de-AT"): mail("Servus"), (Channel.SMS, None): says()}

        new = composed(TemplateDraft(name="x", variables=("order",), layout="brand", texts=texts), layout)

        assert [one.html for one in new.contents.values()] == [
            r"<b>\1 {{ order }}</b> {{ shop }}",
            "<i>Servus</i>",
            None,
        ]
        assert (new.variables, new.layout_version) == (("order", "shop"), 3)
        assert new.draft.texts == texts

    def test_is_sent_to_nobody_by_itself(self) -> None:
        layout = stored(composed(TemplateDraft(name="brand", frames={None: "{{ content }}"}), None))
        (problem,) = layout.use_problems(TemplateUse("brand"), [Channel.EMAIL])
        assert problem.field == "template"


class TestARequestByATemplate:
    @pytest.mark.parametrize(
        ("variables", "fields"),
        [
            ({"order": 17, "url": ""}, []),
            ({"order": {"id": [1, True]}, "url": 0}, []),
            ({}, ["variables.order", "variables.url"]),
            ({"order": None, "url": "x"}, ["variables.order"]),
            ({"order": 1, "url": "x", "ordr": 2}, ["variables"]),
            ({"order": 1, "url": "a\x00b"}, ["variables"]),
            ({"order": 1, "url": "\ud800"}, ["variables"]),
            ({"order": float("nan"), "url": "x"}, ["variables"]),
            ({"order": 1, "url": "x" * 16_384}, ["variables"]),
        ],
    )
    def test_gives_every_variable_and_no_other(self, variables: dict[str, Any], fields: list[str]) -> None:
        found = template("order", "url").use_problems(TemplateUse("shipped", variables), [Channel.EMAIL])
        assert [one.field for one in found] == fields

    def test_is_for_channels_that_it_has_a_text_for(self) -> None:
        found = template().use_problems(TemplateUse("shipped"), [Channel.EMAIL, Channel.SMS, Channel.PUSH])
        assert [one.message for one in found] == [
            "shipped has no text for sms; it has email",
            "shipped has no text for push; it has email",
        ]
