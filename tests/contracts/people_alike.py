"""What every store must tell of an audience before a campaign is started."""

from datetime import date, time
from typing import Any

from attrs import evolve

from application.ports.dispatch_queue import CapUse, Hold
from application.ports.notification_repository import NotificationQuery
from domain.campaign import PeopleAlike
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.outcome import Accepted
from domain.preferences import Choice, PreferenceChange, Preferences, Scope
from domain.quiet_hours import QuietHours
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import DAY, NOW, a_campaign, a_message, a_person, answer, claimed, only
from tests.contracts.stores import Stores

CROWD = 1200


class PeopleAlikeContract:
    """An audience as the gates see it, a group of people each."""

    def test_people_of_whom_the_gates_see_the_same_are_one_group(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob"), evolve(a_person("eve"), timezone="Asia/Tokyo")])

        found = stores.campaigns.alike(a_campaign(), Channel.EMAIL)

        assert set(found) == {
            PeopleAlike(number=2, has_address=True),
            PeopleAlike(number=1, has_address=True, timezone="Asia/Tokyo"),
        }
        assert stores.campaigns.find("spring") is None
        assert list(stores.notifications.find(NotificationQuery())) == []

    def test_of_many_people_only_groups_are_returned(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(CROWD)])

        assert list(stores.campaigns.alike(a_campaign(), Channel.EMAIL)) == [
            PeopleAlike(number=CROWD, has_address=True)
        ]

    def test_of_what_they_chose_only_what_is_about_it_counts(self, stores: Stores) -> None:
        stores.recipients.put([a_person(name) for name in ("ada", "bob", "eve", "joe")])
        sms, news = Choice(Scope(channel=Channel.SMS), wanted=False), Choice(Scope(topic="news"), wanted=False)
        hours = QuietHours(time(21), time(8))
        for name, choices, quiet in (("ada", (sms, news), None), ("bob", (news,), None), ("eve", (sms,), hours)):
            stores.preferences.change(name, PreferenceChange(choices=choices, quiet_hours=quiet, sets_quiet_hours=True))

        assert set(stores.campaigns.alike(a_campaign(), Channel.EMAIL)) == {
            PeopleAlike(number=2, has_address=True, preferences=Preferences(choices=(news,))),
            PeopleAlike(number=1, has_address=True, preferences=Preferences(quiet_hours=hours)),
            PeopleAlike(number=1, has_address=True),
        }

    def test_every_reason_for_which_no_address_may_be_used_is_told_once(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet"))])
        for address, reason in (("phone", "manual"), ("tablet", "manual"), ("tablet", "complaint")):
            why = SuppressionReason(reason)
            stores.suppressions.add([Suppression(channel=Channel.PUSH, address=address, reason=why, at=NOW)])

        found = only(stores.campaigns.alike(a_campaign(channels=(Channel.PUSH,)), Channel.PUSH))

        assert found.stopped_by == (SuppressionReason.COMPLAINT, SuppressionReason.MANUAL)

    def test_places_under_a_cap_are_told_where_they_are_asked_for(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        day = NOW.date()
        held = claimed(stores, a_message("ada", type=NotificationType.PROMOTIONAL))
        use = CapUse(number=3, first_day=day, day=day)
        stores.queue.begin([Hold(held.notification_id, held.fence, revision=held.revision, cap=use)], NOW)
        answer(stores, held, Accepted("m-1"))

        def groups(since: date | None, **changes: Any) -> set[tuple[int, tuple[date, ...]]]:
            new = evolve(a_campaign(), **changes)
            return {(one.number, one.capped_days) for one in stores.campaigns.alike(new, Channel.EMAIL, since)}

        assert groups(None) == {(2, ())}
        assert groups(day) == {(1, (day,)), (1, ())}
        assert groups(day + DAY) == {(2, ())}
        assert groups(day, type=NotificationType.INFORMATIONAL) == {(2, ())}
        assert groups(day, test=True) == {(2, ())}
