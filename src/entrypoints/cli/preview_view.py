"""What would become of a campaign, as people see it."""

from collections.abc import Iterator
from datetime import datetime

from application.sending.preview_bulk import ChannelPreview, Preview
from entrypoints.cli.output import print_table
from entrypoints.cli.plain_text import counted, shown

_CAP = "frequency cap"

COLUMNS = ("channel", "recipients", "would get it", "why")


def print_preview(preview: Preview) -> None:
    """Print whom a campaign would reach, who not and why: a line for everybody whom one gate treats alike."""
    print_table(COLUMNS, preview_rows(preview), {"recipients"})
    if preview.unknown_ids:
        print_table(("ids that name nobody",), [(unknown,) for unknown in preview.unknown_ids])


def preview_rows(preview: Preview) -> list[tuple[object, ...]]:
    """Return a row for everybody whom one gate treats alike, channel by channel; those who get it come first."""
    return [row for one in preview.channels for row in _rows(one, by_clock=preview.campaign.local is not None)]


def preview_notes(preview: Preview) -> Iterator[str]:
    """Yield what people should know beside the numbers."""
    in_vain = preview.notifications - preview.would_get
    if in_vain:
        kept = counted(in_vain, "notification")
        yield f"{kept} would be made and end unsent, so that tocsin why can say it; the others who miss it get none"
    local = preview.campaign.local
    without = max((one.without_timezone for one in preview.channels), default=0)
    if local is not None and without:
        people = counted(without, "recipient")
        yield f"{people} without a timezone would get it at {local.time.clock} in {local.fallback}"
    put_off = {held.gate for one in preview.channels for held in one.later}
    if len(preview.channels) > 1 and _CAP in put_off:
        yield "each channel is counted by itself: together they use up the frequency cap sooner"


def numbers(preview: Preview) -> str:
    """Return how many would get it, for a question: a channel each, with how many of them later."""
    return ", ".join(_number(one) for one in preview.channels)


def _number(one: ChannelPreview) -> str:
    later = one.would_get - one.on_time
    asides = [f"{later:,} of them later".replace(",", " ")] if later else []
    missing = sum(out.number for out in one.stopped)
    asides += [f"{missing:,} would not".replace(",", " ")] if missing else []
    return f"{counted(one.would_get, 'recipient')} by {one.channel}" + (f" ({'; '.join(asides)})" if asides else "")


def _rows(one: ChannelPreview, *, by_clock: bool) -> Iterator[tuple[object, ...]]:
    clocks = f"by their clocks {_between(one.first, one.last)}" if by_clock and one.first is not None else None
    if one.on_time or not one.later:
        yield one.channel, one.on_time, "on time", clocks
    for held in one.later:
        yield one.channel, held.number, "later", f"{held.gate}, {_between(held.first, held.last)}"
    for out in one.stopped:
        yield one.channel, out.number, "no", out.reason


def _between(first: datetime | None, last: datetime | None) -> str:
    return f"at {shown(first)}" if first == last else f"from {shown(first)} to {shown(last)}"
