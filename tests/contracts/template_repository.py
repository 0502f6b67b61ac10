"""What keeping templates, and sending by them, must do, on every store."""

import pytest
from attrs import evolve

from application.ports.notification_repository import NotificationQuery
from domain.audience import Listed
from domain.campaign import NewCampaign
from domain.channel import Channel
from domain.content import Content, Markup
from domain.errors import NotFound
from domain.notification import NewNotification
from domain.outcome import Accepted
from domain.recipient import Recipient
from domain.template import Template, TemplateDraft, TemplateVersion, composed
from tests.contracts.given import (
    NOW,
    SECOND,
    a_campaign,
    a_message,
    a_person,
    add,
    add_one,
    advance_to_the_end,
    answer,
    claim,
    claims,
    only,
)
from tests.contracts.stores import Stores

MAIL = (Channel.EMAIL, None)
VARIABLES = {"order": "<17>", "lines": [{"name": "Löwe", "count": 2}], "gift": False}


def says(subject: str, html: str | None = None) -> Content:
    return Content(subject=subject, body=f"{subject} {{{{ order }}}}", html=html, markup=Markup.JINJA)


def a_draft(name: str = "shipped", subject: str = "Shipped", layout: str | None = None) -> TemplateDraft:
    texts = {
        MAIL: says(subject, "<p>"),
        (Channel.EMAIL, "de"): says("Verschickt"),
        (Channel.EMAIL, "de-AT"): says("Servus"),
        (Channel.SMS, None): Content(body="{{ order }}", markup=Markup.JINJA),
        (Channel.PUSH, None): Content(body="x", data={"screen": "orders"}, markup=Markup.JINJA),
    }
    return TemplateDraft(name=name, variables=("order", "lines", "gift"), layout=layout, texts=texts)


def a_layout(html: str = "<b>{{ content }}</b>") -> TemplateDraft:
    return TemplateDraft(name="brand", variables=("shop",), frames={None: html, "de": f"{html}!"})


def put(stores: Stores, draft: TemplateDraft | None = None) -> Template:
    draft = draft or a_draft()
    layout = stores.templates.get(draft.layout) if draft.layout else None
    return stores.templates.put(composed(draft, layout), NOW).template


def by_template(template: Template, to: str = "ada", locale: str | None = None) -> NewNotification:
    text = template.choose(Channel.EMAIL, locale)
    assert text is not None
    return evolve(
        a_message(to),
        content=text.content,
        content_id=text.content_id,
        template=template.named,
        variables=VARIABLES,
    )


def a_campaign_of(template: Template, *channels: Channel, audience: Listed | None = None) -> NewCampaign:
    return evolve(a_campaign(audience=audience, channels=channels), template=template, variables=VARIABLES)


