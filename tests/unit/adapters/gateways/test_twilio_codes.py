import re
from datetime import UTC, datetime, timedelta

import pytest

from adapters.gateways.twilio_codes import CODES, STATUSES, refusal
from adapters.gateways.twilio_sender import TwilioSender, TwilioSettings, validity_s
from adapters.gateways.verdict import Verdict
from adapters.system_clock import SystemClock
from domain.errors import Misconfigured
from domain.outcome import Cause, Deferred, GatewayDown, Outcome, Rejected, Throttled, Unknown, Unreachable

KINDS: dict[Verdict, type[Outcome]] = {
    Verdict.UNREACHABLE: Unreachable,
    Verdict.OPTED_OUT: Unreachable,
    Verdict.REJECTED: Rejected,
    Verdict.MISCONFIGURED: GatewayDown,
    Verdict.DEFERRED: Deferred,
    Verdict.THROTTLED: Throttled,
}
NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
STATUSES_MET = [300, 301, 304, 400, 401, 403, 404, 405, 407, 408, 409, 413, 422, 429, 451, 500, 501, 502, 503, 504, 599]
WAIT = timedelta(seconds=2)


@pytest.mark.parametrize("code", CODES)
def test_a_listed_code_leads_to_its_outcome_and_says_so(code: int) -> None:
    row = CODES[code]

    outcome = refusal(400, code, "what Twilio said", None)

    assert type(outcome) is KINDS[row.verdict]
    assert not isinstance(outcome, GatewayDown) or outcome.cause is Cause.CONFIGURATION
    assert not isinstance(outcome, Unreachable) or outcome.opted_out == (row.verdict is Verdict.OPTED_OUT)
    text = re.escape(f"{row.meaning}") + ".*" + re.escape(f"(Twilio {code}: what Twilio said)")
    assert re.search(text, str(outcome).replace('\\"', '"').replace("\\'", "'"))


@pytest.mark.parametrize("code", [code for code, row in CODES.items() if row.verdict is Verdict.MISCONFIGURED])
def test_what_the_settings_or_the_account_cause_comes_with_a_remedy(code: int) -> None:
    assert CODES[code].remedy


@pytest.mark.parametrize("status", STATUSES_MET)
@pytest.mark.parametrize("code", [None, 29_999])
def test_a_code_that_is_not_listed_never_blames_the_address(status: int, code: int | None) -> None:
    outcome = refusal(status, code, "", None)

    if status >= 500:
        assert isinstance(outcome, Unknown)
    elif status in STATUSES:
        assert type(outcome) is KINDS[STATUSES[status].verdict]
    else:
        assert isinstance(outcome, GatewayDown if status < 400 else Rejected)


def test_an_unavailable_service_that_names_a_time_has_sent_nothing() -> None:
    outcome = refusal(503, 20503, "Service unavailable", WAIT)

    assert isinstance(outcome, Deferred)
    assert outcome.retry_after == WAIT


def test_only_a_stop_is_an_opt_out() -> None:
    assert [code for code, row in CODES.items() if row.verdict is Verdict.OPTED_OUT] == [21610]


@pytest.mark.parametrize("code", [21611, 30001])
def test_a_full_queue_slows_the_gateway_down_for_a_minute(code: int) -> None:
    outcome = refusal(400, code, "", None)

    assert isinstance(outcome, Throttled)
    assert outcome.retry_after == timedelta(minutes=1)


@pytest.mark.parametrize("code", [None, 20429, 14107, 21211, 20003, 29_999])
def test_what_was_too_fast_was_not_processed_whatever_its_code(code: int | None) -> None:
    outcome = refusal(429, code, "", WAIT)

    assert isinstance(outcome, Throttled)
    assert outcome.retry_after == WAIT


@pytest.mark.parametrize("code", [20500, 21211, 21610])
def test_a_server_error_may_have_sent_it_whatever_its_code_and_its_time(code: int) -> None:
    assert isinstance(refusal(500, code, "", WAIT), Unknown)


@pytest.mark.parametrize(
    ("seconds", "validity"), [(-60, 5), (0, 5), (4.9, 5), (5, 5), (90.9, 90), (36_000, 36_000), (86_400, 36_000)]
)
def test_a_message_is_valid_until_it_expires_within_what_twilio_takes(seconds: float, validity: int) -> None:
    assert validity_s(NOW + timedelta(seconds=seconds), NOW) == validity


SID = "AC" + "0" * 32


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (TwilioSettings(account_sid="SK1", auth_token="t", from_number="+14155550100"), ["account_sid"]),
        (TwilioSettings(account_sid=SID, from_number="+14155550100"), ["auth_token"]),
        (TwilioSettings(account_sid=SID, api_key="SK1", from_number="+14155550100"), ["api_key, api_secret"]),
        (TwilioSettings(account_sid=SID, auth_token="t"), ["from, messaging_service_sid"]),
        (
            TwilioSettings(account_sid=SID, auth_token="t", from_number="+1", messaging_service_sid="MG1"),
            ["from, messaging_service_sid"],
        ),
        (
            TwilioSettings(
                account_sid=SID, auth_token="t", from_number="+1", base_url="twilio", connections=0, timeout_s=0
            ),
            ["base_url", "connections", "timeout"],
        ),
        (
            TwilioSettings(account_sid=SID, auth_token="t", from_number="+1", callback_url="/webhooks/twilio/sms"),
            ["public_url"],
        ),
    ],
)
def test_wrong_settings_are_all_named_at_once(settings: TwilioSettings, named: list[str]) -> None:
    with pytest.raises(Misconfigured) as caught:
        TwilioSender(settings, SystemClock())

    assert [problem.partition(":")[0] for problem in caught.value.problems] == named
