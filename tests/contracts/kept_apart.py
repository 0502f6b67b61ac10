"""What every store must do with tests: they go their whole way beside what is real, and neither touches the other."""

from collections.abc import Sequence

import pytest

from application.insight.report import rows_of
from application.ports.notification_repository import NotificationQuery
from application.ports.report_repository import Grouping
from domain.audience import Audience, Everybody, Listed, parse_audience
from domain.channel import Channel
from domain.claim import Claim
from domain.errors import Conflict, NotFound
from domain.lane import LaneName, LaneState
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted
from tests.contracts.given import (
    NOW,
    a_campaign,
    a_key,
    a_message,
    a_person,
    add,
    add_one,
    advance_to_the_end,
    answer,
    claim,
    only,
)
from tests.contracts.stores import Stores

REAL = LaneName(Channel.EMAIL, NotificationType.TRANSACTIONAL)
TEST = LaneName(Channel.EMAIL, NotificationType.TRANSACTIONAL, test=True)


def listed(stores: Stores) -> list[str]:
    return [standing.lane.name for standing in stores.lanes.all()]


def found(stores: Stores, *, test: bool | None) -> list[int]:
    return [one.id for one in stores.notifications.find(NotificationQuery(test=test))]


class _Notifications:
    def test_say_what_they_are_and_are_found_by_it(self, stores: Stores) -> None:
        real, test = add(stores, a_message(), a_message(test=True))

        assert (real.test, test.test) == (False, True)
        assert [stores.notifications.get(one.id).test for one in (real, test)] == [False, True]
        assert found(stores, test=True) == [test.id]
        assert found(stores, test=False) == [real.id]
        assert found(stores, test=None) == [test.id, real.id]

    @pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS, Channel.IN_APP])
    @pytest.mark.parametrize("type_", NotificationType)
    def test_wait_in_a_lane_of_their_own(self, stores: Stores, channel: Channel, type_: NotificationType) -> None:
        real, test = add(
            stores, a_message(channel=channel, type=type_), a_message(channel=channel, type=type_, test=True)
        )

        by_lane = {lane.test: claim(stores, lane=lane).claims for lane in stores.queue.due_lanes(NOW)}
        assert {is_test: only(held).notification_id for is_test, held in by_lane.items()} == {
            False: real.id,
            True: test.id,
        }

    def test_a_key_gives_the_test_again(self, stores: Stores) -> None:
        first = add_one(stores, a_message(key=a_key(), test=True))

        again = only(stores.notifications.add([a_message(key=a_key(), test=True)]))

        assert not isinstance(again, Exception)
        assert again.notification == first


class _Lanes:
    def test_those_of_tests_are_listed_once_they_are_used(self, stores: Stores) -> None:
        before = listed(stores)
        assert not [name for name in before if name.endswith("/test")]

        test = add_one(stores, a_message(test=True))
        assert listed(stores) == [*before, "email/transactional/test"]
        answer(stores, only(claim(stores).claims), Accepted())

        assert stores.notifications.get(test.id).status is Status.SENT
        assert listed(stores) == [*before, "email/transactional/test"]
        assert stores.lanes.get(TEST).statuses == {Status.SENT: 1}
        assert stores.lanes.get(REAL).statuses == {}

    def test_campaigns_come_behind_all_standing_ones(self, stores: Stores) -> None:
        stores.campaigns.start(a_campaign())
        add_one(stores, a_message(test=True))

        assert listed(stores)[-2:] == ["email/transactional/test", "email/promotional/campaign-1"]

    def test_are_paused_and_paced_alone(self, stores: Stores) -> None:
        add(stores, a_message(), a_message(test=True))

        assert stores.lanes.pause(TEST).lane.state is LaneState.PAUSED
        stores.lanes.pace(TEST, 5.0)

        assert only(stores.queue.due_lanes(NOW)).test is False
        assert (stores.lanes.get(REAL).lane.state, stores.lanes.get(REAL).lane.rate) == (LaneState.OPEN, None)
        assert stores.lanes.resume(TEST).lane.rate == 5.0


