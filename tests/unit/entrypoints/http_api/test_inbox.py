"""The inbox over HTTP: reading, marking, tokens, and the stream up to its first words."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from application.inbox.tokens import LIFETIME
from domain.api_key import Scope
from domain.inbox import InboxItem
from domain.notification_type import NotificationType
from domain.recipient import Recipient
from entrypoints.http_api.event_stream import RECONNECT_MS
from tests.unit.entrypoints.http_api.api import Api
from tests.unit.entrypoints.http_api.asgi_client import Received

INBOX = "/v1/recipients/ada/inbox"


@pytest.fixture
def ids(api: Api) -> list[int]:
    """Three messages in Ada's inbox, and one in Bob's."""
    api.store.recipients.put([Recipient(id="bob")])
    for number in range(1, 5):
        api.store.inbox.put(
            [
                InboxItem(
                    notification_id=number,
                    recipient_id="ada" if number <= 3 else "bob",
                    type=NotificationType.INFORMATIONAL,
                    at=api.clock.now(),
                    body=f"message {number}",
                )
            ]
        )
    return [1, 2, 3]


def a_token(api: Api, name: str = "ada", **body: int) -> str:
    made = api("POST", f"/v1/recipients/{quote(name, safe='')}/inbox/token", body or None)
    assert made.status == 200, made.body
    token: str = made.json["token"]
    return token


def shown(answer: Received) -> list[int]:
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.json["items"]]


def test_a_page_says_how_many_there_are(api: Api, ids: list[int]) -> None:
    page = api("GET", f"{INBOX}?limit=2").json

    assert [item["id"] for item in page["items"]] == ids[:0:-1]
    assert (page["next"], page["counts"]) == ("2", {"total": 3, "unseen": 3, "unread": 3})
    assert page["items"][0].keys() == {
        "id", "type", "subject", "body", "data", "topic", "at", "seen_at", "read_at", "archived_at",
    }  # fmt: skip


@pytest.mark.usefixtures("ids")
def test_marks_are_made_and_taken_back(api: Api) -> None:
    def mark(verb: str) -> object:
        answer = api("POST", f"{INBOX}/1/{verb}", scope=Scope.SEND)
        assert answer.status == 200, answer.body
        return answer.json

    assert mark("seen") == {"changed": 1, "counts": {"total": 3, "unseen": 2, "unread": 3}}
    assert mark("seen") == {"changed": 0, "counts": {"total": 3, "unseen": 2, "unread": 3}}
    assert mark("read") == {"changed": 1, "counts": {"total": 3, "unseen": 2, "unread": 2}}
    assert shown(api("GET", f"{INBOX}?unread=true")) == [3, 2]
    assert mark("unread") == {"changed": 1, "counts": {"total": 3, "unseen": 2, "unread": 3}}
    assert mark("unseen") == {"changed": 1, "counts": {"total": 3, "unseen": 3, "unread": 3}}
    assert mark("archive") == {"changed": 1, "counts": {"total": 2, "unseen": 2, "unread": 2}}
    assert shown(api("GET", INBOX)) == [3, 2]
    assert shown(api("GET", f"{INBOX}?archived=true")) == [1]
    assert mark("unarchive") == {"changed": 1, "counts": {"total": 3, "unseen": 3, "unread": 3}}


@pytest.mark.usefixtures("ids")
def test_all_are_marked_at_once(api: Api) -> None:
    assert api("POST", f"{INBOX}/seen", {}).json == {"changed": 3, "counts": {"total": 3, "unseen": 0, "unread": 3}}
    assert api("POST", f"{INBOX}/read").json == {"changed": 3, "counts": {"total": 3, "unseen": 0, "unread": 0}}
    assert api("POST", f"{INBOX}/archive").json == {"changed": 3, "counts": {"total": 0, "unseen": 0, "unread": 0}}
    assert api("GET", "/v1/recipients/bob/inbox").json["counts"]["unread"] == 1


@pytest.mark.usefixtures("ids")
def test_what_is_wrong_is_named(api: Api) -> None:
    for path in ("/4/read", "/99/read", "/x/read", f"/{10**30}/read", "/1/unheard-of", "/unseen"):
        assert api("POST", INBOX + path).status == 404, path
    assert api("POST", "/v1/recipients/nobody/inbox/read").status == 404
    assert api("POST", "/v1/recipients/nobody/inbox/token").status == 404
    assert api("GET", "/v1/recipients/nobody/inbox/stream").status == 404
    for query, field in (("unread=1", "unread"), ("archived=", "archived"), ("seen=true", "seen")):
        assert api("GET", f"{INBOX}?{query}").fields == [field]
    assert api("GET", f"{INBOX}/stream?last_event_id=x").fields == ["last_event_id"]
    assert api("GET", f"{INBOX}/stream", headers={"last-event-id": "x"}).fields == ["Last-Event-ID"]
    assert api("POST", f"{INBOX}/1/read", {"at": "now"}).fields == ["at"]
    assert api("POST", f"{INBOX}/read?only=1").fields == ["only"]
    for seconds in (0, -1, 86_401, 10**15):
        assert api("POST", f"{INBOX}/token", {"seconds": seconds}).fields == ["seconds"], seconds
    assert api("POST", f"{INBOX}/token", {"hours": 1}).fields == ["hours"]
    assert api("GET", f"{INBOX}?unread=true").json["counts"]["unread"] == 3


class TestATokenForAnInbox:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ""),
            ("GET", "/stream"),
            ("POST", "/1/seen"),
            ("POST", "/1/unread"),
            ("POST", "/1/archive"),
            ("POST", "/seen"),
            ("POST", "/archive"),
        ],
    )
    def test_opens_what_a_person_does_there_and_no_other_inbox(
        self, api: Api, ids: list[int], method: str, path: str
    ) -> None:
        own, foreign = a_token(api), a_token(api, "bob")

        def status(query: str = "", **headers: str) -> int:
            return api(method, INBOX + path + query, scope=None, headers=headers).status

        assert status(f"?token={own}") == 200
        assert status(authorization=f"Bearer {own}") == 200
        assert status(f"?token={foreign}") == 403
        assert status(authorization=f"Bearer {foreign}") == 403
        assert status(f"?token={own}x") == 401
        assert status("?token=") == 401
        assert status(authorization="Bearer inbox.") == 401
        assert status(f"?token={own}&token={own}") == 401
        assert status(f"?token={own}", authorization=f"Bearer {own}") == 401

    @pytest.mark.parametrize(
        ("method", "target"),
        [
            ("GET", "/v1/recipients/ada"),
            ("GET", "/v1/notifications"),
            ("POST", "/v1/notifications"),
            ("POST", f"{INBOX}/token"),
            ("PUT", "/v1/recipients/ada"),
        ],
    )
    def test_opens_nothing_else(self, api: Api, method: str, target: str) -> None:
        token = a_token(api)
        refused = api(method, target, {}, scope=None, headers={"authorization": f"Bearer {token}"})
        assert refused.status == 403
        assert "a token opens the inbox of one person only" in refused.json["detail"]
        assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
        assert api(method, f"{target}?token={token}", {}, scope=None).status == 401

    def test_that_is_forged_is_like_any_unknown_key_elsewhere(self, api: Api) -> None:
        token = a_token(api)
        forged = token[:-1] + ("0" if token[-1] != "0" else "1")

        def answer(secret: str) -> Received:
            return api("GET", "/v1/notifications", scope=None, headers={"authorization": f"Bearer {secret}"})

        assert answer(forged).status == 401
        assert answer(forged) == answer("wrong")

    def test_is_over_when_its_time_is_over(self, api: Api, ids: list[int]) -> None:
        token = a_token(api, seconds=60)
        api.clock.forward(timedelta(seconds=60))

        on_its_route = api("GET", f"{INBOX}?token={token}", scope=None)
        elsewhere = api("GET", "/v1/notifications", scope=None, headers={"authorization": f"Bearer {token}"})

        for answer in (on_its_route, elsewhere):
            assert answer.status == 401
            assert answer.json["detail"] == "the time of this token is over; ask for a new one"
            assert answer.headers["www-authenticate"] == (
                'Bearer realm="tocsin", error="invalid_token", error_description="the token has expired"'
            )

    def test_says_how_long_it_is_good_for(self, api: Api) -> None:
        made = api("POST", f"{INBOX}/token").json
        assert made["expires_at"] == (api.clock.now() + LIFETIME).isoformat(timespec="milliseconds").replace(
            "+00:00", "Z"
        )

    @pytest.mark.parametrize("name", ["a/b", "ünï cöde", "a.b", "100%", "a?token=x"])
    def test_is_for_whatever_a_recipient_is_called(self, api: Api, name: str) -> None:
        api.store.recipients.put([Recipient(id=name)])
        target = f"/v1/recipients/{quote(name, safe='')}/inbox"

        assert api("GET", f"{target}?token={a_token(api, name)}", scope=None).status == 200

    def test_is_not_in_the_answer_to_a_wrong_one(self, api: Api) -> None:
        token = a_token(api, "ada")
        api.store.recipients.put([Recipient(id="bob")])
        refused = api("GET", f"/v1/recipients/bob/inbox?token={token}", scope=None)
        assert token.encode() not in refused.body


def events(answer: Received) -> list[dict[str, str]]:
    """Return the events of a stream, and the fields of each."""
    assert answer.status == 200, answer.body
    blocks = [block.splitlines() for block in answer.body.decode().split("\n\n") if block]
    found = [dict(line.split(": ", 1) for line in block if not line.startswith(":")) for block in blocks]
    return [block for block in found if "data" in block]


class TestTheStream:
    """The client of these tests hangs up at once, so it hears the beginning alone."""

    def test_begins_with_the_counts(self, api: Api, ids: list[int]) -> None:
        answer = api("GET", f"{INBOX}/stream")

        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.body.startswith(f"retry: {RECONNECT_MS}\n\n".encode())
        (first,) = events(answer)
        assert first == {
            "id": "4",
            "event": "counts",
            "data": '{"id":null,"counts":{"total":3,"unseen":3,"unread":3}}',
        }

    @pytest.mark.parametrize("by", ["header", "query", "both"])
    def test_goes_on_after_the_last_event(self, api: Api, ids: list[int], by: str) -> None:
        api("POST", f"{INBOX}/1/read")
        api("POST", f"{INBOX}/seen")
        query = {"header": "", "query": "?last_event_id=2", "both": "?last_event_id=0"}[by]
        headers = {} if by == "query" else {"last-event-id": "2"}

        heard = events(api("GET", f"{INBOX}/stream{query}", headers=headers))

        counts = '"counts":{"total":3,"unseen":0,"unread":2}'
        assert heard == [
            {"id": "3", "event": "new", "data": f'{{"id":3,{counts}}}'},
            {"id": "5", "event": "read", "data": f'{{"id":1,{counts}}}'},
            {"id": "6", "event": "seen", "data": f'{{"id":null,{counts}}}'},
        ]

    def test_says_nothing_new_where_nothing_is(self, api: Api, ids: list[int]) -> None:
        answer = api("GET", f"{INBOX}/stream?last_event_id=3")

        assert events(answer) == []
        assert b":\nid: 4\n\n" in answer.body  # a comment, and how far the stream has come

    def test_says_to_begin_anew_where_nobody_knows_what_was_missed(self, api: Api, ids: list[int]) -> None:
        (only,) = events(api("GET", f"{INBOX}/stream?last_event_id=99"))

        assert (only["event"], only["id"]) == ("reset", "4")

    def test_ends_at_once_for_whoever_asks_for_the_head_alone(self, api: Api, ids: list[int]) -> None:
        answer = api("HEAD", f"{INBOX}/stream")

        assert (answer.status, answer.headers["content-type"], answer.body) == (200, "text/event-stream", b"")


def test_no_stream_is_left_behind(api: Api) -> None:
    for _ in range(30):  # more than may be open at once
        assert api("GET", f"{INBOX}/stream").status == 200
