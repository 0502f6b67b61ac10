"""``inbox``: looking, and marking."""

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine


@pytest.fixture
def ada(tocsin: CommandLine) -> CommandLine:
    """Ada has three messages in her inbox."""
    tocsin.person()
    for _ in range(3):
        tocsin.send()
    tocsin.ok("dispatch")
    return tocsin


def ids(lines: list[dict[str, int]]) -> list[int]:
    return [line["id"] for line in lines]


def test_the_states_are_shown(ada: CommandLine) -> None:
    ada.ok("inbox", "ada", "--mark", "seen", "--id", "1")
    ada.ok("inbox", "ada", "--mark", "read", "--id", "2")
    result = ada("inbox", "ada")

    title, *lines = result.stdout.splitlines()
    assert [line[title.index("STATE") :].split()[0] for line in lines] == ["new", "read", "seen"]
    assert "3 messages: 1 unseen, 2 unread" in result.stderr


def test_what_was_not_read_and_what_was_put_away_are_shown_apart(ada: CommandLine) -> None:
    ada.ok("inbox", "ada", "--mark", "read", "--id", "1")
    ada.ok("inbox", "ada", "--mark", "archived", "--id", "2")

    assert ids(ada.json_lines("inbox", "ada")) == [3, 1]
    assert ids(ada.json_lines("inbox", "ada", "--unread")) == [3]
    assert ids(ada.json_lines("inbox", "ada", "--archived")) == [2]
    assert "archived" in ada.ok("inbox", "ada", "--archived")


def test_marks_are_made_and_taken_back(ada: CommandLine) -> None:
    said = ada.ok("inbox", "ada", "--mark", "read", "--id", "1", "--id", "2")
    assert said == "2 messages marked as read; now 1 unseen and 1 unread of 3\n"

    assert ada.json("inbox", "ada", "--mark", "seen") == {
        "changed": 1,
        "counts": {"total": 3, "unseen": 0, "unread": 1},
    }
    assert ada.json("inbox", "ada", "--mark", "unread", "--id", "1")["counts"]["unread"] == 2
    assert ada.json("show", "2")["status"] == "delivered"


@pytest.mark.parametrize("args", [("ada", "--mark", "read", "--id", "9"), ("bob", "--mark", "read")])
def test_what_is_not_there_is_not_found_and_nothing_is_marked(ada: CommandLine, args: tuple[str, ...]) -> None:
    assert ada("inbox", *args).exit_code == 3
    assert len(ada.json_lines("inbox", "ada", "--unread")) == 3


@pytest.mark.parametrize(
    "args",
    [
        ("--id", "1"),
        ("--mark", "read", "--unread"),
        ("--mark", "read", "--limit", "1"),
        ("--mark", "lost"),
        ("--mark", "read", "--id", "x"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(ada: CommandLine, args: tuple[str, ...]) -> None:
    assert ada("inbox", "ada", *args).exit_code == 2


class TestLongMessages:
    @pytest.fixture
    def full(self, tocsin: CommandLine) -> CommandLine:
        tocsin.person()
        given = ("send", "--to", "ada", "--channel", "in_app", "--type", "transactional")
        tocsin.ok(*given, "--body", "many words " * 1000)
        tocsin.ok(*given, "--data", "screen=offers", "--data", "k=v")
        tocsin.ok("dispatch")
        return tocsin

    def test_are_cut_where_nothing_is_drawn_and_whole_as_json(self, full: CommandLine) -> None:
        lines = full.ok("inbox", "ada").splitlines()

        assert max(map(len, lines)) < 350
        assert sum(line.endswith("…") for line in lines) == 1
        assert full.json_lines("inbox", "ada")[1]["body"] == "many words " * 1000

    def test_of_data_alone_show_their_data(self, full: CommandLine) -> None:
        assert full.ok("inbox", "ada").splitlines()[1].endswith("screen = offers, k = v")


def test_the_counts_beside_what_was_put_away_say_that_they_are_of_the_rest(ada: CommandLine) -> None:
    ada.ok("inbox", "ada", "--mark", "archived", "--id", "1")

    assert ada("inbox", "ada", "--archived").stderr == "not put away: 2 messages: 2 unseen, 2 unread\n"
