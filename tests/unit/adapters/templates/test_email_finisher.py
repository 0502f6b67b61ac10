import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.system_clock import SystemClock
from adapters.templates.email_finisher import KEPT_MAX, WorkshopEmailFinisher
from adapters.templates.html_workshop import START_MAX_S, HtmlWorkshop
from domain.content import Attachment, Content

STYLED = "<style>p { color: red } @media print { p { color: blue } }</style><p>Hello</p>"


@pytest.fixture(scope="module")
def workshop() -> Iterator[HtmlWorkshop]:
    workshop = HtmlWorkshop(SystemClock())
    yield workshop
    workshop.close()


@pytest.fixture
def finisher(workshop: HtmlWorkshop) -> WorkshopEmailFinisher:
    return WorkshopEmailFinisher(workshop)


def finished(finisher: WorkshopEmailFinisher, html: str, body: str | None = None, content_id: int = 1) -> Content:
    return finisher(content_id, Content(subject="s", html=html, body=body), is_same_for_all=False)


class TestStyles:
    def test_are_moved_to_where_every_mail_program_looks(self, finisher: WorkshopEmailFinisher) -> None:
        html = finished(finisher, STYLED, "Hello").html

        assert html is not None
        assert '<p style="color: red;">Hello</p>' in html
        assert "@media print" in html

    @pytest.mark.parametrize("html", ["<p>Hello</p>", '<p style="color: red">Hello'])
    def test_of_elements_alone_leave_the_html_as_it_is(self, html: str, finisher: WorkshopEmailFinisher) -> None:
        content = Content(subject="s", html=html, body="Hello")

        assert finisher(1, content, is_same_for_all=True) is content

    def test_in_upper_case_count_too(self, finisher: WorkshopEmailFinisher) -> None:
        assert 'style="color: red' in str(finished(finisher, "<STYLE>p{color:red}</STYLE><P>x").html)

    def test_that_lie_elsewhere_are_never_fetched(self, finisher: WorkshopEmailFinisher, tmp_path: Path) -> None:
        (tmp_path / "secret.css").write_text("p { color: green }")
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/x.css"
            html = (
                f'<link rel="stylesheet" href="{url}"><link rel="stylesheet" href="file://{tmp_path}/secret.css">'
                f'<link rel="stylesheet" href="{tmp_path}/secret.css">'
                f'<style>@import url("{url}"); @import url("file://{tmp_path}/secret.css"); p {{ margin: 0 }}</style>'
                "<p>x</p>"
            )

            made = finished(finisher, html, "x").html

            server.settimeout(0)
            with pytest.raises(BlockingIOError):
                server.accept()
        assert '<p style="margin: 0;">' in str(made)
        assert "green" not in str(made)
        assert str(made).count("<link") == 3


class TestPlainText:
    def test_is_put_beside_html_that_comes_alone(self, finisher: WorkshopEmailFinisher) -> None:
        content = finished(finisher, f'{STYLED}<a href="https://example.com">More</a>')

        assert content.body == "Hello\n\nMore (https://example.com)"

    def test_of_ones_own_stays(self, finisher: WorkshopEmailFinisher) -> None:
        assert finished(finisher, STYLED, "mine").body == "mine"

    def test_is_left_out_where_html_says_nothing(self, finisher: WorkshopEmailFinisher) -> None:
        assert finished(finisher, "<img src=x>").body is None


class TestFinishing:
    def test_what_is_the_same_for_all_is_finished_once(self, finisher: WorkshopEmailFinisher) -> None:
        files = (Attachment(filename="a.txt", media_type="text/plain", data=b"a"),)
        content = Content(subject="s", html=STYLED, attachments=files)

        first, second = (finisher(1, content, is_same_for_all=True) for _ in range(2))

        assert first is second
        assert first.attachments is files
        for number in range(2, KEPT_MAX + 2):
            finisher(number, Content(html=f"<p>{number}", body="x"), is_same_for_all=True)
        assert finisher(1, content, is_same_for_all=True) is not first

    def test_without_html_there_is_nothing_to_do(self, finisher: WorkshopEmailFinisher) -> None:
        content = Content(subject="s", body="x")

        assert finisher(1, content, is_same_for_all=True) is content

    def test_a_message_goes_out_as_it_is_where_its_html_ends_the_process(self, finisher: WorkshopEmailFinisher) -> None:
        hostile = "<style>p{color:red}</style>" + "<b>" * 300_000

        assert finished(finisher, hostile, content_id=2).html == hostile
        assert finished(finisher, STYLED, content_id=2).html == STYLED, "the content that failed is spared"
        assert finished(finisher, STYLED, content_id=3).html != STYLED

    def test_a_message_goes_out_as_it_is_where_its_html_takes_too_long(self) -> None:
        workshop = HtmlWorkshop(SystemClock(), time_max_s=0.2)
        finisher = WorkshopEmailFinisher(workshop)
        slow = "<a " * 20_000  # a minute's work for the standard library

        before = time.monotonic()
        content = finished(finisher, slow, content_id=2)

        assert (content.html, content.body) == (slow, None)
        assert time.monotonic() - before < START_MAX_S
        assert finished(finisher, "<p>x", content_id=3).body == "x"
        workshop.close()

    def test_styles_that_make_a_mail_far_too_large_are_left_where_they_are(
        self, finisher: WorkshopEmailFinisher
    ) -> None:
        html = "<style>p{color:" + "x" * 2000 + "}</style>" + "<p>x" * 1000

        assert finished(finisher, html, "x").html == html

    def test_a_process_that_died_meanwhile_is_replaced(self, workshop: HtmlWorkshop) -> None:
        assert workshop(STYLED, inline=True, text=False) is not None
        assert workshop._process is not None
        workshop._process.kill()
        workshop._process.wait()

        assert workshop(STYLED, inline=True, text=False) is not None

    def test_half_a_surrogate_pair_is_no_trouble(self, finisher: WorkshopEmailFinisher) -> None:
        assert finished(finisher, STYLED + "\ud800").html is not None
