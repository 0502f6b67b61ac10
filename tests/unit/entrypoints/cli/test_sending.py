"""``send`` accepts one notification, now or for later."""

import os
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine


@pytest.fixture
def with_ada(tocsin: CommandLine) -> CommandLine:
    tocsin.person("ada", timezone="Europe/Vienna")
    return tocsin


class TestSend:
    def test_prints_the_id_alone_and_the_rest_as_a_note(self, with_ada: CommandLine) -> None:
        result = with_ada("send", "--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "Hi")

        assert result.stdout == "1\n"
        assert result.stderr == "in_app to ada is accepted; tocsin dispatch sends it\n"

    def test_with_json_prints_the_notification(self, with_ada: CommandLine) -> None:
        shown = with_ada.json("send", "--to", "ada", "--channel", "in_app", "--type", "promotional", "--body", "Hi")

        assert (shown["id"], shown["to"], shown["type"], shown["status"]) == (1, "ada", "promotional", "pending")

    def test_takes_text_literally(self, with_ada: CommandLine) -> None:
        number = with_ada.send("in_app", "--body", "Hello {{ recipient.name }}")

        assert with_ada.json("show", number)["body"] == "Hello {{ recipient.name }}"

    def test_reads_the_body_from_standard_input(self, with_ada: CommandLine) -> None:
        given = ("--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "-")
        number = with_ada.ok("send", *given, text="line one\nline two\n").strip()

        assert with_ada.json("show", number)["body"] == "line one\nline two\n"

    def test_schedules_with_a_span(self, with_ada: CommandLine) -> None:
        number = with_ada.send("in_app", "--at", "+10m")
        shown = with_ada.json("show", number)

        assert shown["scheduled"]
        assert shown["send_at"] > shown["created_at"]

    def test_schedules_at_an_instant(self, with_ada: CommandLine) -> None:
        number = with_ada.send("in_app", "--at", "2030-06-01T09:00:00+02:00", "--expires", "2030-06-02T00:00Z")
        shown = with_ada.json("show", number)

        assert shown["send_at"] == "2030-06-01T07:00:00.000Z"
        assert shown["expires_at"] == "2030-06-02T00:00:00.000Z"

    def test_schedules_by_the_clock_of_the_recipient(self, with_ada: CommandLine) -> None:
        shown = with_ada.json("show", with_ada.send("in_app", "--at", "09:00 local"))

        assert shown["send_at"][11:] in {"07:00:00.000Z", "08:00:00.000Z"}  # summer and winter in Vienna

    def test_who_has_no_timezone_goes_by_the_clock_of_the_configuration(self, with_ada: CommandLine) -> None:
        given = ("send", "--to", "bob", "--channel", "in_app", "--type", "informational", "--body", "Hi")
        with_ada.ok("recipients", "set", "bob", "--name", "Bob")
        refused = with_ada(*given, "--at", "09:00 local")
        with_ada.write("tocsin.toml", 'timezone = "Asia/Tokyo"\n')

        number = with_ada.ok(*given, "--at", "09:00 local").strip()

        assert refused.exit_code == 2
        assert "--at: recipient bob has no timezone, which a local time needs" in refused.stderr
        assert with_ada.json("show", number)["send_at"][11:] == "00:00:00.000Z"

    def test_carries_data_for_an_app(self, with_ada: CommandLine) -> None:
        number = with_ada.send("in_app", "--data", "screen=offers", "--data", "query=a=b")

        assert with_ada.json("show", number)["data"] == {"screen": "offers", "query": "a=b"}

    def test_the_same_key_and_options_are_the_same_notification(self, with_ada: CommandLine) -> None:
        first = with_ada.send("in_app", "--key", "order-17")
        again = with_ada.send("in_app", "--key", "order-17")

        assert first == again
        assert len(with_ada.json_lines("list")) == 1

    def test_the_same_key_with_other_options_is_a_conflict(self, with_ada: CommandLine) -> None:
        with_ada.send("in_app", "--key", "order-17")
        given = ("--to", "ada", "--channel", "in_app", "--type", "transactional", "--key", "order-17")
        result = with_ada("send", *given, "--body", "something else")

        assert result.exit_code == 4
        assert "'order-17' was used before" in result.stderr
        assert result.stdout == ""

    def test_names_every_wrong_option_at_once(self, with_ada: CommandLine) -> None:
        given = ("--to", "ada", "--channel", "sms", "--type", "transactional", "--subject", "S", "--html", "<p>")
        result = with_ada("send", *given, "--topic", " ")

        assert result.exit_code == 2
        assert [line.split(":")[1] for line in result.stderr.splitlines()] == [" --subject", " --html", " --topic"]

    @pytest.mark.parametrize(
        ("option", "value", "said"),
        [
            ("--at", "2030-06-01T09:00", "--at: has no offset"),
            ("--at", "soon", "--at: is not a time"),
            ("--expires", "-1h", "--expires: is in the past"),
            ("--expires", "09:00 local", "--expires: must be the same moment for all"),
            ("--data", "screen", "'screen' is not of the form name=value"),
            ("--channel", "pigeon", "'pigeon' is not one of 'email', 'sms'"),
            ("--type", "spam", "'spam' is not one of"),
        ],
    )
    def test_a_wrong_value_is_refused_with_the_remedy(
        self, with_ada: CommandLine, option: str, value: str, said: str
    ) -> None:
        result = with_ada(
            "send", "--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "Hi", option, value
        )

        assert result.exit_code == 2
        assert said in result.stderr
        assert not with_ada.json_lines("list")

    def test_a_past_time_is_due_at_once(self, with_ada: CommandLine) -> None:
        with_ada.send("in_app", "--at", "2020-01-01T00:00Z")

        assert "sent" in with_ada.ok("dispatch")

    def test_an_argument_that_is_not_text_is_wrong_usage(self, with_ada: CommandLine) -> None:
        result = with_ada("send", "--to", "\udcff", "--channel", "in_app", "--type", "transactional", "--body", "Hi")

        assert result.exit_code == 2
        assert "not UTF-8" in result.stderr


def test_the_outbox_keeps_what_was_sent_as_a_file(tocsin: CommandLine, tmp_path: Path) -> None:
    tocsin.person()
    tocsin.send("sms")
    tocsin.ok("dispatch")

    files = [path for path in (tmp_path / "outbox").rglob("*") if path.is_file()]
    assert len(files) == 1
    assert "Hi" in files[0].read_text()


EMAIL = ("--to", "ada", "--channel", "email", "--type", "transactional", "--subject", "Your invoice", "--body", "Here.")


class TestFilesThatGoWithAnEmail:
    def test_are_kept_with_their_names_and_types(self, with_ada: CommandLine) -> None:
        invoice, notes = with_ada.write("invoice.pdf", "%PDF"), with_ada.write("notes.unheard-of", "n")

        shown = with_ada.json("send", *EMAIL, "--attach", str(invoice), "--attach", str(notes))

        assert shown["attachments"] == [
            {"filename": "invoice.pdf", "media_type": "application/pdf", "size": 4},
            {"filename": "notes.unheard-of", "media_type": "application/octet-stream", "size": 1},
        ]
        assert with_ada.json("show", "1")["attachments"] == shown["attachments"]

    def test_reach_the_mail(self, with_ada: CommandLine, tmp_path: Path) -> None:
        with_ada.ok("send", *EMAIL, "--attach", str(with_ada.write("invoice.pdf", "%PDF-1.4")))
        with_ada.ok("dispatch")

        (written,) = Path(with_ada.write("x", "").parent, "outbox").rglob("*.eml")
        mail = message_from_bytes(written.read_bytes(), policy=policy.default)
        (file,) = mail.iter_attachments()
        assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
            "invoice.pdf",
            "application/pdf",
            b"%PDF-1.4",
        )

    def test_that_are_missing_or_of_another_channel_are_refused(self, with_ada: CommandLine) -> None:
        missing = with_ada("send", *EMAIL, "--attach", "nowhere.pdf")
        assert (missing.exit_code, missing.stderr) == (2, "error: --attach: there is no file nowhere.pdf\n")

        sms = (*("--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "b"), "--attach")
        other = with_ada("send", *sms, str(with_ada.write("a.txt", "a")))
        assert (other.exit_code, other.stderr) == (2, "error: --attach: in_app carries no files; only email does\n")

    def test_are_listed_by_show(self, with_ada: CommandLine) -> None:
        with_ada.ok("send", *EMAIL, "--attach", str(with_ada.write("invoice.pdf", "%PDF")))

        assert "attachments\nNAME         TYPE             BYTES\ninvoice.pdf  application/pdf      4\n" in with_ada.ok(
            "show", "1"
        )

    def test_that_are_no_files_are_told_apart(self, with_ada: CommandLine) -> None:
        os.mkfifo(with_ada.folder / "pipe")

        for named, told in (
            (".", ". is a folder; name a file"),
            ("pipe", "pipe is a pipe; name a file"),
            ("/dev/null", "/dev/null is a device; name a file"),
            ("", "is empty; name a file"),
            ("-", "standard input is not read for files; name a file"),
        ):
            result = with_ada("send", *EMAIL, "--attach", named)
            assert (result.exit_code, result.stderr) == (2, f"error: --attach: {told}\n")

    @pytest.mark.parametrize("command", ["send", "bulk"])
    def test_are_named_where_something_is_wrong_with_them(self, with_ada: CommandLine, command: str) -> None:
        files = [str(with_ada.write(name, "x")) for name in ("fine.txt", 'a"b.txt')]
        given = EMAIL if command == "send" else ("--audience", "all", *EMAIL[2:])
        wrong = with_ada(command, *given, "--attach", files[0], "--attach", files[1])
        assert wrong.stderr == (
            f"error: --attach {files[1]}: its name must be a plain file name of at most 200 bytes, without slashes, "
            "backslashes, double quotes and control characters\n"
        )

        many = with_ada(command, *given, *["--attach", files[0]] * 21)
        assert many.stderr == "error: --attach: there are 21 files; at most 20 can go with one message\n"

    def test_that_are_mails_go_as_files(self, with_ada: CommandLine) -> None:
        shown = with_ada.json("send", *EMAIL, "--attach", str(with_ada.write("mail.eml", "Subject: x")))

        assert shown["attachments"][0]["media_type"] == "application/octet-stream"

    def test_are_part_of_what_a_key_stands_for(self, with_ada: CommandLine) -> None:
        path = str(with_ada.write("a.txt", "one"))
        first = with_ada.ok("send", *EMAIL, "--attach", path, "--key", "k")
        assert with_ada.ok("send", *EMAIL, "--attach", path, "--key", "k") == first

        with_ada.write("a.txt", "two")
        assert with_ada("send", *EMAIL, "--attach", path, "--key", "k").exit_code == 4

    def test_go_with_every_email_of_a_campaign(self, with_ada: CommandLine) -> None:
        path = str(with_ada.write("terms.txt", "t"))
        given = ("--audience", "all", "--channel", "email", "--type", "promotional", "--subject", "s", "--body", "b")

        with_ada.ok("bulk", *given, "--attach", path)

        assert [one["attachments"][0]["filename"] for one in with_ada.json_lines("list")] == ["terms.txt"]


class TestASuppressedAddress:
    PROMOTION = ("--to", "ada", "--channel", "email", "--type", "promotional", "--subject", "s", "--body", "b")

    @pytest.fixture
    def complained(self, with_ada: CommandLine) -> CommandLine:
        with_ada.ok("suppressions", "add", "--channel", "email", "ada@example.com", "--reason", "complaint")
        return with_ada

    def test_is_told_at_once(self, complained: CommandLine) -> None:
        told = "but ada@example.com is suppressed (complaint): "

        assert complained("send", *self.PROMOTION).stderr == f"email to ada is accepted, {told}it will not be sent\n"
        later = complained("send", *self.PROMOTION, "--at", "+1h").stderr
        assert later.endswith(f"Z, {told}as it stands, it will not be sent\n")

    def test_is_not_told_where_the_type_goes_on(self, complained: CommandLine) -> None:
        assert complained("send", *EMAIL).stderr == "email to ada is accepted; tocsin dispatch sends it\n"


class TestAGateThatPutsItOff:
    PROMOTION = ("--to", "ada", "--channel", "email", "--type", "promotional", "--subject", "s", "--body", "b")

    @pytest.fixture
    def quiet(self, with_ada: CommandLine) -> CommandLine:
        now = datetime.now(UTC)
        hours = f"{now - timedelta(hours=2):%H:%M}-{now + timedelta(hours=2):%H:%M}"
        with_ada.ok("recipients", "set", "ada", "--timezone", "UTC")
        with_ada.ok("preferences", "set", "ada", "--quiet-hours", hours)
        return with_ada

    def test_is_told_with_its_end(self, quiet: CommandLine) -> None:
        note = quiet("send", *self.PROMOTION).stderr

        assert note.startswith("email to ada is accepted and waits until 20")
        assert ":00Z, because quiet hours " in note
        assert note.endswith(" in UTC; tocsin dispatch sends it then\n")

    def test_is_told_where_it_outlives_the_notification(self, quiet: CommandLine) -> None:
        note = quiet("send", *self.PROMOTION, "--expires", "+2m").stderr

        assert note.startswith("email to ada is accepted, but it expires before its time comes; quiet hours ")
        assert note.endswith(": it will not be sent\n")

    def test_is_asked_for_the_moment_when_it_falls_due(self, quiet: CommandLine) -> None:
        before = quiet("send", *self.PROMOTION, "--at", "+1h").stderr
        after = quiet("send", *self.PROMOTION, "--at", "+5h").stderr

        assert "Z, and waits until 20" in before
        assert before.startswith("email to ada is scheduled for 20")
        assert after.endswith("Z\n")
        assert "waits" not in after


def test_times_are_written_alike_wherever_they_stand(with_ada: CommandLine) -> None:
    number = with_ada.send("in_app", "--expires", "2030-06-01T09:00+02:00")

    assert "expires_at = 2030-06-01 07:00:00Z" in with_ada.ok("why", number)
    (expiry,) = [one for one in with_ada.json("why", number)["gates"] if one["gate"] == "expiry"]
    assert expiry["values"]["expires_at"] == "2030-06-01T07:00:00.000Z"
