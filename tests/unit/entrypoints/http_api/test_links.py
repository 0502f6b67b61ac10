"""What people see and change who follow a link of a message."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from anyio.from_thread import BlockingPortal
from attrs import evolve, frozen
from dependency_injector import providers
from structlog.testing import capture_logs

from application.links.tokens import token_text
from domain.channel import Channel
from domain.errors import StoreUnavailable
from domain.notification_type import NotificationType
from domain.preferences import CHOICES_MAX, Choice, PreferenceChange, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from domain.recipient import Recipient
from domain.suppression import Suppression, SuppressionScope
from domain.suppression_reason import SuppressionReason
from entrypoints.http_api.app import create_app
from entrypoints.http_api.limits import FORM_BYTES_MAX
from entrypoints.http_api.pages.forms import topic_name
from tests.unit.application.sending.desk import START
from tests.unit.entrypoints.http_api.api import Api, an_api
from tests.unit.entrypoints.http_api.asgi_client import AsgiClient, Received

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
        number = self.api.store.links.number_of(name) or 1000
        return f"/{path}/{token_text(name, number, about, end, 1, self.api.store.secret)}"

    def get(self, target: str, method: str = "GET") -> Received:
        return self.api(method, target, scope=None)

    def post(self, target: str, body: bytes | str = ONE_CLICK, headers: dict[str, str] | None = None) -> Received:
        content = body if isinstance(body, bytes) else body.encode()
        return self.api("POST", target, content, headers=headers or FORM, scope=None)

    def save(self, **fields: str) -> Received:
        named = {name.replace("__", "."): value for name, value in fields.items()}
        return self.post(self.link("preferences"), urlencode({"quiet": "usual", **named}))

    def prefer(self, *choices: Choice, forgotten: Scope | None = None) -> None:
        change = PreferenceChange(choices=choices, forgotten=(forgotten,) if forgotten else ())
        self.api.store.preferences.change("ada", change)

    @property
    def quiet_hours(self) -> QuietHours | NoQuietHours | None:
        return self.api.store.preferences.get("ada").quiet_hours

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


def form_of(answer: Received) -> dict[str, str]:
    """Return the fields that a browser sends of a form left as it is."""
    found = {}
    for tag in re.findall(r"<input ([^>]*)>", answer.body.decode()):
        values = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        if values["type"] in ("hidden", "time") or " checked" in tag:
            found[values["name"]] = values["value"]
    return found


class TestUnsubscribing:
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    @pytest.mark.parametrize("query", ["", "?undo=yes", f"?{ONE_CLICK}", "?unsubscribe=yes"])
    def test_looking_changes_nothing(self, pages: Pages, method: str, query: str) -> None:
        answer = pages.get(pages.link("unsubscribe") + query, method)

        assert answer.status == 200
        assert pages.choices == ()

    def test_the_page_asks_in_words(self, pages: Pages) -> None:
        assert "You will get no more offers and promotions by email." in words(pages.get(pages.link("unsubscribe")))
        about_topic = words(pages.get(pages.link("unsubscribe", WEEKLY)))
        assert "no more messages about “The &lt;weekly&gt; letter”, by email or in any other way" in about_topic

    @pytest.mark.parametrize(
        ("body", "headers"),
        [(ONE_CLICK.encode(), FORM), MULTIPART, (b"unsubscribe=yes", FORM), (b"", {}), (b"\xff=%", FORM)],
    )
    def test_a_post_does_it_at_once(self, pages: Pages, body: bytes, headers: dict[str, str]) -> None:
        answer = pages.post(pages.link("unsubscribe"), body, headers)

        assert answer.status == 200
        assert "You are unsubscribed You will get no more offers and promotions by email." in words(answer)
        assert pages.choices == (Choice(OFFERS_BY_EMAIL, wanted=False),)

    def test_a_topic_ends_on_every_channel(self, pages: Pages) -> None:
        about = Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL, topic="weekly")
        pages.post(pages.link("unsubscribe", about))

        assert pages.choices == (Choice(WEEKLY, wanted=False),)

    def test_repeating_it_is_fine_and_changes_nothing(self, pages: Pages) -> None:
        pages.post(pages.link("unsubscribe"))
        again = pages.post(pages.link("unsubscribe"))

        assert "You are unsubscribed You will get no more offers and promotions by email. Subscribe again" in words(
            again
        )
        assert len(pages.choices) == 1

    def test_repeating_it_is_fine_however_it_is_taken_back(self, pages: Pages) -> None:
        pages.prefer(Choice(WEEKLY, wanted=True))
        pages.post(pages.link("unsubscribe"))
        pages.post(pages.link("unsubscribe"))
        answer = pages.post(pages.link("unsubscribe"), "undo=yes")

        assert "You will get offers and promotions by email." in words(answer)
        assert pages.choices == (Choice(WEEKLY, wanted=True),)

    @pytest.mark.parametrize(
        ("about", "said", "told"),
        [
            (OFFERS_BY_EMAIL, (), "You will get offers and promotions by email as before."),
            (OFFERS_BY_EMAIL, (Choice(WEEKLY, wanted=True),), "You will get offers and promotions by email as before."),
            (Scope(), (Choice(WEEKLY, wanted=True),), "Your choices are what they were."),
            (
                Scope(channel=Channel.SMS, type=NotificationType.INFORMATIONAL, topic="weekly"),
                (
                    Choice(WEEKLY, wanted=False),
                    Choice(evolve(WEEKLY, channel=Channel.SMS, type=NotificationType.INFORMATIONAL), wanted=True),
                ),
                "by email or in any other way as before.",
            ),
        ],
    )
    def test_undoing_brings_back_exactly_what_was(
        self, pages: Pages, about: Scope, said: tuple[Choice, ...], told: str
    ) -> None:
        pages.prefer(*said)
        before = pages.choices
        form = form_of(pages.post(pages.link("unsubscribe", about)))
        assert pages.choices != before
        for _ in range(2):  # somebody presses twice
            answer = pages.post(pages.link("unsubscribe", about), urlencode({**form, "undo": "yes"}))
            assert (answer.status, pages.choices) == (200, before)
            assert told in words(answer)

    def test_undoing_leaves_what_was_chosen_meanwhile_and_promises_nothing(self, pages: Pages) -> None:
        link = pages.link("unsubscribe")
        pages.prefer(Choice(OFFERS_BY_EMAIL, wanted=True))
        form = form_of(pages.post(link))
        pages.prefer(Choice(Scope(), wanted=False), forgotten=OFFERS_BY_EMAIL)
        answer = pages.post(link, urlencode({**form, "undo": "yes"}))

        assert pages.choices == (Choice(Scope(), wanted=False),)
        assert "as before" not in words(answer)
        assert "will get" not in words(answer)

    def test_nobody_brings_back_what_another_link_said(self, pages: Pages) -> None:
        form = form_of(pages.post(pages.link("unsubscribe", WEEKLY)))
        answer = pages.post(pages.link("unsubscribe"), urlencode({**form, "undo": "yes"}))

        assert pages.choices == (Choice(WEEKLY, wanted=False),)
        assert "as before" not in words(answer)

    def test_a_large_body_unsubscribes_too(self, pages: Pages) -> None:
        assert pages.post(pages.link("unsubscribe"), bytes(FORM_BYTES_MAX + 1)).status == 200
        assert pages.choices == (Choice(OFFERS_BY_EMAIL, wanted=False),)

    def test_what_is_no_form_has_no_field(self, pages: Pages) -> None:
        pages.post(pages.link("unsubscribe"), "x&undo=yes", {"content-type": "multipart/form-data; boundary=x"})
        assert pages.choices == (Choice(OFFERS_BY_EMAIL, wanted=False),)

    def test_a_token_may_come_encoded_and_with_a_slash_behind_it(self, pages: Pages) -> None:
        start, _, token = pages.link("unsubscribe").rpartition("/")
        answer = pages.post(f"{start}/{token.replace('.', '%2E')}/")

        assert "You are unsubscribed" in words(answer)
        assert 'href="../../pages/style.css' in answer.body.decode()
        assert f'href="../../preferences/{token}"' in answer.body.decode()

    @pytest.mark.parametrize("path", ["unsubscribe", "preferences"])
    def test_the_page_says_which_methods_it_takes(self, pages: Pages, path: str) -> None:
        answer = pages.get(pages.link(path), "OPTIONS")

        assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")

    def test_what_cannot_be_refused_stays(self, pages: Pages) -> None:
        about = Scope(channel=Channel.EMAIL, type=NotificationType.TRANSACTIONAL)
        for answer in (pages.get(pages.link("unsubscribe", about)), pages.post(pages.link("unsubscribe", about))):
            assert answer.status == 200
            assert "cannot be turned off" in words(answer)
        assert pages.choices == ()

    def test_nobody_learns_who_exists(self, pages: Pages) -> None:
        for path, forms in (("unsubscribe", (ONE_CLICK, "undo=yes")), ("preferences", ("quiet=none",))):
            link = pages.link(path, name="nobody")
            for answer in (pages.get(link), *(pages.post(link, form) for form in forms)):
                assert answer.status == 200
                assert "nobody" not in answer.body.decode().replace(link.rpartition("/")[2], "")
        for about in (OFFERS_BY_EMAIL, WEEKLY, Scope()):
            known, unknown = pages.link("unsubscribe", about), pages.link("unsubscribe", about, name="nobody")
            done, seems_done = pages.post(known), pages.post(unknown)
            assert words(done) == words(seems_done)
            for form in ({}, form_of(done)):
                form_of_nobody = form_of(seems_done) if form else {}
                undone = pages.post(known, urlencode({**form, "undo": "yes"}))
                assert words(undone) == words(pages.post(unknown, urlencode({**form_of_nobody, "undo": "yes"})))
                pages.post(known)


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

    def test_was_for_somebody_who_was_erased(self, pages: Pages) -> None:
        links = [pages.link(path) for path in ("unsubscribe", "preferences")]
        pages.api.container.erase_recipient()("ada")
        assert [pages.get(link).status for link in links] == [200, 200]
        pages.api.store.recipients.put([Recipient(id="ada", email="new@example.com")])

        assert [pages.get(link).status for link in links] == [410, 410]
        assert [pages.post(link).status for link in links] == [410, 410]
        assert pages.choices == ()
        assert pages.get(pages.link("preferences")).status == 200

    def test_was_revoked(self, pages: Pages) -> None:
        pages.api.container.rotate_links()(revoke=False)
        assert pages.get(pages.link("unsubscribe")).status == 200
        pages.api.container.rotate_links()(revoke=True)
        assert pages.get(pages.link("unsubscribe")).status == 410
        assert pages.post(pages.link("unsubscribe")).status == 410


class TestAPageThatWasOpenForLong:
    def test_changes_only_what_the_person_changed(self, pages: Pages) -> None:
        form = form_of(pages.get(pages.link("preferences")))
        pages.post(pages.link("unsubscribe"))
        pages.save(quiet="none")
        answer = pages.post(pages.link("preferences"), urlencode({**form, topic_name("weekly"): "no"}))

        assert "Your choices are saved." in words(answer)
        assert set(pages.choices) == {Choice(OFFERS_BY_EMAIL, wanted=False), Choice(WEEKLY, wanted=False)}
        assert pages.quiet_hours is NoQuietHours.NONE

    def test_shows_after_a_mistake_what_holds_by_now(self, pages: Pages) -> None:
        form = form_of(pages.get(pages.link("preferences")))
        pages.post(pages.link("unsubscribe"))
        del form["sms.promotional"]
        answer = pages.post(pages.link("preferences"), urlencode({**form, "from": "22:00"}))
        shown = form_of(answer)

        assert answer.status == 422
        assert (shown["was.email.promotional"], shown["was.sms.promotional"]) == ("no", "yes")
        assert shown.keys() & {"email.promotional", "sms.promotional"} == set()
        pages.post(pages.link("preferences"), urlencode({**shown, "to": "07:00"}))
        assert {one.scope.channel for one in pages.choices} == {Channel.EMAIL, Channel.SMS}
        assert pages.quiet_hours == QuietHours(time(22), time(7))


class TestTimesThatSomebodyTypes:
    def test_are_meant_where_the_choice_was_left(self, pages: Pages) -> None:
        form = form_of(pages.get(pages.link("preferences")))
        pages.post(pages.link("preferences"), urlencode({**form, "from": "22:00", "to": "07:00"}))
        assert pages.quiet_hours == QuietHours(time(22), time(7))

        form = form_of(pages.get(pages.link("preferences")))
        pages.post(pages.link("preferences"), urlencode({**form, "quiet": "usual"}))
        assert pages.quiet_hours is None

    def test_have_the_mistake_beside_them_and_a_link_to_it(self, pages: Pages) -> None:
        html = pages.save(quiet="x").body.decode()
        assert re.findall(r'<a href="#(\w+)">', html) == ["quiet"]
        assert 'id="quiet" aria-describedby="quiet-wrong"' in html
        assert 'id="quiet-wrong"' in html


class TestAnAddressThatIsOutOfUse:
    @pytest.fixture(autouse=True)
    def complained(self, pages: Pages) -> None:
        complaint = Suppression(
            channel=Channel.EMAIL, address="ada@example.com", reason=SuppressionReason.COMPLAINT, at=START
        )
        about_weekly = SuppressionScope(topic="weekly")
        others = (
            evolve(complaint, channel=channel, address=address, scope=about_weekly)
            for channel, address in ((Channel.SMS, "+14155550100"), (Channel.IN_APP, "ada"))
        )
        pages.api.store.suppressions.add([complaint, *others])

    def test_is_said_under_its_channel_and_under_a_topic(self, pages: Pages) -> None:
        html = pages.get(pages.link("preferences")).body.decode()

        assert html.count("We cannot reach you") == 1
        assert "<legend>Email</legend>" in html.partition("We cannot reach you by email at present")[0]
        assert "Every Friday. Nothing of this comes at present, whatever you choose." in html

    def test_keeps_the_page_from_promising_anything(self, pages: Pages) -> None:
        form = form_of(pages.post(pages.link("unsubscribe")))
        answer = words(pages.post(pages.link("unsubscribe"), urlencode({**form, "undo": "yes"})))

        assert "We cannot reach you by email at present" in answer
        assert "as before" not in answer
        assert "will get" not in answer


class TestThePreferencePage:
    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"", FORM),
            MULTIPART,
            (b"\xff=%", FORM),
            (b'{"quiet": "none"}', {"content-type": "application/json"}),
            (b"&".join(b"%d=no" % number for number in range(2001)) + b"&quiet=none", FORM),
        ],
    )
    def test_says_that_nothing_was_saved_of_what_cannot_be_read(
        self, pages: Pages, body: bytes, headers: dict[str, str]
    ) -> None:
        answer = pages.post(pages.link("preferences"), body, headers)

        assert answer.status == 422
        assert "nothing was saved" in words(answer)
        assert pages.quiet_hours is None

    def test_shows_what_the_person_can_choose(self, pages: Pages) -> None:
        pages.api.store.preferences.change("ada", PreferenceChange(choices=(Choice(Scope(topic="own"), wanted=True),)))
        page = pages.get(pages.link("preferences"))
        html = page.body.decode()

        assert page.status == 200
        assert re.findall(r"<legend>(.*?)</legend>", html) == [
            *("Email", "Text messages", "Inbox in the app", "Topics", "Quiet hours")
        ]
        assert "The &lt;weekly&gt; letter" in html
        assert '<span dir="auto">own</span>' in html
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

    def test_takes_a_small_form_and_no_large_one(self, pages: Pages) -> None:
        form = b"quiet=none&x="
        assert pages.post(pages.link("preferences"), form.ljust(FORM_BYTES_MAX, b"x")).status == 200
        answer = pages.post(pages.link("preferences"), form.ljust(FORM_BYTES_MAX + 1, b"x"))

        assert (answer.status, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
        assert "Nothing was changed." in words(answer)

    @pytest.mark.parametrize(
        ("method", "tail", "status"), [("GET", "/further/on", 404), ("DELETE", "", 405), ("POST", "/x", 404)]
    )
    def test_that_is_none_says_so_to_people(self, pages: Pages, method: str, tail: str, status: int) -> None:
        answer = pages.get(pages.link("unsubscribe") + tail, method)

        assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert f'href="{"../" * (1 + tail.count("/"))}pages/style.css' in answer.body.decode()
        assert ("allow" in answer.headers) is (status == 405)

    @pytest.mark.parametrize(
        ("error", "status", "logged_as"),
        [
            (StoreUnavailable("the store /srv/secret/tocsin.db is locked"), 503, "store unavailable"),
            (RuntimeError("/srv/secret/tocsin.db"), 500, "request failed"),
        ],
    )
    def test_of_our_own_failure_tells_people_to_come_back_and_nothing_of_the_inside(
        self, pages: Pages, error: Exception, status: int, logged_as: str
    ) -> None:
        def fail(_: str) -> None:
            raise error

        pages.api.container.check_link.override(providers.Object(fail))
        app = create_app(pages.api.container)
        with capture_logs() as logged:
            answer = AsgiClient(app, pages.api.client.portal)("GET", pages.link("unsubscribe"))

        assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert "Please try again in a few minutes." in words(answer)
        assert answer.headers.get("retry-after") == ("5" if status == 503 else None)
        assert b"secret" not in answer.body
        assert [one["event"] for one in logged] == [logged_as]
        assert ("/srv/secret/tocsin.db" in str(logged)) is (status == 503)

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

    def test_can_say_no_all_the_same_and_keeps_what_they_said(self, pages: Pages) -> None:
        before = pages.choices
        form = form_of(pages.post(pages.link("unsubscribe")))
        assert set(pages.choices) == {*before, Choice(OFFERS_BY_EMAIL, wanted=False)}
        pages.save(sms__promotional="no", quiet="none")
        assert len(pages.choices) == CHOICES_MAX + 2
        pages.post(pages.link("unsubscribe"), urlencode({**form, "undo": "yes"}))
        assert len(pages.choices) == CHOICES_MAX + 1

    def test_hears_on_the_page_that_a_yes_was_not_saved(self, pages: Pages) -> None:
        pages.api.store.preferences.put("ada", Preferences(choices=(Choice(Scope(), wanted=False), *pages.choices[1:])))
        answer = pages.save(email__promotional="yes", quiet="usual")

        assert answer.status == 422
        assert "These are more choices than can be kept" in words(answer)
        assert len(pages.choices) == CHOICES_MAX
