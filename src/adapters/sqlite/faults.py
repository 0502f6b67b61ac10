"""What SQLite and the file system say, told so that a person can help."""

import sqlite3
from collections.abc import Mapping
from errno import EACCES, EDQUOT, EMFILE, ENFILE, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS
from pathlib import Path
from types import MappingProxyType

from domain.errors import StoreUnavailable

LOCKED = (
    "the store {path} is locked by another program; end what holds it (a backup, an open database shell) and try again"
)
READ_ONLY = (
    "the store {path} cannot be written: the file or its folder is read-only here; "
    "allow this user to write both, or run Tocsin as their owner"
)
FULL = "the disk under the store {path} is full, nothing of this was stored; make room and try again"
BROKEN_DISK = "the store {path} cannot be read or written ({detail}); check the disk and the system's log"
NO_DATABASE = (
    "{path} is not a store: it is no SQLite database; name another file under store, or move this one out of the way"
)
DAMAGED = "the store {path} is damaged ({detail}); stop Tocsin, keep a copy of all its files, and restore a backup"
NO_FOLDER = "the folder of the store {path} does not exist; create it, or name another file under store"
NO_FILE = "there is no store at {path}; run 'tocsin init' to create it, or restore a backup"
CANNOT_OPEN = (
    "the store {path} cannot be opened; this user must be allowed to read and write the file and its folder, "
    "because SQLite keeps two files beside it"
)
UNDONE = "what was being written to the store together with this failed, and nothing of it was stored; try again"
NO_MEMORY = "there is not enough memory to use the store {path}; end other programs and try again"
TOO_MANY_FILES = "too many files are open to use the store {path}; raise the limit (ulimit -n) and try again"

_OF_SQLITE: Mapping[int, str] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: LOCKED,
        sqlite3.SQLITE_LOCKED: LOCKED,
        sqlite3.SQLITE_PROTOCOL: LOCKED,
        sqlite3.SQLITE_READONLY: READ_ONLY,
        sqlite3.SQLITE_READONLY_CANTINIT: CANNOT_OPEN,  # the log needs a file that cannot be made
        sqlite3.SQLITE_READONLY_DIRECTORY: CANNOT_OPEN,
        sqlite3.SQLITE_PERM: READ_ONLY,
        sqlite3.SQLITE_FULL: FULL,
        sqlite3.SQLITE_IOERR_WRITE: FULL,  # also what a quota or a limit on the size of files gives
        sqlite3.SQLITE_IOERR_SHMSIZE: FULL,
        sqlite3.SQLITE_IOERR: BROKEN_DISK,
        sqlite3.SQLITE_NOTADB: NO_DATABASE,
        sqlite3.SQLITE_CORRUPT: DAMAGED,
        sqlite3.SQLITE_CANTOPEN: CANNOT_OPEN,
        sqlite3.SQLITE_NOMEM: NO_MEMORY,
    }
)
"""By extended result code first, then by its low byte (https://www.sqlite.org/rescode.html)."""

_OF_SYSTEM: Mapping[int, str] = MappingProxyType(
    {
        ENOENT: NO_FOLDER,
        ENOTDIR: NO_FOLDER,
        EACCES: READ_ONLY,
        EPERM: READ_ONLY,
        EROFS: READ_ONLY,
        ENOSPC: FULL,
        EDQUOT: FULL,
        EMFILE: TOO_MANY_FILES,
        ENFILE: TOO_MANY_FILES,
    }
)


def of_sqlite(error: sqlite3.Error, path: Path) -> StoreUnavailable | None:
    """Return what *error* means for whoever runs Tocsin, or None if it is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    sentence = _OF_SQLITE.get(code) or _OF_SQLITE.get(code & 0xFF)
    if sentence is None:
        return None
    if sentence is CANNOT_OPEN and not path.parent.is_dir():
        sentence = NO_FOLDER
    elif sentence is CANNOT_OPEN and not path.exists():
        sentence = NO_FILE
    return StoreUnavailable(sentence.format(path=path, detail=error.sqlite_errorname))


def of_system(error: OSError, path: Path) -> StoreUnavailable:
    """Return what *error*, met beside the store, means for whoever runs Tocsin."""
    sentence = _OF_SYSTEM.get(error.errno or 0, BROKEN_DISK)
    return StoreUnavailable(sentence.format(path=path, detail=error.strerror))
