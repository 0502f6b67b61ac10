"""What every store of campaigns must do."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from attrs import evolve

from application.ports.notification_repository import NotificationQuery
from domain.audience import Audience, Everybody, Listed, parse_audience
from domain.campaign import Basis, Campaign, CampaignStatus, Estimate, NewCampaign
from domain.channel import Channel
from domain.errors import Conflict, KeyReused, NotFound
from domain.lane import LaneName
from domain.lifecycle import Status
from domain.notification import Notification
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import Accepted, NotStarted, Rejected, Unreachable
from domain.recipient import Recipient
from domain.suppression import EVERYTHING, Suppression, SuppressionScope
from domain.suppression_reason import SuppressionReason
from tests.contracts.campaign_local_time import LocalTimeContract
from tests.contracts.given import (
    DAY,
    NOW,
    SECOND,
    a_campaign,
    a_key,
    a_message,
    a_person,
    add_one,
    advance_to_the_end,
    answer,
    cancel_to_the_end,
    claim,
    claims,
    only,
    rescue_all,
)
from tests.contracts.people_alike import PeopleAlikeContract
from tests.contracts.stores import Stores

MAIL_AND_TEXT = (Channel.EMAIL, Channel.SMS)
CROWD = 1200
HALVES = 3000
"""More than one chunk of any store."""


def told(stores: Stores, campaign_id: int) -> list[Notification]:
    return list(stores.notifications.find(NotificationQuery(campaign_id=campaign_id, limit=0)))


def names(stores: Stores, campaign_id: int) -> list[str]:
    return sorted(one.recipient_id for one in told(stores, campaign_id))


def run(stores: Stores, audience: Audience) -> list[str]:
    """Return who is told by a campaign for *audience*."""
    campaign = stores.campaigns.start(a_campaign(audience=audience))
    advance_to_the_end(stores, campaign.id)
    return names(stores, campaign.id)


def reached(stores: Stores, new: NewCampaign, channel: Channel) -> Counter[str]:
    """Return how many of the people a campaign looks at would be told over *channel*, and how many not and why."""
    found: Counter[str] = Counter()
    for one in stores.campaigns.alike(new, channel):
        fate = "no address" if not one.has_address else "suppressed" if one.stopped_by else "told"
        found[fate] += one.number
    return found


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
            ("tags = a", ["ada"]),
            ("not tags = a", ["bob", "eve"]),
            ("seats > 3 or a exists", ["bob", "eve"]),
            ("not (seats >= 3.0 and beta exists)", ["ada", "eve"]),
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

    @pytest.mark.parametrize("audience", [Everybody(), Listed(("ada", "dead", "nothing", "nobody", "dead"))])
    def test_who_can_be_reached_is_known_before(self, stores: Stores, audience: Audience) -> None:
        self._some_people(stores)
        new = a_campaign(audience=audience, channels=tuple(Channel))

        reach = {channel: reached(stores, new, channel) for channel in Channel}

        campaign = stores.campaigns.start(new)
        finished = advance_to_the_end(stores, campaign.id)
        made = Counter(one.channel for one in told(stores, campaign.id))
        assert {channel: one["told"] for channel, one in reach.items()} == {
            channel: made[channel] for channel in Channel
        }
        assert sum(one["no address"] for one in reach.values()) == finished.no_address
        assert sum(one["suppressed"] for one in reach.values()) == finished.suppressed

    @pytest.mark.parametrize("reason", SuppressionReason)
    @pytest.mark.parametrize("type_", NotificationType)
    def test_who_is_suppressed_for_a_reason_that_spares_the_type_is_told(
        self, stores: Stores, type_: NotificationType, reason: SuppressionReason
    ) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet"))])
        addresses = {Channel.EMAIL: ["ADA@example.com"], Channel.SMS: ["+14155550100"], Channel.PUSH: ["phone"]}
        addresses[Channel.PUSH].append("tablet")
        stores.suppressions.add(
            [
                Suppression(channel=channel, address=address, reason=reason, at=NOW)
                for channel, some in addresses.items()
                for address in some
            ]
        )
        stopped_by = {channel: TYPE_POLICIES[type_].stopped_by(channel) for channel in addresses}
        new = evolve(a_campaign(channels=tuple(addresses)), type=type_, stopped_by=stopped_by)
        spared = [channel for channel in addresses if reason not in stopped_by[channel]]

        alike = {channel: only(stores.campaigns.alike(new, channel)) for channel in addresses}
        campaign = advance_to_the_end(stores, stores.campaigns.start(new).id)

        reasons = {channel: one.stopped_by for channel, one in alike.items()}
        assert reasons == {channel: () if channel in spared else (reason,) for channel in addresses}
        assert [one.channel for one in told(stores, campaign.id)] == spared
        assert (campaign.created, campaign.suppressed) == (len(spared), len(addresses) - len(spared))

    @pytest.mark.parametrize(
        ("scope", "type_", "topic", "is_told"),
        [
            (SuppressionScope(topic="news"), NotificationType.PROMOTIONAL, "news", False),
            (SuppressionScope(topic="news"), NotificationType.INFORMATIONAL, "news", False),
            (SuppressionScope(topic="news"), NotificationType.PROMOTIONAL, "sale", True),
            (SuppressionScope(topic="news"), NotificationType.PROMOTIONAL, None, True),
            (SuppressionScope(type=NotificationType.PROMOTIONAL), NotificationType.PROMOTIONAL, "news", False),
            (SuppressionScope(type=NotificationType.PROMOTIONAL), NotificationType.INFORMATIONAL, None, True),
            (EVERYTHING, NotificationType.TRANSACTIONAL, None, False),
        ],
    )
    def test_who_is_suppressed_for_a_type_or_a_topic_is_told_all_else(
        self, stores: Stores, scope: SuppressionScope, type_: NotificationType, topic: str | None, *, is_told: bool
    ) -> None:
        stores.recipients.put([evolve(a_person(), email="Ünal@example.com", push_tokens=("phone", "tablet"))])
        stores.suppressions.add(
            [
                Suppression(channel=channel, address=address, reason=SuppressionReason.MANUAL, at=NOW, scope=scope)
                for channel, address in (
                    *((Channel.EMAIL, "ünal@example.com"), (Channel.SMS, "+14155550100")),
                    *((Channel.PUSH, "phone"), (Channel.PUSH, "tablet")),
                )
            ]
        )
        channels = (Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.IN_APP)
        new = evolve(a_campaign(channels=channels), type=type_, topic=topic)

        campaign = advance_to_the_end(stores, stores.campaigns.start(new).id)

        expected = channels if is_told else (Channel.IN_APP,)
        assert {one.channel for one in told(stores, campaign.id)} == set(expected)
        assert (campaign.created, campaign.suppressed) == (len(expected), len(channels) - len(expected))

    def test_one_device_that_may_be_used_is_enough(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet"))])
        reason = SuppressionReason.MANUAL
        stores.suppressions.add([Suppression(channel=Channel.PUSH, address="phone", reason=reason, at=NOW)])
        new = a_campaign(channels=(Channel.PUSH,))

        assert reached(stores, new, Channel.PUSH) == Counter({"told": 1})
        assert advance_to_the_end(stores, stores.campaigns.start(new).id).created == 1

    def test_of_a_filter_only_those_that_match_are_counted(self, stores: Stores) -> None:
        self._some_people(stores)
        stores.recipients.merge([Recipient(id=name, attributes={"plan": "pro"}) for name in ("ada", "twin", "nothing")])

        found = reached(stores, a_campaign(audience=parse_audience("plan = pro")), Channel.EMAIL)

        assert found == Counter({"told": 1, "no address": 1, "suppressed": 1})


class _Looking:
    def test_pages_come_the_newest_first(self, stores: Stores) -> None:
        first, second, third = (stores.campaigns.start(a_campaign(name)) for name in ("one", "two", "three"))

        assert list(stores.campaigns.page(2)) == [third, second]
        assert list(stores.campaigns.page(2, after=second.id)) == [first]
        assert list(stores.campaigns.page(0)) == [third, second, first]
        assert list(stores.campaigns.page(5, after=first.id)) == []

    def test_the_progress_says_how_its_notifications_stand_a_lane_a_channel(self, stores: Stores) -> None:
        stores.recipients.put([a_person(name) for name in ("ada", "bob", "eve")])
        campaign = stores.campaigns.start(a_campaign(channels=MAIL_AND_TEXT, rate=2.0))
        finished = advance_to_the_end(stores, campaign.id)
        mail, text = sorted(stores.queue.due_lanes(NOW), key=lambda lane: lane.channel)
        answer(stores, only(claim(stores, lane=mail, limit=1).claims), Rejected("550 no"))
        claim(stores, lane=text, limit=1)

        progress = stores.campaigns.progress(campaign.id)

        assert progress.campaign == finished
        assert {status: number for status, number in progress.statuses.items() if number} == {
            Status.PENDING: 4,
            Status.SENDING: 1,
            Status.FAILED: 1,
        }
        assert [(one.lane, one.waiting, one.sending, one.next_due) for one in progress.lanes] == [
            (mail, 2, 0, NOW),
            (text, 2, 1, NOW),
        ]
        assert progress.estimate(NOW) == Estimate(SECOND, Basis.RATE)

    def test_how_fast_it_goes_is_measured_from_its_first_claim_and_anew_after_a_pause(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(10)])
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)
        assert stores.campaigns.progress(campaign.id).estimate(NOW) is None, "nobody knows yet"

        def sent(number: int, at: datetime) -> None:
            for one in claim(stores, at, limit=number).claims:
                answer(stores, one, Accepted(f"m-{one.notification_id}"), at)

        sent(4, NOW)
        progress = stores.campaigns.progress(campaign.id)
        assert (only(progress.lanes).began_at, progress.share_done) == (NOW, 0.4)
        assert progress.estimate(NOW + 2 * SECOND) == Estimate(3 * SECOND, Basis.PACE)

        stores.campaigns.pause(campaign.id)
        assert stores.campaigns.progress(campaign.id).estimate(NOW + 2 * SECOND) is None
        stores.campaigns.resume(campaign.id)
        assert stores.campaigns.progress(campaign.id).estimate(NOW + DAY) is None, (
            "and that it once was fast says little"
        )
        sent(1, NOW + DAY)
        assert stores.campaigns.progress(campaign.id).estimate(NOW + DAY + SECOND) == Estimate(5 * SECOND, Basis.PACE)

    def test_of_what_is_not_there_there_is_no_progress(self, stores: Stores) -> None:
        for look in (stores.campaigns.progress, stores.campaigns.pause, stores.campaigns.resume):
            with pytest.raises(NotFound, match="4711"):
                look(4711)


class _Keys:
    def test_a_key_stands_for_the_campaign_that_it_started(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        new = evolve(a_campaign(), key=a_key())
        assert stores.campaigns.find_by_key(a_key()) is None
        campaign = stores.campaigns.start(new)
        finished = advance_to_the_end(stores, campaign.id)

        assert stores.campaigns.start(evolve(new, name="another name")) == finished
        assert stores.campaigns.find_by_key(a_key()) == finished
        assert len(stores.campaigns.page(0)) == 1

    def test_a_key_with_another_content_starts_nothing(self, stores: Stores) -> None:
        stores.campaigns.start(evolve(a_campaign(), key=a_key()))

        with pytest.raises(KeyReused):
            stores.campaigns.start(evolve(a_campaign("other"), key=a_key(digest=b"other")))
        with pytest.raises(KeyReused):
            stores.campaigns.find_by_key(a_key(digest=b"other"))

        assert stores.campaigns.find("other") is None

    def test_a_key_that_stands_for_a_notification_starts_nothing(self, stores: Stores) -> None:
        add_one(stores, a_message(key=a_key()))

        with pytest.raises(KeyReused):
            stores.campaigns.start(evolve(a_campaign(), key=a_key()))

    def test_a_campaign_that_is_refused_uses_no_key(self, stores: Stores) -> None:
        stores.campaigns.start(a_campaign("spring"))

        with pytest.raises(Conflict):
            stores.campaigns.start(evolve(a_campaign("spring"), key=a_key()))

        assert stores.campaigns.find_by_key(a_key()) is None

    def test_of_several_at_once_with_one_key_one_starts(self, stores: Stores) -> None:
        new = evolve(a_campaign(), key=a_key())

        with ThreadPoolExecutor(4) as threads:
            started = set(threads.map(lambda n: stores.campaigns.start(evolve(new, name=f"name {n}")).id, range(4)))

        assert len(started) == 1


class _Pausing:
    def _half_way(self, stores: Stores) -> Campaign:
        stores.recipients.put([a_person(f"person-{number}") for number in range(HALVES)])
        campaign = stores.campaigns.start(a_campaign())
        return stores.campaigns.advance(campaign.id, NOW)

    def test_a_paused_campaign_stands_still_and_goes_on_where_it_stopped(self, stores: Stores) -> None:
        half_way = self._half_way(stores)
        assert half_way.considered < half_way.total

        paused = stores.campaigns.pause(half_way.id)

        assert paused == evolve(half_way, status=CampaignStatus.PAUSED)
        assert stores.campaigns.advance(half_way.id, NOW) == stores.campaigns.get(half_way.id) == paused
        assert list(stores.campaigns.unfinished()) == []
        assert list(stores.queue.due_lanes(NOW)) == []

        assert stores.campaigns.resume(half_way.id) == half_way
        assert list(stores.campaigns.unfinished()) == [half_way]
        finished = advance_to_the_end(stores, half_way.id)
        assert (finished.created, finished.considered) == (HALVES, HALVES)
        assert len(set(names(stores, half_way.id))) == HALVES

    def test_from_the_next_claim_on_a_paused_campaign_gives_nothing(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)
        lane = only(stores.queue.due_lanes(NOW))
        held = only(claim(stores, lane=lane, limit=1).claims)

        stores.campaigns.pause(campaign.id)

        assert list(claim(stores, lane=lane).claims) == []
        assert stores.queue.next_due() is None
        assert answer(stores, held, Accepted("m-1")).status is Status.SENT
        stores.campaigns.resume(campaign.id)
        assert len(claim(stores, lane=lane).claims) == 1

    def test_a_finished_campaign_can_be_paused_and_comes_back_finished(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        campaign = stores.campaigns.start(a_campaign())
        finished = advance_to_the_end(stores, campaign.id)

        assert stores.campaigns.pause(campaign.id).status is CampaignStatus.PAUSED
        assert list(stores.queue.due_lanes(NOW)) == []
        assert stores.campaigns.resume(campaign.id) == finished
        assert len(stores.queue.due_lanes(NOW)) == 1

    def test_asking_twice_changes_nothing(self, stores: Stores) -> None:
        half_way = self._half_way(stores)

        assert stores.campaigns.resume(half_way.id) == half_way
        paused = stores.campaigns.pause(half_way.id)
        assert stores.campaigns.pause(half_way.id) == paused
        stores.campaigns.resume(half_way.id)
        assert stores.campaigns.resume(half_way.id) == half_way

    def test_a_cancelled_campaign_is_neither_paused_nor_resumed(self, stores: Stores) -> None:
        half_way = self._half_way(stores)
        cancel_to_the_end(stores, half_way.id)

        for step in (stores.campaigns.pause, stores.campaigns.resume):
            with pytest.raises(Conflict, match="a campaign that is cancelled cannot"):
                step(half_way.id)

        assert stores.campaigns.get(half_way.id).status is CampaignStatus.CANCELLED
        assert list(stores.queue.due_lanes(NOW)) == []

    def test_a_paused_campaign_can_be_cancelled(self, stores: Stores) -> None:
        half_way = self._half_way(stores)
        stores.campaigns.pause(half_way.id)

        assert cancel_to_the_end(stores, half_way.id) == half_way.created
        assert stores.campaigns.get(half_way.id).status is CampaignStatus.CANCELLED

    def test_a_lane_that_a_person_paused_stays_so_when_its_campaign_is_resumed(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        campaign = stores.campaigns.start(a_campaign(channels=MAIL_AND_TEXT))
        advance_to_the_end(stores, campaign.id)
        mail = LaneName(Channel.EMAIL, NotificationType.PROMOTIONAL, campaign.id)
        stores.lanes.pause(mail)

        stores.campaigns.pause(campaign.id)
        stores.campaigns.resume(campaign.id)

        assert [lane.channel for lane in stores.queue.due_lanes(NOW)] == [Channel.SMS]
        stores.lanes.resume(mail)
        assert len(stores.queue.due_lanes(NOW)) == 2

    def test_others_go_on(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        paused, other = (stores.campaigns.start(a_campaign(name)) for name in ("one", "two"))
        for campaign in (paused, other):
            advance_to_the_end(stores, campaign.id)
        add_one(stores)

        stores.campaigns.pause(paused.id)

        assert {lane.campaign_id for lane in stores.queue.due_lanes(NOW)} == {other.id, None}


class _Cancelling:
    def test_what_is_pending_is_cancelled_and_the_cursor_stops(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(CROWD)])
        campaign = stores.campaigns.start(a_campaign())
        created = stores.campaigns.advance(campaign.id, NOW).created

        assert cancel_to_the_end(stores, campaign.id, NOW + SECOND) == created

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

    def test_what_one_process_left_behind_when_it_died_is_withdrawn_by_whoever_advances(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(HALVES)])
        campaign = stores.campaigns.start(a_campaign())
        created = advance_to_the_end(stores, campaign.id).created
        withdrawn = stores.campaigns.cancel(campaign.id, NOW)
        assert 0 < withdrawn < created
        assert list(stores.queue.due_lanes(NOW)) == []

        rounds = 0
        while unfinished := stores.campaigns.unfinished():
            rounds += 1
            assert [one.id for one in unfinished] == [campaign.id]
            assert stores.campaigns.advance(campaign.id, NOW + SECOND).status is CampaignStatus.CANCELLED

        assert rounds > 0
        assert {one.status for one in told(stores, campaign.id)} == {Status.CANCELLED}
        assert stores.campaigns.progress(campaign.id).statuses[Status.CANCELLED] == created
        assert stores.campaigns.cancel(campaign.id, NOW) == 0

    def test_what_lost_its_dispatcher_is_withdrawn_as_well(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)
        owner = stores.queue.register(NOW)
        held = only(claim(stores, owner=owner).claims)
        stores.queue.unregister(owner)
        rescue_all(stores, NOW + DAY / 2)
        assert stores.notifications.get(held.notification_id).status is Status.PENDING

        assert cancel_to_the_end(stores, campaign.id) == 1

    def test_others_go_on(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        cancelled, other = (stores.campaigns.start(a_campaign(name)) for name in ("one", "two"))
        for campaign in (cancelled, other):
            advance_to_the_end(stores, campaign.id)
        single = add_one(stores)

        stores.campaigns.cancel(cancelled.id, NOW)

        assert {lane.campaign_id for lane in stores.queue.due_lanes(NOW)} == {other.id, None}
        assert stores.notifications.get(single.id).status is Status.PENDING


class CampaignRepositoryContract(
    _Starting,
    _Advancing,
    _Audiences,
    _Reaching,
    PeopleAlikeContract,
    LocalTimeContract,
    _Looking,
    _Keys,
    _Pausing,
    _Cancelling,
):
    """From an audience to notifications, in chunks; and how that is steered."""
