"""Claims on trials: two sweeps of one store train nothing twice."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterable

from benchtools.errors import InvalidInput, StoreError
from benchtools.runs._owner import Owner
from benchtools.runs._store import Store

__all__ = ["LIMIT_S", "Claims"]

LIMIT_S = 300.0


class Claims:
    """The claims of one sweep: made and ended in a ``with`` block, kept alive by a thread within it.

    A claim ends with the trial's result (`Store.put`), by `release`, or with the block. The claim of a sweep that died
    is taken over: on this machine as soon as its process is gone, and from another machine once it gave no sign of
    life for `limit_s`.

    Parameters
    ----------
    store : Store
        Where they are kept.
    limit_s : float, default 300
        Silence after which a sweep on another machine counts as dead [s]; clocks must agree better than that.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/sweep.sqlite") as store:
    ...     with Claims(store) as mine, Claims(store) as yours:
    ...         mine.claim("ab12"), yours.claim("ab12"), yours.claim("cd34")
    (True, False, True)
    """

    def __init__(self, store: Store, *, limit_s: float = LIMIT_S) -> None:
        if not limit_s > 0:
            raise InvalidInput(f"limit_s must be greater than 0 seconds, not {limit_s}")
        self.limit_s = limit_s
        self._database = store._database
        self._owner: Owner | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Claims:
        self._owner = Owner.start()
        self._ended.clear()
        self._thread = threading.Thread(target=self._beat, name="heartbeat of claims", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        owner = self._me()
        owner.end()  # first: even if the store cannot be written, nobody waits for these claims
        self._ended.set()
        with contextlib.suppress(StoreError), self._database.write() as connection:
            connection.execute("DELETE FROM claims WHERE owner = ?", [str(owner)])
        if self._thread is not None:
            self._thread.join()
        self._owner = None

    def claim(self, key: str) -> bool:
        """Claim the trial of an id; False where it has a result of any status, or another living sweep's claim.

        Raises
        ------
        StoreError
            If the store cannot be written.
        """
        now, me = time.time(), str(self._me())
        with self._database.write() as connection:
            if connection.execute("SELECT 1 FROM results WHERE id = ?", [key]).fetchone():
                return False
            found = connection.execute("SELECT owner, beat FROM claims WHERE id = ?", [key]).fetchone()
            if found and found[0] != me and Owner.parse(found[0]).is_alive(now - found[1], self.limit_s):
                return False
            connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", [key, me, now])
        return True

    def release(self, key: str) -> None:
        """End the claim on a trial without a result, if it is ours."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM claims WHERE id = ? AND owner = ?", [key, str(self._me())])

    def free(self, ids: Iterable[str]) -> set[str]:
        """Return those among `ids` that no living sweep claims; this one reads only, and others may be quicker."""
        wanted, now = set(ids), time.time()
        sql = "SELECT id, owner, beat FROM claims WHERE id IN (SELECT value FROM json_each(?))"
        rows = self._database.rows(sql, [json.dumps(list(wanted))])
        alive: dict[tuple[str, float], bool] = {}
        for key, owner, beat in rows:
            if (owner, beat) not in alive:
                alive[owner, beat] = Owner.parse(owner).is_alive(now - beat, self.limit_s)
            if alive[owner, beat]:
                wanted.discard(key)
        return wanted

    def _me(self) -> Owner:
        if self._owner is None:
            raise InvalidInput("claims are made within a block: with Claims(store) as claims: ...")
        return self._owner

    def _beat(self) -> None:
        owner = str(self._me())
        while not self._ended.wait(self.limit_s / 10):
            with contextlib.suppress(StoreError), self._database.write() as connection:  # the next beat tries again
                connection.execute("UPDATE claims SET beat = ? WHERE owner = ?", [time.time(), owner])
