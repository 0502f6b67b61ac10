"""The parts of the bench, in the order in which they run and are shown."""

from bench.part import Part
from bench.work import bulk, drain, enqueue, full, idle, mail, pair, urgent

PARTS: tuple[Part, ...] = (drain.PART, full.PART, enqueue.PART, bulk.PART, mail.PART, urgent.PART, pair.PART, idle.PART)
