"""The links that messages carry."""

from datetime import timedelta

import pytest
from attrs import define, evolve, field

from adapters.memory.store import MemoryStore
from application.links.message_links import LOOK_EVERY_S, NOWHERE, Links, MessageLinks
from application.links.tokens import CheckLink
from application.ports.link_repository import FIRST_LINKS, LinkGenerations
from application.sending.attempt import Attempt
from application.sending.preparation import Preparation
from application.zones import Zones
from domain.channel import Channel
from domain.claim import Claim, Rules
from domain.content import Content, Markup
from domain.errors import StoreUnavailable
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.preferences import Scope
from tests.contracts.given import DAY, NOW, RETRY, a_person
from tests.unit.application.sending.desk import ManualClock
from tests.unit.application.sending.test_preparation import HtmlRenderer, MarkingFinisher

URL = "https://notify.example.com"
LIFETIME = timedelta(days=30)
CLAIM = Claim(
    notification_id=7,
    fence=1,
    attempts=1,
    losses=0,
    channel=Channel.EMAIL,
    type=NotificationType.PROMOTIONAL,
    recipient=a_person(),
    recipient_number=1,
    content_id=5,
    expires_at=NOW + DAY,
    topic="weekly",
)


@define
class Generations:
    """A store that can be gone."""

    now: LinkGenerations = FIRST_LINKS
    is_gone: bool = False
    looks: int = field(default=0, init=False)

    def generations(self) -> LinkGenerations:
        self.looks += 1
        if self.is_gone:
            raise StoreUnavailable("it is gone")
        return self.now

    def number_of(self, recipient_id: str) -> int | None:
        return 1 if recipient_id == CLAIM.recipient.id else None

    def rotate(self, *, revoke: bool) -> LinkGenerations:
        self.now = self.now.after(revoke=revoke)
        return self.now


def made(url: str | None, repository: Generations, clock: ManualClock) -> MessageLinks:
    return MessageLinks(public_url=url, lifetime=LIFETIME, secret="s", repository=repository, clock=clock)


def links_of(maker: MessageLinks, claim: Claim = CLAIM) -> Links:
    found = maker(claim)
    assert isinstance(found, Links)
    return found


def headers(type_: NotificationType, channel: Channel = Channel.EMAIL, url: str | None = URL) -> dict[str, str]:
    prepare = Preparation(
        renderer=HtmlRenderer(),
        finisher=MarkingFinisher(),
        store_id="s",
        zones=Zones(),
        links=made(url, Generations(), ManualClock()),
    )
    rules = Rules(policy=TYPE_POLICIES[type_], retry=RETRY)
    attempt = prepare(evolve(CLAIM, type=type_, channel=channel), Content(subject="s", body="b"), rules, NOW)
    assert isinstance(attempt, Attempt)
    return dict(attempt.messages[0].headers)


class TestLinks:
    def test_open_what_the_message_was_about_for_a_lifetime_after_its_end(self) -> None:
        clock = ManualClock()
        links = links_of(made(URL, Generations(), clock))

        start, _, token = links.unsubscribe.rpartition("/")
        assert (start, links.preferences) == (f"{URL}/unsubscribe", f"{URL}/preferences/{token}")
        found = CheckLink(links=Generations(), clock=clock, secret="s")(token)
        assert found is not None
        assert found.recipient_id == CLAIM.recipient.id
        assert found.about == Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL, topic="weekly")
        assert found.expires_at == (NOW + DAY + LIFETIME).replace(microsecond=0)

    def test_are_the_same_on_every_attempt(self) -> None:
        clock = ManualClock()
        first = links_of(made(URL, Generations(), clock))
        clock.forward(timedelta(hours=5))

        assert links_of(made(URL, Generations(), clock), evolve(CLAIM, fence=2, attempts=2)) == first

    def test_are_of_the_new_generation_soon_after_somebody_rotated(self) -> None:
        clock, repository = ManualClock(), Generations()
        maker = made(URL, repository, clock)
        first = links_of(maker)
        repository.rotate(revoke=True)

        assert links_of(maker) == first
        clock.forward(timedelta(seconds=LOOK_EVERY_S))
        assert "/unsubscribe/2." in links_of(maker).unsubscribe

    def test_are_looked_up_once_a_second_and_not_once_a_message(self) -> None:
        clock, repository = ManualClock(), Generations()
        maker = made(URL, repository, clock)
        for _ in range(3):
            for _ in range(100):
                maker(CLAIM)
            clock.forward(timedelta(seconds=LOOK_EVERY_S))

        assert repository.looks == 3

    def test_stay_as_they_were_while_the_store_cannot_be_read(self) -> None:
        clock, repository = ManualClock(), Generations()
        maker = made(URL, repository, clock)
        first = links_of(maker)
        repository.is_gone = True
        clock.forward(timedelta(seconds=LOOK_EVERY_S))

        assert links_of(maker) == first

    def test_lead_nowhere_without_a_public_address(self) -> None:
        assert made(None, Generations(), ManualClock())(CLAIM) is NOWHERE


class TestTheHeaders:
    @pytest.mark.parametrize("type_", [NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL])
    def test_are_those_of_one_click(self, type_: NotificationType) -> None:
        found = headers(type_)

        assert list(found) == ["List-Unsubscribe", "List-Unsubscribe-Post"]
        assert found["List-Unsubscribe"].startswith(f"<{URL}/unsubscribe/1.")
        assert found["List-Unsubscribe"].endswith(">")
        assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_have_no_one_click_without_https(self) -> None:
        assert list(headers(NotificationType.PROMOTIONAL, url="http://notify.example.com")) == ["List-Unsubscribe"]

    def test_are_left_out_of_what_nobody_can_refuse_of_other_channels_and_without_an_address(self) -> None:
        assert headers(NotificationType.TRANSACTIONAL) == {}
        assert headers(NotificationType.PROMOTIONAL, Channel.SMS) == {}
        assert headers(NotificationType.PROMOTIONAL, url=None) == {}


class TestTheVariables:
    def test_reach_the_template(self) -> None:
        store = MemoryStore(new_id=lambda: "home")
        seen = []

        class Seeing(HtmlRenderer):
            def render(self, *arguments: object) -> Content:
                seen.append(arguments[4])
                return super().render(*arguments)

        maker = MessageLinks(public_url=URL, lifetime=LIFETIME, secret="s", repository=store.links, clock=ManualClock())
        prepare = Preparation(renderer=Seeing(), finisher=MarkingFinisher(), store_id="s", zones=Zones(), links=maker)
        claim = evolve(CLAIM, channel=Channel.SMS, variables={"unsubscribe_url": "their own", "name": "Ada"})
        prepare(
            claim, Content(body="b", markup=Markup.JINJA), Rules(policy=TYPE_POLICIES[claim.type], retry=RETRY), NOW
        )

        assert seen == [
            {"unsubscribe_url": "their own", "preferences_url": links_of(maker, claim).preferences, "name": "Ada"}
        ]
