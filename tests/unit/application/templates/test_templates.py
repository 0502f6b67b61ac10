"""Putting templates, looking at them, and seeing what they would say."""

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.memory.store import MemoryStore
from adapters.templates.jinja_renderer import JinjaRenderer
from application.sending.filling import Filling
from application.templates.find_templates import DeleteTemplate, ListTemplates, ShowTemplate
from application.templates.preview_template import PreviewTemplate
from application.templates.put_template import PutTemplateDraft
from domain.channel import Channel
from domain.content import Content, Markup
from domain.errors import InvalidInput, NotFound
from domain.recipient import Recipient
from domain.template import TemplateDraft, TemplateUse
from tests.unit.application.sending.desk import ManualClock, NoFinisher

MAIL = (Channel.EMAIL, None)
TEXT = (Channel.SMS, None)


def says(body: str | None = None, **fields: Any) -> Content:
    return Content(body=body, markup=Markup.JINJA, **fields)


def a_draft(name: str = "shipped", layout: str | None = None, **changes: Any) -> TemplateDraft:
    texts = {
        MAIL: says(subject="Order {{ order }}", html="<p>{{ recipient.name }}: {{ order }}</p>"),
        (Channel.EMAIL, "de"): says("Hallo {{ recipient.name }}", subject="Bestellung {{ order }}"),
        TEXT: says("{{ order }}"),
    }
    return TemplateDraft(**{"name": name, "layout": layout, "variables": ("order",), "texts": texts, **changes})


def a_layout(html: str = "<b>{{ content }}</b>", **changes: Any) -> TemplateDraft:
    return TemplateDraft(**{"name": "brand", "frames": {None: html}, **changes})


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(new_id=lambda: "store")
    store.recipients.put([Recipient(id="bob", name="Bob & Co", email="bob@example.com", locale="de-AT")])
    return store


@pytest.fixture
def put(store: MemoryStore) -> PutTemplateDraft:
    return PutTemplateDraft(templates=store.templates, renderer=JinjaRenderer(), clock=ManualClock())


@pytest.fixture
def preview(store: MemoryStore) -> PreviewTemplate:
    fill_in = Filling(renderer=JinjaRenderer(), finisher=NoFinisher())
    return PreviewTemplate(templates=store.templates, recipients=store.recipients, fill_in=fill_in)


def refused(put: PutTemplateDraft, draft: TemplateDraft) -> dict[str, str]:
    with pytest.raises(InvalidInput) as raised:
        put(draft)
    return {one.field: one.message for one in raised.value.errors}


class TestPutting:
    def test_stores_a_version_and_the_same_again_none(self, put: PutTemplateDraft) -> None:
        first, again = put(a_draft()), put(a_draft())

        assert (first.is_new, again.is_new) == (True, False)
        assert (again.template, again.to_put_again) == (first.template, ())

    def test_names_every_text_that_cannot_be_read_and_stores_nothing(
        self, put: PutTemplateDraft, store: MemoryStore
    ) -> None:
        texts = {
            MAIL: says("{{ ordr }}", subject="{{ order"),
            (Channel.EMAIL, "de"): says(subject="x", html="{% include 'x' %}"),
            TEXT: says("{{ order.__class__.mro() }}"),
        }

        found = refused(put, a_draft(name="Not good", texts=texts))

        assert list(found) == ["name", "email.subject", "email.body", "email.de.html", "sms.body"]
        assert found["email.body"] == (
            "line 1: there is no 'ordr' here; a template sees recipient, order, as in recipient.name"
        )
        assert store.templates.page(0) == []

    def test_its_layout_must_be_there_and_one(self, put: PutTemplateDraft) -> None:
        put(a_draft("other"))
        put(a_layout())

        assert list(refused(put, a_draft(layout="nowhere"))) == ["layout"]
        assert list(refused(put, a_draft(layout="other"))) == ["layout"]
        assert list(refused(put, a_draft(layout="brand", texts={TEXT: says("x")}))) == ["layout"]
        assert put(a_draft(layout="brand")).is_new

    def test_a_layout_reads_what_it_declares_and_the_content(self, put: PutTemplateDraft) -> None:
        assert list(refused(put, a_layout("{{ content }}{{ shop }}"))) == ["layout.html"]
        assert list(refused(put, a_layout("{{ content }}{% if %}"))) == ["layout.html"]
        assert put(a_layout("{{ content }}{{ shop }}", variables=("shop",))).template.is_layout

    def test_what_a_layout_reads_its_templates_need_too(self, put: PutTemplateDraft) -> None:
        put(a_layout("{{ content }}{{ shop }}", variables=("shop",)))

        assert put(a_draft(layout="brand")).template.variables == ("order", "shop")

    def test_what_is_too_much_only_together_is_named(self, put: PutTemplateDraft) -> None:
        half = "x" * 600_000
        put(a_layout(f"{half}{{{{ content }}}}"))

        found = refused(put, a_draft(layout="brand", texts={MAIL: says(subject="s", html=half)}))

        assert set(found) == {"email.html", "email.body"}

    def test_a_text_is_whole_without_its_layout(self, put: PutTemplateDraft) -> None:
        put(a_layout("{% if recipient.vip %}{{ content }}{% endif %}"))

        texts = {MAIL: says(subject="s", html="{% endif %}{% if recipient.x %}")}
        assert list(refused(put, a_draft(layout="brand", texts=texts))) == ["email.html"]

    def test_a_later_layout_names_who_has_an_earlier_one(self, put: PutTemplateDraft) -> None:
        put(a_layout())
        put(a_draft(layout="brand"))
        put(a_draft("other"))

        assert put(a_layout("<i>{{ content }}</i>")).to_put_again == ["shipped"]
        assert put(a_draft(layout="brand")).is_new
        assert put(a_layout("<u>{{ content }}</u>")).to_put_again == ["shipped"]


