import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.templates.plain_text import plain_text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>Ada</b></p>", "Hello Ada"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<p>\n  much\n  space\n</p>", "much space"),
        ("<h1>Title</h1>Text", "Title\n\nText"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n\n- b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ('<a href="https://example.com/x?a=1&amp;b=2">Read on</a>.', "Read on (https://example.com/x?a=1&b=2)."),
        ('<a href="https://example.com/">https://example.com</a>', "https://example.com"),
        ('<a href="mailto:a@example.com">a@example.com</a>', "a@example.com"),
        ('<a href="#top">Up</a> <a>nowhere</a> <a href="javascript:x()">x</a>', "Up nowhere x"),
        ('<a href="https://example.com"><img src="x.png" alt="Logo"></a>', "Logo (https://example.com)"),
        ('<a href="https://example.com"><img src="x.png"></a>', "https://example.com"),
        ('<a href="https://a.example">a <a href="https://b.example">b', "a (https://a.example) b (https://b.example)"),
        ("<style>p{color:red}</style><script>alert('<p>x</p>')</script>y", "y"),
        ("<html><head><title>T</title><style>a</style></head><body>y</body></html>", "y"),
        ("<head><title>T<body>y", ""),
        ("a &lt;b&gt; &amp; &uuml; &#8364; &nbsp;c", "a <b> & ü € \xa0c"),
        ("<!-- no --><!DOCTYPE html>y<![CDATA[z]]>", "y"),
        ("<p>a</p>\n\n\n<p></p><div></div><p>b</p>", "a\n\nb"),
        ("<svg><text>no</text></svg>y", "y"),
        ("", ""),
    ],
)
def test_html_says_the_same_as_text(html: str, text: str) -> None:
    assert plain_text_of(html) == text


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<a href=https://x>", "</a>", "<style>", "</style>", "x ", "<", "&", "<!"])
    )
)
def test_nothing_is_refused(pieces: list[str]) -> None:
    assert "<p>" not in plain_text_of("".join(pieces))
