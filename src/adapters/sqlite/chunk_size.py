"""How much is done in one transaction, so that other writers wait no longer than they can bear."""

from typing import Final

from attrs import define, field

CHUNK_FIRST: Final = 2_000
CHUNK_MIN: Final = 100
CHUNK_MAX: Final = 50_000
CHUNK_TARGET_S: Final = 0.04
"""So long may one chunk keep other writers waiting, its COMMIT included; a slow disk makes now and then twice of it."""


@define(eq=False)
class ChunkSize:
    """Learns how many rows take about 40 ms on this machine; any number of threads may teach it."""

    rows: int = field(default=CHUNK_FIRST, init=False)

    def learn(self, rows: int, took_s: float) -> None:
        """Come nearer to the size that would have taken the time aimed at, by at most twice or half.

        *rows* is how many a chunk had; one that was smaller than it could have been says little.
        """
        if rows < self.rows:
            return
        wanted = int(rows * min(2.0, max(0.5, CHUNK_TARGET_S / max(took_s, 1e-6))))
        self.rows = min(CHUNK_MAX, max(CHUNK_MIN, wanted))