class _Keeping:
    def test_a_version_is_found_as_it_was_put(self, stores: Stores) -> None:
        draft = a_draft()

        stored = stores.templates.put(composed(draft, None), NOW)

        template = stored.template
        assert stored.is_new
        assert (template.name, template.version, template.created_at) == ("shipped", 1, NOW)
        assert (template.draft, template.contents, template.variables) == (draft, draft.texts, draft.variables)
        assert len({text.content_id for text in template.texts.values()}) == len(draft.texts)
        assert stores.templates.get("shipped") == template
        assert stores.templates.get("shipped", 1) == template
        assert stores.templates.find(["shipped", "other"]) == {"shipped": template}

    def test_what_says_the_same_makes_no_new_version(self, stores: Stores) -> None:
        first = put(stores)

        again = stores.templates.put(composed(a_draft(), None), NOW + SECOND)

        assert (again.template, again.is_new) == (first, False)

    def test_what_says_something_else_is_the_next_version_and_the_earlier_one_stays(self, stores: Stores) -> None:
        first = put(stores)
        second = put(stores, a_draft(subject="On its way"))
        third = put(stores)

        assert [one.version for one in (first, second, third)] == [1, 2, 3]
        assert stores.templates.get("shipped") == third
        assert [stores.templates.get("shipped", number) for number in (1, 2)] == [first, second]

    def test_a_layout_is_in_the_version_that_was_put_after_it(self, stores: Stores) -> None:
        brand = put(stores, a_layout())
        first = put(stores, a_draft(layout="brand"))
        put(stores, a_layout("<i>{{ content }}</i>"))

        assert stores.templates.get("shipped") == first
        assert first.contents[MAIL].html == "<b><p></b>"
        assert (first.layout_version, first.variables[-1]) == (1, "shop")
        assert stores.templates.get("brand", 1) == brand
        again = put(stores, a_draft(layout="brand"))
        assert (again.version, again.layout_version, again.contents[MAIL].html) == (2, 2, "<i><p></i>")

    def test_what_there_is_not_is_not_found(self, stores: Stores) -> None:
        put(stores)

        for name, version in (("other", None), ("other", 1), ("shipped", 2), ("shipped", 0)):
            with pytest.raises(NotFound):
                stores.templates.get(name, version)
        with pytest.raises(NotFound):
            stores.templates.delete("other", NOW)

    def test_a_deleted_name_is_found_no_more_but_its_versions_are_and_go_on_counting(self, stores: Stores) -> None:
        first = put(stores)

        stores.templates.delete("shipped", NOW)

        assert stores.templates.find(["shipped"]) == {}
        assert stores.templates.page(0) == []
        assert stores.templates.get("shipped", 1) == first
        for look in (stores.templates.get, lambda name: stores.templates.delete(name, NOW)):
            with pytest.raises(NotFound):
                look("shipped")
        assert put(stores).version == 2
        assert stores.templates.get("shipped", 1) == first

    def test_pages_are_by_name_and_say_what_there_is(self, stores: Stores) -> None:
        put(stores, a_layout())
        put(stores, a_draft("behind", layout="brand"))
        put(stores, a_layout("<i>{{ content }}</i>"))
        put(stores, a_draft("abreast", layout="brand"))
        put(stores, a_draft("plain"))
        put(stores, a_draft("plain", subject="again"))

        found = stores.templates.page(0)

        assert [(one.name, one.version, one.is_layout, one.layout, one.layout_behind) for one in found] == [
            ("abreast", 1, False, "brand", False),
            ("behind", 1, False, "brand", True),
            ("brand", 2, True, None, False),
            ("plain", 2, False, None, False),
        ]
        assert found[-1].variables == ("order", "lines", "gift")
        assert dict(found[-1].locales) == {
            Channel.EMAIL: (None, "de", "de-AT"),
            Channel.SMS: (None,),
            Channel.PUSH: (None,),
        }
        assert dict(found[2].locales) == {}
        assert stores.templates.page(2) == found[:2]
        assert stores.templates.page(2, "behind") == found[2:]


class _Sending:
    def test_a_claim_brings_the_text_and_the_variables(self, stores: Stores) -> None:
        template = put(stores)
        plain, german = add(stores, a_message("bob"), by_template(template, locale="de"))

        taken = claim(stores)

        by_id = {one.notification_id: one for one in taken.claims}
        assert dict(by_id[plain.id].variables) == {}
        assert dict(by_id[german.id].variables) == VARIABLES
        assert taken.contents[by_id[german.id].content_id] == says("Verschickt")
        assert by_id[german.id].content_id == template.texts[Channel.EMAIL, "de"].content_id

    def test_it_is_given_back_with_its_template(self, stores: Stores) -> None:
        template = put(stores)
        added = add_one(stores, by_template(template))
        put(stores, a_draft(subject="later"))

        found = stores.notifications.get(added.id)

        assert found == added
        assert (found.template, dict(found.variables)) == (TemplateVersion("shipped", 1), VARIABLES)
        assert only(stores.notifications.find(NotificationQuery())) == added
        plain = add_one(stores, a_message("bob"))
        assert (stores.notifications.get(plain.id).template, dict(plain.variables)) == (None, {})

    def test_everybody_shares_one_content(self, stores: Stores) -> None:
        template = put(stores)
        add(stores, *(by_template(template, f"p{number}") for number in range(3)))

        assert len({one.content_id for one in claims(stores)}) == 1

    def test_what_was_accepted_is_sent_although_its_template_is_deleted(self, stores: Stores) -> None:
        add_one(stores, by_template(put(stores)))
        stores.templates.delete("shipped", NOW)

        taken = claim(stores)

        assert only(taken.contents.values()) == says("Shipped", "<p>")
        assert answer(stores, only(taken.claims), Accepted()).template == TemplateVersion("shipped", 1)


