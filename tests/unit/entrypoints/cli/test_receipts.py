"""``receipts bounce``: what a mail server hears."""

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine

KEEP_IT = 75  # EX_TEMPFAIL of sysexits.h


@pytest.mark.parametrize("configuration", ["lease = ", '[dispatch]\nlease = "soon"'])
def test_a_configuration_that_cannot_be_read_costs_no_report(tocsin: CommandLine, configuration: str) -> None:
    tocsin.write("tocsin.toml", configuration)
    result = tocsin("receipts", "bounce", text="From: mailer-daemon@example.com\n\nno")

    assert result.exit_code == KEEP_IT
    assert result.stderr.startswith("error: ")


def test_a_configuration_that_is_not_there_costs_no_report(tocsin: CommandLine) -> None:
    assert tocsin("receipts", "bounce", "--config", "nowhere.toml", text="a report").exit_code == KEEP_IT


def test_a_store_that_cannot_be_opened_costs_no_report(tocsin: CommandLine) -> None:
    tocsin.write("tocsin.db", "this is no store " * 100)

    assert tocsin("receipts", "bounce", text="a report").exit_code == KEEP_IT


@pytest.mark.parametrize("text", ["", "Subject: no report\n\nHello"])
def test_what_is_no_report_need_not_come_again(tocsin: CommandLine, text: str) -> None:
    assert tocsin("receipts", "bounce", text=text).exit_code == 1
