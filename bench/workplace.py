"""Stores to measure on: made by the command itself, kept ready, and copied for each round."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from attrs import define, field, frozen

from bench import processes
from bench.failures import NotMeasured, check

STORE = "tocsin.db"
SILENT = 'kind = "bench.gateways:silent"'


@frozen
class Place:
    """A folder with a configuration and a store in it."""

    folder: Path

    @property
    def store(self) -> Path:
        """The file of the store."""
        return self.folder / STORE

    def configure(self, gateway: str = SILENT) -> None:
        """Write a configuration whose mail goes to *gateway*: the lines of its table."""
        text = f'store = "sqlite:///{STORE}"\n\n[gateways.mail]\n{gateway}\n\n[routes]\nemail = ["mail"]\n'
        (self.folder / "tocsin.toml").write_text(text, encoding="utf-8")

    def ask(self, question: str) -> int:
        """Return the number that a query gives, over what is committed now.

        :raises NotMeasured: the store does not answer, or has not the table.
        """
        try:
            with closing(sqlite3.connect(f"{self.store.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
                return int(connection.execute(question).fetchone()[0])
        except sqlite3.Error as error:
            raise NotMeasured(f"the store does not answer {question!r}: {error}") from error

    def settle(self) -> None:
        """Bring the log into the file, and the file to the disk, so that no round pays for what was before it."""
        with closing(sqlite3.connect(self.store, timeout=30)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with self.store.open("rb+") as file:
            os.fsync(file.fileno())


@define
class Workplace:
    """The temporary folder of a run, with places that are made once and copied.

    *scale* makes every number smaller, to try the bench itself.
    """

    folder: Path
    tell: Callable[[str], None]
    scale: float = 1.0
    _ready: dict[str, Place] = field(factory=dict, init=False)

    def count(self, full: int, least: int = 20) -> int:
        """Return how many *full* are at this scale."""
        return max(least, round(full * self.scale))

    def people(self, count: int) -> Place:
        """Return a place with *count* recipients that have a mail address, brought in by ``recipients import``."""
        return self.ready(f"people-{count}", lambda place: _import_people(place, count))

    def due(self, type_: str, count: int) -> Place:
        """Return a place where *count* notifications of *type_* are due, enqueued one to each recipient."""

        def make(place: Place) -> None:
            self.put(self.people(count), place)
            processes.script("bench.ours.fill", type_, count, folder=place.folder)
            check(
                place.ask("SELECT count(*) FROM notifications WHERE status = 'pending'") == count,
                f"not all of {count} notifications were enqueued",
            )

        return self.ready(f"due-{type_}-{count}", make)

    def ready(self, name: str, make: Callable[[Place], None]) -> Place:
        """Return the place that *make* fills, once a run; nobody may change it, only copy it."""
        if name not in self._ready:
            self.tell(f"preparing {name}")
            place = self.empty(name)
            make(place)
            place.settle()
            self._ready[name] = place
        return self._ready[name]

    def empty(self, name: str) -> Place:
        """Return a new folder without a store; the one of that name before goes."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        place = Place(folder)
        place.configure()
        return place

    def copy(self, source: Place, name: str = "round") -> Place:
        """Return a copy of *source* whose bytes are on the disk; the copy of that name before goes."""
        place = self.empty(name)
        self.put(source, place)
        place.settle()
        return place

    def put(self, source: Place, place: Place) -> None:
        """Put a copy of the store of *source* into *place*."""
        shutil.copyfile(source.store, place.store)


def _import_people(place: Place, count: int) -> None:
    file = place.folder / "people.csv"
    with file.open("w", encoding="utf-8") as lines:
        lines.write("id,name,email,plan\n")
        lines.writelines(f"p{n},Person {n},person.{n}@example.com,{'pro' if n % 3 else 'free'}\n" for n in range(count))
    processes.tocsin(place.folder, "init")
    processes.tocsin(place.folder, "recipients", "import", file.name, "--quiet")
    file.unlink()
    check(place.ask("SELECT count(*) FROM recipients") == count, f"not all of {count} recipients were imported")


def stop(process: "subprocess.Popen[bytes]", timeout_s: float = 10.0) -> None:
    """End *process* with SIGTERM, and for good if it does not."""
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
