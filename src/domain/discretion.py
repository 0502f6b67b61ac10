"""What is told of the gates to somebody who must not see what is known of the recipient."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from attrs import evolve

from domain.gates import GateFinding, Pass, Postpone, Stop

_IN_GENERAL: Mapping[str, str] = MappingProxyType(
    {
        "address": "the recipient cannot be reached on this channel any more",
        "suppression": "the address is suppressed",
        "preference": "the recipient does not want it",
        "quiet hours": "quiet hours",
        "frequency cap": "the frequency cap is used up",
    }
)
"""The gates that look at a person, and what they say without that person's addresses, choices, hours and zone."""


IN_TEMPLATE: Final = "the template could not be filled in"
"""What is said of a template that failed: its own words may be those of the recipient."""


def in_general(gate: str | None, reason: str) -> str:
    """Return *reason*, which *gate* gave if one did, without words that are personal."""
    return reason if gate is None else _IN_GENERAL.get(gate, reason)


def discreet_verdict(gate: str, verdict: Stop | Postpone) -> Stop | Postpone:
    """Return the *verdict* of a gate without words that are personal; until when it waits stays."""
    return evolve(verdict, reason=in_general(gate, verdict.reason))


def discreet(findings: Sequence[GateFinding]) -> list[GateFinding]:
    """Return *findings* with every verdict, without the values and the words that are personal.

    Until when it waits stays: the notification itself says that.
    """
    return [_discreet(one) if one.gate in _IN_GENERAL else one for one in findings]


def _discreet(finding: GateFinding) -> GateFinding:
    verdict = finding.verdict
    if not isinstance(verdict, Pass):
        verdict = discreet_verdict(finding.gate, verdict)
    return evolve(finding, verdict=verdict, values={})
