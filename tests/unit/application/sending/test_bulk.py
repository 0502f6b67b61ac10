"""Starting a campaign."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

import pytest
from attrs import evolve

from adapters.memory.store import MemoryStore
from application.ports.notification_repository import NotificationQuery
from application.sending.bulk import Bulk, BulkCommand, CampaignPlan, StartCampaign
from application.sending.preview_bulk import PreviewBulk
from domain.audience import Everybody, Listed, parse_audience
from domain.campaign import Campaign, CampaignStatus
from domain.channel import Channel
from domain.content import Content, Markup
from domain.errors import Conflict, InvalidInput
from domain.local_time import LocalTime
from domain.notification import IdempotencyKey
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.recipient import Recipient
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.unit.application.sending.desk import START, ManualClock, PlainRenderer

COMMAND = BulkCommand(
    audience=Everybody(),
    channels=(Channel.EMAIL,),
    type=NotificationType.PROMOTIONAL,
    content=Content(subject="Spring", body="Hello {name}", markup=Markup.JINJA),
    name="spring",
)


class FussyRenderer(PlainRenderer):
    """Finds a fault in every template."""

    def problems(self, content: Content, variables: Collection[str] = ()) -> list[tuple[str, str]]:
        return [("body", "line 1: unexpected end")]


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(new_id=lambda: "store")
    store.recipients.put(
        [Recipient(id=f"p{n}", name=f"P{n}", email=f"p{n}@example.com", attributes={"plan": "pro"}) for n in range(5)]
        + [Recipient(id="quiet", name="Quiet")]
    )
    return store


def a_plan(renderer: PlainRenderer | None = None) -> CampaignPlan:
    return CampaignPlan(
        channels={Channel.EMAIL, Channel.SMS},
        policies=TYPE_POLICIES,
        renderer=renderer or PlainRenderer(),
        templates=MemoryStore(new_id=lambda: "templates").templates,
        clock=ManualClock(),
    )


@pytest.fixture
def bulk(store: MemoryStore) -> Bulk:
    return Bulk(plan=a_plan(), campaigns=store.campaigns, clock=ManualClock())


def test_every_member_with_an_address_gets_one_notification(bulk: Bulk, store: MemoryStore) -> None:
    seen: list[Campaign] = []
    campaign = bulk(COMMAND, seen.append)

    assert campaign.status is CampaignStatus.FINISHED
    assert (campaign.created, campaign.no_address, campaign.considered) == (5, 1, 6)
    found = store.notifications.find(NotificationQuery(campaign_id=campaign.id, limit=0))
    assert {one.recipient_id for one in found} == {f"p{n}" for n in range(5)}
    assert seen[-1] == campaign


@pytest.mark.parametrize(("type_", "told"), [(NotificationType.TRANSACTIONAL, 5), (NotificationType.INFORMATIONAL, 4)])
def test_who_complained_is_told_by_a_type_that_complaints_spare(
    bulk: Bulk, store: MemoryStore, type_: NotificationType, told: int
) -> None:
    complaint = Suppression(
        channel=Channel.EMAIL, address="p1@example.com", reason=SuppressionReason.COMPLAINT, at=START
    )
    store.suppressions.add([complaint])
    command = evolve(COMMAND, type=type_)

    preview = PreviewBulk(plan=a_plan(), campaigns=store.campaigns)(command)
    campaign = bulk(command)

    assert (preview.would_get, [one.suppressed for one in preview.channels]) == (told, [5 - told])
    assert (campaign.created, campaign.suppressed) == (told, 5 - told)


def test_a_list_that_names_strangers_is_refused_and_starts_nothing(bulk: Bulk, store: MemoryStore) -> None:
    strangers = tuple(f"stranger{n}" for n in range(7))
    with pytest.raises(InvalidInput, match=r"stranger0, .*stranger4 and 2 more; import them first"):
        bulk(evolve(COMMAND, audience=Listed(("p1", *strangers))))
    assert store.campaigns.find("spring") is None


def test_an_audience_by_attributes_reaches_those_who_match(bulk: Bulk, store: MemoryStore) -> None:
    store.recipients.put([Recipient(id="free", name="F", email="f@example.com", attributes={"plan": "free"})])

    assert bulk(evolve(COMMAND, audience=parse_audience("plan = pro"))).created == 5


def test_without_a_name_it_is_called_after_its_type_and_moment(bulk: Bulk) -> None:
    assert bulk(evolve(COMMAND, name=None)).name == "promotional 2026-03-02T09:00:00.000+00:00"


def test_over_several_channels_each_takes_what_it_can_carry(bulk: Bulk, store: MemoryStore) -> None:
    store.recipients.put([Recipient(id="texted", name="Texted", phone="+14155550100")])

    campaign = bulk(evolve(COMMAND, channels=(Channel.EMAIL, Channel.SMS)))

    assert (campaign.created, campaign.no_address) == (6, 8)


def test_a_channel_that_is_left_with_nothing_to_send_is_refused(bulk: Bulk) -> None:
    with pytest.raises(InvalidInput, match="body: there is nothing to send"):
        bulk(evolve(COMMAND, channels=(Channel.EMAIL, Channel.SMS), content=Content(subject="Hi", html="<p>Hi</p>")))


def test_a_name_is_used_once(bulk: Bulk) -> None:
    bulk(COMMAND)
    with pytest.raises(Conflict, match="spring"):
        bulk(COMMAND)


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        (evolve(COMMAND, channels=()), {"channel"}),
        (evolve(COMMAND, channels=(Channel.PUSH,)), {"channel"}),
        (evolve(COMMAND, channels=(Channel.SMS,)), {"subject"}),
        (evolve(COMMAND, rate=0.0), {"rate"}),
        (evolve(COMMAND, rate=float("nan")), {"rate"}),
        (evolve(COMMAND, rate=float("inf")), {"rate"}),
        (evolve(COMMAND, name=" "), {"name"}),
        (evolve(COMMAND, topic="a\nb"), {"topic"}),
        (evolve(COMMAND, expires_at=START - timedelta(days=1)), {"expires_at"}),
    ],
)
def test_every_wrong_field_is_named(bulk: Bulk, command: BulkCommand, wrong: set[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        bulk(command)
    assert {error.field for error in caught.value.errors} == wrong


def test_a_template_that_cannot_be_read_is_refused(store: MemoryStore) -> None:
    refusing = Bulk(plan=a_plan(FussyRenderer()), campaigns=store.campaigns, clock=ManualClock())
    with pytest.raises(InvalidInput, match="body: line 1: unexpected end"):
        refusing(COMMAND)


class TestByLocalTime:
    NINE = evolve(COMMAND, send_at=LocalTime(time(9)))

    def test_everybody_gets_theirs_by_their_own_clock_and_others_by_that_of_the_configuration(
        self, store: MemoryStore
    ) -> None:
        store.recipients.put([Recipient(id="tokyo", email="t@example.com", timezone="Asia/Tokyo")])
        plan = evolve(a_plan(), timezone="Europe/Vienna")

        campaign = Bulk(plan=plan, campaigns=store.campaigns, clock=ManualClock())(self.NINE)

        found = store.notifications.find(NotificationQuery(campaign_id=campaign.id, limit=0))
        moments = {one.recipient_id: one.send_at for one in found}
        assert moments.pop("tokyo") == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
        assert set(moments.values()) == {datetime(2026, 3, 3, 8, 0, tzinfo=UTC)}
        lives = TYPE_POLICIES[COMMAND.type].time_to_live
        assert {one.expires_at - one.send_at for one in found} == {lives}
        assert campaign.expires_at >= max(one.expires_at for one in found)
        assert (campaign.send_at, campaign.local and campaign.local.fallback) == (START, "Europe/Vienna")

    def test_an_expiry_that_is_given_is_that_of_all(self, bulk: Bulk, store: MemoryStore) -> None:
        expires_at = START + timedelta(hours=26)
        campaign = bulk(evolve(self.NINE, expires_at=expires_at))

        found = store.notifications.find(NotificationQuery(campaign_id=campaign.id, limit=0))
        assert {one.expires_at for one in found} == {campaign.expires_at} == {expires_at}

    def test_one_that_comes_before_the_last_local_time_is_refused(self, bulk: Bulk, store: MemoryStore) -> None:
        said = r"expires_at: is too early: somewhere it may not be 09:00 local before 2026-03-03 10:00Z; give a later"
        with pytest.raises(InvalidInput, match=said):
            bulk(evolve(self.NINE, expires_at=START + timedelta(hours=25)))
        with pytest.raises(InvalidInput, match="expires_at: is in the past"):
            bulk(evolve(self.NINE, expires_at=START))
        assert store.campaigns.find("spring") is None


class TestStartCampaign:
    KEY = IdempotencyKey(scope="shop", key="spring-1", digest=b"spring")

    @pytest.fixture
    def start(self, store: MemoryStore) -> StartCampaign:
        return StartCampaign(plan=a_plan(), campaigns=store.campaigns)

    def test_it_returns_as_soon_as_the_campaign_is_kept(self, start: StartCampaign, store: MemoryStore) -> None:
        started = start(COMMAND)

        assert started.is_new
        assert (started.campaign.status, started.campaign.created) == (CampaignStatus.RUNNING, 0)
        assert list(store.campaigns.unfinished()) == [started.campaign]
        assert list(store.notifications.find(NotificationQuery())) == []

    def test_the_same_key_gives_the_first_answer_again(self, start: StartCampaign, store: MemoryStore) -> None:
        command = evolve(COMMAND, name=None, key=self.KEY)
        first = start(command)
        store.campaigns.advance(first.campaign.id, START)

        again = start(command)

        assert not again.is_new
        assert again.campaign == first.campaign
        assert len(store.campaigns.page(0)) == 1

    def test_the_same_key_gives_it_also_when_it_could_not_be_started_now(
        self, start: StartCampaign, store: MemoryStore
    ) -> None:
        start(evolve(COMMAND, key=self.KEY))

        assert not start(evolve(COMMAND, key=self.KEY, audience=Listed(("stranger",)), channels=())).is_new

    def test_wrong_fields_and_strangers_start_nothing(self, start: StartCampaign, store: MemoryStore) -> None:
        for wrong in (evolve(COMMAND, rate=-1.0), evolve(COMMAND, audience=Listed(("stranger",)))):
            with pytest.raises(InvalidInput):
                start(evolve(wrong, key=self.KEY))

        assert list(store.campaigns.page(0)) == []
        assert start(evolve(COMMAND, key=self.KEY)).is_new


def test_a_campaign_that_is_paused_meanwhile_is_left_where_it_stands(bulk: Bulk, store: MemoryStore) -> None:
    def pause(campaign: Campaign) -> None:
        store.campaigns.pause(campaign.id)

    campaign = bulk(COMMAND, pause)

    assert (campaign.status, campaign.considered) == (CampaignStatus.PAUSED, 0)
