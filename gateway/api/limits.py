"""A token bucket per client and purpose, in this process: a broken client cannot starve the others.

Fails closed: when the table of buckets is full of clients that all used their share, a new one has to wait.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock
from typing import Final

from schemas.errors import TooMany

MAX_BUCKETS: Final = 10_000


@dataclass(slots=True)
class _Bucket:
    """What is left, as of a moment (seconds on a clock that never goes back)."""

    left: float
    at: float


class Limits:
    """Grants ``per_minute`` requests per client and purpose, of which ``burst`` at once (default: a tenth).

    ``clock`` counts seconds and never goes back; at most ``buckets`` pairs of client and purpose are remembered.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float],
        burst: int | None = None,
        buckets: int = MAX_BUCKETS,
    ) -> None:
        self._most = buckets
        self._rate = per_minute / 60
        self._burst = float(burst if burst is not None else max(1, per_minute // 10))
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, client: str, purpose: str) -> None:
        """Take one request out of the bucket.

        Raises:
            TooMany: it is empty; ``retry_after`` says in how many seconds one is back.
        """
        now = self._clock()
        with self._lock:
            bucket = self._bucket((client, purpose), now)
            bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
            bucket.at = now
            if bucket.left < 1:
                raise TooMany(retry_after=ceil((1 - bucket.left) / self._rate))
            bucket.left -= 1

    def _bucket(self, key: tuple[str, str], now: float) -> _Bucket:
        """Find the bucket, moved to the young end, or make a full one in the place of the oldest idle one."""
        found = self._buckets.get(key)
        if found is None:
            self._make_room(now)
            found = self._buckets[key] = _Bucket(left=self._burst, at=now)
        self._buckets.move_to_end(key)
        return found

    def _make_room(self, now: float) -> None:
        if len(self._buckets) < self._most:
            return
        oldest = next(iter(self._buckets.values()))
        idle = now - oldest.at
        if oldest.left + idle * self._rate < self._burst:
            raise TooMany(retry_after=ceil(self._burst / self._rate))
        self._buckets.popitem(last=False)
