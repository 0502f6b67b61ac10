"""Files of recipients: what is read, what is rejected with which line and reason, and that memory stays flat."""

import csv
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from entrypoints.files.bounded_lines import LINE_MAX_BYTES
from entrypoints.files.csv_records import FIELD_MAX_CHARACTERS
from entrypoints.files.recipient_files import RecipientFile, RejectsFile, SourceRow, read_ids


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def rows_of(path: Path, content: str | bytes) -> list[SourceRow]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with RecipientFile(path) as source:
        return list(source)


def fields_of(path: Path, content: str | bytes) -> list[Any]:
    return [row.fields for row in rows_of(path, content)]


def problems_of(path: Path, content: str | bytes) -> list[tuple[int, str]]:
    return [(row.line, row.problem) for row in rows_of(path, content) if row.problem is not None]


def header_problem(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InvalidInput) as raised:
        RecipientFile(path)
    (error,) = raised.value.errors
    assert error.field == "file"
    return error.message


ADA = {"id": "ada", "name": "Ada", "email": "ada@example.com"}


class TestCsv:
    def test_every_column_finds_its_place(self, path: Path) -> None:
        content = (
            "id,name,email,phone,push_token,locale,timezone,plan,Home Town\n"
            "ada,Ada,ada@example.com,+14155550100,token,en,Europe/London,pro,London\n"
        )
        assert fields_of(path, content) == [
            {
                **ADA,
                "phone": "+14155550100",
                "push_tokens": ["token"],
                "locale": "en",
                "timezone": "Europe/London",
                "attributes": {"plan": "pro", "Home Town": "London"},
            }
        ]

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("last", [True, False])
    def test_marks_and_line_ends_change_nothing(self, path: Path, mark: bytes, end: str, last: bool) -> None:
        content = f"id,name{end}ada,Ada{end}bob,Bøb" + (end if last else "")
        assert fields_of(path, mark + content.encode()) == [{"id": "ada", "name": "Ada"}, {"id": "bob", "name": "Bøb"}]

    def test_quotes_are_those_of_the_standard(self, path: Path) -> None:
        content = 'id,name,note\r\nada,"Lovelace, Ada","said ""hello""\r\ntwice"\r\n"bob",,"x"\r\n'
        assert fields_of(path, content) == [
            {"id": "ada", "name": "Lovelace, Ada", "attributes": {"note": 'said "hello"\r\ntwice'}},
            {"id": "bob", "attributes": {"note": "x"}},
        ]

    def test_lines_are_counted_through_line_breaks_in_quotes(self, path: Path) -> None:
        rows = rows_of(path, 'id,note\n1,"a\nb\nc"\n\n2,x\n3\n')
        assert [(row.line, row.text, row.problem is None) for row in rows] == [
            (2, '1,"a\nb\nc"\n', True),
            (6, "2,x\n", True),
            (7, "3\n", False),
        ]

    def test_empty_cells_are_absent_and_known_ones_are_trimmed(self, path: Path) -> None:
        assert fields_of(path, "id,name,email,plan,city\n ada , ,,,  Bath \n") == [
            {"id": "ada", "attributes": {"city": "  Bath "}}
        ]

    def test_known_columns_are_known_in_any_case(self, path: Path) -> None:
        assert fields_of(path, "ID, Email ,Plan\nada,ada@example.com,pro\n") == [
            {"id": "ada", "email": "ada@example.com", "attributes": {"Plan": "pro"}}
        ]

    def test_rows_of_nothing_are_left_out(self, path: Path) -> None:
        assert fields_of(path, "id,name\n\n,\r\nada,\n\r\n,\n") == [{"id": "ada"}]

    def test_a_header_alone_is_a_file_of_nobody(self, path: Path) -> None:
        assert rows_of(path, "id,name\n") == []
        assert rows_of(path, "id") == []


