from datetime import time, timedelta
from pathlib import Path

import pytest

from domain.channel import Channel
from domain.errors import Misconfigured
from domain.frequency_cap import FrequencyCap, Period
from domain.notification_type import TYPE_POLICIES, LostAnswer, NotificationType
from domain.preferences import Choice, Scope
from domain.quiet_hours import QuietHours
from domain.retry_policy import RetryPolicy
from entrypoints.configuration.values import Secret
from entrypoints.settings import Settings, TopicSettings, load

EXAMPLE = """
store = "sqlite:///data/tocsin.db"
public_url = "https://notify.example.com/"
timezone = "Europe/Berlin"

[gateways.mail]
kind = "smtp"
host = "mail.example.com"
port = 587
tls = "starttls"
from = "Example <news@example.com>"
username = "tocsin"
password = { env = "SMTP_PASSWORD" }
connections = 8
timeout = "10s"
rate = "50/s"

[gateways.twilio]
kind = "twilio"
account_sid = "AC0123456789"
auth_token = { env = "TWILIO_AUTH_TOKEN" }
from = "+14155550100"

[gateways.fcm]
kind = "fcm"
credentials = { file = "service-account.json" }

[routes]
email = ["mail", "outbox"]
sms   = ["twilio"]
push  = ["fcm"]

[retry]
attempts = 5

[retry.email]
base = "10s"
factor = 3
cap = "2h"

[dispatch]
lease = "60s"
batch = 200

[bulk]
confirm_over = 50

[types.promotional]
lost_answer = "resend"
time_to_live = "2d"
priority = 5
quiet_hours = "21:00-08:00"
frequency_cap = "3/week"

[[preferences.defaults]]
type = "promotional"
wanted = false

[[preferences.defaults]]
channel = "email"
type = "promotional"
topic = "offers"
wanted = true

[topics.offers]
title = "Offers"
description = "What is cheap this week"

[topics."Neues & mehr"]
"""
SECRETS = {"SMTP_PASSWORD": "correct horse", "TWILIO_AUTH_TOKEN": "battery staple"}


