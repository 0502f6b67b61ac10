"""What keeping files that go with an email must do, on every store."""

from attrs import evolve

from application.ports.notification_repository import NotificationQuery
from domain.content import AttachedFile, Attachment, Content, Markup
from tests.contracts.given import a_campaign, a_message, a_person, add, add_one, advance_to_the_end, claim, only
from tests.contracts.stores import Stores

INVOICE = Attachment(filename="Rechnung März.pdf", media_type="application/pdf", data=bytes(range(256)))
TERMS = Attachment(filename="terms.txt", media_type="text/plain", data=b"")
WITH_FILES = Content(subject="Your invoice", body="See the files.", attachments=(INVOICE, TERMS))
SHOWN = (AttachedFile("Rechnung März.pdf", "application/pdf", 256), AttachedFile("terms.txt", "text/plain", 0))


class AttachmentsContract:
    """Files reach the claim whole, once for all who get the same, and are left out where they are only looked at."""

    def test_a_claim_has_them_whole_and_in_order(self, stores: Stores) -> None:
        add_one(stores, evolve(a_message(), content=WITH_FILES))

        content = only(claim(stores).contents.values())

        assert content == WITH_FILES

    def test_what_has_none_beside_what_has_some_stays_without(self, stores: Stores) -> None:
        plain, with_files = add(stores, a_message(), evolve(a_message(), content=WITH_FILES))

        found = claim(stores)
        contents = {one.notification_id: found.contents[one.content_id] for one in found.claims}

        assert contents[plain.id].attachments == ()
        assert contents[with_files.id].attachments == (INVOICE, TERMS)

    def test_texts_alike_with_other_files_are_kept_apart(self, stores: Stores) -> None:
        other = evolve(WITH_FILES, attachments=(TERMS,))
        add(stores, *(evolve(a_message(), content=content) for content in (WITH_FILES, other, WITH_FILES)))

        found = claim(stores)

        assert [found.contents[one.content_id] for one in found.claims] == [WITH_FILES, other, WITH_FILES]
        assert len(found.contents) == 2

    def test_where_it_is_looked_at_their_names_and_sizes_are_shown(self, stores: Stores) -> None:
        added = add_one(stores, evolve(a_message(), content=WITH_FILES))

        assert added.attached == SHOWN
        assert added.content.attachments == ()
        assert stores.notifications.get(added.id) == added
        assert only(stores.notifications.find(NotificationQuery())) == added

    def test_those_of_a_campaign_reach_everybody(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        content = evolve(WITH_FILES, markup=Markup.JINJA)
        campaign = stores.campaigns.start(evolve(a_campaign(), content=content))
        advance_to_the_end(stores, campaign.id)

        found = claim(stores)

        assert len(found.claims) == 2
        assert [found.contents[one.content_id].attachments for one in found.claims] == [(INVOICE, TERMS)] * 2
        assert {one.attached for one in stores.notifications.find(NotificationQuery())} == {SHOWN}
