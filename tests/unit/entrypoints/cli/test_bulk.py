"""``bulk`` starts campaigns."""

import shlex

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine

NEWS = ("--type", "informational", "--body", "Hello {{ recipient.name }}")


@pytest.fixture
def three(tocsin: CommandLine) -> CommandLine:
    tocsin.write(
        "people.csv",
        "id,name,phone,plan\nada,Ada,+14155550101,pro\nemmy,Emmy,+14155550102,free\ngrace,Grace,,pro\n",
    )
    tocsin.ok("recipients", "import", "people.csv")
    return tocsin


class TestBulk:
    def test_writes_a_notification_for_each_and_fills_in_their_names(self, three: CommandLine) -> None:
        campaign = three.json("bulk", "--audience", "all", "--channel", "in_app", *NEWS, "--name", "news")
        three.ok("dispatch")

        assert (campaign["name"], campaign["created"], campaign["status"]) == ("news", 3, "finished")
        assert three.json_lines("inbox", "grace")[0]["body"] == "Hello Grace"
        assert len(three.json_lines("list", "--campaign", "news")) == 3

    def test_shows_the_campaign_to_people(self, three: CommandLine) -> None:
        shown = three.ok("bulk", "--audience", "all", "--channel", "sms", *NEWS, "--name", "news")

        assert dict(line.split(None, 1) for line in shown.splitlines())["name"] == "news"
        assert "no address     1" in shown

    def test_says_so_if_it_reaches_nobody(self, three: CommandLine) -> None:
        args = ("--channel", "in_app", "--type", "promotional", "--body", "Hi")

        assert "tocsin dispatch sends it" in three("bulk", "--audience", "all", *args).stderr
        assert "nobody gets it" in three("bulk", "--audience", "plan = none", *args).stderr

    def test_chooses_by_conditions(self, three: CommandLine) -> None:
        campaign = three.json("bulk", "--audience", "plan = pro", "--channel", "in_app", *NEWS)

        assert campaign["created"] == 2

    def test_chooses_by_a_file_of_ids(self, three: CommandLine) -> None:
        three.write("ids.csv", "id\nada\ngrace\n")

        assert three.json("bulk", "--audience", "ids.csv", "--channel", "in_app", *NEWS)["created"] == 2

    def test_uses_several_channels(self, three: CommandLine) -> None:
        campaign = three.json("bulk", "--audience", "all", "--channel", "in_app", "--channel", "sms", *NEWS)

        assert (campaign["created"], campaign["no_address"]) == (5, 1)

    def test_waits_for_its_time(self, three: CommandLine) -> None:
        at = ("--at", "2030-06-01T09:00Z")
        campaign = three.json("bulk", "--audience", "all", "--channel", "in_app", *NEWS, *at)

        assert campaign["send_at"] == "2030-06-01T09:00:00.000Z"
        assert three.ok("dispatch").startswith("nothing was due")

    def test_a_dry_run_says_who_would_get_it_and_starts_nothing(self, three: CommandLine) -> None:
        wanted = ("bulk", "--audience", "all", "--channel", "sms", *NEWS, "--dry-run")

        found = three.json(*wanted)
        (channel,) = found.pop("channels")
        assert found == {
            "would_get": 2,
            "notifications": 2,
            "local_time": None,
            "fallback_timezone": None,
            "unknown_ids": [],
        }
        assert channel["first"] == channel["last"]
        assert {name: value for name, value in channel.items() if name not in ("first", "last")} == {
            "channel": "sms",
            "would_get": 2,
            "on_time": 2,
            "later": [],
            "stopped": [{"gate": "address", "reason": "no phone", "number": 1}],
            "no_address": 1,
            "suppressed": 0,
            "notifications": 2,
            "without_timezone": 0,
        }
        assert [" ".join(line.split()) for line in three.ok(*wanted).splitlines()[1:]] == [
            "sms 2 on time -",
            "sms 1 no no phone",
        ]
        assert not three.json_lines("list")

    def test_a_dry_run_says_who_does_not_want_it_and_what_becomes_of_that(self, three: CommandLine) -> None:
        three.ok("preferences", "set", "emmy", "--topic", "offers", "--wanted", "no")
        wanted = ("bulk", "--audience", "all", "--channel", "in_app", *NEWS, "--topic", "offers")

        shown = three(*wanted, "--dry-run")
        assert "1  no            the recipient does not want topic offers" in shown.stdout
        assert "1 notification would be made and end unsent, so that tocsin why can say it" in shown.stderr

        assert three.json(*wanted)["created"] == 3
        three.ok("dispatch")
        assert [one["to"] for one in three.json_lines("list", "--status", "suppressed")] == ["emmy"]

    def test_a_local_time_is_that_of_each_and_of_the_configuration(self, three: CommandLine) -> None:
        three.write("tocsin.toml", 'timezone = "Asia/Tokyo"\n')
        three.ok("recipients", "set", "ada", "--timezone", "Europe/Vienna")
        wanted = ("bulk", "--audience", "all", "--channel", "in_app", *NEWS, "--at", "09:00 local", "--name", "news")

        looked = three(*wanted, "--dry-run")
        assert "2 recipients without a timezone would get it at 09:00 in Asia/Tokyo" in looked.stderr
        assert three.json(*wanted, "--dry-run")["local_time"] == "09:00"

        campaign = three.json(*wanted)
        assert (campaign["local_time"], campaign["fallback_timezone"]) == ("09:00", "Asia/Tokyo")
        hours = {one["to"]: one["send_at"][11:16] for one in three.json_lines("list")}
        assert (hours["emmy"], hours["ada"] in ("07:00", "08:00")) == ("00:00", True)
        assert "09:00 local, Asia/Tokyo for those without a timezone" in three.ok("campaigns", "show", "news")
        assert "09:00 local" in three.ok("campaigns", "list")

    def test_an_expiry_must_come_after_the_last_local_time(self, three: CommandLine) -> None:
        at = ("--at", "09:00 local", "--expires", "+12h")

        result = three("bulk", "--audience", "all", "--channel", "in_app", *NEWS, *at)

        assert result.exit_code == 2
        assert "--expires: is too early: somewhere it may not be 09:00 local before" in result.stderr

    def test_a_dry_run_names_ids_that_are_not_known(self, three: CommandLine) -> None:
        three.write("ids.csv", "id\nada\nnobody\n")
        wanted = ("bulk", "--audience", "ids.csv", "--channel", "in_app", *NEWS)

        assert three.json(*wanted, "--dry-run")["unknown_ids"] == ["nobody"]
        assert three(*wanted).exit_code == 2

    def test_a_name_that_is_taken_is_a_conflict(self, three: CommandLine) -> None:
        wanted = ("bulk", "--audience", "all", "--channel", "in_app", *NEWS, "--name", "news")
        three.ok(*wanted)

        assert three(*wanted).exit_code == 4

    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (("--audience", "plan ="), "--audience: "),
            (("--audience", "nowhere.csv"), "--audience: there is no file nowhere.csv"),
            (("--audience", "all", "--rate", "fast"), "must be a rate"),
            (("--audience", "all", "--body", "{{ oops"), "--body: "),
            (("--audience", "all", "--expires", "09:00 local"), "--expires: must be the same moment for all"),
        ],
    )
    def test_a_wrong_value_starts_nothing(self, three: CommandLine, args: tuple[str, ...], said: str) -> None:
        result = three("bulk", "--channel", "in_app", *NEWS, *args)

        assert result.exit_code == 2
        assert said in result.stderr
        assert not three.json_lines("list")