class TestAWrongHeader:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "is empty; its first line names the columns: id,name,email"),
            (b"\xef\xbb\xbf", "is empty"),
            (b"\n\n", "is empty"),
            (b"name,email\n", "its first line names no column id"),
            (b"id;name;email\n", "its columns are separated by ';'; save it with commas"),
            (b"id\tname\n", "its columns are separated by '\\t'"),
            (b"id,plan,plan\n", "the column 'plan' is there twice"),
            (b"id,email,Email\n", "the column 'email' is there twice"),
            (b"id,,plan\n", "column 2 has no name"),
            (b"id,push_tokens\n", "a .csv file has no column push_tokens"),
            (b"id,n\xe9\n", "its first line is not UTF-8"),
            (b"id,a\x00b\n", "its first line contains a NUL character"),
            (b'id,"name\nada,x\n', "its first line a quote is opened and not closed"),
            (b"id,name\rada,Ada\r", "its first line contains a carriage return outside quotes"),
            ("id,name\n".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        ],
    )
    def test_is_told_at_once(self, path: Path, content: bytes, problem: str) -> None:
        assert problem in header_problem(path, content)

    def test_is_told_of_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        for missing, reason in ((tmp_path / "none.csv", "No such file"), (tmp_path, "neither .csv nor .jsonl")):
            with pytest.raises(InvalidInput, match=reason):
                RecipientFile(missing)
        (tmp_path / "folder.csv").mkdir()
        with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
            RecipientFile(tmp_path / "folder.csv")


class TestAWrongRow:
    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            (b"1", "has 1 cell where the header names 2"),
            (b"1,a,b", "has 3 cells where the header names 2"),
            (b",a", "id: is empty"),
            (b"  ,a", "id: is empty"),
            (b"1,caf\xe9", "is not UTF-8"),
            (b"1,a\x00b", "contains a NUL character"),
            (b'1,"a"b', "something follows a closing quote"),
            (b"1,a\rb", "contains a carriage return outside quotes"),
            (b"1," + b"a" * (FIELD_MAX_CHARACTERS + 1), "a field is longer than 100000 characters"),
            (b'1,"' + b"a" * 200_000 + b'"', "a field is longer than 100000 characters"),
            (b"1," + b"a" * LINE_MAX_BYTES * 3, "is longer than 1000000 bytes"),
        ],
    )
    def test_has_its_line_and_reason_and_its_neighbours_are_kept(self, path: Path, row: bytes, problem: str) -> None:
        rows = rows_of(path, b"id,name\n0,before\n" + row + b"\n2,after\n")
        assert [(found.line, found.fields) for found in rows if found.problem is None] == [
            (2, {"id": "0", "name": "before"}),
            (4, {"id": "2", "name": "after"}),
        ]
        (wrong,) = [found for found in rows if found.problem is not None]
        assert wrong.line == 3
        assert wrong.fields is None
        assert wrong.problem is not None
        assert wrong.problem.startswith(problem) or wrong.problem.startswith("a field is longer")
        assert len(wrong.text) <= LINE_MAX_BYTES

    def test_with_a_quote_left_open_costs_that_row_alone(self, path: Path) -> None:
        many = "".join(f"{number},x\n" for number in range(30_000))
        rows = rows_of(path, f'id,name\n0,"open\n{many}')
        assert [(row.line, row.text) for row in rows if row.problem] == [(2, '0,"open\n')]
        assert [row.line for row in rows if row.fields] == list(range(3, 30_003))

    def test_with_a_quote_left_open_twice_costs_two_rows(self, path: Path) -> None:
        rows = rows_of(path, 'id,name\n0,"open\n1,x\n2,"open\n3,x\n')
        assert [row.line for row in rows if row.problem] == [2, 4]
        assert [row.fields for row in rows if row.fields] == [{"id": "1", "name": "x"}, {"id": "3", "name": "x"}]

    def test_may_span_lines_that_are_not_utf_8(self, path: Path) -> None:
        rows = rows_of(path, b'id,name\n1,"a\n\xff\nb"\n2,x\n')
        assert [(row.line, row.problem) for row in rows] == [(2, "is not UTF-8"), (5, None)]


