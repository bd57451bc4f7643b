"""A small cache of open data keys: bounded in number and age, so that a seized process holds few people's keys."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.profiles import DEK_CACHE_SECONDS, DEK_CACHE_SIZE, ENVELOPE_FORMAT, SUITE_GCM
from schemas.person import DataClass

HEADER: Final = b"GW" + bytes((ENVELOPE_FORMAT, SUITE_GCM))
Place = tuple[str, str, DataClass]
"""Municipality, subject, class: where a data key belongs."""


class DataKey:
    """An open data key: usable to seal, never readable. The raw key was wiped when this was made."""

    __slots__ = ("aead", "header", "key_id", "place")

    def __init__(self, place: Place, key_id: bytes, aead: AESGCM) -> None:
        self.place: Final = place
        self.key_id: Final = key_id
        self.aead: Final = aead
        self.header: Final = HEADER + key_id

    def __repr__(self) -> str:
        return f"DataKey({self.key_id.hex()})"


class DekCache:
    """Least recently used first out; an entry lives ``seconds`` on the given monotonic clock.

    Dropping an entry drops the last reference to OpenSSL's context, which clears the key schedule it holds.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        size: int = DEK_CACHE_SIZE,
        seconds: float = DEK_CACHE_SECONDS,
    ) -> None:
        self._monotonic, self._size, self._seconds = monotonic, size, seconds
        self._entries: OrderedDict[Place, tuple[float, DataKey]] = OrderedDict()
        self._lock = threading.Lock()
        self.drops = 0

    def get(self, place: Place) -> DataKey | None:
        """The key if it is here and young enough."""
        with self._lock:
            entry = self._entries.get(place)
            if entry is None:
                return None
            if entry[0] <= self._monotonic():
                del self._entries[place]
                return None
            self._entries.move_to_end(place)
            return entry[1]

    def put(self, key: DataKey, drops: int) -> None:
        """Keep a key, dropping the one that was used longest ago.

        ``drops`` is what it was before the key was read: a key that was destroyed meanwhile is not kept.
        """
        with self._lock:
            if drops != self.drops:
                return
            self._entries[key.place] = (self._monotonic() + self._seconds, key)
            self._entries.move_to_end(key.place)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def drop(self, places: Iterable[Place]) -> None:
        """Forget the keys of these places, also those that somebody is reading at this moment."""
        with self._lock:
            self.drops += 1
            for place in places:
                self._entries.pop(place, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self.drops += 1
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
