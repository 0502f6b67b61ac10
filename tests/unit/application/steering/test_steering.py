"""Steering campaigns, lanes and gateways by hand."""

from datetime import timedelta

import pytest

from adapters.memory.store import MemoryStore
from application.insight.inspect_gateways import CheckGateway
from application.ports.clock import Deadline
from application.ports.sender import Gateway
from application.steering.campaigns import CancelCampaign, ListCampaigns, PauseCampaign, ResumeCampaign, ShowCampaign
from application.steering.gateways import PauseGateway, ResumeGateway
from application.steering.lanes import ListLanes, PaceLane, PauseLane, ResumeLane
from domain.campaign import Campaign, CampaignStatus
from domain.errors import InvalidInput, NotFound
from domain.gateway_health import UNTIL_RESUMED
from domain.lane import LaneState
from domain.lifecycle import Status
from domain.outcome import Accepted, GatewayDown, Outcome
from tests.contracts.given import a_campaign, a_person, advance_to_the_end
from tests.unit.application.sending.desk import START, ManualClock

CROWD = 1200
CLOCK = ManualClock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(new_id=lambda: "store")


@pytest.fixture
def campaign(store: MemoryStore) -> Campaign:
    """Return a campaign whose notifications all wait."""
    store.recipients.put([a_person(f"person-{number}") for number in range(CROWD)])
    return advance_to_the_end(store, store.campaigns.start(a_campaign()).id)


class TestCampaigns:
    def test_are_listed_page_by_page_the_newest_first(self, store: MemoryStore) -> None:
        ids = [store.campaigns.start(a_campaign(f"campaign {number}")).id for number in range(5)]
        list_campaigns = ListCampaigns(campaigns=store.campaigns)

        first = list_campaigns(2)
        assert ([one.id for one in first.items], first.next) == ([ids[4], ids[3]], ids[3])
        last = list_campaigns(3, first.next)
        assert ([one.id for one in last.items], last.next) == ([ids[2], ids[1], ids[0]], None)
        assert [one.id for one in list_campaigns.stream(0)] == ids[::-1]
        assert [one.id for one in list_campaigns.stream(3)] == ids[:1:-1]
        assert [one.id for one in list_campaigns.stream(3, ids[1])] == [ids[0]]

    def test_are_paused_and_resumed(self, store: MemoryStore, campaign: Campaign) -> None:
        assert PauseCampaign(campaigns=store.campaigns)(campaign.id).status is CampaignStatus.PAUSED
        assert ResumeCampaign(campaigns=store.campaigns)(campaign.id) == campaign

    def test_a_cancelled_one_is_withdrawn_to_the_last(self, store: MemoryStore, campaign: Campaign) -> None:
        cancel = CancelCampaign(campaigns=store.campaigns, clock=CLOCK)

        assert cancel(campaign.id) == CROWD
        assert cancel(campaign.id) == 0
        shown = ShowCampaign(campaigns=store.campaigns)(campaign.id)
        assert shown.campaign.status is CampaignStatus.CANCELLED
        assert shown.statuses[Status.CANCELLED] == CROWD

    def test_cancelled_at_once_the_rest_is_left_to_dispatchers(self, store: MemoryStore, campaign: Campaign) -> None:
        cancel = CancelCampaign(campaigns=store.campaigns, clock=CLOCK)

        assert cancel.at_once(campaign.id).status is CampaignStatus.CANCELLED
        assert [one.id for one in store.campaigns.unfinished()] == [campaign.id]
        assert list(store.queue.due_lanes(START)) == []


class TestLanes:
    def test_are_steered_by_their_names(self, store: MemoryStore) -> None:
        name = "email/transactional"

        assert PauseLane(lanes=store.lanes)(name).lane.state is LaneState.PAUSED
        assert PaceLane(lanes=store.lanes)(name, 5.0).lane.rate == 5.0
        assert ResumeLane(lanes=store.lanes)(name).lane.state is LaneState.OPEN
        assert PaceLane(lanes=store.lanes)(name, None).lane.rate is None
        assert name in [one.lane.name for one in ListLanes(lanes=store.lanes)()]

    def test_what_cannot_be_a_pace_changes_nothing(self, store: MemoryStore) -> None:
        with pytest.raises(InvalidInput, match="rate: must be more than 0"):
            PaceLane(lanes=store.lanes)("email/transactional", 0.0)

    def test_an_unknown_name_is_not_found(self, store: MemoryStore) -> None:
        with pytest.raises(NotFound, match="fax/transactional"):
            PauseLane(lanes=store.lanes)("fax/transactional")


class Telephone:
    """Says when asked that it could send, or not."""

    batch_size = 1

    def __init__(self, answer: Outcome) -> None:
        self.answer = answer

    def send(self, messages: object, deadline: Deadline) -> list[Outcome]:
        return []

    def check(self, deadline: Deadline) -> Outcome:
        return self.answer


class TestGateways:
    def _pause(self, store: MemoryStore) -> PauseGateway:
        return PauseGateway(configured=("mail",), gateways=store.gateways, clock=CLOCK)

    def test_one_rests_for_so_long(self, store: MemoryStore) -> None:
        health = self._pause(store)("mail", timedelta(minutes=10))

        assert (health.paused_until, health.reason) == (START + timedelta(minutes=10), "paused by hand")
        assert not health.is_usable(START)
        assert health.is_usable(START + timedelta(minutes=10))
        assert not health.is_down

    def test_without_a_span_one_rests_until_it_is_resumed(self, store: MemoryStore) -> None:
        assert self._pause(store)("mail").paused_until == UNTIL_RESUMED

        health = ResumeGateway(configured=("mail",), gateways=store.gateways)("mail")

        assert health.is_usable(START)
        assert health.reason is None

    def test_one_that_failed_is_woken_and_its_failures_forgotten(self, store: MemoryStore) -> None:
        store.gateways.observe("mail", GatewayDown("nobody answers"), START)

        health = ResumeGateway(configured=("mail",), gateways=store.gateways)("mail")

        assert health.is_usable(START)
        assert not health.is_down

    @pytest.mark.parametrize("span", [timedelta(0), timedelta(seconds=-1), timedelta(days=367), timedelta.max])
    def test_a_span_must_make_sense(self, store: MemoryStore, span: timedelta) -> None:
        with pytest.raises(InvalidInput, match="for: must be between 1s and 366d"):
            self._pause(store)("mail", span)
        assert "mail" not in store.gateways.health()

    def test_one_that_is_not_configured_is_not_found(self, store: MemoryStore) -> None:
        with pytest.raises(NotFound, match="post"):
            self._pause(store)("post")
        with pytest.raises(NotFound, match="post"):
            ResumeGateway(configured=("mail",), gateways=store.gateways)("post")

    def test_a_good_answer_to_a_check_wakes_only_what_no_person_paused(self, store: MemoryStore) -> None:
        telephone = Telephone(Accepted("ok"))
        gateway = Gateway(name="mail", kind="own", sender=telephone, check=telephone.check)
        check = CheckGateway(gateway=lambda _: gateway, gateways=store.gateways, clock=CLOCK)
        store.gateways.observe("mail", GatewayDown("nobody answers"), START)
        check("mail")
        assert store.gateways.health()["mail"].is_usable(START)

        self._pause(store)("mail")
        check("mail")

        assert not store.gateways.health()["mail"].is_usable(START)