class TestJsonLines:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "people.jsonl"

    @pytest.mark.parametrize(
        ("given_row", "expected"),
        [
            ({"id": "ada"}, {"id": "ada"}),
            ({**ADA, "phone": None, "locale": "", "timezone": "  "}, ADA),
            ({"id": "ada", "push_tokens": ["a", "b"]}, {"id": "ada", "push_tokens": ["a", "b"]}),
            ({"id": "ada", "push_token": "a"}, {"id": "ada", "push_tokens": ["a"]}),
            ({"id": "ada", "push_token": "a", "push_tokens": ["b", "a"]}, {"id": "ada", "push_tokens": ["b", "a"]}),
            ({"id": "ada", "plan": "pro", "age": 36}, {"id": "ada", "attributes": {"plan": "pro", "age": 36}}),
            (
                {"id": "ada", "attributes": {"plan": "pro", "x": None}, "tags": ["a"]},
                {"id": "ada", "attributes": {"plan": "pro", "tags": ["a"]}},
            ),
            (
                {"id": "ada", "web_push": [{"endpoint": "https://p.example", "keys": {"p256dh": "k", "auth": "s"}}]},
                {"id": "ada", "web_push": [{"endpoint": "https://p.example", "p256dh": "k", "auth": "s"}]},
            ),
            (
                {"id": "ada", "web_push": [{"endpoint": "https://p.example", "p256dh": "k", "auth": "s"}]},
                {"id": "ada", "web_push": [{"endpoint": "https://p.example", "p256dh": "k", "auth": "s"}]},
            ),
            (
                {"id": "Zoë 👩‍👩‍👧", "back\\slash": "\\u0000"},
                {"id": "Zoë 👩‍👩‍👧", "attributes": {"back\\slash": "\\u0000"}},
            ),
        ],
    )
    @pytest.mark.parametrize("escaped", [True, False])
    def test_an_object_is_a_recipient(
        self, path: Path, given_row: dict[str, Any], expected: dict[str, Any], escaped: bool
    ) -> None:
        assert fields_of(path, json.dumps(given_row, ensure_ascii=escaped)) == [expected]

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ('{"id": "a"', "is not JSON: Expecting ',' delimiter at character"),
            ("nonsense", "is not JSON: Expecting value at character 1"),
            ('{"id": "a"} {"id": "b"}', "is not JSON: Extra data"),
            ("[]", "is a list where an object is expected"),
            ("null", "is null where an object is expected"),
            ("{}", "id: is missing or empty"),
            ('{"id": null}', "id: is missing or empty"),
            ('{"id": " "}', "id: is missing or empty"),
            ('{"id": 7}', "id: is a number where a text is expected; put it in quotes"),
            ('{"id": "a", "email": true}', "email: is true or false where a text is expected"),
            ('{"id": "a", "name": {}}', "name: is an object where a text is expected"),
            ('{"id": "a", "push_tokens": "t"}', "push_tokens: is not a list of texts"),
            ('{"id": "a", "push_tokens": [1]}', "push_tokens: is not a list of texts"),
            ('{"id": "a", "push_token": []}', "push_token: is a list where a text is expected"),
            ('{"id": "a", "web_push": {}}', "web_push: is not a list of subscriptions"),
            ('{"id": "a", "web_push": ["x"]}', "web_push: a subscription is an object"),
            ('{"id": "a", "web_push": [{"endpoint": "e", "keys": 1}]}', "web_push: a subscription is an object"),
            ('{"id": "a", "web_push": [{"endpoint": "e"}]}', "web_push: a subscription has no p256dh"),
            ('{"id": "a", "attributes": []}', "attributes: is a list where an object is expected"),
            ('{"id": "a", "plan": 1, "attributes": {"plan": 2}}', "plan: is given twice, beside and in attributes"),
            ('{"id": "a", "id": "b"}', "id: is given twice"),
            ('{"id": "a", "x": NaN}', "NaN is not JSON"),
            ('{"id": "a", "x": "\\ud800"}', "contains half of a surrogate pair"),
            ('{"id": "a", "x": ["\\u0000"]}', "contains a NUL character"),
            ('{"id": "a", "x": ' + "9" * 5000 + "}", "contains a number that is too long"),
            ('{"id": "a", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "is nested too deeply"),
            ('{"id": "a", "x": "' + "a" * LINE_MAX_BYTES + '"}', "is longer than 1000000 bytes"),
        ],
        ids=lambda text: text[:40],
    )
    def test_a_wrong_line_has_its_number_and_reason_and_its_neighbours_are_kept(
        self, path: Path, row: str, problem: str
    ) -> None:
        rows = rows_of(path, f'{{"id": "0"}}\n\n{row}\n{{"id": "2"}}\n')
        assert [(found.line, found.fields) for found in rows if found.fields] == [(1, {"id": "0"}), (4, {"id": "2"})]
        (wrong,) = [found for found in rows if found.problem is not None]
        assert wrong.line == 3
        assert wrong.problem is not None
        assert wrong.problem.startswith(problem)

    def test_bytes_that_are_not_utf_8_are_a_problem_of_their_line(self, path: Path) -> None:
        assert problems_of(path, b'{"id": "\xe9"}\n{"id": "b"}\n') == [(1, "is not UTF-8")]

    def test_an_empty_file_is_a_file_of_nobody(self, path: Path) -> None:
        assert rows_of(path, "") == []
        assert fields_of(path, b'\xef\xbb\xbf{"id": "ada"}') == [{"id": "ada"}]


