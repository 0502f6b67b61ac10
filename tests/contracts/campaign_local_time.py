"""What every store must do with a campaign by the recipients' clocks."""

from datetime import UTC, datetime, time, timedelta

import pytest
from attrs import evolve

from application.ports.notification_repository import NotificationQuery
from domain.campaign import Basis, Estimate, LocalSchedule, NewCampaign
from domain.local_time import LocalTime
from domain.notification import Notification
from tests.contracts.given import DAY, NOW, a_campaign, a_person, advance_to_the_end, cancel_to_the_end, only
from tests.contracts.stores import Stores

CROWD = 3000
"""More than one chunk of any store."""


def told(stores: Stores, campaign_id: int) -> list[Notification]:
    return list(stores.notifications.find(NotificationQuery(campaign_id=campaign_id, limit=0)))


LOCAL = LocalSchedule(time=LocalTime(time(9)), fallback="Europe/Vienna", lifetime=DAY)


class LocalTimeContract:
    """Everybody gets theirs by their own clock, and one campaign is one however many zones and chunks it has."""

    def _told_at(self, stores: Stores, new: NewCampaign) -> dict[str, tuple[datetime, datetime]]:
        campaign = stores.campaigns.start(new)
        assert (campaign.local, stores.campaigns.get(campaign.id).local) == (new.local, new.local)
        advance_to_the_end(stores, campaign.id)
        return {one.recipient_id: (one.send_at, one.expires_at) for one in told(stores, campaign.id)}

    def _people_of_four_zones(self, stores: Stores) -> None:
        zones = {"none": None, "west": "America/Los_Angeles", "east": "Asia/Tokyo", "gone": "Mars/Olympus_Mons"}
        stores.recipients.put([evolve(a_person(name), timezone=zone) for name, zone in zones.items()])

    def test_everybody_gets_theirs_when_their_own_clock_next_shows_it(self, stores: Stores) -> None:
        self._people_of_four_zones(stores)

        found = self._told_at(stores, evolve(a_campaign(), local=LOCAL))  # it is nine in London

        vienna = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
        moments = {"none": vienna, "west": NOW + timedelta(hours=8), "east": NOW + timedelta(hours=15), "gone": vienna}
        assert found == {name: (at, at + DAY) for name, at in moments.items()}

    def test_without_a_lifetime_all_expire_with_the_campaign(self, stores: Stores) -> None:
        self._people_of_four_zones(stores)

        found = self._told_at(
            stores, evolve(a_campaign(), local=evolve(LOCAL, lifetime=None), expires_at=NOW + 3 * DAY)
        )

        assert {expires_at for _, expires_at in found.values()} == {NOW + 3 * DAY}

    @pytest.mark.parametrize(
        ("begin", "expected"),
        [
            ("2026-03-28T12:00+00:00", "2026-03-29T07:00+00:00"),  # the clocks go forward in the night
            ("2026-10-24T12:00+00:00", "2026-10-25T08:00+00:00"),  # and back
        ],
    )
    def test_the_hour_is_right_on_the_day_on_which_clocks_change(
        self, stores: Stores, begin: str, expected: str
    ) -> None:
        stores.recipients.put([evolve(a_person(), timezone="Europe/Berlin")])
        begins = datetime.fromisoformat(begin)
        new = evolve(a_campaign(), local=LOCAL, send_at=begins, created_at=begins, expires_at=begins + 2 * DAY)

        assert self._told_at(stores, new)["ada"][0] == datetime.fromisoformat(expected)

    def test_every_chunk_counts_from_the_moment_at_which_it_began(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(f"person-{n}"), timezone="Asia/Tokyo") for n in range(CROWD)])
        campaign = stores.campaigns.start(evolve(a_campaign(), local=LOCAL))
        first = stores.campaigns.advance(campaign.id, NOW)
        assert first.considered < first.total, "one chunk must not be all of it"
        stores.campaigns.pause(campaign.id)
        stores.campaigns.resume(campaign.id)

        later = first
        while not later.is_complete:
            later = stores.campaigns.advance(campaign.id, NOW + 2 * DAY)

        assert {one.send_at for one in told(stores, campaign.id)} == {NOW + timedelta(hours=15)}
        assert cancel_to_the_end(stores, campaign.id) == CROWD

    def test_the_progress_says_when_the_last_of_them_falls_due(self, stores: Stores) -> None:
        self._people_of_four_zones(stores)
        campaign = stores.campaigns.start(evolve(a_campaign(), local=LOCAL))
        advance_to_the_end(stores, campaign.id)

        progress = stores.campaigns.progress(campaign.id)

        lane = only(progress.lanes)
        assert (lane.next_due, lane.last_due) == (NOW + timedelta(hours=8), NOW + timedelta(hours=23))
        assert progress.estimate(NOW) == Estimate(timedelta(hours=23), Basis.DUE)
