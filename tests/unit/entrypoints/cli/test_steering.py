"""``campaigns``, ``lanes`` and ``gateways`` steer what runs."""

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine

NEWS = ("--type", "promotional", "--subject", "Hi", "--body", "Hello {{ recipient.name }}")
LANE = "email/promotional/campaign-1"


@pytest.fixture
def spring(tocsin: CommandLine) -> CommandLine:
    """A campaign of three mails that all wait, through a gateway that takes everything."""
    tocsin.script("accept")
    tocsin.write("people.csv", "id,name,email\n" + "".join(f"p{n},P{n},p{n}@example.com\n" for n in range(3)))
    tocsin.ok("recipients", "import", "people.csv")
    tocsin.ok("bulk", "--audience", "all", "--channel", "email", *NEWS, "--name", "spring", "--rate", "100/s")
    return tocsin


def statuses(tocsin: CommandLine) -> set[str]:
    return {one["status"] for one in tocsin.json_lines("list")}


class TestListing:
    def test_shows_the_newest_first(self, spring: CommandLine) -> None:
        spring.ok("bulk", "--audience", "all", "--channel", "in_app", *NEWS, "--name", "summer")

        titles, first, second = spring.ok("campaigns", "list").splitlines()

        assert titles.split()[:3] == ["ID", "NAME", "STATUS"]
        assert first.split()[:3] == ["2", "summer", "finished"]
        assert second.split()[:3] == ["1", "spring", "finished"]

    def test_goes_on_where_a_page_ended(self, spring: CommandLine) -> None:
        spring.ok("bulk", "--audience", "all", "--channel", "in_app", *NEWS, "--name", "summer")
        result = spring("campaigns", "list", "--limit", "1")

        assert "there are more: --after 2" in result.stderr
        assert [one["name"] for one in spring.json_lines("campaigns", "list", "--after", "2")] == ["spring"]
        assert [one["id"] for one in spring.json_lines("campaigns", "list", "--limit", "0")] == [2, 1]


class TestShowing:
    def test_says_how_far_it_came_and_how_its_notifications_stand(self, spring: CommandLine) -> None:
        shown = spring.ok("campaigns", "show", "spring")

        facts = dict(line.split(None, 1) for line in shown.split("\n\n")[0].splitlines() if len(line.split()) > 1)
        assert (facts["status"], facts["considered"], facts["notifications"]) == ("finished", "3", "3")
        assert "\nnotifications now\n" in shown
        assert "\npending " in shown
        assert f"\n{LANE} " in shown

    def test_prints_the_shape_of_http(self, spring: CommandLine) -> None:
        spring.ok("dispatch", "--limit", "1")
        shown = spring.json("campaigns", "show", "1")

        assert (shown["name"], shown["considered"], shown["total"], shown["created"]) == ("spring", 3, 3, 3)
        assert (shown["statuses"]["sent"], shown["statuses"]["pending"], shown["statuses"]["failed"]) == (1, 2, 0)
        assert shown["lanes"][0]["name"] == LANE
        assert (shown["lanes"][0]["waiting"], shown["lanes"][0]["rate"], shown["seconds_left"]) == (2, 100.0, 0)

    def test_how_long_it_takes_at_its_pace(self, spring: CommandLine) -> None:
        spring.ok("lanes", "pace", LANE, "--rate", "1/m")

        shown = spring.json("campaigns", "show", "spring")
        assert (shown["percent"], shown["seconds_left"], shown["estimated_by"]) == (0, 180, "rate")
        said = dict(
            line.split("  ", 1) for line in spring.ok("campaigns", "show", "spring").splitlines() if "  " in line
        )
        assert said["time left"].strip() == "3.0 min, at the rate of its lanes"
        assert said["done"].strip() == "0 %"

    @pytest.mark.parametrize("what", ["show", "pause", "resume", "cancel"])
    @pytest.mark.parametrize("name", ["autumn", "7", "0", "9" * 40])
    def test_what_is_not_there_is_not_found(self, spring: CommandLine, what: str, name: str) -> None:
        result = spring("campaigns", what, name)

        assert result.exit_code == 3
        what_it_has = "the id" if name in ("7", "0") else "the name or the id"
        assert result.stderr == f"error: no campaign has {what_it_has} {name}\n"

    @pytest.mark.parametrize("args", [("show",), ("pause", ""), ("stop", "spring"), ("list", "--after", "spring")])
    def test_wrong_usage_is_refused(self, spring: CommandLine, args: tuple[str, ...]) -> None:
        assert spring("campaigns", *args).exit_code == 2


class TestPausing:
    def test_nothing_is_sent_until_it_is_resumed(self, spring: CommandLine) -> None:
        assert spring.ok("campaigns", "pause", "spring") == "campaign 1 is paused\n"
        spring.ok("dispatch")
        assert statuses(spring) == {"pending"}

        assert spring.ok("campaigns", "resume", "1") == "campaign 1 is finished\n"
        spring.ok("dispatch")
        assert statuses(spring) == {"sent"}

    def test_asking_twice_is_fine(self, spring: CommandLine) -> None:
        for what, status in (("pause", "paused"), ("pause", "paused"), ("resume", "finished"), ("resume", "finished")):
            assert spring.json("campaigns", what, "spring")["status"] == status

    def test_a_cancelled_one_is_a_conflict(self, spring: CommandLine) -> None:
        spring.ok("campaigns", "cancel", "spring")
        result = spring("campaigns", "resume", "spring")

        assert result.exit_code == 4
        assert "a campaign that is cancelled cannot resume" in result.stderr