class TestTheWayThrough:
    def test_shows_how_far_it_has_come(self, path: Path) -> None:
        content = "id,name\n" + "".join(f"{number},x\n" for number in range(1000))
        path.write_text(content)
        with RecipientFile(path) as source:
            assert source.total_bytes == len(content)
            seen = [source.position for _ in source]
            assert seen == sorted(seen)
            assert seen[0] < 100
            assert source.position == len(content)

    @pytest.mark.parametrize("kind", ["csv", "jsonl"])
    def test_takes_no_more_memory_for_a_longer_file(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / f"people.{kind}"
        row = "{},someone,someone@example.com,pro\n" if kind == "csv" else '{{"id": "{}", "plan": "pro"}}\n'
        peaks = []
        for length in (1_000, 20_000):
            with path.open("w") as file:
                file.write("id,name,email,plan\n" if kind == "csv" else "")
                file.writelines(row.format(number) for number in range(length))
            tracemalloc.start()
            with RecipientFile(path) as source:
                assert sum(row.problem is None for row in source) == length
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < peaks[0] + 50_000


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)


@given(st.lists(st.tuples(cells, cells), max_size=8))
def test_what_a_csv_writer_writes_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(("id", "note", "more"))
    for number, (note, more) in enumerate(rows):
        writer.writerow((f"u{number}", note, more))
    path = tmp_path_factory.getbasetemp() / "written.csv"
    expected = []
    for number, (note, more) in enumerate(rows):
        attributes = {name: cell for name, cell in (("note", note), ("more", more)) if cell and not cell.isspace()}
        expected.append({"id": f"u{number}", **({"attributes": attributes} if attributes else {})})
    assert fields_of(path, buffer.getvalue()) == expected


