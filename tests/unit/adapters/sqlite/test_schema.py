"""The steps of the schema as files."""

import sqlite3

import pytest

from adapters.sqlite import schema
from adapters.sqlite.schema import Step


class TestSteps:
    def test_they_are_numbered_from_one_and_the_last_is_the_latest(self) -> None:
        assert [step.version for step in schema.steps()] == list(range(1, schema.latest_version() + 1))
        assert schema.steps()[0].name == "0001_initial"

    def test_statements_are_told_apart_also_where_a_semicolon_is_only_text(self) -> None:
        step = Step(1, "0001", "CREATE TABLE a (b TEXT); -- a; b\nINSERT INTO a\nVALUES ('x;\ny');\n")

        with sqlite3.connect(":memory:") as connection:
            for statement in step.statements():
                connection.execute(statement)

            assert connection.execute("SELECT b FROM a").fetchall() == [("x;\ny",)]
        connection.close()

    def test_a_file_that_ends_within_a_statement_is_a_fault_of_ours(self) -> None:
        with pytest.raises(AssertionError, match="0009_half"):
            list(Step(9, "0009_half", "CREATE TABLE a (b TEXT)").statements())