class TestCancelling:
    def test_withdraws_what_waits_and_says_how_many(self, spring: CommandLine) -> None:
        spring.ok("dispatch", "--limit", "1")

        assert spring.ok("campaigns", "cancel", "spring") == "2 notifications cancelled\n"
        assert spring.json("campaigns", "cancel", "spring") == {"campaign": 1, "cancelled": 0}
        spring.ok("dispatch")
        assert statuses(spring) == {"sent", "cancelled"}


class TestLanes:
    def test_are_listed_with_what_waits(self, spring: CommandLine) -> None:
        lanes = {one["name"]: one for one in spring.json_lines("lanes", "list")}

        assert len(lanes) == 16
        assert (lanes[LANE]["state"], lanes[LANE]["waiting"], lanes[LANE]["rate"]) == ("open", 3, 100.0)
        assert lanes["sms/transactional"]["waiting"] == 0
        line = next(line for line in spring.ok("lanes", "list").splitlines() if line.startswith(LANE))
        assert line.split()[1:5] == ["open", "100/s", "3", "0"]

    def test_a_paused_one_gives_nothing_until_it_is_resumed(self, spring: CommandLine) -> None:
        assert spring.ok("lanes", "pause", LANE) == f"{LANE} is paused; waiting: 3\n"
        spring.ok("dispatch")
        assert statuses(spring) == {"pending"}

        assert spring.ok("lanes", "resume", LANE) == f"{LANE} is open; waiting: 3\n"
        spring.ok("dispatch")
        assert statuses(spring) == {"sent"}

    def test_what_is_paused_by_itself_stays_so_when_its_campaign_is_resumed(self, spring: CommandLine) -> None:
        spring.ok("lanes", "pause", LANE)
        spring.ok("campaigns", "pause", "spring")
        refused = spring("lanes", "resume", LANE)
        spring.ok("campaigns", "resume", "spring")
        spring.ok("dispatch")

        assert refused.exit_code == 4
        assert "tocsin campaigns resume 1" in refused.stderr
        assert statuses(spring) == {"pending"}

    def test_are_paced(self, spring: CommandLine) -> None:
        told = [spring.ok("lanes", "pace", LANE, "--rate", rate) for rate in ("50/s", "30/m", "10/h", "none")]

        assert told == [f"{LANE} sends no faster than {pace}\n" for pace in ("50/s", "30/m", "10/h")] + [
            f"{LANE} has no limit\n"
        ]
        assert spring.json("lanes", "pace", LANE, "--rate", "30/m")["rate"] == 0.5

    @pytest.mark.parametrize("args", [("pace", LANE), ("pace", LANE, "--rate", "fast"), ("pause",)])
    def test_wrong_usage_is_refused(self, spring: CommandLine, args: tuple[str, ...]) -> None:
        assert spring("lanes", *args).exit_code == 2

    @pytest.mark.parametrize("name", ["email", "fax/promotional", "email/promotional/campaign-7"])
    def test_an_unknown_one_is_not_found(self, spring: CommandLine, name: str) -> None:
        result = spring("lanes", "pause", name)

        assert result.exit_code == 3
        assert name in result.stderr

    def test_the_lane_of_a_cancelled_campaign_is_a_conflict(self, spring: CommandLine) -> None:
        spring.ok("campaigns", "cancel", "spring")

        assert spring("lanes", "resume", LANE).exit_code == 4


class TestGateways:
    def test_one_that_is_paused_sends_nothing_until_it_is_resumed(self, spring: CommandLine) -> None:
        assert spring.ok("gateways", "pause", "scripted") == ("scripted rests until: tocsin gateways resume scripted\n")
        assert "rests until it is resumed" in spring.ok("gateways", "list")
        result = spring("dispatch")
        assert result.exit_code == 1
        assert "paused by hand" in result.stderr
        assert statuses(spring) == {"pending"}

        assert spring.ok("gateways", "resume", "scripted") == "scripted is used again\n"
        spring.ok("dispatch")
        assert statuses(spring) == {"sent"}

    def test_one_may_be_paused_for_a_while(self, spring: CommandLine) -> None:
        health = spring.json("gateways", "pause", "scripted", "--for", "10m")

        assert (health["gateway"], health["reason"]) == ("scripted", "paused by hand")
        assert not health["paused_until"].startswith("9999")
        assert spring.ok("gateways", "pause", "scripted", "--for", "1h30m").startswith("scripted rests until 2")
        assert spring.json("gateways", "resume", "scripted")["paused_until"] is None

    def test_a_check_does_not_wake_what_a_person_paused(self, spring: CommandLine) -> None:
        spring.ok("gateways", "pause", "scripted")
        spring.ok("gateways", "check", "scripted")

        assert spring.json_lines("gateways", "list")[0]["reason"] == "paused by hand"
        assert "tocsin gateways resume scripted" in spring("doctor").stdout

    @pytest.mark.parametrize("span", ["soon", "0s", "10", "400d", "-1m"])
    def test_a_span_must_make_sense(self, spring: CommandLine, span: str) -> None:
        result = spring("gateways", "pause", "scripted", "--for", span)

        assert result.exit_code == 2
        assert "--for" in result.stderr

    @pytest.mark.parametrize("what", ["pause", "resume"])
    def test_one_that_is_not_configured_is_not_found(self, spring: CommandLine, what: str) -> None:
        result = spring("gateways", what, "post")

        assert result.exit_code == 3
        assert "no gateway is called post; configured: " in result.stderr