@given(
    st.sampled_from(["csv", "jsonl"]),
    st.binary(max_size=200) | st.text(st.sampled_from('id,"\n\r{}[]:a;\x00'), max_size=200),
)
def test_no_file_breaks_it(tmp_path_factory: pytest.TempPathFactory, kind: str, content: bytes | str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{kind}"
    try:
        rows = rows_of(path, content)
    except InvalidInput as error:
        assert [one.field for one in error.errors] == ["file"]  # noqa: PT017  (some files are fine, others are not)
    else:
        assert all((row.fields is None) is not (row.problem is None) for row in rows)
        assert [row.line for row in rows] == sorted({row.line for row in rows})


class TestTheRejectsFile:
    def test_has_line_reason_and_the_row_as_it_stood(self, tmp_path: Path, path: Path) -> None:
        rows = rows_of(path, b'id,name\r\n1\r\n2,"a\nb",c\r\n3,caf\xe9\r\n')
        rejects = tmp_path / "rejects.csv"
        with RejectsFile(rejects, path) as out:
            for row in rows:
                out.write(row, row.problem or "")
            assert out.count == 3
        with rejects.open(newline="", encoding="utf-8") as file:
            written = list(csv.reader(file))
        assert written[0] == ["line", "reason", "row"]
        assert [(line, text) for line, _, text in written[1:]] == [("2", "1"), ("3", '2,"a\nb",c'), ("5", "3,caf\\xe9")]
        assert written[1][1].startswith("has 1 cell ")

    def test_is_for_its_owners_eyes_and_replaces_an_older_one(self, tmp_path: Path, path: Path) -> None:
        path.write_text("id\n")
        rejects = tmp_path / "rejects.csv"
        with RejectsFile(rejects, path):
            pass
        assert rejects.stat().st_mode & 0o077 == 0
        rejects.write_text("old")
        with RejectsFile(rejects, path):
            pass
        assert rejects.read_text() == "line,reason,row\n"

    def test_is_never_the_file_that_is_read(self, tmp_path: Path, path: Path) -> None:
        path.write_text("id\nada\n")
        link = tmp_path / "link.csv"
        link.symlink_to(path)
        for same in (path, link):
            with pytest.raises(InvalidInput, match="is the file that is being imported"):
                RejectsFile(same, path)
        assert path.read_text() == "id\nada\n"

    def test_that_cannot_be_written_says_so(self, tmp_path: Path, path: Path) -> None:
        with pytest.raises(InvalidInput, match=r"rejects: .* cannot be written: No such file"):
            RejectsFile(tmp_path / "none" / "rejects.csv", path)


class TestIds:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("id\nada\nbob\n", ("ada", "bob")),
            ("\ufeffID\r\nada\r\n", ("ada",)),
            ("name,id\nAda,ada\nBob,bob\n", ("ada", "bob")),
            ("ada\nbob", ("ada", "bob")),
            ("ada\n\n  bob  \nada\n", ("ada", "bob")),
            ('"last, first"\n"a ""b"""\n', ("last, first", 'a "b"')),
            ("name,id\n,\nAda,ada\n", ("ada",)),
        ],
    )
    def test_are_a_column_or_one_a_line_and_each_counts_once(
        self, path: Path, content: str, expected: tuple[str, ...]
    ) -> None:
        path.write_text(content, newline="")
        assert read_ids(path) == expected

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "names nobody"),
            (b"id\n", "names nobody"),
            (b"\n \n", "names nobody"),
            (b"name,email\nAda,a@example.com\n", "has several columns and none is called id"),
            (b"id\nada\n\xff\n", "people.csv, line 3: is not UTF-8"),
            (b"name,id\nAda,ada\nBob\n", "people.csv, line 3: is not the id of a recipient"),
            (b"name,id\nAda,\n", "people.csv, line 2: is not the id of a recipient"),
            (b"id\n" + b"a" * 256 + b"\n", "people.csv, line 2: is not the id of a recipient"),
        ],
    )
    def test_that_cannot_be_read_are_refused(self, path: Path, content: bytes, problem: str) -> None:
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match=problem) as raised:
            read_ids(path)
        assert {error.field for error in raised.value.errors} == {"audience"}

    def test_no_more_than_ten_lines_are_told(self, path: Path) -> None:
        path.write_bytes(b"id\n" + b"\xff\n" * 50)
        with pytest.raises(InvalidInput) as raised:
            read_ids(path)
        assert len(raised.value.errors) == 10

    def test_of_a_missing_file_say_so(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match=r"audience: .* cannot be read: No such file"):
            read_ids(tmp_path / "none.csv")
