"""The shapes of ``why`` and ``decide``: the same over HTTP and in the command line's JSON."""

from datetime import datetime

from application.insight.decide import Decision
from application.insight.outlook import Outlook
from application.insight.why import Explanation
from domain.gates import GateFinding, Pass, Postpone, Stop, Verdict
from domain.lane import Lane
from entrypoints.json_values import JsonObject, instant
from entrypoints.wire_format import hand_over_json, health_json, notification_json, receipt_json


def explanation_json(explanation: Explanation) -> JsonObject:
    """Return why a notification stands where it stands."""
    return {
        "notification": notification_json(explanation.notification, explanation.at),
        "at": instant(explanation.at),
        "lane": _lane_json(explanation.lane),
        "gates": [_finding_json(finding) for finding in explanation.gates],
        "attempts": [hand_over_json(hand_over) for hand_over in explanation.hand_overs],
        "receipts": [receipt_json(receipt) for receipt in explanation.receipts],
        "suppressions": [
            {
                "address": address,
                "reason": suppression.reason.value,
                "scope": str(suppression.scope),
                "at": instant(suppression.at),
                "detail": suppression.detail,
                "stops": explanation.is_stopped_by(suppression),
            }
            for address, known in explanation.suppressions.items()
            for suppression in known
        ],
        "route": [health_json(health) for health in explanation.route],
    }


def decision_json(decision: Decision) -> JsonObject:
    """Return what would become of a notification."""
    asked, template = decision.asked, decision.asked.template
    return {
        "to": asked.recipient_id,
        "channel": asked.channel.value,
        "type": asked.type.value,
        "topic": asked.topic,
        "test": asked.test,
        "template": None if template is None else template.name,
        "template_version": None if template is None else template.version,
        "at": instant(decision.at),
        "due_at": instant(decision.due_at),
        "expires_at": instant(asked.expires_at),
        "sentence": decision.sentence,
        **_outlook_json(decision.outlook),
        "earlier": None if decision.earlier is None else decision.earlier.id,
        "lane": _lane_json(decision.lane),
        "gates": [_finding_json(finding) for finding in decision.gates],
        "addresses": list(decision.addresses),
        "route": [
            {
                "gateway": one.name,
                "takes_it": one.name == decision.outlook.gateway,
                "rate": decision.rates.get(one.name),
                "health": health_json(one.health),
                "scopes": [health_json(scope) for scope in one.scopes],
            }
            for one in decision.route
        ],
    }


def _outlook_json(outlook: Outlook) -> JsonObject:
    end = outlook.end
    return {
        "fate": outlook.fate.value,
        "waits": [{"until": instant(one.until), "reason": one.reason} for one in outlook.waits],
        "goes_out_at": instant(outlook.at),
        "gateway": outlook.gateway,
        "ends": None if end is None else end.status.value,
        "reason": None if end is None else end.reason,
    }


def _lane_json(lane: Lane) -> JsonObject:
    return {"name": lane.name, "state": lane.state.value, "rate": lane.rate}


def _finding_json(finding: GateFinding) -> JsonObject:
    values = {name: instant(one) if isinstance(one, datetime) else one for name, one in finding.values.items()}
    return {"gate": finding.gate, **verdict_json(finding.verdict), "values": values}


def verdict_json(verdict: Verdict) -> JsonObject:
    """Return what a gate decided."""
    match verdict:
        case Pass():
            return {"verdict": "pass", "reason": None, "until": None}
        case Postpone(until, reason):
            return {"verdict": "postpone", "reason": reason, "until": instant(until)}
        case Stop(_, reason):
            return {"verdict": "stop", "reason": reason, "until": None}
