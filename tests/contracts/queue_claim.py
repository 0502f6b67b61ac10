"""What claiming must do, on every store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.dispatch_queue import ClaimRequest
from application.ports.notification_repository import NotificationQuery
from domain.channel import Channel
from domain.claim import Claim
from domain.lifecycle import Status
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import Accepted, Deferred, GatewayDown, Outcome, Rejected, Unknown
from domain.preferences import NO_PREFERENCES, Choice, Preferences, Scope
from domain.quiet_hours import QuietHours
from domain.recipient import WebPushSubscription
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import (
    DAY,
    LEASE,
    NOW,
    SECOND,
    a_campaign,
    a_hand_over,
    a_message,
    a_person,
    add,
    add_one,
    advance_to_the_end,
    answer,
    answered,
    claim,
    claimed,
    claims,
    due_lane,
    only,
    rescue_all,
    suppress,
)
from tests.contracts.stores import Stores

LATER = NOW + DAY / 2
BROWSER = WebPushSubscription(endpoint="https://push.example.com/ada", p256dh="key", auth="auth")
ADDRESSES = [
    (Channel.EMAIL, "ada@example.com"),
    (Channel.SMS, "+14155550100"),
    (Channel.PUSH, "tablet"),
    (Channel.WEB_PUSH, BROWSER.endpoint),
    (Channel.IN_APP, "ada"),
]


class _Lanes:
    def test_only_lanes_with_something_due_are_named(self, stores: Stores) -> None:
        add(
            stores,
            a_message(channel=Channel.EMAIL),
            a_message(channel=Channel.SMS, type=NotificationType.PROMOTIONAL),
            a_message(channel=Channel.IN_APP, send_at=NOW + SECOND),
        )

        lanes = stores.queue.due_lanes(NOW)

        assert {(lane.channel, lane.type, lane.campaign_id) for lane in lanes} == {
            (Channel.EMAIL, NotificationType.TRANSACTIONAL, None),
            (Channel.SMS, NotificationType.PROMOTIONAL, None),
        }
        assert len(stores.queue.due_lanes(NOW + SECOND)) == 3

    def test_a_lane_gives_only_its_own(self, stores: Stores) -> None:
        by_mail, by_text = add(stores, a_message(), a_message(channel=Channel.SMS))

        taken = {
            lane.channel: [one.notification_id for one in claim(stores, lane=lane).claims]
            for lane in stores.queue.due_lanes(NOW)
        }

        assert taken == {Channel.EMAIL: [by_mail.id], Channel.SMS: [by_text.id]}

    def test_a_campaign_has_a_lane_a_channel_apart_from_the_standing_ones(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        campaign = stores.campaigns.start(a_campaign(channels=(Channel.EMAIL, Channel.SMS)))
        advance_to_the_end(stores, campaign.id)

        lanes = stores.queue.due_lanes(NOW)

        assert sorted((lane.channel, lane.campaign_id) for lane in lanes) == [
            (Channel.EMAIL, campaign.id),
            (Channel.SMS, campaign.id),
        ]
        assert {lane.type for lane in lanes} == {NotificationType.PROMOTIONAL}
        for lane in lanes:
            one = only(claim(stores, lane=lane).claims)
            assert stores.notifications.get(one.notification_id).campaign_id == campaign.id

    def test_a_lane_with_a_rate_gives_no_more_than_its_pace(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(9)])
        advance_to_the_end(stores, stores.campaigns.start(a_campaign(rate=2.0)).id)
        lane = due_lane(stores)
        assert lane.rate == 2.0

        taken = [
            len(claim(stores, NOW + offset, lane=lane).claims)
            for offset in (0 * SECOND, 0 * SECOND, SECOND / 2, SECOND, 60 * SECOND)
        ]

        assert taken == [2, 0, 1, 1, 2]

    def test_a_closed_lane_gives_nothing(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)
        lane = due_lane(stores)

        stores.campaigns.cancel(campaign.id, NOW)

        assert list(stores.queue.due_lanes(NOW)) == []
        assert list(claim(stores, lane=lane).claims) == []
        assert stores.queue.next_due() is None


class _Taking:
    def test_a_claim_raises_attempts_and_fence_and_marks_the_row_as_being_sent(self, stores: Stores) -> None:
        added = add_one(stores)

        one = only(claims(stores))

        assert (one.notification_id, one.attempts, one.fence, one.losses) == (added.id, 1, 1, 0)
        after = stores.notifications.get(added.id)
        assert (after.status, after.attempts, after.fence) == (Status.SENDING, 1, 1)
        assert after.finished_at is None

    def test_a_claim_brings_all_that_the_gates_and_the_renderer_need(self, stores: Stores) -> None:
        new = evolve(a_message(send_at=NOW - SECOND), topic="orders")
        added = add_one(stores, new)

        taken = claim(stores)

        one = only(taken.claims)
        assert one == Claim(
            notification_id=added.id,
            fence=1,
            attempts=1,
            losses=0,
            channel=Channel.EMAIL,
            type=NotificationType.TRANSACTIONAL,
            recipient=stores.recipients.get("ada"),
            recipient_number=stores.links.number_of("ada") or 0,
            content_id=one.content_id,
            expires_at=NOW + DAY,
            topic="orders",
        )
        assert dict(taken.contents) == {one.content_id: new.content}

    def test_the_earliest_due_comes_first_then_the_earliest_added(self, stores: Stores) -> None:
        late, early, same = add(stores, a_message(send_at=NOW), a_message(send_at=NOW - SECOND), a_message(send_at=NOW))

        assert [one.notification_id for one in claims(stores)] == [early.id, late.id, same.id]

    def test_no_more_than_the_limit_is_taken_and_the_rest_stays(self, stores: Stores) -> None:
        ids = [one.id for one in add(stores, *(a_message() for _ in range(5)))]

        first, second = claims(stores, limit=3), claims(stores, limit=3)

        assert [one.notification_id for one in first] == ids[:3]
        assert [one.notification_id for one in second] == ids[3:]

    def test_nothing_is_taken_before_it_is_due(self, stores: Stores) -> None:
        add(stores, a_message(), a_message(send_at=NOW + SECOND))
        lane = due_lane(stores)

        assert len(claim(stores, lane=lane).claims) == 1
        assert len(claim(stores, lane=lane).claims) == 0
        assert len(claim(stores, NOW + SECOND, lane=lane).claims) == 1

    def test_what_has_expired_is_still_claimed_so_that_the_gates_can_end_it(self, stores: Stores) -> None:
        add_one(stores, a_message(expires_at=NOW + SECOND))

        assert only(claims(stores, NOW + DAY)).expires_at == NOW + SECOND

    def test_a_deferred_one_comes_back_at_its_next_attempt_with_a_higher_fence(self, stores: Stores) -> None:
        first = claimed(stores)
        waiting = answer(stores, first, Deferred("451 later"))
        assert list(stores.queue.due_lanes(waiting.next_attempt_at - SECOND)) == []

        again = only(claims(stores, waiting.next_attempt_at))

        assert (again.attempts, again.fence) == (2, 2)

    def test_eight_threads_never_claim_the_same_one(self, stores: Stores) -> None:
        ids = {one.id for one in add(stores, *(a_message() for _ in range(200)))}
        lane = due_lane(stores)

        def drain(_: int) -> list[int]:
            owner = stores.queue.register(NOW)
            request = ClaimRequest(lane=lane, limit=7, owner=owner, now=NOW, lease=LEASE, gateway="mail")
            taken: list[int] = []
            while got := stores.queue.claim(request).claims:
                taken += [one.notification_id for one in got]
            return taken

        with ThreadPoolExecutor(8) as threads:
            taken = [number for share in threads.map(drain, range(8)) for number in share]

        assert sorted(taken) == sorted(ids)
        assert len(stores.notifications.find(NotificationQuery(status=Status.SENDING, limit=0))) == 200


class _Listening:
    def test_whoever_listens_hears_what_this_process_makes_due_and_nothing_after_the_end(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        heard: list[str] = []
        end = stores.queue.listen(lambda: heard.append("news"))

        def news_of(action: Callable[[], object]) -> int:
            heard.clear()
            action()
            return len(heard)

        new = a_message("person-1")
        assert news_of(lambda: add_one(stores, new)) == 1
        failed = answer(stores, only(claims(stores)), Rejected("spam"))
        assert news_of(lambda: stores.notifications.revive([failed.id], NOW, None)) == 1
        campaign = stores.campaigns.start(a_campaign())
        assert news_of(lambda: stores.campaigns.start(a_campaign("autumn"))) == 1
        assert news_of(lambda: stores.campaigns.pause(campaign.id)) == 0
        assert news_of(lambda: stores.campaigns.resume(campaign.id)) == 1
        end()
        assert news_of(lambda: add_one(stores, new)) == 0


class _Gateways:
    """A claim takes the tokens of its gateway, and minds its health, in the same transaction."""

    def test_a_gateway_with_a_rate_gives_no_more_than_its_pace_whatever_the_lane(self, stores: Stores) -> None:
        add(stores, *(a_message(f"person-{number}") for number in range(9)))

        taken = [claim(stores, NOW + offset, rate=2.0) for offset in (0 * SECOND, 0 * SECOND, SECOND / 2, SECOND)]

        assert [len(one.claims) for one in taken] == [2, 0, 1, 1]
        assert [one.again_at for one in taken] == [NOW + SECOND / 2, NOW + SECOND / 2, NOW + SECOND, NOW + 1.5 * SECOND]

    def test_tokens_that_were_not_needed_stay(self, stores: Stores) -> None:
        add(stores, a_message("ada"))
        assert len(claim(stores, rate=10.0).claims) == 1

        add(stores, *(a_message(f"person-{number}") for number in range(12)))

        assert len(claim(stores, rate=10.0).claims) == 9

    def test_what_a_claim_could_have_all_of_has_no_time_to_ask_again(self, stores: Stores) -> None:
        add(stores, *(a_message(f"person-{number}") for number in range(3)))

        assert claim(stores, rate=10.0, limit=2).again_at is None
        assert claim(stores, limit=2).again_at is None

    def test_a_gateway_that_rests_gives_nothing_and_says_until_when(self, stores: Stores) -> None:
        add_one(stores)
        stores.gateways.rest(["mail"], NOW + 5 * SECOND, "maintenance")

        resting = claim(stores)

        assert (list(resting.claims), resting.again_at) == ([], NOW + 5 * SECOND)
        assert len(claim(stores, gateway="backup").claims) == 1

    def test_a_gateway_that_was_down_is_probed_by_one_of_all_dispatchers(self, stores: Stores) -> None:
        add(stores, *(a_message(f"person-{number}") for number in range(5)))
        again = NOW + stores.gateways.observe("mail", GatewayDown("refused"), NOW).rest(NOW)

        first, second = claim(stores, again), claim(stores, again)

        assert (len(first.claims), len(second.claims)) == (1, 0)
        assert second.again_at == again + LEASE
        stores.gateways.observe("mail", Accepted("m-1"), again, only(first.claims).notification_id)
        assert len(claim(stores, again).claims) == 4

    def test_another_one_probes_than_the_one_it_failed_with(self, stores: Stores) -> None:
        culprit, other = add(stores, a_message("ada"), a_message("bob"))
        again = NOW + stores.gateways.observe("mail", GatewayDown("refused"), NOW, culprit.id).rest(NOW)

        assert only(claim(stores, again).claims).notification_id == other.id

    def test_where_no_other_is_due_the_one_it_failed_with_probes(self, stores: Stores) -> None:
        culprit = add_one(stores)
        again = NOW + stores.gateways.observe("mail", GatewayDown("refused"), NOW, culprit.id).rest(NOW)

        assert only(claim(stores, again).claims).notification_id == culprit.id

    def test_a_probe_reserves_nothing_where_nothing_is_due(self, stores: Stores) -> None:
        new = add_one(stores)
        lane = due_lane(stores)
        answer(stores, only(claim(stores).claims), Accepted("m-1"))
        again = NOW + stores.gateways.observe("mail", GatewayDown("refused"), NOW, new.id).rest(NOW)

        assert claim(stores, again, lane=lane).again_at is None
        assert not stores.gateways.health()["mail"].is_probed(again)


class _Suspects:
    def test_one_whose_dispatcher_died_is_claimed_alone_and_harms_no_neighbour(self, stores: Stores) -> None:
        suspect = claimed(stores)
        rescue_all(stores, NOW + 2 * LEASE)
        neighbours = add(stores, *(a_message() for _ in range(3)))

        rounds = [claims(stores, LATER) for _ in range(2)]

        by_id = {one.notification_id: taken for taken in rounds for one in taken}
        assert by_id.keys() == {suspect.notification_id, *(one.id for one in neighbours)}
        alone = only(by_id[suspect.notification_id])
        assert (alone.losses, alone.fence) == (1, 2)
        assert [one.losses for one in by_id[neighbours[0].id]] == [0, 0, 0]

    def test_several_suspects_come_one_at_a_time(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(3)))
        assert len(claims(stores)) == 3
        rescue_all(stores, NOW + 2 * LEASE)

        assert [len(claims(stores, LATER)) for _ in range(3)] == [1, 1, 1]
        assert list(stores.queue.due_lanes(LATER)) == []


class _Evidence:
    def test_a_dead_address_is_named_as_the_recipient_has_it(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada", email="Ada@example.com"), a_person("eve", email="ADA@example.com")])
        suppress(stores, "ada")

        assert claimed(stores, a_message("eve")).suppressed == {"ADA@example.com": (SuppressionReason.UNREACHABLE,)}

    def test_a_dead_address_of_another_channel_does_not_count(self, stores: Stores) -> None:
        suppress(stores, "ada", Channel.EMAIL)

        assert claimed(stores, a_message("ada", channel=Channel.SMS)).suppressed == {}

    @pytest.mark.parametrize("reason", SuppressionReason)
    @pytest.mark.parametrize("type_", NotificationType)
    @pytest.mark.parametrize(("channel", "address"), ADDRESSES)
    def test_a_suppressed_address_is_named_where_its_reason_stops_the_type(
        self, stores: Stores, channel: Channel, address: str, type_: NotificationType, reason: SuppressionReason
    ) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet"), web_push=(BROWSER,))])
        stores.suppressions.add([Suppression(channel=channel, address=address, reason=reason, at=NOW)])
        add_one(stores, a_message(channel=channel, type=type_))
        stopped_by = TYPE_POLICIES[type_].stopped_by(channel)

        one = only(claim(stores, stopped_by=stopped_by).claims)

        assert one.suppressed == ({address: (reason,)} if reason in stopped_by else {})

    def test_where_no_reason_counts_no_address_is_suppressed(self, stores: Stores) -> None:
        suppress(stores, "ada")
        add_one(stores)

        assert only(claim(stores, stopped_by=frozenset()).claims).suppressed == {}

    def test_a_claim_brings_what_its_recipient_wants_and_tells_one_state_of_that_from_another(
        self, stores: Stores
    ) -> None:
        add(stores, a_message("ada"), a_message("bob"), a_message("ada"))
        wanted = Preferences(
            choices=(
                Choice(Scope(topic="news"), wanted=True),
                Choice(Scope(channel=Channel.SMS, type=NotificationType.PROMOTIONAL), wanted=False),
            ),
            quiet_hours=QuietHours.parse("21:00-08:00"),
        )
        (before,) = claims(stores, limit=1)
        stores.preferences.put("ada", wanted)

        of_bob, after = claims(stores)

        assert (before.preferences, of_bob.preferences) == (NO_PREFERENCES, NO_PREFERENCES)
        assert after.preferences == wanted
        assert before.revision == of_bob.revision != after.revision

    def test_a_lost_answer_is_remembered(self, stores: Stores) -> None:
        waiting = answer(stores, claimed(stores), Unknown("timeout"))

        assert waiting.status is Status.PENDING
        assert only(claims(stores, waiting.next_attempt_at)).may_be_out is True

    def test_addresses_that_accepted_or_refused_are_settled_and_the_others_open(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("one", "two", "three", "four"))])
        first = claimed(stores, a_message(channel=Channel.PUSH))
        outcomes: tuple[Outcome, ...] = (Accepted("p-1"), Rejected("too large"), Deferred("later"), Unknown("timeout"))
        hand_overs = [
            a_hand_over(first, outcome, NOW, "fcm", token)
            for token, outcome in zip(first.recipient.push_tokens, outcomes, strict=True)
        ]
        stores.queue.conclude([evolve(answered(first, Deferred("later")), hand_overs=hand_overs)], NOW)

        again = only(claims(stores, LATER))

        assert again.settled == {"one", "two"}
        assert again.accepted_before is True

    def test_without_an_acceptance_nothing_was_accepted_before(self, stores: Stores) -> None:
        first = claimed(stores)
        answer(stores, first, Deferred("later"))

        again = only(claims(stores, LATER))

        assert (again.settled, again.accepted_before) == (frozenset(), False)

    def test_a_claim_knows_which_gateways_were_down_for_it_until_it_is_revived(self, stores: Stores) -> None:
        first = claimed(stores)
        hand_overs = [
            a_hand_over(first, GatewayDown("refused"), NOW, "mail", "ada@example.com"),
            a_hand_over(first, Rejected("554 no"), NOW, "backup", "ada@example.com"),
        ]
        stores.queue.conclude([evolve(answered(first, Deferred("later")), hand_overs=hand_overs)], NOW)
        waiting = stores.notifications.get(first.notification_id)

        again = only(claims(stores, waiting.next_attempt_at))
        assert first.down_at == frozenset()
        assert again.down_at == {"mail"}

        answer(stores, again, Rejected("554 no"), waiting.next_attempt_at)
        stores.notifications.revive([again.notification_id], waiting.next_attempt_at, None)
        assert only(claims(stores, waiting.next_attempt_at)).down_at == frozenset()

    def test_an_address_that_accepted_stays_settled_after_a_revival(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("one", "two"))])
        first = claimed(stores, a_message(channel=Channel.PUSH))
        hand_overs = [
            a_hand_over(first, Accepted("p-1"), NOW, "fcm", "one"),
            a_hand_over(first, Rejected("too large"), NOW, "fcm", "two"),
        ]
        stores.queue.conclude([evolve(answered(first, Rejected("too large")), hand_overs=hand_overs)], NOW)
        stores.notifications.revive([first.notification_id], NOW, None)

        again = only(claims(stores))

        assert again.settled == {"one"}
        assert again.accepted_before is True


class _NextDue:
    def test_an_empty_queue_has_nothing_due(self, stores: Stores) -> None:
        assert stores.queue.next_due() is None

    def test_the_earliest_pending_one_counts_and_what_is_being_sent_does_not(self, stores: Stores) -> None:
        add(stores, a_message(), a_message(send_at=NOW + timedelta(hours=2)), a_message(send_at=LATER))
        assert stores.queue.next_due() == NOW

        claims(stores)

        assert stores.queue.next_due() == NOW + timedelta(hours=2)


class ClaimContract(_Lanes, _Taking, _Listening, _Gateways, _Suspects, _Evidence, _NextDue):
    """Lanes, claims and what they bring."""
