"""Requests and campaigns that leave what is said to a template."""

from typing import Any

import pytest
from attrs import evolve

from adapters.memory.store import MemoryStore
from adapters.templates.jinja_renderer import JinjaRenderer
from application.ports.notification_repository import Added, NotificationQuery
from application.sending.admission import Admission, NotificationRequest
from application.sending.bulk import Bulk, BulkCommand, CampaignPlan
from application.sending.enqueue import Enqueue
from application.sending.preview_bulk import PreviewBulk
from domain.audience import Everybody
from domain.channel import Channel
from domain.content import Attachment, Content, Markup
from domain.errors import InvalidInput, KeyReused, NotFound
from domain.notification import IdempotencyKey
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.recipient import Recipient
from domain.template import TemplateDraft, TemplateUse, TemplateVersion, composed
from tests.unit.application.sending.desk import START, ManualClock

USE = TemplateUse("shipped", {"order": 17})
REQUEST = NotificationRequest(to="ada", channel=Channel.EMAIL, type=NotificationType.TRANSACTIONAL, template=USE)
COMMAND = BulkCommand(
    audience=Everybody(), channels=(Channel.EMAIL,), type=NotificationType.PROMOTIONAL, template=USE, name="spring"
)
FILE = Attachment(filename="a.txt", media_type="text/plain", data=b"")


def says(subject: str) -> Content:
    return Content(subject=subject, body="{{ order }}", markup=Markup.JINJA)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(new_id=lambda: "store")
    store.recipients.put(
        [
            Recipient(id="ada", email="ada@example.com", phone="+14155550100", locale="de-AT"),
            Recipient(id="bob", email="bob@example.com"),
        ]
    )
    texts = {(Channel.EMAIL, None): says("Shipped"), (Channel.EMAIL, "de"): says("Verschickt")}
    store.templates.put(composed(TemplateDraft(name="shipped", variables=("order",), texts=texts), None), START)
    layout = TemplateDraft(name="brand", frames={None: "{{ content }}"})
    store.templates.put(composed(layout, None), START)
    return store


@pytest.fixture
def enqueue(store: MemoryStore) -> Enqueue:
    admission = Admission(
        recipients=store.recipients,
        notifications=store.notifications,
        templates=store.templates,
        channels={Channel.EMAIL, Channel.SMS},
        policies=TYPE_POLICIES,
        clock=ManualClock(),
    )
    return Enqueue(admission=admission, notifications=store.notifications)


@pytest.fixture
def plan(store: MemoryStore) -> CampaignPlan:
    return CampaignPlan(
        channels={Channel.EMAIL, Channel.SMS},
        policies=TYPE_POLICIES,
        renderer=JinjaRenderer(),
        templates=store.templates,
        clock=ManualClock(),
    )


WRONG = [
    ({"template": TemplateUse("shippd", {"order": 17})}, ["template"]),
    ({"template": TemplateUse("Not a name\ud800")}, ["template"]),
    ({"template": TemplateUse("", {"order": 17})}, ["template"]),
    ({"template": TemplateUse("brand")}, ["template"]),
    ({"template": TemplateUse("shipped")}, ["variables.order"]),
    ({"template": TemplateUse("shipped", {"ordr": 17})}, ["variables.order", "variables"]),
    ({"content": Content(subject="s", body="b", html="h", data={"a": "b"})}, ["subject", "body", "html", "data"]),
    ({"content": Content(attachments=(FILE,))}, ["attachments"]),
    ({"template": TemplateUse("shippd"), "content": Content(body="")}, ["template", "body"]),
]


