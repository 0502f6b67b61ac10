"""Importing and storing recipients: good rows are kept, bad ones are named."""

import pytest
from attrs import evolve

from adapters.address_checker import StandardAddressChecker
from adapters.memory.store import MemoryStore
from application.recipients.checking import RecipientChecking, RecipientDraft
from application.recipients.find_recipients import FindRecipients, GetRecipient
from application.recipients.import_recipients import ImportRecipients, RejectedRow, SourceRow
from application.recipients.store_recipient import MergeRecipient, PutRecipient, StoredRecipient
from domain.errors import InvalidInput, NotFound
from domain.recipient import Recipient, WebPushSubscription

BROWSER = WebPushSubscription(
    endpoint="https://fcm.googleapis.com:443/fcm/send/cx-W_9:APA91b",
    p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth="BTBZMqHH6r4Tts7J_aSIgg==",
)
ADA = RecipientDraft(id="ada", name="Ada", email="ada@Example.COM", phone="+1 415 555 2671", timezone="Europe/Vienna")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(new_id=lambda: "store")


@pytest.fixture
def checking() -> RecipientChecking:
    return RecipientChecking(addresses=StandardAddressChecker())


def test_addresses_are_stored_in_their_standard_form(checking: RecipientChecking) -> None:
    ada = checking(ADA)

    assert (ada.email, ada.phone) == ("ada@example.com", "+14155552671")


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        (evolve(ADA, id=""), {"id"}),
        (evolve(ADA, id="a" * 256), {"id"}),
        (evolve(ADA, id=" ada"), {"id"}),
        (evolve(ADA, email="ada"), {"email"}),
        (evolve(ADA, email="a@example.com, b@example.com"), {"email"}),
        (evolve(ADA, email="ada@example.com\r\nBcc: bob@example.com"), {"email"}),
        (evolve(ADA, phone="0664 123"), {"phone"}),
        (evolve(ADA, name="Ada\nBcc: x"), {"name"}),
        (evolve(ADA, timezone="Europe/Atlantis"), {"timezone"}),
        (evolve(ADA, timezone="../../etc/passwd"), {"timezone"}),
        (evolve(ADA, timezone="Europe"), {"timezone"}),
        (evolve(ADA, locale=""), {"locale"}),
        (evolve(ADA, push_tokens=["with space"]), {"push_tokens"}),
        (evolve(ADA, push_tokens=[f"t{n}" for n in range(21)]), {"push_tokens"}),
        *(
            (evolve(ADA, web_push=[evolve(BROWSER, endpoint=endpoint)]), {"web_push"})
            for endpoint in (
                *("https://p.example/", "https://10.0.0.1/", "https://fcm.googleapis.com:8443/"),
                *("http://10.0.0.1/", "https://", "https:///path", "https://p.example:port/", "https://[::1"),
                *("https://p.example/\r\nHost: x", "https://p.example/a b", "https://p.example/\u00fc"),
                *("https://user:secret@p.example/", "https://p.example/" + "x" * 2048, "file:///etc/passwd"),
            )
        ),
        *(
            (evolve(ADA, web_push=[evolve(BROWSER, **keys)]), {"web_push"})
            for keys in (
                {"p256dh": ""},
                {"p256dh": BROWSER.p256dh[:-2]},
                {"p256dh": BROWSER.p256dh.replace("sr7", "sr8")},
                {"p256dh": BROWSER.auth},
                {"auth": ""},
                {"auth": BROWSER.auth + "\n"},
                {"auth": "a" * 21},
            )
        ),
        (evolve(ADA, attributes={"note": "x" * 20_000}), {"attributes"}),
        (evolve(ADA, attributes={"": "x"}), {"attributes"}),
        (evolve(ADA, attributes={"note": "a\0b"}), {"attributes"}),
        (evolve(ADA, attributes={"deep": [{"note": "\\\0"}]}), {"attributes"}),
        (evolve(ADA, attributes={"half": "\ud800"}), {"attributes"}),
        (evolve(ADA, attributes={"n": float("nan")}), {"attributes"}),
        (evolve(ADA, id="", email="x", phone="y", timezone="z"), {"id", "email", "phone", "timezone"}),
    ],
)
def test_every_wrong_field_is_named_at_once(
    checking: RecipientChecking, draft: RecipientDraft, wrong: set[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        checking(draft)
    assert {error.field for error in caught.value.errors} == wrong


def test_a_subscription_as_a_browser_gives_it_is_taken(checking: RecipientChecking) -> None:
    assert checking(evolve(ADA, web_push=[BROWSER])).web_push == (BROWSER,)


def test_a_subscription_may_be_at_a_push_service_that_is_configured(checking: RecipientChecking) -> None:
    given = evolve(BROWSER, endpoint="https://push.example.com/1")
    with pytest.raises(InvalidInput, match="at a browser's push service; name further services under hosts"):
        checking(evolve(ADA, web_push=[given]))

    assert evolve(checking, push_hosts=["push.example.com"])(evolve(ADA, web_push=[given])).web_push == (given,)


def test_a_backslash_before_a_code_is_no_nul(checking: RecipientChecking) -> None:
    assert checking(evolve(ADA, attributes={"note": r"\u0000"})).attributes == {"note": r"\u0000"}


def test_a_reason_never_repeats_the_address(checking: RecipientChecking) -> None:
    with pytest.raises(InvalidInput) as caught:
        checking(evolve(ADA, email="secret-name@@example.com", phone="+999123456789"))
    assert "secret-name" not in str(caught.value)
    assert "999123456789" not in str(caught.value)


def test_import_keeps_good_rows_and_hands_over_bad_ones(store: MemoryStore, checking: RecipientChecking) -> None:
    rows = [
        SourceRow(line=2, draft=ADA, source="ada"),
        SourceRow(line=3, draft=None, problem="has 5 cells, the header has 4", source="a,b,c,d,e"),
        SourceRow(line=4, draft=evolve(ADA, id="bob", email="nowhere"), source="bob"),
        SourceRow(line=5, draft=RecipientDraft(id="ada", locale="de-AT"), source="ada again"),
    ]
    rejected: list[RejectedRow] = []
    heard: list[int] = []
    summary = ImportRecipients(recipients=store.recipients, checking=checking)(rows, rejected.append, heard.append)

    assert (summary.rows, summary.created, summary.updated, summary.rejected) == (4, 1, 1, 2)
    assert [(row.line, row.source) for row in rejected] == [(3, "a,b,c,d,e"), (4, "bob")]
    assert rejected[0].reason == "has 5 cells, the header has 4"
    assert rejected[1].reason.startswith("email: ")
    assert store.recipients.get("ada").locale == "de-AT"
    assert store.recipients.get("ada").email == "ada@example.com"
    assert heard == [4]


def test_import_works_chunk_by_chunk(store: MemoryStore, checking: RecipientChecking) -> None:
    rows = (SourceRow(line=n + 2, draft=RecipientDraft(id=f"p{n}")) for n in range(2500))
    heard: list[int] = []
    ImportRecipients(recipients=store.recipients, checking=checking)(rows, lambda _: None, heard.append)

    assert heard == [1000, 2000, 2500]
    assert store.recipients.count() == 2500


def test_put_replaces_and_merge_keeps_what_is_not_said(store: MemoryStore, checking: RecipientChecking) -> None:
    put = PutRecipient(recipients=store.recipients, checking=checking)
    merge = MergeRecipient(recipients=store.recipients, checking=checking)
    put(evolve(ADA, attributes={"plan": "pro", "city": "Wien"}))

    merged = merge(RecipientDraft(id="ada", name="Ada Lovelace", attributes={"plan": "team"}))
    assert merged == evolve(merged, email="ada@example.com", attributes={"plan": "team", "city": "Wien"})

    assert put(RecipientDraft(id="ada")) == StoredRecipient(Recipient(id="ada"), is_new=False)
    assert store.recipients.get("ada") == Recipient(id="ada")


def test_people_are_found_page_by_page(store: MemoryStore) -> None:
    store.recipients.put([Recipient(id=f"p{n}") for n in range(5)])
    find = FindRecipients(recipients=store.recipients)

    first = find(2)
    assert ([one.id for one in first.items], first.next) == (["p0", "p1"], "p1")
    last = find(3, after=first.next)
    assert ([one.id for one in last.items], last.next) == (["p2", "p3", "p4"], None)
    assert [one.id for one in find.stream(0)] == [f"p{n}" for n in range(5)]
    assert [one.id for one in find.stream(3)] == ["p0", "p1", "p2"]


def test_somebody_unknown_is_not_found(store: MemoryStore) -> None:
    with pytest.raises(NotFound, match="no recipient has the id bob"):
        GetRecipient(recipients=store.recipients)("bob")
