"""Every command with what it is for, so that the first page of help imports none of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command is found, and the first sentence of its help."""

    module: str
    help: str


SECTIONS: Mapping[str, Mapping[str, Entry]] = MappingProxyType(
    {
        "Begin": {
            "demo": Entry("demo", "Show all of it on a throw-away store, in under a minute"),
            "init": Entry("init", "Create the store, or bring an older one up to date"),
            "doctor": Entry("doctor", "Look for what is wrong, with advice"),
        },
        "Tell people": {
            "recipients": Entry("recipients", "Bring in, change, look at, export and erase the people who are told"),
            "preferences": Entry("preferences", "Show what people want to be told, and change it"),
            "send": Entry("send", "Accept one notification for one person, now or for later"),
            "bulk": Entry("bulk", "Start a campaign: one text for many people"),
            "dispatch": Entry("dispatch", "Send what is due"),
            "retry": Entry("retry", "Put failed notifications back, to be sent again"),
            "cancel": Entry("cancel", "Withdraw what has not been sent yet"),
            "campaigns": Entry("campaigns", "Look at campaigns, and pause, resume or cancel them"),
            "templates": Entry("templates", "Keep texts under a name, a version at a time, and look at them"),
        },
        "Look": {
            "list": Entry("list", "List notifications, the newest first"),
            "show": Entry("show", "Show one notification"),
            "why": Entry("why", "Explain why a notification stands where it stands"),
            "decide": Entry("decide", "Say what would become of a notification, without sending it"),
            "inbox": Entry("inbox", "Show what a person sees in the in-app inbox, or mark it"),
            "report": Entry("report", "Count what became of the notifications"),
        },
        "Run": {
            "receipts": Entry("receipts", "Take the reports of mail servers about mails that did not arrive"),
            "gateways": Entry("gateways", "Look at the gateways, check that they could send, pause and resume them"),
            "suppressions": Entry("suppressions", "Look at the addresses that must not be used, and change them"),
            "links": Entry("links", "Make links with which people choose what they are told, and end old ones"),
            "lanes": Entry("lanes", "Look at the queues, and pause, resume or pace them"),
            "keys": Entry("keys", "Make, list and revoke keys for the HTTP API"),
            "serve": Entry("serve", "Run the HTTP API and a dispatcher in one process"),
        },
    }
)
"""The commands in the order in which help shows them."""

COMMANDS: Mapping[str, Entry] = MappingProxyType(
    {name: entry for section in SECTIONS.values() for name, entry in section.items()}
)