LOCALES = {"ada": "de-AT", "bob": "de-CH", "cy": "fr", "dan": None, "eve": 'de"]', "fay": "DE_at", "gus": "de"}
GERMAN = {"bob": "Verschickt", "gus": "Verschickt", "ada": "Servus", "fay": "Servus"}


class _Campaigns:
    def crowd(self, stores: Stores) -> None:
        stores.recipients.put(
            [
                Recipient(id=name, email=f"{name}@example.com", phone="+14155550100", locale=locale)
                for name, locale in LOCALES.items()
            ]
        )

    @pytest.mark.parametrize("audience", [None, Listed(tuple(LOCALES))])
    def test_everybody_gets_the_text_of_their_locale(self, stores: Stores, audience: Listed | None) -> None:
        self.crowd(stores)
        template = put(stores)

        started = stores.campaigns.start(a_campaign_of(template, Channel.EMAIL, Channel.SMS, audience=audience))
        done = advance_to_the_end(stores, started.id)

        assert (started.template, dict(started.variables)) == (template.named, VARIABLES)
        assert stores.campaigns.get(started.id) == done
        assert done.created == 2 * len(LOCALES)
        found = stores.notifications.find(NotificationQuery(limit=0))
        said = {one.recipient_id: one.content.subject for one in found if one.channel is Channel.EMAIL}
        assert said == {name: GERMAN.get(name, "Shipped") for name in LOCALES}
        assert {one.content.body for one in found if one.channel is Channel.SMS} == {"{{ order }}"}
        assert {(one.template, one.variables["order"]) for one in found} == {(template.named, "<17>")}

    def test_a_claim_of_it_brings_the_text_and_the_variables(self, stores: Stores) -> None:
        self.crowd(stores)
        advance_to_the_end(stores, stores.campaigns.start(a_campaign_of(put(stores), Channel.EMAIL)).id)

        taken = claim(stores)

        said = {one.recipient.id: taken.contents[one.content_id].subject for one in taken.claims}
        assert said == {name: GERMAN.get(name, "Shipped") for name in LOCALES}
        assert all(dict(one.variables) == VARIABLES for one in taken.claims)
        assert len(taken.contents) == 3

    def test_a_later_version_changes_nothing_of_it(self, stores: Stores) -> None:
        self.crowd(stores)
        started = stores.campaigns.start(a_campaign_of(put(stores), Channel.EMAIL))
        put(stores, a_draft(subject="later"))
        stores.templates.delete("shipped", NOW)

        advance_to_the_end(stores, started.id)

        assert {one.content.subject for one in stores.notifications.find(NotificationQuery(limit=0))} == {
            "Shipped",
            "Verschickt",
            "Servus",
        }

    def test_one_that_is_of_no_template_has_none(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        started = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, started.id)

        assert (started.template, dict(started.variables)) == (None, {})
        one = only(stores.notifications.find(NotificationQuery()))
        assert (one.template, dict(one.variables)) == (None, {})

    def test_whom_it_would_reach_can_be_asked_before(self, stores: Stores) -> None:
        self.crowd(stores)

        alike = stores.campaigns.alike(a_campaign_of(put(stores), Channel.EMAIL), Channel.EMAIL)

        assert only(alike).number == len(LOCALES)
        assert stores.notifications.find(NotificationQuery()) == []


class TemplateRepositoryContract(_Keeping, _Sending, _Campaigns):
    """Keeping templates, sending single notifications by them, and campaigns."""
