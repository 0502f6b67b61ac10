from pathlib import Path

import pytest

from domain.errors import Misconfigured
from entrypoints.settings import load

SMTP = '[gateways.mail]\nkind = "smtp"\nhost = "mail.example.com"\nfrom = "news@example.com"\n'
TWILIO = '[gateways.sms]\nkind = "twilio"\naccount_sid = "AC1"\nauth_token = "t"\nfrom = "+14155550100"\n'


def problems(folder: Path, text: str, **environ: str) -> tuple[str, ...]:
    (folder / "tocsin.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        load(None, environ, folder)
    return caught.value.problems


def test_a_table_that_only_the_environment_names_is_traced_to_it(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "", TOCSIN_GATEWAYS__MIAL__HOST="localhost")
    assert problem.startswith("gateways.mial.kind: is missing, and only TOCSIN_GATEWAYS__MIAL__HOST is set; must be")

    (problem,) = problems(tmp_path, "[gateways.mail]\nport = 25\n", TOCSIN_GATEWAYS__MAIL__HOST="localhost")
    assert problem.startswith("gateways.mail.kind: is missing; must be")


BAD = {
    # the whole
    "stor = 'memory://'": ("stor: is not known here; did you mean store? allowed: store, public_url, inbox_origins"),
    "store = 'postgresql://user:hunter2@host/db'": (
        'store = "postgresql://********@host/db": this version stores in SQLite or memory'
    ),
    "store = 'postgresql://user:hunt/er2@host/db'": (
        'store = "postgresql://********@host/db": this version stores in SQLite or memory'
    ),
    "store = 'sqlite:///'": 'store = "sqlite:///": must be sqlite:///relative.db, sqlite:////absolute/path.db or mem',
    "store = 'sqlite:///:memory:'": 'store = "sqlite:///:memory:": must be sqlite:///relative.db',
    "store = 'mysql://a'": 'store = "mysql://a": must be sqlite:///relative.db',
    "store = 3": "store = 3: must be one line of text",
    "store = 2026-01-01": "store = 2026-01-01: must be one line of text",
    "public_url = 'notify.example.com'": 'public_url = "notify.example.com": must be an address such as https://',
    "public_url = 'https://a.example?b=c'": "public_url = ",
    "public_url = 'https://a.example:port'": "public_url = ",
    "public_url = 'https://ünï.example'": (
        'public_url = "https://ünï.example": must be an address such as https://notify.example.com; '
        "write the host as xn--"
    ),
    "public_url = 'https://u:p@h.example'": (
        'public_url = "https://********@h.example": must be an address such as https://notify.example.com; '
        "leave out user and password"
    ),
    **{
        f"public_url = '{wrong}'": "must be an address such as https://notify.example.com"
        for wrong in (
            "https://n.example/a b",
            "https://n.example/>x",
            'https://n.example/"x"',
            "https://n.example/%zz",
            "https://n.example/ü",
            "https://n.example/?",
            "https://n.example/#",
            "https://n.example:99999",
            "https://n.example:",
            "https://a..example",
            "https://[::1",
            "https:///x",
            "ftp://n.example",
        )
    },
    **{
        f"inbox_origins = {wrong}": "inbox_origins = "
        for wrong in (
            "3",
            "[3]",
            "['*']",
            "['null']",
            "['shop.example']",
            "['https://shop.example/']",
            "['https://shop.example:443']",
            "['http://shop.example:80']",
            "['https://Shop.example']",
            "['https://*.shop.example']",
            "['https://user@shop.example']",
            "['https://shop.example:port']",
            "['https://shop.example:']",
            "['https://']",
            "['https://shop.example', 'ftp://shop.example']",
        )
    },
    "gateways = 3": "gateways: must be a table: [gateways]",
    # dispatch and bulk
    "[dispatch]\nlease = '999ms'": 'dispatch.lease = "999ms": must be a duration from 1s to 1d, such as "30s"',
    "[dispatch]\nlease = 30": "dispatch.lease = 30: must be a duration",
    "[dispatch]\nlease = '30'": 'dispatch.lease = "30": must be a duration',
    "[dispatch]\nbatch = 0": "dispatch.batch = 0: must be a whole number from 1 to 10000",
    "[dispatch]\nbatch = 10001": "dispatch.batch = 10001: must be a whole number from 1 to 10000",
    "[dispatch]\nbatch = true": "dispatch.batch = true: must be a whole number from 1 to 10000",
    "[dispatch]\nbatch = 1.5": "dispatch.batch = 1.5: must be a whole number from 1 to 10000",
    "[dispatch]\nbatches = 5": "dispatch.batches: is not known here; did you mean batch? allowed: lease, batch",
    "[bulk]\nconfirm_over = -1": "bulk.confirm_over = -1: must be a whole number of 0 or more",
    # retry
    "[retry]\nbase = '0s'": 'retry.base = "0s": must be a duration from 1ms to 365d',
    "[retry]\nfactor = 0.5": "retry.factor = 0.5: must be a number of 1 or more",
    "[retry]\nfactor = nan": "retry.factor = nan: must be a number of 1 or more",
    "[retry]\nfactor = true": "retry.factor = true: must be a number of 1 or more",
    "[retry]\nfactor = 'two'": 'retry.factor = "two": must be a number of 1 or more',
    "[retry]\nattempts = 0": "retry.attempts = 0: must be a whole number from 1 to 1000",
    "[retry]\ntries = 3": "retry.tries: is not known here; allowed: base, factor, cap, attempts, email, sms",
    "[retry.fax]\nbase = '1s'": "retry.fax: is not known here",
    "[retry.email]\nbase = '1 fortnight'": 'retry.email.base = "1 fortnight": must be a duration',
    "[retry]\nemail = 3": "retry.email: must be a table: [retry.email]",
    # types
    "[types.marketing]": "types.marketing: is not known here; allowed: transactional, informational, promotional",
    "[types.promotional]\nis_capped = true": "types.promotional.is_capped: is not known here; allowed: lost_answer",
    "[types.promotional]\nquiet_hours = '21-8'": (
        'types.promotional.quiet_hours = "21-8": must be two times of day, such as 21:00-08:00, or none'
    ),
    "[types.promotional]\nquiet_hours = '08:00-08:00'": "must begin and end at different times",
    "[types.promotional]\nquiet_hours = 21": "types.promotional.quiet_hours = 21: must be two times of day",
    "[types.promotional]\nfrequency_cap = '0/day'": (
        'types.promotional.frequency_cap = "0/day": must be a number from 1 to 100000 and day, week or month, such as '
    ),
    "[types.promotional]\nfrequency_cap = '3/year'": "such as 3/day, or none",
    "[types.promotional]\nfrequency_cap = 3": "types.promotional.frequency_cap = 3: must be a number",
    "[types.transactional]\nquiet_hours = '21:00-08:00'": (
        'types.transactional.quiet_hours = "21:00-08:00": transactional notifications do not heed it; leave it out'
    ),
    "[types.transactional]\nfrequency_cap = '3/day'": (
        'types.transactional.frequency_cap = "3/day": transactional notifications do not heed it; leave it out'
    ),
    # people
    "timezone = 'Europe/Berln'": (
        'timezone = "Europe/Berln": must be a name of the IANA time zone database, such as Europe/Berlin'
    ),
    "timezone = 'Europe'": 'timezone = "Europe": must be a name',
    "timezone = 1": "timezone = 1: must be a name",
    "[preferences]\ndefault = 1": "preferences.default: is not known here; did you mean defaults?",
    "[preferences.defaults]\nwanted = false": "preferences.defaults: must be tables, each under a line [[preferences.d",
    "[preferences]\ndefaults = [3]": "preferences.defaults.0 = 3: must be a table: [[preferences.defaults]]",
    "[[preferences.defaults]]\ntype = 'promotional'": (
        "preferences.defaults.0.wanted: is missing; must be true or false"
    ),
    "[[preferences.defaults]]\nwanted = 'no'": 'preferences.defaults.0.wanted = "no": must be true or false',
    "[[preferences.defaults]]\nwanted = true\n[[preferences.defaults]]\nchannel = 'fax'\nwanted = false": (
        'preferences.defaults.1.channel = "fax": must be one of email, sms, push, web_push, in_app'
    ),
    "[[preferences.defaults]]\nwanted = true\nkind = 'x'": (
        "preferences.defaults.0.kind: is not known here; allowed: channel, type, topic, wanted"
    ),
    f"[[preferences.defaults]]\nwanted = true\ntopic = '{101 * 'x'}'": ("must have 1 to 100 printable characters"),
    "[[preferences.defaults]]\nwanted = false\ntopic = ' '": (
        'preferences.defaults.0.topic = " ": must be one line of text'
    ),
    "[[preferences.defaults]]\ntype = 'transactional'\nwanted = false": (
        'preferences.defaults.0.type = "transactional": transactional cannot be refused; informational, promotional can'
    ),
    "[[preferences.defaults]]\ntype = 'promotional'\nwanted = false\n"
    "[[preferences.defaults]]\ntype = 'promotional'\nwanted = true": (
        "preferences.defaults.1: is about promotional, as preferences.defaults.0 is; keep one of them"
    ),
    "[topics]\nnews = 'News'": "topics.news: must be a table: [topics.news]",
    "[topics.news]\nname = 'News'": "topics.news.name: is not known here; allowed: title, description",
    "[topics.news]\ntitle = ''": 'topics.news.title = "": must be one line of text',
    "[topics.' ']": "topics. : must be a topic of at most 100 printable characters",
    "[types.promotional]\ntime_to_live = '1ms'": 'types.promotional.time_to_live = "1ms": must be a duration',
    # routes
    "[routes]\nemail = []": 'routes.email = []: must name at least one gateway, as in ["mail"]',
    "[routes]\nemail = ''": 'routes.email = "": must name at least one gateway',
    "[routes]\nemail = { a = 'outbox' }": "routes.email = {…}: must name at least one gateway",
    "[routes]\nemail = [3]": "routes.email = [3]: must name at least one gateway",
    "[routes]\nemail = ['outbox', 'outbox']": "names outbox twice; once is enough",
    "[routes]\nfax = ['outbox']": "routes.fax: is not known here; allowed: email, sms, push, web_push, in_app",
    "[routes]\nemail = ['mial']": (
        'routes.email = ["mial"]: there is no gateway mial; allowed for email: outbox, memory, or add [gateways.mial]'
    ),
    f"{SMTP}[routes]\nsms = ['mial']": "no gateway mial; allowed for sms: outbox, memory, or add [gateways.mial]",
    f"{SMTP}[routes]\nemail = ['mial']": "no gateway mial; allowed for email: mail, outbox, memory, or add",
    "[routes]\nemail = ['in_app']": (
        'routes.email = ["in_app"]: in_app is of kind in_app, which serves in_app and not email'
    ),
    "[routes]\nin_app = ['outbox']": "outbox is of kind outbox, which serves email, sms, push, web_push and not in_app",
    f"{SMTP}[routes]\nsms = ['mail']": 'routes.sms = ["mail"]: mail is of kind smtp, which serves email and not sms',
    # gateways
    "[gateways.mail]\nhost = 'a'": "gateways.mail.kind: is missing; must be one of smtp, twilio",
    "[gateways.mail]\nkind = 'mailgun'": (
        'gateways.mail.kind = "mailgun": kind mailgun is not available in this version; '
        'allowed: smtp, twilio, fcm, sendgrid, web_push, outbox, in_app, memory, or "module:factory"'
    ),
    "[gateways.web]\nkind = 'web_push'\ncontact = 'mailto:ops@example.com'": (
        "gateways.web.private_key: is missing; make one with tocsin gateways vapid"
    ),
    "[gateways.web]\nkind = 'web_push'\nprivate_key = 'k'": "gateways.web.contact: is missing; must be mailto: with",
    "[gateways.web]\nkind = 'web_push'\nprivate_key = 'k'\ncontact = 'ops@example.com'": (
        'gateways.web.contact = "ops@example.com": must be mailto: with a mailbox'
    ),
    "[gateways.web]\nkind = 'web_push'\nprivate_key = 'k'\ncontact = 'https://example.com/us'": (
        'gateways.web.contact = "https://example.com/us": must be mailto: with a mailbox'
    ),
    "[gateways.web]\nkind = 'web_push'\nprivate_key = 'k'\ncontact = 'https://example.com'\nhosts = ['10.0.0.1']": (
        'gateways.web.hosts = ["10.0.0.1"]: must be a list of host names in lower case'
    ),
    "[gateways.mail]\nkind = 'smpt'": "smpt is no kind; did you mean smtp? allowed: smtp, twilio",
    "[gateways.mail]\nkind = 'a b:c'": "kind a b:c is not available in this version",
    "[gateways]\nmail = 'smtp'": "gateways.mail: must be a table: [gateways.mail]",
    "[gateways.'a b']\nkind = 'memory'": "gateways.a b: must be a name of at most 63 letters, digits, - and _",
    "[gateways.a-b]\nkind = 'memory'\n[gateways.A_B]\nkind = 'memory'": "gateways.A_B: is called like gateways.a-b;",
    "[gateways.outbox]\nkind = 'memory'": 'gateways.outbox.kind = "memory": the name outbox is kept for the kind',
    "[gateways.outbox]\nfrom = 'me'": 'gateways.outbox.from = "me": must be one mail address',
    "[gateways.m]\nkind = 'memory'\nfolder = 'a'": "gateways.m.folder: is not known here; allowed: kind, rate, timeout",
    f"{SMTP}port = 'abc'": 'gateways.mail.port = "abc": must be a whole number from 1 to 65535',
    f"{SMTP}port = 65536": "gateways.mail.port = 65536: must be a whole number from 1 to 65535",
    f"{SMTP}tls = 'ssl'": 'gateways.mail.tls = "ssl": must be one of starttls, tls, none',
    f"{SMTP}rate = '50'": 'gateways.mail.rate = "50": must be a rate such as "50/s", "100/m" or "1000/h"',
    f"{SMTP}rate = 50": "gateways.mail.rate = 50: must be a rate",
    f"{SMTP}rate = '0/s'": 'gateways.mail.rate = "0/s": must be a rate',
    f"{SMTP}timeout = '-1s'": 'gateways.mail.timeout = "-1s": must be a duration from 1ms to 1h',
    f"{SMTP}connections = 0": "gateways.mail.connections = 0: must be a whole number from 1 to 1000",
    f"{SMTP}pasword = 'hunter2'": "gateways.mail.pasword: is not known here; did you mean password? allowed: kind",
    f"{SMTP}username = 'u'": "gateways.mail.password: is missing; username and password belong together",
    f"{SMTP}username = 'u'\npassword = 3": (
        'gateways.mail.password = ********: must be text, { env = "NAME" } or { file = "path" }'
    ),
    f"{SMTP}username = 'u'\npassword = {{ env = 'NOT_SET' }}": (
        "gateways.mail.password = ********: the environment variable NOT_SET is not set; set it"
    ),
    f"{SMTP}username = 'u'\npassword = {{ env = 'EMPTY' }}": "the environment variable EMPTY is empty; set it",
    f"{SMTP}username = 'u'\npassword = {{ file = 'nowhere' }}": (
        "gateways.mail.password = ********: there is no file /"
    ),
    f"{SMTP}username = 'u'\npassword = {{ file = 'empty' }}": "/empty is empty",
    f"{SMTP}username = 'u'\npassword = {{ file = 'latin' }}": "/latin is not UTF-8 text",
    f"{SMTP}username = 'u'\npassword = {{ file = 'long' }}": "/long is too long for a secret",
    f"{SMTP}ca_file = '{'a' * 300}'": " cannot be read (File name too long)",
    f"{SMTP}ca_file = '.'": " is a folder; name a file",
    f"{SMTP}ca_file = 3": 'gateways.mail.ca_file = 3: must be a path, or { file = "path" }',
    f"{SMTP}ca_file = 'nowhere.pem'": 'gateways.mail.ca_file = "nowhere.pem": there is no file /',
    "[gateways.mail]\nkind = 'smtp'\nfrom = 'a@example.com'": "gateways.mail.host: is missing; must be a host name or",
    "[gateways.mail]\nkind = 'smtp'\nhost = 'https://a.example'\nfrom = 'a@example.com'": (
        'gateways.mail.host = "https://a.example": must be a host name or an IP address, without a scheme'
    ),
    f"[gateways.mail]\nkind = 'smtp'\nfrom = 'a@example.com'\nhost = '{'a' * 64}.example'": (
        f'gateways.mail.host = "{"a" * 60}…": must be a host name'
    ),
    f"{SMTP}password = {{ env = 'PW', file = 'b' }}\nusername = 'u'": "gateways.mail.password = ********: must be",
    "[gateways.mail]\nkind = 'smtp'\nhost = 'a.example'": "gateways.mail.from: is missing",
    f"{SMTP}return_path = 'Bounces <b@example.com>'": 'gateways.mail.return_path = "Bounces <b@example.com>": must be',
    f"{SMTP}return_path = '{'b' * 19}@example.com'": "has 19 characters before the @; what each message adds leaves",
    "[gateways.mail]\nkind = 'smtp'\nhost = 'a.example'\nfrom = 'A <a>'": 'gateways.mail.from = "A <a>": must be one',
    f"{TWILIO}messaging_service_sid = 'MG1'": "gateways.sms.from: is given, and messaging_service_sid too; leave",
    "[gateways.sms]\nkind = 'twilio'\naccount_sid = 'AC1'\nauth_token = 't'": (
        "gateways.sms.from: is missing; give the number that messages come from, or messaging_service_sid"
    ),
    "[gateways.web]\nkind = 'web_push'\ncontact = 'https://example.com'\nprivate_key = { file = 'nowhere.pem' }": (
        "nowhere.pem; make one with tocsin gateways vapid --out vapid.pem"
    ),
    f"{TWILIO}api_key = 'SK1'": "gateways.sms.api_secret: is missing; api_key and api_secret belong together",
    f"{TWILIO}base_url = 'ftp://a'": 'gateways.sms.base_url = "ftp://a": must be an address such as https://api.twilio.com',
    "[gateways.sms]\nkind = 'twilio'\naccount_sid = 'SK1'\nauth_token = 't'\nfrom = 'a'": (
        'gateways.sms.account_sid = "SK1": must start with AC'
    ),
    "[gateways.sms]\nkind = 'twilio'\naccount_sid = 'AC1'\nfrom = 'a'": "gateways.sms.auth_token: is missing; give it",
    "[gateways.sg]\nkind = 'sendgrid'\nfrom = 'a@example.com'": "gateways.sg.api_key: is missing; give it as { env",
    "[gateways.sg]\nkind = 'sendgrid'\napi_key = 'k'": "gateways.sg.from: is missing; must be one mail address",
    "[gateways.sg]\nkind = 'sendgrid'\napi_key = 'k'\nfrom = 'a@example.com'\nbase_url = 'a'": (
        'gateways.sg.base_url = "a": must be an address'
    ),
    "[gateways.p]\nkind = 'fcm'": "gateways.p.credentials: is missing; must be a path, or { file",
    "[gateways.p]\nkind = 'fcm'\ncredentials = { env = 'KEY' }": (
        'gateways.p.credentials = {…}: must be a path, or { file = "path" }'
    ),
    "[gateways.own]\nkind = 'm:f'\ntoken = { env = 'NOT_SET' }": (
        "gateways.own.token = ********: the environment variable NOT_SET is not set"
    ),
    "[gateways.own]\nkind = 'm:f'\ntimeout = 3": "gateways.own.timeout = 3: must be a duration",
}


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_setting_is_named_with_what_is_allowed(tmp_path: Path, text: str) -> None:
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "latin").write_bytes(b"\xe4")
    (tmp_path / "long").write_bytes(b"x" * 70_000)
    found = problems(tmp_path, text, EMPTY="")
    assert any(BAD[text] in problem for problem in found), found
    assert not any("hunter2" in problem for problem in found)
    assert len(found) == 1


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        "store = 'x'\npublic_url = 3\n[gateways.mail]\nkind = 'smtp'\nport = 0\n"
        "[routes]\nsms = 'gone'\n[retry]\ncap = 1",
        TOCSIN_DISPATCH__LEASE="0s",
        TOCSIN_STOER="memory://",
    )
    assert [problem.partition(" ")[0].rstrip(":") for problem in found] == [
        "TOCSIN_STOER",
        "store",
        "public_url",
        "gateways.mail.host",
        "gateways.mail.port",
        "gateways.mail.from",
        "routes.sms",
        "retry.cap",
        "dispatch.lease",
    ]