class TestAskingFirst:
    @pytest.fixture
    def careful(self, three: CommandLine) -> CommandLine:
        three.write("tocsin.toml", "[bulk]\nconfirm_over = 2\n")
        return three

    def test_many_need_a_yes_where_nobody_can_be_asked(self, careful: CommandLine) -> None:
        result = careful("bulk", "--audience", "all", "--channel", "in_app", *NEWS)

        assert result.exit_code == 2
        assert "3 recipients by in_app; look with --dry-run" in result.stderr
        assert "--yes" in result.stderr
        assert not careful.json_lines("list")

    def test_what_is_said_then_is_what_a_dry_run_says_of_every_channel(self, careful: CommandLine) -> None:
        given = ("--channel", "in_app", "--channel", "sms", *NEWS, "--at", "09:00 local")

        result = careful("bulk", "--audience", "all", *given)

        assert result.exit_code == 2
        said = "this would send to 3 recipients by in_app, 2 recipients by sms (1 would not), at 09:00 local; look with"
        assert said in result.stderr

    def test_a_yes_is_enough(self, careful: CommandLine) -> None:
        campaign = careful.json("bulk", "--audience", "all", "--channel", "in_app", *NEWS, "--yes")

        assert campaign["created"] == 3

    def test_few_need_none(self, careful: CommandLine) -> None:
        assert careful.json("bulk", "--audience", "plan = pro", "--channel", "in_app", *NEWS)["created"] == 2


@pytest.mark.parametrize(("name", "typed"), [(None, "1"), ("spring", "spring"), ("two words", "'two words'")])
def test_the_last_note_says_how_to_withdraw_it(tocsin: CommandLine, name: str | None, typed: str) -> None:
    tocsin.person()
    given = ("--audience", "all", "--channel", "in_app", "--type", "informational", "--body", "Hi")
    result = tocsin("bulk", *given, *(("--name", name) if name else ()))

    assert result.stderr == f"tocsin dispatch sends it; tocsin campaigns cancel {typed} withdraws what is left\n"
    tocsin.ok(*shlex.split(result.stderr.split("tocsin ")[2].removesuffix(" withdraws what is left\n")))