class _Campaigns:
    def test_of_a_test_everything_is_one(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        started = stores.campaigns.start(a_campaign(channels=(Channel.EMAIL, Channel.SMS), test=True))

        finished = advance_to_the_end(stores, started.id)

        assert started.test
        assert finished.test
        assert finished.created == 4
        assert len(found(stores, test=True)) == 4
        lanes = stores.campaigns.progress(started.id).lanes
        assert [one.lane.name for one in lanes] == [
            f"{channel}/promotional/campaign-{started.id}/test" for channel in (Channel.EMAIL, Channel.SMS)
        ]
        assert stores.lanes.get(LaneName.parse(lanes[0].lane.name)) == lanes[0]
        with pytest.raises(NotFound):
            stores.lanes.get(LaneName.parse(lanes[0].lane.name.removesuffix("/test")))

    def test_pages_have_the_ones_or_the_others(self, stores: Stores) -> None:
        ids = [stores.campaigns.start(a_campaign(f"campaign {n}", test=n % 2 == 1)).id for n in range(4)]

        def page(*, test: bool | None, after: int | None = None) -> Sequence[int]:
            return [one.id for one in stores.campaigns.page(2, after, test=test)]

        assert page(test=True) == [ids[3], ids[1]]
        assert page(test=False) == [ids[2], ids[0]]
        assert page(test=False, after=ids[2]) == [ids[0]]
        assert page(test=None) == [ids[3], ids[2]]

    @pytest.mark.parametrize("audience", [Everybody(), parse_audience("plan != free")])
    def test_who_is_there_for_tests_is_passed_over_unless_it_is_a_test(
        self, stores: Stores, audience: Audience
    ) -> None:
        stores.recipients.put([a_person("ada"), a_person("simulate-bob")])
        listed = a_campaign("listed", Listed(("simulate-bob",)))
        real, test = a_campaign("real", audience), a_campaign("tried", audience, test=True)

        assert [only(stores.campaigns.alike(one, Channel.EMAIL)).number for one in (real, test, listed)] == [1, 2, 1]
        for one, created in ((real, 1), (test, 2), (listed, 1)):
            finished = advance_to_the_end(stores, stores.campaigns.start(one).id)
            assert (finished.created, finished.no_address, finished.suppressed) == (created, 0, 0)

    def test_a_name_that_a_test_has_is_taken_and_that_is_said(self, stores: Stores) -> None:
        stores.campaigns.start(a_campaign("spring", test=True))

        with pytest.raises(Conflict, match="a test campaign named 'spring' exists"):
            stores.campaigns.start(a_campaign("spring"))


class _Reports:
    @pytest.mark.parametrize("by", [None, *Grouping])
    def test_leave_tests_out(self, stores: Stores, by: Grouping | None) -> None:
        answer(stores, only(self._claims(stores, test=False)), Accepted())
        stores.campaigns.start(a_campaign("real"))
        before = rows_of(stores.reports.counted(None, by), by)

        answer(stores, only(self._claims(stores, test=True)), Accepted())
        add_one(stores, a_message(test=True))
        advance_to_the_end(stores, stores.campaigns.start(a_campaign("tried", test=True)).id)

        assert rows_of(stores.reports.counted(None, by), by) == before

    @pytest.mark.parametrize("by", [None, *Grouping])
    def test_of_tests_leave_all_else_out(self, stores: Stores, by: Grouping | None) -> None:
        answer(stores, only(self._claims(stores, test=True)), Accepted())
        before = rows_of(stores.reports.counted(None, by, test=True), by)
        assert any(row.created or row.hand_overs for row in before) is (by is not Grouping.CAMPAIGN)

        answer(stores, only(self._claims(stores, test=False)), Accepted())
        advance_to_the_end(stores, stores.campaigns.start(a_campaign("real")).id)
        assert rows_of(stores.reports.counted(None, by, test=True), by) == before

        advance_to_the_end(stores, stores.campaigns.start(a_campaign("tried", test=True)).id)
        after = rows_of(stores.reports.counted(None, by, test=True), by)
        assert (after != before) is (by is not Grouping.GATEWAY)  # no gateway has had anything of it yet

    @staticmethod
    def _claims(stores: Stores, *, test: bool) -> Sequence[Claim]:
        add_one(stores, a_message(test=test))
        return claim(stores).claims


class KeptApartContract(_Notifications, _Lanes, _Campaigns, _Reports):
    """Tests beside what is real."""
