"""One SQLite file: opened, checked, and written whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchtools.errors import StoreError
from benchtools.files import make_folder
from benchtools.runs._filesystem import on_network

__all__ = ["BUSY_S", "FORMAT", "Database"]

APPLICATION = 0x62746E72
FORMAT = 1
BUSY_S = 30.0
SCHEMA = (
    "CREATE TABLE results (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, "
    "kind TEXT NOT NULL, setting TEXT NOT NULL, seconds REAL NOT NULL, trial TEXT NOT NULL, metrics TEXT NOT NULL, "
    "error TEXT, provenance TEXT NOT NULL, curve TEXT NOT NULL)",
    "CREATE INDEX results_by_status ON results (status, kind, setting)",
    "CREATE TABLE claims (id TEXT PRIMARY KEY, owner TEXT NOT NULL, beat REAL NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
)
ADVICE = {
    "SQLITE_FULL": "the disk is full. Nothing of this write was kept: make room, then run again",
    "SQLITE_READONLY": "it is read-only. Copy it to a place where you may write, or choose another path",
    "SQLITE_CANTOPEN": "it cannot be opened. Check that it is a file, and that you may write to its folder",
    "SQLITE_BUSY": f"another process kept it locked for {BUSY_S:g} s. Nothing was written: end that process, or wait "
    "until it is done, then run again",
    "SQLITE_NOTADB": "it is no SQLite file, so no store of trials. Choose another path",
    "SQLITE_CORRUPT": "it is damaged. Go back to a copy, or save what `sqlite3 FILE .recover` can read",
    "SQLITE_IOERR": "the disk failed, or is full. Check it, then run again",
}
_inherited: list[sqlite3.Connection] = []
"""Connections of a parent that forked: SQLite forbids a child to use or close them."""


class Database:
    """A connection that threads share, and that a forked child opens anew.

    Parameters
    ----------
    path : Path
        The file.
    create : bool
        Whether to make it where there is none.

    Raises
    ------
    StoreError
        If it cannot be opened, is no store of trials, or is of a newer format.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path, self.create = path, create
        self.lock, self.pid = threading.RLock(), os.getpid()
        self.connection: sqlite3.Connection | None = None
        with self._use():
            pass

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query: one consistent state, while others write."""
        with self._use() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection within a transaction, which an error undoes."""
        with self._use() as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self.lock:
            if self.connection is not None and self.pid == os.getpid():
                self.connection.close()
                self.connection = None

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        if self.pid != os.getpid():
            if self.connection is not None:
                _inherited.append(self.connection)
            self.connection, self.lock, self.pid = None, threading.RLock(), os.getpid()
        with self.lock:
            try:
                if self.connection is None:
                    self.connection = self._open()
                yield self.connection
            except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
                if isinstance(error, sqlite3.ProgrammingError):
                    raise
                name = getattr(error, "sqlite_errorname", "")
                known = (advice for start, advice in ADVICE.items() if name.startswith(start))
                raise StoreError(f"the store {self.path}: {next(known, error)}") from error

    def _open(self) -> sqlite3.Connection:
        if not self.path.exists():
            if not self.create:
                raise StoreError(f"there is no store at {self.path}: check the path")
            make_folder(self.path.parent)
        writable = os.access(self.path if self.path.exists() else self.path.parent, os.W_OK)
        writable = writable and os.access(self.path.parent, os.W_OK)
        address = str(self.path)
        if not writable:
            if not self.path.exists():
                raise StoreError(f"cannot make the store {self.path}: its folder is read-only; choose another path")
            log = self.path.with_name(self.path.name + "-wal")
            address = self.path.absolute().as_uri() + ("?mode=ro" if log.exists() else "?immutable=1")
        connection = sqlite3.connect(
            address, timeout=BUSY_S, isolation_level=None, check_same_thread=False, uri=not writable
        )
        try:
            self._check(connection)
            if writable:
                self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")  # the three numbers are of one state
        application, version, objects = (
            connection.execute(sql).fetchone()[0]
            for sql in ("PRAGMA application_id", "PRAGMA user_version", "SELECT COUNT(*) FROM sqlite_master")
        )
        connection.execute("COMMIT")
        new = (application, version, objects) == (0, 0, 0)
        if application != APPLICATION and not (new and self.create):
            raise StoreError(f"{self.path} is an SQLite file, but no store of trials: choose another path")
        if version > FORMAT:
            raise StoreError(
                f"the store {self.path} is of format {version}, which a newer benchtools wrote; this one knows formats "
                f"up to {FORMAT}: update benchtools"
            )

    def _prepare(self, connection: sqlite3.Connection) -> None:
        shared = not on_network(self.path)
        wanted = "wal" if shared else "delete"
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted:
            _patiently(connection, f"PRAGMA journal_mode = {wanted}")
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if shared else 'FULL'}")
        if connection.execute("PRAGMA application_id").fetchone()[0] == 0:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("PRAGMA application_id").fetchone()[0] == 0:  # still so, and nobody else writes
                for statement in SCHEMA:
                    connection.execute(statement)
            connection.execute("COMMIT")


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Execute what SQLite refuses at once, without its own wait, while others have the file open."""
    end = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return
