"""What people see and change who follow a link of a message."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from anyio.from_thread import BlockingPortal
from attrs import frozen

from application.links.tokens import token_text
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.preferences import CHOICES_MAX, Choice, PreferenceChange, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from entrypoints.http_api.limits import FORM_BYTES_MAX
from entrypoints.http_api.pages.forms import topic_name
from tests.unit.application.sending.desk import START
from tests.unit.entrypoints.http_api.api import Api, an_api
from tests.unit.entrypoints.http_api.asgi_client import Received

CONFIGURATION = """
public_url = "https://notify.example.com"

[topics.weekly]
title = "The <weekly> letter"
description = "Every Friday."

[types.promotional]
quiet_hours = "21:00-08:00"
"""
FORM = {"content-type": "application/x-www-form-urlencoded"}
ONE_CLICK = "List-Unsubscribe=One-Click"
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    {"content-type": "multipart/form-data; boundary=b"},
)
OFFERS_BY_EMAIL = Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL)
WEEKLY = Scope(topic="weekly")
TAGS = re.compile(r"<[^>]+>")


@frozen
class Pages:
    """The pages, with links for Ada."""

    api: Api

    def link(self, path: str, about: Scope = OFFERS_BY_EMAIL, name: str = "ada", days: int = 1) -> str:
        end = (START + timedelta(days=days)).timestamp()
        return f"/{path}/{token_text(name, about, end, 1, self.api.store.secret)}"

    def get(self, target: str, method: str = "GET") -> Received:
        return self.api(method, target, scope=None)

    def post(self, target: str, body: bytes | str = ONE_CLICK, headers: dict[str, str] | None = None) -> Received:
        content = body if isinstance(body, bytes) else body.encode()
        return self.api("POST", target, content, headers=headers or FORM, scope=None)

    def save(self, **fields: str) -> Received:
        named = {name.replace("__", "."): value for name, value in fields.items()}
        return self.post(self.link("preferences"), urlencode({"quiet": "usual", **named}))

    @property
    def choices(self) -> tuple[Choice, ...]:
        return self.api.store.preferences.get("ada").choices


@pytest.fixture
def pages(portal: BlockingPortal, tmp_path: Path) -> Iterator[Pages]:
    (tmp_path / "tocsin.toml").write_text(CONFIGURATION)
    with an_api(portal, tmp_path) as api:
        yield Pages(api)


def words(answer: Received) -> str:
    return " ".join(TAGS.sub(" ", answer.body.decode().partition("<main>")[2]).split())


class TestUnsubscribing:
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    @pytest.mark.parametrize("query", ["", "?undo=yes", f"?{ONE_CLICK}", "?unsubscribe=yes"])
    def test_looking_changes_nothing(self, pages: Pages, method: str, query: str) -> None:
        answer = pages.get(pages.link("unsubscribe") + query, method)

        assert answer.status == 200
        assert pages.choices == ()

    def test_the_page_asks_in_words(self, pages: Pages) -> None:
        assert "You will get no more offers by email." in words(pages.get(pages.link("unsubscribe")))
        about_topic = words(pages.get(pages.link("unsubscribe", WEEKLY)))
        assert "no more messages about “The &lt;weekly&gt; letter”, by email or in any other way" in about_topic

    @pytest.mark.parametrize(
        ("body", "headers"),
        [(ONE_CLICK.encode(), FORM), MULTIPART, (b"unsubscribe=yes", FORM), (b"", {}), (b"\xff=%", FORM)],
    )
    def test_a_post_does_it_at_once(self, pages: Pages, body: bytes, headers: dict[str, str]) -> None:
        answer = pages.post(pages.link("unsubscribe"), body, headers)

        assert answer.status == 200
        assert "You are unsubscribed You will get no more offers by email." in words(answer)
        assert pages.choices == (Choice(OFFERS_BY_EMAIL, wanted=False),)

    def test_a_topic_ends_on_every_channel(self, pages: Pages) -> None:
        about = Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL, topic="weekly")
        pages.post(pages.link("unsubscribe", about))

        assert pages.choices == (Choice(WEEKLY, wanted=False),)

    def test_repeating_it_is_fine_and_changes_nothing(self, pages: Pages) -> None:
        first = pages.post(pages.link("unsubscribe"))

        assert pages.post(pages.link("unsubscribe")) == first
        assert len(pages.choices) == 1

    def test_it_can_be_undone(self, pages: Pages) -> None:
        pages.post(pages.link("unsubscribe"))
        answer = pages.post(pages.link("unsubscribe"), "undo=yes")

        assert answer.status == 200
        assert "You will get offers by email as before." in words(answer)
        assert pages.choices == ()

    def test_what_cannot_be_refused_stays(self, pages: Pages) -> None:
        about = Scope(channel=Channel.EMAIL, type=NotificationType.TRANSACTIONAL)
        for answer in (pages.get(pages.link("unsubscribe", about)), pages.post(pages.link("unsubscribe", about))):
            assert answer.status == 200
            assert "cannot be turned off" in words(answer)
        assert pages.choices == ()

    def test_nobody_learns_who_exists(self, pages: Pages) -> None:
        for path in ("unsubscribe", "preferences"):
            link = pages.link(path, name="nobody")
            for answer in (pages.get(link), pages.post(link), pages.post(link, "undo=yes")):
                assert answer.status == 200
                assert "nobody" not in answer.body.decode().replace(link.rpartition("/")[2], "")
        known, unknown = pages.link("unsubscribe"), pages.link("unsubscribe", name="nobody")
        assert words(pages.post(known)) == words(pages.post(unknown))


class TestALinkThatOpensNothing:
    @pytest.mark.parametrize("path", ["unsubscribe", "preferences"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_says_so_on_a_page(self, pages: Pages, path: str, method: str) -> None:
        over, forged = pages.link(path, days=-1), pages.link(path)[:-1] + "x"

        assert pages.get(over, method).status == 410
        assert "Use the link in a newer message" in words(pages.get(over, method))
        assert pages.get(forged, method).status == 404
        assert "Perhaps it was cut off" in words(pages.get(forged, method))
        assert pages.choices == ()

    def test_was_revoked(self, pages: Pages) -> None:
        pages.api.container.rotate_links()(revoke=False)
        assert pages.get(pages.link("unsubscribe")).status == 200
        pages.api.container.rotate_links()(revoke=True)
        assert pages.get(pages.link("unsubscribe")).status == 410
        assert pages.post(pages.link("unsubscribe")).status == 410


class TestThePreferencePage:
    def test_shows_what_the_person_can_choose(self, pages: Pages) -> None:
        pages.api.store.preferences.change("ada", PreferenceChange(choices=(Choice(Scope(topic="own"), wanted=True),)))
        page = pages.get(pages.link("preferences"))
        html = page.body.decode()

        assert page.status == 200
        assert re.findall(r"<legend>(.*?)</legend>", html) == [
            *("Email", "Text messages", "Inbox in the app", "Topics", "Quiet hours")
        ]
        assert "The &lt;weekly&gt; letter" in html
        assert "<span>own</span>" in html
        assert "As usual: 21:00 to 08:00" in html
        assert "by the clock in UTC" in html

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_looking_changes_nothing(self, pages: Pages, method: str) -> None:
        assert pages.get(pages.link("preferences") + "?email.promotional=no&quiet=none", method).status == 200
        assert pages.api.store.preferences.get("ada") == Preferences()

    def test_sending_it_as_it_is_says_nothing(self, pages: Pages) -> None:
        shown = pages.get(pages.link("preferences")).body.decode()
        names = re.findall(r'name="([a-z_0-9.]+)" value="yes" checked', shown)
        answer = pages.post(pages.link("preferences"), urlencode({"quiet": "usual", **dict.fromkeys(names, "yes")}))

        assert (answer.status, len(names)) == (200, 7)
        assert pages.api.store.preferences.get("ada") == Preferences()

    def test_keeps_what_was_turned_off_and_shows_it(self, pages: Pages) -> None:
        answer = pages.save(email__promotional="no", **{topic_name("weekly"): "no"})

        assert answer.status == 200
        assert "Your choices are saved." in words(answer)
        assert set(pages.choices) == {Choice(OFFERS_BY_EMAIL, wanted=False), Choice(WEEKLY, wanted=False)}
        assert 'name="email.promotional" value="yes">' in answer.body.decode()
        assert 'name="email.informational" value="yes" checked>' in answer.body.decode()

    def test_turning_it_on_again_leaves_nothing_behind(self, pages: Pages) -> None:
        pages.save(email__promotional="no", **{topic_name("weekly"): "no"})
        pages.save(email__promotional="yes", **{topic_name("weekly"): "yes"})

        assert pages.api.store.preferences.get("ada") == Preferences()

    def test_what_was_not_shown_stays(self, pages: Pages) -> None:
        own = Choice(Scope(channel=Channel.PUSH, type=NotificationType.PROMOTIONAL), wanted=False)
        pages.api.store.preferences.change("ada", PreferenceChange(choices=(own,)))
        pages.post(pages.link("preferences"), "email.promotional=no&push.promotional=yes&email.transactional=no&x=no")

        assert set(pages.choices) == {own, Choice(OFFERS_BY_EMAIL, wanted=False)}

    def test_a_channel_that_is_off_is_off_for_a_topic_that_was_asked_for_too(self, pages: Pages) -> None:
        pages.api.store.preferences.change("ada", PreferenceChange(choices=(Choice(WEEKLY, wanted=True),)))
        pages.save(email__promotional="no")

        about = Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL, topic="weekly")
        assert set(pages.choices) == {
            *(Choice(WEEKLY, wanted=True), Choice(OFFERS_BY_EMAIL, wanted=False), Choice(about, wanted=False))
        }
        pages.save(email__promotional="yes")
        assert pages.choices == (Choice(WEEKLY, wanted=True),)

    @pytest.mark.parametrize(
        ("fields", "hours"),
        [
            ({"quiet": "own", "from": "22:30", "to": "07:00"}, QuietHours(time(22, 30), time(7))),
            ({"quiet": "own", "from": "9:05", "to": "10:00:00"}, QuietHours(time(9, 5), time(10))),
            ({"quiet": "none", "from": "22:30", "to": "x"}, NoQuietHours.NONE),
            ({"quiet": "usual"}, None),
        ],
    )
    def test_keeps_quiet_hours(
        self, pages: Pages, fields: dict[str, str], hours: QuietHours | NoQuietHours | None
    ) -> None:
        answer = pages.post(pages.link("preferences"), urlencode(fields))

        assert answer.status == 200
        assert pages.api.store.preferences.get("ada").quiet_hours == hours
        assert f'value="{fields["quiet"]}" checked' in answer.body.decode()

    def test_a_form_without_quiet_hours_leaves_them(self, pages: Pages) -> None:
        hours = QuietHours(time(22), time(7))
        pages.save(quiet="own", **{"from": "22:00", "to": "07:00"})
        pages.post(pages.link("preferences"), "email.promotional=no")

        assert pages.api.store.preferences.get("ada").quiet_hours == hours

    @pytest.mark.parametrize(
        ("begin", "end", "wrong"),
        [("", "", ["from", "to"]), ("25:00", "08:00", ["from"]), ("21:00", "8", ["to"]), ("21:00", "21:00", ["to"])],
    )
    def test_says_what_is_wrong_beside_what_was_typed(
        self, pages: Pages, begin: str, end: str, wrong: list[str]
    ) -> None:
        answer = pages.save(email__promotional="no", quiet="own", **{"from": begin, "to": end})
        html = answer.body.decode()

        assert answer.status == 422
        assert re.findall(r'id="(\w+)-wrong"', html) == wrong
        assert re.findall(r'aria-describedby="(\w+)-wrong clock"', html) == wrong
        assert f'name="from" value="{begin}"' in html
        assert f'name="to" value="{end}"' in html
        assert 'name="email.promotional" value="yes">' in html  # as it was left
        assert pages.api.store.preferences.get("ada") == Preferences()

    def test_what_is_typed_cannot_become_part_of_the_page(self, pages: Pages) -> None:
        answer = pages.save(quiet="own", **{"from": '"><script>', "to": "08:00"})

        assert answer.status == 422
        assert "<script" not in answer.body.decode()


class TestEveryPage:
    @pytest.mark.parametrize("path", ["unsubscribe", "preferences"])
    @pytest.mark.parametrize("tail", ["", "x"])
    def test_keeps_its_address_to_itself(self, pages: Pages, path: str, tail: str) -> None:
        headers = pages.get(pages.link(path) + tail).headers

        assert headers["content-type"] == "text/html; charset=utf-8"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]

    def test_has_its_style_from_here_for_long(self, pages: Pages) -> None:
        (style,) = re.findall(
            r'href="\.\.(/pages/style\.css\?v=\w+)"', pages.get(pages.link("unsubscribe")).body.decode()
        )
        answer = pages.get(style)

        assert (answer.status, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"

    @pytest.mark.parametrize("path", ["unsubscribe", "preferences"])
    def test_takes_a_small_form_and_no_large_one(self, pages: Pages, path: str) -> None:
        assert pages.post(pages.link(path), bytes(FORM_BYTES_MAX)).status == 200
        assert pages.post(pages.link(path), bytes(FORM_BYTES_MAX + 1)).status == 413

    def test_needs_no_script_and_can_be_read_aloud(self, pages: Pages) -> None:
        for path in ("unsubscribe", "preferences"):
            html = pages.get(pages.link(path)).body.decode()
            assert '<html lang="en">' in html
            assert html.count("<main>") == html.count("<h1>") == 1
            assert "width=device-width" in html
            assert "<script" not in html
            assert "style=" not in html
            named = set(re.findall(r'<input type="(?:time)" id="(\w+)"', html))
            assert named == set(re.findall(r'<label for="(\w+)"', html))


class TestSomebodyWithoutRoomForMoreChoices:
    @pytest.fixture(autouse=True)
    def full(self, pages: Pages) -> None:
        full = tuple(Choice(Scope(topic=f"{number:03}"), wanted=False) for number in range(CHOICES_MAX))
        pages.api.store.preferences.put("ada", Preferences(choices=full))

    def test_is_told_nothing_more_rather_than_what_they_refuse(self, pages: Pages) -> None:
        assert pages.post(pages.link("unsubscribe")).status == 200
        assert pages.choices == (Choice(Scope(), wanted=False),)

    def test_hears_on_the_page_that_nothing_was_saved(self, pages: Pages) -> None:
        answer = pages.save(email__promotional="no")

        assert answer.status == 422
        assert "These are more choices than can be kept" in words(answer)
        assert len(pages.choices) == CHOICES_MAX
