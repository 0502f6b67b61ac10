import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateways.smtp_replies import Lost, Phase, Refused, Unfit, enhanced_code, outcome_of
from domain.outcome import Accepted, GatewayDown, Rejected, Unknown, Unreachable, reason_of

OPENING = [Phase.GREETING, Phase.HELLO, Phase.TLS, Phase.AUTH]


class TestEnhancedCode:
    @pytest.mark.parametrize(
        ("code", "text", "expected"),
        [
            (550, "5.1.1 No such user", "5.1.1"),
            (550, "5.1.10 Null MX", "5.1.10"),
            (550, "No such user 5.1.1", None),
            (550, "4.1.1 of another class", None),
            (550, "5.1", None),
            (550, "5.1.1.1 is an address", None),
            (550, "", None),
        ],
    )
    def test_it_stands_first_and_agrees_with_the_code(self, code: int, text: str, expected: str | None) -> None:
        assert enhanced_code(code, text) == expected


class TestOutcome:
    @given(
        st.sampled_from([phase for phase in Phase if phase is not Phase.CONNECT]),
        st.integers(400, 599),
        st.text() | st.from_regex(r"[45]\.[0-9]\.[0-9]{1,2} .*", fullmatch=True),
    )
    def test_every_refusal_has_a_row(self, phase: Phase, code: int, text: str) -> None:
        outcome = outcome_of(Refused(phase, code, text), str)

        assert not isinstance(outcome, Accepted | Unknown), "a refusal was not taken, and that is certain"
        assert reason_of(outcome)
        assert isinstance(outcome, GatewayDown) or phase not in OPENING
        assert phase is Phase.RCPT or not isinstance(outcome, Unreachable), "only RCPT speaks of the address"

    @given(st.sampled_from(Phase), st.sampled_from([OSError, TimeoutError, ConnectionResetError]))
    def test_every_end_has_a_row(self, phase: Phase, error: type[OSError]) -> None:
        outcome = outcome_of(Lost(phase, error()), str)

        assert isinstance(outcome, Unknown) is (phase is Phase.DOT)
        assert reason_of(outcome)

    def test_what_a_server_lacks_for_one_message_is_not_the_gateways_fault(self) -> None:
        assert isinstance(outcome_of(Unfit(Phase.MAIL, "no SMTPUTF8"), str), Rejected)
        assert isinstance(outcome_of(Unfit(Phase.AUTH, "no PLAIN"), str), GatewayDown)

    def test_a_reason_stays_short(self) -> None:
        outcome = outcome_of(Refused(Phase.DOT, 550, "x" * 5000), str)

        assert len(reason_of(outcome) or "") <= 500
