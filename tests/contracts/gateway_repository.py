"""What every store of gateway health and pace must do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from domain.gateway_health import UNKNOWN_RUN_MAX, GatewayHealth
from domain.outcome import Accepted, Cause, GatewayDown, Outcome, Throttled, Unknown
from tests.contracts.given import NOW, SECOND
from tests.contracts.stores import Stores


class _Health:
    def test_a_gateway_that_never_failed_is_usable(self, stores: Stores) -> None:
        assert stores.gateways.observe("mail", Accepted("m-1"), NOW).is_usable(NOW)
        known = stores.gateways.health().get("mail")
        assert known is None or known.is_usable(NOW)

    def test_what_was_observed_adds_up_as_the_domain_says(self, stores: Stores) -> None:
        expected = GatewayHealth(gateway="mail")
        run: list[Outcome] = [
            GatewayDown("connection refused"),
            GatewayDown("connection refused"),
            Throttled("429", retry_after=timedelta(minutes=2)),
            *[Unknown("timeout")] * UNKNOWN_RUN_MAX,
            GatewayDown("535 wrong password", Cause.CONFIGURATION),
        ]
        for number, outcome in enumerate(run):
            now = NOW + number * SECOND
            expected = expected.observe(outcome, now)

            assert stores.gateways.observe("mail", outcome, now) == expected
            assert stores.gateways.health()["mail"] == expected

    def test_a_success_after_the_rest_makes_it_well(self, stores: Stores) -> None:
        rest = stores.gateways.observe("mail", GatewayDown("connection refused"), NOW).rest(NOW)

        health = stores.gateways.observe("mail", Accepted("m-1"), NOW + rest)

        assert health == GatewayHealth(gateway="mail")
        assert stores.gateways.health().get("mail", health) == health

    def test_who_opened_the_breaker_is_remembered_until_it_closes(self, stores: Stores) -> None:
        opened = stores.gateways.observe("mail", GatewayDown("connection refused"), NOW, 7)
        assert opened.opened_by == 7
        assert stores.gateways.health()["mail"] == opened

        closed = stores.gateways.observe("mail", Accepted("m-1"), NOW + timedelta(hours=1))

        assert closed == GatewayHealth(gateway="mail")

    def test_one_that_was_down_is_probed_by_one_at_a_time(self, stores: Stores) -> None:
        later, until = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
        stores.gateways.observe("push@fox", GatewayDown("connection refused"), NOW)

        assert not stores.gateways.probe("push@fox", NOW, until), "it rests"
        assert stores.gateways.probe("push@fox", later, until)
        assert stores.gateways.health()["push@fox"].probing_until == until
        assert not stores.gateways.probe("push@fox", later, until)
        assert stores.gateways.probe("push@fox", until, until + timedelta(hours=1)), "the other prober died"

        stores.gateways.observe("push@fox", Accepted("m-1"), until)
        assert stores.gateways.health()["push@fox"] == GatewayHealth(gateway="push@fox")

    def test_one_that_is_well_needs_no_probe(self, stores: Stores) -> None:
        assert stores.gateways.probe("push@fox", NOW, NOW + SECOND)
        assert stores.gateways.probe("push@fox", NOW, NOW + SECOND)
        health = stores.gateways.health().get("push@fox")
        assert health is None or health.probing_until is None

    def test_each_gateway_has_its_own_health(self, stores: Stores) -> None:
        stores.gateways.observe("mail", GatewayDown("connection refused"), NOW)
        stores.gateways.observe("other", Unknown("timeout"), NOW)

        health = stores.gateways.health()

        assert not health["mail"].is_usable(NOW)
        assert health["other"].is_usable(NOW)

    def test_a_gateway_rests_and_wakes_by_hand(self, stores: Stores) -> None:
        stores.gateways.rest(["mail", "other"], NOW + timedelta(hours=1), "maintenance")

        health = stores.gateways.health()
        assert {name: (one.paused_until, one.reason) for name, one in health.items()} == {
            "mail": (NOW + timedelta(hours=1), "maintenance"),
            "other": (NOW + timedelta(hours=1), "maintenance"),
        }

        stores.gateways.rest(["mail"], None, None)

        woken = stores.gateways.health().get("mail", GatewayHealth(gateway="mail"))
        assert woken.is_usable(NOW)
        assert woken.reason is None
        assert not stores.gateways.health()["other"].is_usable(NOW)

    def test_a_rest_survives_a_pace(self, stores: Stores) -> None:
        stores.gateways.rest(["mail"], NOW + SECOND, "maintenance")

        stores.gateways.take("mail", 5.0, 3, NOW)

        assert stores.gateways.health()["mail"].reason == "maintenance"


class _Pace:
    def test_a_second_gives_as_many_as_the_rate_and_no_more(self, stores: Stores) -> None:
        taken = [stores.gateways.take("mail", 10.0, 7, NOW + offset * SECOND) for offset in (0, 0, 0.5, 1, 60)]

        assert taken == [7, 3, 5, 5, 7]

    def test_a_pace_below_one_a_second_gives_one_at_a_time(self, stores: Stores) -> None:
        taken = [stores.gateways.take("mail", 0.5, 4, NOW + offset * SECOND) for offset in (0, 1, 2, 3, 4)]

        assert taken == [1, 0, 1, 0, 1]

    def test_gateways_do_not_share_a_pace(self, stores: Stores) -> None:
        assert stores.gateways.take("mail", 3.0, 5, NOW) == 3
        assert stores.gateways.take("other", 3.0, 5, NOW) == 3

    def test_a_clock_that_went_back_gives_nothing(self, stores: Stores) -> None:
        stores.gateways.take("mail", 2.0, 2, NOW)

        assert stores.gateways.take("mail", 2.0, 2, NOW - 60 * SECOND) == 0
        assert stores.gateways.take("mail", 2.0, 2, NOW + SECOND) == 2

    def test_a_new_rate_counts_from_now_on(self, stores: Stores) -> None:
        stores.gateways.take("mail", 2.0, 2, NOW)

        assert stores.gateways.take("mail", 20.0, 100, NOW + SECOND) == 20

    def test_threads_together_take_no_more_than_there_is(self, stores: Stores) -> None:
        with ThreadPoolExecutor(8) as threads:
            taken = list(threads.map(lambda _: stores.gateways.take("mail", 50.0, 3, NOW), range(40)))

        assert sum(taken) == 50


class GatewayRepositoryContract(_Health, _Pace):
    """Health and pace, shared by all dispatchers."""
