"""Gives each test a command line in a folder of its own."""

from pathlib import Path

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine


@pytest.fixture
def tocsin(tmp_path: Path) -> CommandLine:
    """Return a command line with no configuration and no store yet."""
    return CommandLine(tmp_path)
