"""What every store of campaigns must do."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from attrs import evolve

from application.ports.notification_repository import NotificationQuery
from domain.audience import Audience, Everybody, Listed, parse_audience
from domain.campaign import CampaignStatus, Reach
from domain.channel import Channel
from domain.errors import Conflict, NotFound
from domain.lifecycle import Status
from domain.notification import Notification
from domain.notification_type import NotificationType
from domain.outcome import NotStarted, Unreachable
from domain.recipient import Recipient
from tests.contracts.given import (
    DAY,
    NOW,
    SECOND,
    a_campaign,
    a_message,
    a_person,
    add_one,
    advance_to_the_end,
    answer,
    claim,
    claims,
    only,
)
from tests.contracts.stores import Stores

MAIL_AND_TEXT = (Channel.EMAIL, Channel.SMS)
CROWD = 1200


def told(stores: Stores, campaign_id: int) -> list[Notification]:
    return list(stores.notifications.find(NotificationQuery(campaign_id=campaign_id, limit=0)))


def names(stores: Stores, campaign_id: int) -> list[str]:
    return sorted(one.recipient_id for one in told(stores, campaign_id))


def run(stores: Stores, audience: Audience) -> list[str]:
    """Return who is told by a campaign for *audience*."""
    campaign = stores.campaigns.start(a_campaign(audience=audience))
    advance_to_the_end(stores, campaign.id)
    return names(stores, campaign.id)


class _Starting:
    def test_a_campaign_begins_running_with_nobody_told(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        new = a_campaign(channels=MAIL_AND_TEXT)

        campaign = stores.campaigns.start(new)

        assert (campaign.name, campaign.channels, campaign.type) == ("spring", MAIL_AND_TEXT, new.type)
        assert (campaign.send_at, campaign.expires_at, campaign.created_at) == (NOW, NOW + DAY, NOW)
        assert campaign.status is CampaignStatus.RUNNING
        assert (campaign.considered, campaign.total, campaign.created) == (0, 2, 0)
        assert stores.campaigns.get(campaign.id) == campaign
        assert stores.campaigns.find("spring") == campaign
        assert told(stores, campaign.id) == []

    def test_a_name_is_taken_once(self, stores: Stores) -> None:
        campaign = stores.campaigns.start(a_campaign("spring"))

        with pytest.raises(Conflict, match="spring"):
            stores.campaigns.start(a_campaign("spring"))

        assert list(stores.campaigns.unfinished()) == [campaign]

    def test_what_is_not_there_is_not_found(self, stores: Stores) -> None:
        assert stores.campaigns.find("spring") is None
        with pytest.raises(NotFound, match="4711"):
            stores.campaigns.get(4711)
        with pytest.raises(NotFound, match="4711"):
            stores.campaigns.advance(4711, NOW)
        with pytest.raises(NotFound, match="4711"):
            stores.campaigns.cancel(4711, NOW)

    def test_unfinished_ones_are_those_whose_audience_is_not_through(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        done, cancelled, waiting = (stores.campaigns.start(a_campaign(name)) for name in ("one", "two", "three"))
        advance_to_the_end(stores, done.id)
        stores.campaigns.cancel(cancelled.id, NOW)

        assert [campaign.id for campaign in stores.campaigns.unfinished()] == [waiting.id]


class _Advancing:
    def test_everybody_gets_one_notification_a_channel(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        new = a_campaign(channels=MAIL_AND_TEXT)
        campaign = stores.campaigns.start(new)

        finished = advance_to_the_end(stores, campaign.id)

        assert finished.status is CampaignStatus.FINISHED
        assert (finished.considered, finished.total, finished.created) == (2, 2, 4)
        assert stores.campaigns.get(campaign.id) == finished
        assert Counter((one.recipient_id, one.channel) for one in told(stores, campaign.id)) == Counter(
            (name, channel) for name in ("ada", "bob") for channel in MAIL_AND_TEXT
        )
        one = told(stores, campaign.id)[0]
        assert (one.status, one.content, one.topic) == (Status.PENDING, new.content, "news")
        assert (one.send_at, one.next_attempt_at, one.expires_at) == (NOW, NOW, NOW + DAY)
        assert one.type is NotificationType.PROMOTIONAL

    def test_the_content_is_stored_once_for_all(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        campaign = a_campaign()
        advance_to_the_end(stores, stores.campaigns.start(campaign).id)

        taken = claim(stores)

        assert len(taken.claims) == 2
        assert list(taken.contents.values()) == [campaign.content]

    def test_a_finished_campaign_is_returned_as_it_is(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        campaign = stores.campaigns.start(a_campaign())
        finished = advance_to_the_end(stores, campaign.id)

        assert stores.campaigns.advance(campaign.id, NOW + SECOND) == finished
        assert len(told(stores, campaign.id)) == 1

    def test_an_empty_audience_finishes_with_nobody_told(self, stores: Stores) -> None:
        campaign = stores.campaigns.start(a_campaign())

        finished = advance_to_the_end(stores, campaign.id)

        assert (finished.status, finished.total, finished.created) == (CampaignStatus.FINISHED, 0, 0)

    def test_several_advancing_one_campaign_repeat_nobody(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(CROWD)])
        campaign = stores.campaigns.start(a_campaign())

        with ThreadPoolExecutor(4) as threads:
            ends = list(threads.map(lambda _: advance_to_the_end(stores, campaign.id), range(4)))

        assert {end.created for end in ends} == {CROWD}
        assert Counter(names(stores, campaign.id)).most_common(1)[0][1] == 1
        assert len(names(stores, campaign.id)) == CROWD

    def test_every_chunk_is_counted_as_it_is_stored(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(CROWD)])
        campaign = stores.campaigns.start(a_campaign())

        while not campaign.is_complete:
            before, campaign = campaign, stores.campaigns.advance(campaign.id, NOW)
            assert before.considered < campaign.considered <= campaign.total == CROWD
            assert campaign.created == campaign.considered == len(told(stores, campaign.id))


class _Audiences:
    def test_a_list_tells_each_known_one_once(self, stores: Stores) -> None:
        stores.recipients.put([a_person(name) for name in ("ada", "bob", "eve")])

        assert run(stores, Listed(("eve", "ada", "nobody", "ada", "eve"))) == ["ada", "eve"]

    def test_a_list_counts_each_known_one_once(self, stores: Stores) -> None:
        stores.recipients.put([a_person(name) for name in ("ada", "bob", "eve")])
        campaign = stores.campaigns.start(a_campaign(audience=Listed(("eve", "ada", "nobody", "ada"))))

        finished = advance_to_the_end(stores, campaign.id)

        assert (finished.total, finished.considered, finished.created) == (2, 2, 2)

    def test_unknown_ids_come_in_the_order_listed_and_only_for_a_list(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada")])

        assert list(stores.campaigns.unknown_ids(a_campaign(audience=Listed(("zoe", "ada", "bob"))))) == ["zoe", "bob"]
        assert list(stores.campaigns.unknown_ids(a_campaign(audience=Everybody()))) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("all", ["ada", "bob", "eve"]),
            ("plan = pro", ["ada", "bob"]),
            ("plan != pro", ["eve"]),
            ("plan in (pro, team)", ["ada", "bob"]),
            ("plan = pro and seats = 3", ["ada"]),
            ("beta = true", ["bob"]),
            ("beta != true", ["ada", "eve"]),
            ("score = 1.5", ["bob"]),
            ("locale = de-DE", ["ada"]),
            ("timezone != Europe/Berlin", ["bob", "eve"]),
            ("id = eve", ["eve"]),
            ('name = "Ada L. O\'Neill"', ["ada"]),
            ("tags = a", []),
            ('"a.b" = deep', ["eve"]),
            ('"say \\"hi\\"" = x', ["eve"]),
        ],
    )
    def test_conditions_choose_as_the_domain_says(self, stores: Stores, text: str, expected: list[str]) -> None:
        people = [
            evolve(
                a_person("ada"),
                name="Ada L. O'Neill",
                locale="de-DE",
                timezone="Europe/Berlin",
                attributes={"plan": "pro", "seats": 3, "tags": ["a"]},
            ),
            evolve(a_person("bob"), attributes={"plan": "pro", "seats": 30, "beta": True, "score": 1.5}),
            evolve(a_person("eve"), attributes={"a": {"b": "deep"}, "a.b": "deep", 'say "hi"': "x"}),
        ]
        stores.recipients.put(people)

        assert run(stores, parse_audience(text)) == expected

    def test_who_came_after_the_start_does_not_belong_to_it(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada")])
        everybody = stores.campaigns.start(a_campaign("everybody"))
        listed = stores.campaigns.start(a_campaign("listed", audience=Listed(("ada", "late"))))
        stores.recipients.put([a_person("late")])

        advance_to_the_end(stores, everybody.id)
        advance_to_the_end(stores, listed.id)

        assert names(stores, everybody.id) == ["ada"]
        assert names(stores, listed.id) == ["ada"]

    def test_who_matches_when_the_cursor_passes_belongs_to_it(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person("ada"), attributes={"plan": "pro"}), a_person("bob")])
        campaign = stores.campaigns.start(a_campaign(audience=parse_audience("plan = pro")))
        stores.recipients.put([a_person("ada"), evolve(a_person("bob"), attributes={"plan": "pro"})])

        advance_to_the_end(stores, campaign.id)

        assert names(stores, campaign.id) == ["bob"]


class _Reaching:
    def _some_people(self, stores: Stores) -> None:
        stores.recipients.put(
            [
                a_person("ada"),
                a_person("dead", email="Dead@example.com"),
                a_person("twin", email="dead@EXAMPLE.com"),
                Recipient(id="only-phone", phone="+14155550111"),
                Recipient(id="nothing"),
                Recipient(id="pusher", push_tokens=("one", "two")),
            ]
        )
        add_one(stores, a_message("dead"))
        answer(stores, only(claims(stores)), Unreachable("550 no such user"))

    def test_who_has_no_address_and_whose_address_is_dead_is_counted_and_not_told(self, stores: Stores) -> None:
        self._some_people(stores)
        campaign = stores.campaigns.start(a_campaign())

        finished = advance_to_the_end(stores, campaign.id)

        assert (finished.considered, finished.total) == (6, 6)
        assert (finished.created, finished.no_address, finished.suppressed) == (1, 3, 2)
        assert names(stores, campaign.id) == ["ada"]

    @pytest.mark.parametrize("audience", [Everybody(), Listed(("ada", "dead", "nothing", "nobody"))])
    def test_the_reach_is_what_advancing_makes_of_it(self, stores: Stores, audience: Audience) -> None:
        self._some_people(stores)
        new = a_campaign(audience=audience, channels=tuple(Channel))

        reach = stores.campaigns.reach(new)

        campaign = stores.campaigns.start(new)
        finished = advance_to_the_end(stores, campaign.id)
        assert [one.channel for one in reach] == list(Channel)
        made = Counter(one.channel for one in told(stores, campaign.id))
        assert {one.channel: one.would_get for one in reach} == {channel: made[channel] for channel in Channel}
        assert sum(one.no_address for one in reach) == finished.no_address
        assert sum(one.suppressed for one in reach) == finished.suppressed

    def test_the_reach_of_a_filter_counts_only_those_that_match(self, stores: Stores) -> None:
        self._some_people(stores)
        stores.recipients.merge([Recipient(id=name, attributes={"plan": "pro"}) for name in ("ada", "twin", "nothing")])

        reach = only(stores.campaigns.reach(a_campaign(audience=parse_audience("plan = pro"))))

        assert reach == Reach(channel=Channel.EMAIL, would_get=1, no_address=1, suppressed=1)

    def test_asking_for_the_reach_writes_nothing(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])

        stores.campaigns.reach(a_campaign())

        assert stores.campaigns.find("spring") is None
        assert list(stores.notifications.find(NotificationQuery())) == []


class _Cancelling:
    def test_what_is_pending_is_cancelled_and_the_cursor_stops(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(CROWD)])
        campaign = stores.campaigns.start(a_campaign())
        created = stores.campaigns.advance(campaign.id, NOW).created

        assert stores.campaigns.cancel(campaign.id, NOW + SECOND) == created

        cancelled = stores.campaigns.advance(campaign.id, NOW + SECOND)
        assert (cancelled.status, cancelled.created) == (CampaignStatus.CANCELLED, created)
        assert {(one.status, one.finished_at) for one in told(stores, campaign.id)} == {
            (Status.CANCELLED, NOW + SECOND)
        }
        assert list(stores.queue.due_lanes(NOW + SECOND)) == []

    def test_a_finished_campaign_can_be_cancelled_too(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)

        assert stores.campaigns.cancel(campaign.id, NOW) == 2
        assert stores.campaigns.get(campaign.id).status is CampaignStatus.CANCELLED

    def test_what_is_being_sent_is_withdrawn_if_it_comes_back_unsent(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)
        held = only(claims(stores, limit=1))

        assert stores.campaigns.cancel(campaign.id, NOW) == 1

        assert stores.notifications.get(held.notification_id).cancel_requested is True
        assert answer(stores, held, NotStarted()).status is Status.CANCELLED

    def test_cancelling_twice_cancels_nothing_more(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)
        stores.campaigns.cancel(campaign.id, NOW)

        assert stores.campaigns.cancel(campaign.id, NOW + SECOND) == 0
        assert stores.campaigns.get(campaign.id).status is CampaignStatus.CANCELLED

    def test_others_go_on(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        cancelled, other = (stores.campaigns.start(a_campaign(name)) for name in ("one", "two"))
        for campaign in (cancelled, other):
            advance_to_the_end(stores, campaign.id)
        single = add_one(stores)

        stores.campaigns.cancel(cancelled.id, NOW)

        assert {lane.campaign_id for lane in stores.queue.due_lanes(NOW)} == {other.id, None}
        assert stores.notifications.get(single.id).status is Status.PENDING


class CampaignRepositoryContract(_Starting, _Advancing, _Audiences, _Reaching, _Cancelling):
    """From an audience to notifications, in chunks."""
