"""When the write-ahead log is copied into the database: by the writer, under its turn, when it has grown enough."""

import os
import sqlite3
from pathlib import Path
from typing import Final

PAGES_BETWEEN: Final = 1000
"""How many pages the log grows before it is copied: 4 MiB, a pause of some milliseconds."""

LOG_KEPT_MAX: Final = 64 * 1024 * 1024
"""How many bytes of log are kept on disk for the next ones: writing over them is faster than making a file grow."""

_HEADER_BYTES: Final = 32
_FRAME_HEADER_BYTES: Final = 24
_SALTS_AT_HEADER: Final = 16
_SALTS_AT_FRAME: Final = 8
_SALTS_BYTES: Final = 8


class WriteAheadLog:
    """The log of one store as its writer looks after it.

    SQLite starts the log from the beginning again once all of it was copied and nobody reads from it, and does not tell
    how far it has come. The file does: each start draws new salts, and a frame belongs to the log of the present start
    if it carries these (https://www.sqlite.org/fileformat2.html#walformat). So two small reads tell whether the log
    has reached a certain frame, whichever process wrote it. Reading the file takes no lock and drops none.
    """

    def __init__(self, store: Path, page_bytes: int) -> None:
        self._path = store.with_name(store.name + "-wal")
        self._frame_bytes = _FRAME_HEADER_BYTES + page_bytes
        self._descriptor: int | None = None
        self._salts = b""
        self._next_at = PAGES_BETWEEN

    def copy_when_grown(self, connection: sqlite3.Connection) -> None:
        """Copy the log into the database if it has grown by :data:`PAGES_BETWEEN` since the last time.

        Whoever calls holds the write turn: a checkpoint that races a commit is what the WAL-reset bug needs. A reader
        holds back what it has not seen the end of, and nobody waits for it: that is for the next time. A copy that
        fails takes nothing back, the log has it all; so it raises nothing, as SQLite's own checkpoints do not.
        """
        try:
            if self._has_grown():
                _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                self._next_at = frames + PAGES_BETWEEN
        except (sqlite3.Error, OSError):
            self._next_at += PAGES_BETWEEN

    def shorten(self, connection: sqlite3.Connection) -> None:
        """Copy the log and empty its file if that is larger than what is kept, unless somebody reads from it.

        Whoever calls holds the write turn, and uses the connection for nothing more.
        """
        try:
            if self._path.stat().st_size > LOG_KEPT_MAX:
                connection.execute("PRAGMA busy_timeout = 0")  # readers are not waited for
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except (sqlite3.Error, OSError):
            return  # the log has everything, whatever its size

    def empty(self, connection: sqlite3.Connection) -> bool:
        """Copy the log and empty its file, and say whether that was done: whoever reads from it keeps it.

        Whoever calls holds the write turn. Readers are waited for as long as the connection waits for other programs.
        """
        try:
            is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            return False
        return not is_busy

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _has_grown(self) -> bool:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDONLY)
        salts = os.pread(self._descriptor, _SALTS_BYTES, _SALTS_AT_HEADER)
        if salts != self._salts:
            self._salts, self._next_at = salts, PAGES_BETWEEN
        frame_at = _HEADER_BYTES + (self._next_at - 1) * self._frame_bytes
        return os.pread(self._descriptor, _SALTS_BYTES, frame_at + _SALTS_AT_FRAME) == salts != b""
