from attrs import define, evolve, field

from application.sending.attempt import Attempt
from application.sending.preparation import Preparation
from application.zones import Zones
from domain.channel import Channel
from domain.claim import Claim, Rules
from domain.content import Content, Markup
from domain.notification_type import TYPE_POLICIES, NotificationType
from tests.contracts.given import DAY, NOW, RETRY, a_person
from tests.unit.application.sending.desk import PlainRenderer

RULES = Rules(policy=TYPE_POLICIES[NotificationType.TRANSACTIONAL], retry=RETRY)


@define
class MarkingFinisher:
    """Marks every html that it gets."""

    calls: list[tuple[int, bool]] = field(factory=list)

    def __call__(self, content_id: int, filled: Content, *, is_same_for_all: bool) -> Content:
        self.calls.append((content_id, is_same_for_all))
        return evolve(filled, html=f"{filled.html}!")


class HtmlRenderer(PlainRenderer):
    """Fills in html as it stands."""

    def render(self, *arguments: object) -> Content:
        content = arguments[1]
        assert isinstance(content, Content)
        return evolve(content, markup=Markup.LITERAL)


def prepared(content: Content, channel: Channel = Channel.EMAIL) -> tuple[Content, MarkingFinisher]:
    finisher = MarkingFinisher()
    claim = Claim(
        notification_id=7,
        fence=1,
        attempts=1,
        losses=0,
        channel=channel,
        type=NotificationType.TRANSACTIONAL,
        recipient=a_person(),
        recipient_number=1,
        content_id=5,
        expires_at=NOW + DAY,
    )
    attempt = Preparation(renderer=HtmlRenderer(), finisher=finisher, store_id="s", zones=Zones())(
        claim, content, RULES, NOW
    )
    assert isinstance(attempt, Attempt)
    return attempt.messages[0].content, finisher


class TestTheFinisher:
    def test_has_html_of_an_email_before_it_is_sent(self) -> None:
        content, finisher = prepared(Content(subject="s", html="<p>x"))

        assert content.html == "<p>x!"
        assert finisher.calls == [(5, True)]

    def test_has_what_a_template_made_for_one_person(self) -> None:
        content, finisher = prepared(Content(subject="s", html="<p>x", markup=Markup.JINJA))

        assert content.html == "<p>x!"
        assert finisher.calls == [(5, False)]

    def test_is_not_asked_for_plain_text_or_another_channel(self) -> None:
        for content, channel in (
            (Content(subject="s", body="x"), Channel.EMAIL),
            (Content(body="x"), Channel.SMS),
            (Content(body="x", html="<p>x"), Channel.SMS),
        ):
            assert prepared(content, channel)[1].calls == []