class TestANotification:
    def test_says_what_the_template_says_in_their_locale(self, enqueue: Enqueue, store: MemoryStore) -> None:
        template = store.templates.get("shipped")
        answers = enqueue([REQUEST, evolve(REQUEST, to="bob"), evolve(REQUEST, template=None, content=says("own"))])

        added = [one.notification for one in answers if isinstance(one, Added)]
        assert [one.content.subject for one in added] == ["Verschickt", "Shipped", "own"]
        assert [one.template for one in added] == [template.named, template.named, None]
        assert [dict(one.variables) for one in added] == [{"order": 17}, {"order": 17}, {}]

    def test_keeps_the_version_that_it_was_accepted_with(self, enqueue: Enqueue, store: MemoryStore) -> None:
        (added,) = enqueue([REQUEST])
        assert isinstance(added, Added)
        later = TemplateDraft(name="shipped", variables=("order",), texts={(Channel.EMAIL, None): says("Later")})
        store.templates.put(composed(later, None), START)
        (after,) = enqueue([REQUEST])
        assert isinstance(after, Added)

        kept = store.notifications.get(added.notification.id)
        assert (kept.template, kept.content.subject) == (TemplateVersion("shipped", 1), "Verschickt")
        assert (after.notification.template, after.notification.content.subject) == (
            TemplateVersion("shipped", 2),
            "Later",
        )

    @pytest.mark.parametrize(("changes", "fields"), WRONG)
    def test_names_every_wrong_field_and_stores_nothing(
        self, enqueue: Enqueue, store: MemoryStore, changes: dict[str, Any], fields: list[str]
    ) -> None:
        (answer,) = enqueue([evolve(REQUEST, **changes)])

        assert isinstance(answer, InvalidInput)
        assert [one.field for one in answer.errors] == fields
        assert str(answer).encode()
        assert store.notifications.find(NotificationQuery()) == []

    def test_names_a_channel_without_a_text_beside_what_else_is_wrong(self, enqueue: Enqueue) -> None:
        wrong = evolve(REQUEST, to="nobody", channel=Channel.SMS, template=TemplateUse("shipped"), topic="")

        (answer,) = enqueue([wrong])

        assert isinstance(answer, InvalidInput)
        assert [one.field for one in answer.errors] == ["to", "template", "variables.order", "topic"]

    def test_for_nobody_is_not_stored(self, enqueue: Enqueue) -> None:
        (answer,) = enqueue([evolve(REQUEST, to="nobody")])
        assert isinstance(answer, NotFound)

    def test_accepted_once_is_given_again_although_its_template_is_gone(
        self, enqueue: Enqueue, store: MemoryStore
    ) -> None:
        key = IdempotencyKey(scope="shop", key="order-17", digest=b"one")
        keyed = evolve(REQUEST, key=key)
        (first,) = enqueue([keyed])
        store.templates.delete("shipped", START)

        again, other = enqueue([keyed, evolve(keyed, key=evolve(key, digest=b"two"))])

        assert isinstance(first, Added)
        assert again == evolve(first, is_new=False)
        assert isinstance(other, KeyReused)


class TestACampaign:
    def test_says_what_the_template_says_in_their_locale(self, plan: CampaignPlan, store: MemoryStore) -> None:
        done = Bulk(plan=plan, campaigns=store.campaigns, clock=ManualClock())(COMMAND)

        found = store.notifications.find(NotificationQuery(campaign_id=done.id))
        assert {one.recipient_id: one.content.subject for one in found} == {"ada": "Verschickt", "bob": "Shipped"}
        assert done.template == TemplateVersion("shipped", 1)

    @pytest.mark.parametrize(("changes", "fields"), WRONG)
    def test_names_every_wrong_field_and_starts_nothing(
        self, plan: CampaignPlan, store: MemoryStore, changes: dict[str, Any], fields: list[str]
    ) -> None:
        for use in (
            PreviewBulk(plan=plan, campaigns=store.campaigns),
            Bulk(plan=plan, campaigns=store.campaigns, clock=ManualClock()),
        ):
            with pytest.raises(InvalidInput) as raised:
                use(evolve(COMMAND, **changes))
            assert [one.field for one in raised.value.errors] == fields
        assert store.campaigns.page(0) == []

    def test_needs_a_text_for_each_channel(self, plan: CampaignPlan) -> None:
        found = plan.problems(evolve(COMMAND, channels=(Channel.EMAIL, Channel.SMS, Channel.SMS)))
        assert [one.message for one in found] == ["shipped has no text for sms; it has email"]
