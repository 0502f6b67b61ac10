"""Find, show, why, report and the state of the gateways."""

from datetime import timedelta

import pytest

from adapters.memory.memory_sender import MemorySender
from application.insight.find import Find, FindCampaign, Show
from application.insight.inspect_gateways import CheckGateway, GatewayFacts, ListGateways
from application.insight.report import Report
from application.insight.why import Why
from application.ports.clock import Deadline
from application.ports.notification_repository import NotificationQuery
from application.ports.report_repository import Grouping
from application.ports.sender import Gateway
from domain.channel import Channel
from domain.errors import InvalidInput, NotFound
from domain.gates import GATES, Pass, Stop
from domain.lane import LaneName, LaneState
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, GatewayDown, Outcome, Unreachable
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import a_campaign
from tests.unit.application.insight.asking import explaining
from tests.unit.application.sending.desk import START, Desk, ManualClock


@pytest.fixture
def desk() -> Desk:
    desk = Desk(clock=ManualClock())
    desk.route(Channel.EMAIL, desk.gateway("mail"), desk.gateway("backup"))
    return desk


@pytest.fixture
def why(desk: Desk) -> Why:
    return explaining(desk)


def test_find_pages_through_the_newest_first(desk: Desk) -> None:
    ids = [desk.add(f"p{n}") for n in range(5)]
    find = Find(notifications=desk.store.notifications)

    first = find(NotificationQuery(limit=2))
    assert ([one.id for one in first.items], first.next) == (ids[:2:-1], ids[3])
    rest = find(NotificationQuery(limit=50, after=first.next))
    assert ([one.id for one in rest.items], rest.next) == (ids[2::-1], None)
    assert [one.id for one in find.stream(NotificationQuery(limit=0))] == ids[::-1]
    assert [one.id for one in find.stream(NotificationQuery(limit=3))] == ids[:1:-1]


def test_why_names_the_lane_and_how_it_stands(desk: Desk, why: Why) -> None:
    number = desk.add()
    assert (why(number).lane.name, why(number).lane.state) == ("email/transactional", LaneState.OPEN)

    desk.store.lanes.pause(LaneName.parse("email/transactional"))

    assert why(number).lane.state is LaneState.PAUSED


def test_why_names_a_suppression_also_where_its_reason_spares_the_type(desk: Desk, why: Why) -> None:
    complaint = Suppression(
        channel=Channel.EMAIL, address="ada@example.com", reason=SuppressionReason.COMPLAINT, at=START
    )
    desk.store.suppressions.add([complaint])

    for type_, stops in ((NotificationType.TRANSACTIONAL, False), (NotificationType.PROMOTIONAL, True)):
        told = why(desk.add(type_=type_))

        gate = next(one for one in told.gates if one.gate == "suppression")
        assert isinstance(gate.verdict, Stop) is stops
        assert gate.values["suppressed"] == ("ada@example.com (complaint)" if stops else "none")
        assert dict(told.suppressions) == {"ada@example.com": (complaint,)}
        assert told.is_stopped_by(complaint) is stops


def test_why_names_every_reason_and_one_that_counts_is_enough(desk: Desk, why: Why) -> None:
    reasons = (SuppressionReason.COMPLAINT, SuppressionReason.UNREACHABLE)
    listed = [Suppression(channel=Channel.EMAIL, address="ada@example.com", reason=one, at=START) for one in reasons]
    desk.store.suppressions.add(listed)

    told = why(desk.add())

    assert dict(told.suppressions) == {"ada@example.com": tuple(listed)}
    assert [told.is_stopped_by(one) for one in listed] == [False, True]
    assert isinstance(next(one for one in told.gates if one.gate == "suppression").verdict, Stop)


def test_show_tells_the_whole_story(desk: Desk) -> None:
    notification = desk.add()
    desk.dispatch()

    story = Show(notifications=desk.store.notifications)(notification)

    assert story.notification.id == notification
    assert [line.outcome for line in story.hand_overs] == ["accepted"]
    with pytest.raises(NotFound):
        Show(notifications=desk.store.notifications)(999)


