"""Draining a store once, and looking whether everything is sent and written down."""

import json

from bench import processes
from bench.failures import check
from bench.workplace import Place

SENT = "SELECT count(*) FROM notifications WHERE status = 'sent' AND created_at_ms > 1000"
HANDED_OVER = """
SELECT count(*) FROM hand_overs AS h JOIN notifications AS n ON n.id = h.notification_id
 WHERE h.outcome = 'accepted' AND n.created_at_ms > 1000
"""
LEFT = "SELECT count(*) FROM notifications WHERE status IN ('pending', 'sending') AND created_at_ms > 1000"
CHECKED = "the numbers of sent notifications, of accepted hand-overs and of what is left, in the store after each run"
REPORTED = "what `tocsin report` counts, against them"


def drain(place: Place, count: int, *, counted: bool = True) -> float:
    """Run ``tocsin dispatch`` in *place* and return how many of *count* it sent a second, its start included.

    *counted* looks at the report too; rows that were put in behind Tocsin's back are not in its counters.
    """
    ended = processes.tocsin(place.folder, "dispatch", "--quiet")
    check_sent(place, count)
    if counted:
        report = json.loads(processes.tocsin(place.folder, "report", "--json").output.splitlines()[0])
        check(report["sent"] == count, f"tocsin report says {report['sent']} sent, not {count}")
    return count / ended.seconds


def check_sent(place: Place, count: int) -> None:
    """Look whether all of *count* are sent, and each has its line of history.

    :raises NotMeasured: it is not so.
    """
    for question, wanted, words in ((SENT, count, "sent"), (HANDED_OVER, count, "handed over"), (LEFT, 0, "left")):
        found = place.ask(question)
        check(found == wanted, f"{found} notifications are {words}, not {wanted}")