class TestAVariableOfOurs:
    def test_that_names_no_key_is_a_problem_with_what_is_near(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, "", TOCSIN_STOER="hunter2")
        assert found.startswith("TOCSIN_STOER: is not a setting; did you mean TOCSIN_STORE? known are TOCSIN_CONFIG")
        assert "hunter2" not in found

    @pytest.mark.parametrize(
        ("variable", "near"),
        [
            ("TOCSIN_DISPATCH_LEASE", "TOCSIN_DISPATCH__LEASE"),
            ("TOCSIN_ROUTE_EMAIL", "TOCSIN_ROUTES_EMAIL"),
            ("TOCSIN_STORE__URL", "TOCSIN_STORE"),
            ("TOCSIN_PUBLICURL", "TOCSIN_PUBLIC_URL"),
        ],
    )
    def test_that_is_nearly_right_is_put_right(self, tmp_path: Path, variable: str, near: str) -> None:
        (found,) = problems(tmp_path, "", **{variable: "1"})
        assert f"did you mean {near}?" in found

    @pytest.mark.parametrize("variable", ["TOCSIN_", "TOCSIN_GATEWAYS", "TOCSIN_GATEWAYS____HOST", "TOCSIN_X__Y"])
    def test_that_is_incomplete_is_a_problem(self, tmp_path: Path, variable: str) -> None:
        (found,) = problems(tmp_path, "", **{variable: "1"})
        assert found.startswith(f"{variable}: is not a setting; ")

    def test_for_what_is_a_list_says_where_it_can_stand(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, "", TOCSIN_PREFERENCES__DEFAULTS__0__WANTED="false")
        assert found == (
            "TOCSIN_PREFERENCES__DEFAULTS__0__WANTED: is not a setting; preferences.defaults is a list of tables, "
            "which only the file can have"
        )

    def test_is_named_beside_the_key_that_it_sets(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, SMTP, TOCSIN_GATEWAYS__MAIL__PORT="abc")
        assert found == (
            'gateways.mail.port (TOCSIN_GATEWAYS__MAIL__PORT) = "abc": must be a whole number from 1 to 65535'
        )

    def test_is_named_beside_an_unknown_key(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, "", TOCSIN_ROUTES_FAX="outbox")
        assert found.startswith("routes.fax (TOCSIN_ROUTES_FAX): is not known here; allowed: email, sms")

    def test_whose_secret_is_missing_is_named_without_it(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, f"{SMTP}username = 'u'\npassword = 'hunter2'", TOCSIN_GATEWAYS__MAIL__PASSWORD="")
        assert found.startswith("gateways.mail.password (TOCSIN_GATEWAYS__MAIL__PASSWORD) = ********: must be text")