def test_why_lists_every_gate_every_attempt_and_the_gateways(desk: Desk, why: Why) -> None:
    desk.memory_sender("mail").script(GatewayDown("refused"))
    desk.memory_sender("backup").script(Unreachable("550 5.1.1"))
    notification = desk.add()
    desk.dispatch()

    explanation = why(notification)

    verdicts = {finding.gate: finding.verdict for finding in explanation.gates}
    assert list(verdicts) == [gate.name for gate in GATES]
    assert isinstance(verdicts["expiry"], Pass)
    assert isinstance(verdicts["suppression"], Stop)
    assert {line.gateway: line.outcome for line in explanation.hand_overs} == {
        "mail": "gateway_down",
        "backup": "unreachable",
    }
    assert [one.detail for one in explanation.suppressions["ada@example.com"]] == ["550 5.1.1"]
    assert [(health.gateway, health.is_down) for health in explanation.route] == [("mail", True), ("backup", False)]


def test_why_of_nothing_is_not_found(why: Why) -> None:
    with pytest.raises(NotFound, match="no notification has the id 7"):
        why(7)


def test_a_report_counts_what_became_of_them(desk: Desk) -> None:
    desk.memory_sender("mail").script(Accepted(), Unreachable("550"))
    for name in ("ada", "bob"):
        desk.add(name)
    desk.dispatch()
    desk.add("cyd", due_in=timedelta(hours=1))
    report = Report(reports=desk.store.reports, clock=desk.clock)

    (row,) = report()
    assert (row.created, row.sent, row.failed, row.total) == (3, 1, 1, 3)
    assert row.now is not None
    assert (row.now[Status.SENT], row.now[Status.FAILED], row.now[Status.PENDING]) == (1, 1, 1)
    assert [one.group for one in report(by=Grouping.CHANNEL)] == ["email"]


def test_a_report_of_one_day_is_of_today_in_utc(desk: Desk) -> None:
    desk.add("ada")
    clock = ManualClock(moment=START.replace(hour=23, minute=59, second=59))
    report = Report(reports=desk.store.reports, clock=clock)

    assert report(days=1)[0].created == 1
    clock.forward(timedelta(seconds=1))
    assert [report(days=days)[0].created for days in (1, 2)] == [0, 1]


@pytest.mark.parametrize("days", [0, -1, 3661])
def test_a_report_looks_back_a_sensible_number_of_days(desk: Desk, days: int) -> None:
    with pytest.raises(InvalidInput, match="days"):
        Report(reports=desk.store.reports, clock=desk.clock)(days)


def test_a_campaign_is_found_by_name_or_by_id(desk: Desk) -> None:
    find = FindCampaign(campaigns=desk.store.campaigns)
    started = desk.store.campaigns.start(a_campaign("spring"))

    assert find("spring").id == find(str(started.id)).id == started.id
    for unknown in ("autumn", "999", "٣", "9" * 30):
        with pytest.raises(NotFound):
            find(unknown)


def checked(desk: Desk, outcome: Outcome) -> CheckGateway:
    def check(deadline: Deadline) -> Outcome:
        assert not deadline.has_passed
        return outcome

    gateway = Gateway(name="mail", kind="memory", sender=MemorySender(), check=check)
    return CheckGateway(gateway=lambda _: gateway, gateways=desk.store.gateways, clock=desk.clock)


def test_a_gateway_that_answers_its_check_is_woken(desk: Desk) -> None:
    desk.memory_sender("mail").script(GatewayDown("refused"))
    desk.add()
    desk.dispatch()
    states = ListGateways(
        configured=[GatewayFacts(name="mail", kind="memory"), GatewayFacts(name="spare", kind="outbox")],
        routes={Channel.EMAIL: ("mail",)},
        gateways=desk.store.gateways,
    )
    assert [(one.health.is_usable(START), one.channels) for one in states()] == [(False, [Channel.EMAIL]), (True, [])]

    assert checked(desk, GatewayDown("still refused"))("mail") == GatewayDown("still refused")
    assert not states()[0].health.is_usable(START)
    assert checked(desk, Accepted())("mail") == Accepted()
    assert states()[0].health.is_usable(START)


def test_a_gateway_of_ones_own_may_have_no_check(desk: Desk) -> None:
    gateway = Gateway(name="own", kind="shop:pager", sender=MemorySender())
    assert CheckGateway(gateway=lambda _: gateway, gateways=desk.store.gateways, clock=desk.clock)("own") is None