def written(folder: Path, text: str, name: str = "tocsin.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def example(tmp_path: Path) -> Settings:
    written(tmp_path, EXAMPLE)
    written(tmp_path, "{}", "service-account.json")
    return load(None, SECRETS, tmp_path)


class TestWithoutAnyConfiguration:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return load(None, {"PATH": "/bin"}, tmp_path)

    def test_the_store_is_a_file_in_the_current_folder(self, settings: Settings, tmp_path: Path) -> None:
        assert (settings.store, settings.store_path) == ("sqlite:///tocsin.db", tmp_path / "tocsin.db")

    def test_every_channel_goes_to_the_outbox_and_in_app_to_the_inbox(self, settings: Settings) -> None:
        assert settings.routes == {
            Channel.EMAIL: ("outbox",),
            Channel.SMS: ("outbox",),
            Channel.PUSH: ("outbox",),
            Channel.WEB_PUSH: ("outbox",),
            Channel.IN_APP: ("in_app",),
        }

    def test_the_gateways_of_the_routes_are_there_without_a_table(self, settings: Settings, tmp_path: Path) -> None:
        assert set(settings.gateways) == {"outbox", "in_app"}
        assert settings.gateways["outbox"].options["folder"] == tmp_path / "outbox"

    def test_the_rest_is_as_the_domain_has_it(self, settings: Settings) -> None:
        assert settings.policies == TYPE_POLICIES
        assert set(settings.retries.values()) == {RetryPolicy()}
        assert settings.retries.keys() == set(Channel)
        assert (settings.lease, settings.batch) == (timedelta(seconds=120), 500)
        assert settings.links_lifetime == timedelta(days=365)
        assert (settings.bulk_confirm_over, settings.public_url, settings.source) == (1000, None, None)
        assert settings.inbox_origins == frozenset()
        assert (settings.timezone, settings.preference_defaults, settings.topics) == (None, (), {})

    def test_no_relative_path_is_left(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        settings = load(None, {}, Path())
        assert settings.store_path == tmp_path / "tocsin.db"
        assert settings.folder == tmp_path


class TestTheExample:
    def test_a_gateway_has_its_settings_with_their_types(self, example: Settings) -> None:
        mail = example.gateways["mail"]
        assert (mail.kind, mail.rate, mail.timeout, mail.connections) == ("smtp", 50.0, timedelta(seconds=10), 8)
        assert dict(mail.options) == {
            "host": "mail.example.com",
            "port": 587,
            "tls": "starttls",
            "from": "Example <news@example.com>",
            "username": "tocsin",
            "password": Secret("correct horse"),
        }

    def test_a_file_is_found_in_the_folder(self, example: Settings, tmp_path: Path) -> None:
        assert example.gateways["fcm"].options == {"credentials": tmp_path / "service-account.json"}

    def test_routes_keep_the_order_of_failover(self, example: Settings) -> None:
        assert example.routes == {
            Channel.EMAIL: ("mail", "outbox"),
            Channel.SMS: ("twilio",),
            Channel.PUSH: ("fcm",),
            Channel.IN_APP: ("in_app",),
        }
        assert list(example.gateways) == ["mail", "twilio", "fcm", "outbox", "in_app"]

    def test_a_channel_retries_by_its_own_table_over_the_general_one(self, example: Settings) -> None:
        assert example.retries[Channel.EMAIL] == RetryPolicy(
            base=timedelta(seconds=10), factor=3.0, cap=timedelta(hours=2), attempts_max=5
        )
        assert example.retries[Channel.SMS] == RetryPolicy(attempts_max=5)

    def test_a_type_keeps_what_is_not_overridden(self, example: Settings) -> None:
        promotional = example.policies[NotificationType.PROMOTIONAL]
        assert promotional.lost_answer is LostAnswer.RESEND
        assert (promotional.time_to_live, promotional.priority) == (timedelta(days=2), 5)
        assert promotional.may_opt_out
        assert promotional.quiet_hours == QuietHours(time(21), time(8))
        assert promotional.frequency_cap == FrequencyCap(3, Period.WEEK)
        assert example.policies[NotificationType.INFORMATIONAL] == TYPE_POLICIES[NotificationType.INFORMATIONAL]
        assert example.policies[NotificationType.TRANSACTIONAL] == TYPE_POLICIES[NotificationType.TRANSACTIONAL]

    def test_what_people_want_who_say_nothing_is_read_in_order(self, example: Settings) -> None:
        promotional = NotificationType.PROMOTIONAL
        offers = Scope(channel=Channel.EMAIL, type=promotional, topic="offers")
        assert example.timezone == "Europe/Berlin"
        assert example.preference_defaults == (
            Choice(Scope(type=promotional), wanted=False),
            Choice(offers, wanted=True),
        )

    def test_a_topic_is_called_by_its_title_or_else_its_name(self, example: Settings) -> None:
        assert example.topics == {
            "offers": TopicSettings(title="Offers", description="What is cheap this week"),
            "Neues & mehr": TopicSettings(title="Neues & mehr"),
        }

    def test_a_title_is_whatever_people_can_read(self, tmp_path: Path) -> None:
        title = "L\u2019offre\u00a0: \U0001f468\u200d\U0001f469\u200d\U0001f467"
        settings = load(written(tmp_path, f'[topics.offers]\ntitle = "{title}"'), {}, tmp_path)

        assert settings.topics["offers"].title == title

    def test_the_rest_is_read(self, example: Settings, tmp_path: Path) -> None:
        assert (example.lease, example.batch, example.bulk_confirm_over) == (timedelta(minutes=1), 200, 50)
        assert example.public_url == "https://notify.example.com"
        assert example.store_path == tmp_path / "data" / "tocsin.db"
        assert example.source == tmp_path / "tocsin.toml"

    def test_no_secret_is_in_its_repr(self, example: Settings) -> None:
        for secret in SECRETS.values():
            assert secret not in repr(example)
            assert secret not in repr(dict(example.gateways["mail"].options))
            assert secret not in str(example.gateways["twilio"].options["auth_token"])


class TestWhichFileIsRead:
    def test_the_one_that_is_named_wins_over_the_variable_and_the_folder(self, tmp_path: Path) -> None:
        written(tmp_path, "bulk.confirm_over = 1")
        named = written(tmp_path / "b", "bulk.confirm_over = 2", "two.toml")
        of_variable = written(tmp_path / "c", "bulk.confirm_over = 3", "three.toml")
        environ = {"TOCSIN_CONFIG": str(of_variable)}
        assert load(named, environ, tmp_path).bulk_confirm_over == 2
        assert load(None, environ, tmp_path).bulk_confirm_over == 3
        assert load(None, {"TOCSIN_CONFIG": ""}, tmp_path).bulk_confirm_over == 1

    def test_a_relative_name_starts_at_the_folder(self, tmp_path: Path) -> None:
        named = written(tmp_path / "etc", "bulk.confirm_over = 2", "t.toml")
        assert load(Path("etc/t.toml"), {}, tmp_path).source == named

    def test_paths_in_it_start_at_the_folder_and_not_beside_it(self, tmp_path: Path) -> None:
        named = written(tmp_path / "etc", 'store = "sqlite:///a.db"\n[gateways.outbox]\nfolder = "mails"')
        settings = load(named, {}, tmp_path / "work")
        assert settings.store_path == tmp_path / "work" / "a.db"
        assert settings.gateways["outbox"].options["folder"] == tmp_path / "work" / "mails"

    def test_a_file_that_it_names_may_also_be_beside_it(self, tmp_path: Path) -> None:
        named = written(tmp_path / "etc", '[gateways.fcm]\nkind = "fcm"\ncredentials = "key.json"')
        key = written(tmp_path / "etc", "{}", "key.json")
        assert load(named, {}, tmp_path).gateways["fcm"].options["credentials"] == key

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path) -> None:
        written(tmp_path, "\ufeffbulk.confirm_over = 7")
        assert load(None, {}, tmp_path).bulk_confirm_over == 7

    @pytest.mark.parametrize(
        ("octets", "problem"),
        [
            (b"store = ", "is not TOML"),
            (b"store = '\xff'", "is not UTF-8 text"),
            (b"[gateways.a]\n[gateways.a]", "is not TOML"),
        ],
    )
    def test_one_that_cannot_be_understood_is_named(self, tmp_path: Path, octets: bytes, problem: str) -> None:
        (tmp_path / "tocsin.toml").write_bytes(octets)
        with pytest.raises(Misconfigured, match=problem) as caught:
            load(None, {}, tmp_path)
        assert str(tmp_path / "tocsin.toml") in str(caught.value)

    def test_one_that_is_named_and_missing_is_a_problem(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match=r"cannot be read \(No such file or directory\); name another"):
            load(Path("missing.toml"), {}, tmp_path)
        with pytest.raises(Misconfigured, match=r"cannot be read"):
            load(None, {"TOCSIN_CONFIG": "missing.toml"}, tmp_path)


class TestTheEnvironmentWins:
    def test_over_every_key_of_the_file(self, tmp_path: Path) -> None:
        written(tmp_path, EXAMPLE)
        written(tmp_path, "{}", "service-account.json")
        overlay = {
            "TOCSIN_STORE": "memory://",
            "TOCSIN_PUBLIC_URL": "http://127.0.0.1:8080",
            "TOCSIN_ROUTES_EMAIL": "outbox, mail",
            "TOCSIN_ROUTES__SMS": "memory",
            "TOCSIN_GATEWAYS__MAIL__HOST": "127.0.0.1",
            "tocsin_gateways__mail__port": "2525",
            "TOCSIN_GATEWAYS__TWILIO__AUTH_TOKEN": "from the environment",
            "TOCSIN_RETRY__EMAIL__BASE": "250ms",
            "TOCSIN_DISPATCH__LEASE": "1s",
            "TOCSIN_LINKS__LIFETIME": "30d",
            "TOCSIN_INBOX_ORIGINS": "https://shop.example, http://localhost:3000,https://[::1]",
            "TOCSIN_TYPES__INFORMATIONAL__LOST_ANSWER": "hold",
            "TOCSIN_TYPES__PROMOTIONAL__QUIET_HOURS": "none",
            "TOCSIN_TYPES__PROMOTIONAL__FREQUENCY_CAP": "none",
            "TOCSIN_TYPES__INFORMATIONAL__FREQUENCY_CAP": "2/day",
            "TOCSIN_TIMEZONE": "America/New_York",
            "TOCSIN_TOPICS__OFFERS__TITLE": "Angebote",
        }
        settings = load(None, SECRETS | overlay, tmp_path)
        assert (settings.store, settings.store_path) == ("memory://", None)
        assert settings.public_url == "http://127.0.0.1:8080"
        assert settings.inbox_origins == {"https://shop.example", "http://localhost:3000", "https://[::1]"}
        assert settings.routes[Channel.EMAIL] == ("outbox", "mail")
        assert settings.routes[Channel.SMS] == ("memory",)
        assert settings.gateways["mail"].options["host"] == "127.0.0.1"
        assert settings.gateways["mail"].options["port"] == 2525
        assert settings.gateways["twilio"].options["auth_token"] == Secret("from the environment")
        assert settings.retries[Channel.EMAIL].base == timedelta(milliseconds=250)
        assert settings.lease == timedelta(seconds=1)
        assert settings.links_lifetime == timedelta(days=30)
        assert settings.policies[NotificationType.INFORMATIONAL].lost_answer is LostAnswer.HOLD
        assert settings.policies[NotificationType.INFORMATIONAL].frequency_cap == FrequencyCap(2, Period.DAY)
        promotional = settings.policies[NotificationType.PROMOTIONAL]
        assert (promotional.quiet_hours, promotional.frequency_cap) == (None, None)
        assert settings.timezone == "America/New_York"
        assert settings.topics["offers"].title == "Angebote"
        assert len(settings.preference_defaults) == 2

    def test_a_gateway_can_be_made_of_it_alone(self, tmp_path: Path) -> None:
        environ = {
            "TOCSIN_GATEWAYS__MAIL__KIND": "smtp",
            "TOCSIN_GATEWAYS__MAIL__HOST": "127.0.0.1",
            "TOCSIN_GATEWAYS__MAIL__FROM": "news@example.com",
            "TOCSIN_ROUTES_EMAIL": "mail",
        }
        assert load(None, environ, tmp_path).routes == {Channel.EMAIL: ("mail",), Channel.IN_APP: ("in_app",)}

    def test_case_and_hyphens_of_a_name_do_not_matter(self, tmp_path: Path) -> None:
        written(tmp_path, '[gateways.Big-Mail]\nkind = "smtp"\nhost = "a.example"\nfrom = "a@example.com"')
        settings = load(None, {"TOCSIN_GATEWAYS__BIG_MAIL__HOST": "b.example"}, tmp_path)
        assert settings.gateways["Big-Mail"].options["host"] == "b.example"

    def test_where_a_secret_comes_from_is_replaced_whole(self, tmp_path: Path) -> None:
        written(tmp_path, EXAMPLE)
        written(tmp_path, "{}", "service-account.json")
        written(tmp_path, "of a file\n", "password.txt")
        environ = SECRETS | {"TOCSIN_GATEWAYS__MAIL__PASSWORD__FILE": "password.txt"}
        assert load(None, environ, tmp_path).gateways["mail"].options["password"] == Secret("of a file")

    def test_a_variable_that_a_secret_is_read_from_may_be_called_as_it_likes(self, tmp_path: Path) -> None:
        written(tmp_path, '[gateways.own]\nkind = "a:b"\nlogin = [{ token = { env = "TOCSIN_TOKEN" } }]')
        settings = load(None, {"TOCSIN_TOKEN": "x"}, tmp_path)
        assert settings.gateways["own"].options == {"login": [{"token": Secret("x")}]}

    @pytest.mark.parametrize(
        "variable", ["TOCSIN_SERVICE_HOST", "TOCSIN_SERVICE_PORT_HTTP", "TOCSIN_PORT", "TOCSIN_PORT_8080_TCP_ADDR"]
    )
    def test_what_kubernetes_sets_beside_a_service_of_our_name_is_left_alone(
        self, tmp_path: Path, variable: str
    ) -> None:
        assert load(None, {variable: "10.0.0.1"}, tmp_path).routes

    def test_the_one_for_tracebacks_is_no_setting(self, tmp_path: Path) -> None:
        assert load(None, {"TOCSIN_DEBUG": "1"}, tmp_path).routes


class TestTheOutboxDefault:
    @pytest.mark.parametrize(
        "text",
        [
            '[routes]\nsms = ["memory"]',
            '[routes]\nin_app = ["in_app"]',
            '[gateways.files]\nkind = "outbox"',
            '[gateways.outbox]\nfolder = "elsewhere"',
        ],
    )
    def test_ends_with_the_first_gateway_or_route(self, tmp_path: Path, text: str) -> None:
        written(tmp_path, text)
        routes = load(None, {}, tmp_path).routes
        assert Channel.EMAIL not in routes
        assert routes[Channel.IN_APP] == ("in_app",)

    def test_stays_with_everything_else(self, tmp_path: Path) -> None:
        written(tmp_path, 'store = "memory://"\n[routes]\n[retry]\nattempts = 2')
        assert load(None, {}, tmp_path).routes[Channel.EMAIL] == ("outbox",)


class TestStores:
    @pytest.mark.parametrize(
        ("url", "path"),
        [
            ("sqlite:///rel.db", "/current/rel.db"),
            ("sqlite:///a/../b c.db", "/current/a/../b c.db"),
            ("sqlite:////abs/path.db", "/abs/path.db"),
            ("memory://", None),
        ],
    )
    def test_are_where_their_url_says(self, url: str, path: str | None) -> None:
        settings = load(None, {"TOCSIN_STORE": url}, Path("/current"))
        assert settings.store == url
        assert settings.store_path == (Path(path) if path else None)


class TestGatewaysOfOnesOwn:
    def test_keep_every_other_key_as_it_stands(self, tmp_path: Path) -> None:
        written(
            tmp_path,
            '[gateways.own]\nkind = "our.mails:make"\nrate = "100/m"\ntimeout = "2s"\nconnections = 3\nRetries = 4\n'
            'levels = [1, 2]\n[gateways.own.login]\nuser = "u"\npassword = { env = "PW" }',
        )
        own = load(None, {"PW": "hush", "TOCSIN_GATEWAYS__OWN__RETRIES": "9"}, tmp_path).gateways["own"]
        assert (own.kind, own.timeout, own.connections) == ("our.mails:make", timedelta(seconds=2), 3)
        assert own.rate == pytest.approx(100 / 60)
        assert own.options == {
            "Retries": "9",
            "levels": [1, 2],
            "login": {"user": "u", "password": Secret("hush")},
        }

    def test_serve_every_channel(self, tmp_path: Path) -> None:
        routes = "\n".join(f'{channel} = "own"' for channel in Channel)
        written(tmp_path, f'[gateways.own]\nkind = "m:f"\n[routes]\n{routes}')
        assert set(load(None, {}, tmp_path).routes.values()) == {("own",)}
