"""``decide`` on a terminal: a sign for each gate, its values beside it, and no word cut."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.integration.cli.process import ok, on_terminal

ASKED = ("decide", "--to", "ada", "--channel", "email", "--type", "promotional", "--subject", "Hi", "--body", "There")
DIM = "\x1b[2m"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tocsin.toml").write_text('[types.promotional]\nquiet_hours = "00:00-23:59"\n')
    ok(tmp_path, "recipients", "set", "ada", "--email", "ada@example.com", "--timezone", "America/Argentina/Ushuaia")
    ok(tmp_path, "suppressions", "add", "ada@example.com", "--channel", "email")
    return tmp_path


def test_each_gate_has_a_sign_and_its_values_wrap_under_where_they_began(folder: Path) -> None:
    code, shown = on_terminal(folder, *ASKED, COLUMNS="60", NO_COLOR="1")
    lines = [line.rstrip() for line in shown.splitlines()]

    assert code == 0
    assert max(cell_len(line) for line in lines) <= 60
    assert lines[0] == "never goes out, because the address is suppressed: manual"
    begin = lines.index("gates") + 1
    assert lines[begin] == "✓  cancellation   cancel requested: false"
    assert "✗  suppression    the address is suppressed: manual" in lines
    assert "                  suppressed: ada@example.com (manual)" in lines
    assert any(line.startswith("⧗  quiet hours    not before ") for line in lines)
    assert "                  timezone: America/Argentina/Ushuaia" in lines


def test_values_are_dim_and_a_terminal_that_knows_ascii_alone_gets_other_signs(folder: Path) -> None:
    _, shown = on_terminal(folder, *ASKED, PYTHONIOENCODING="ascii")

    assert f"{DIM}cancel requested: false" in shown
    assert {line.strip("\x1b[0123456789m")[:1] for line in shown.splitlines()} >= {"+", "x", "~"}