class TestLooking:
    def test_pages_go_on_where_they_ended(self, put: PutTemplateDraft, store: MemoryStore) -> None:
        for name in "cab":
            put(a_draft(name))
        look = ListTemplates(templates=store.templates)

        first = look(2)

        assert ([one.name for one in first.items], first.next) == (["a", "b"], "b")
        last = look(2, first.next)
        assert ([one.name for one in last.items], last.next) == (["c"], None)
        assert [one.name for one in look.all()] == ["a", "b", "c"]

    @pytest.mark.parametrize("name", ["nowhere", "No Name", "\ud800", ""])
    def test_what_there_is_not_is_not_found(self, store: MemoryStore, preview: PreviewTemplate, name: str) -> None:
        for look in (
            ShowTemplate(templates=store.templates),
            DeleteTemplate(templates=store.templates, clock=ManualClock()),
            lambda name: preview(TemplateUse(name)),
        ):
            with pytest.raises(NotFound) as raised:
                look(name)
            assert str(raised.value).encode()


class TestAPreview:
    def test_shows_every_channel_to_somebody_made_up(self, put: PutTemplateDraft, preview: PreviewTemplate) -> None:
        put(a_draft())

        found = preview(TemplateUse("shipped", {"order": "<17>"}))

        email, sms = found.texts
        assert (email.channel, email.locale, email.fault) == (Channel.EMAIL, None, None)
        assert email.content == Content(subject="Order <17>", html="<p>Ada Lovelace: &lt;17&gt;</p>")
        assert sms.content == Content(body="<17>")

    @pytest.mark.parametrize(
        ("asked", "locale", "name"),
        [
            ({"recipient_id": "bob"}, "de", "Bob & Co"),
            ({"recipient_id": "bob", "locale": "fr"}, None, None),
            ({"locale": "de-CH"}, "de", "Ada Lovelace"),
        ],
    )
    def test_is_for_whom_it_is_asked_for(
        self,
        put: PutTemplateDraft,
        preview: PreviewTemplate,
        asked: Mapping[str, str],
        locale: str | None,
        name: str | None,
    ) -> None:
        put(a_draft())

        text = preview(TemplateUse("shipped", {"order": 17}), **asked).texts[0]

        assert text.locale == locale
        assert text.content is not None
        assert text.content.body == (name and f"Hallo {name}")

    def test_says_what_cannot_be_filled_in_beside_what_can(
        self, put: PutTemplateDraft, preview: PreviewTemplate
    ) -> None:
        put(a_draft(texts={MAIL: says("{{ recipient.plan }}", subject="s"), TEXT: says("{{ order }}")}))

        email, sms = preview(TemplateUse("shipped", {"order": "x" * 2000})).texts

        assert (email.content, email.fault) == (None, "body: the recipient has no attribute 'plan'")
        assert sms.content is None
        assert sms.fault is not None
        assert "SMS segments" in sms.fault

    def test_names_what_is_wrong(self, put: PutTemplateDraft, preview: PreviewTemplate) -> None:
        put(a_draft())
        for recipient in ("nobody", " ", "\ud800"):
            with pytest.raises(InvalidInput) as raised:
                preview(TemplateUse("shipped", {"ordr": 1}), recipient)
            assert [one.field for one in raised.value.errors] == ["variables.order", "variables", "recipient"]
