"""Telling the log who came in and who did not, so that a stranger cannot fill it.

A token is an entry of its own. An assertion that does not hold costs its sender nothing, so refusals are counted and
told at most once a minute for the whole installation, with the registered clients that they named: a thousand forged
assertions a second make 1,440 entries a day. What was counted in the last minute of a process is lost with it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import Final

from audit.entry import Event
from gateway.events import tell
from gateway.installation import Installation
from gateway.store.change import Change
from schemas.audit import Act
from schemas.errors import Unavailable
from schemas.principal import Principal

MINUTE_MS: Final = 60_000


class Admissions:
    """Tells of tokens given and refused; ``wall_ms`` is the wall clock, milliseconds UTC."""

    def __init__(self, house: Installation, wall_ms: Callable[[], int]) -> None:
        self._house = house
        self._wall_ms = wall_ms
        self._waiting: Counter[str] = Counter()
        self._refusals = 0
        self._told_at = 0
        self._lock = Lock()

    def issued(self, who: Principal, purposes: Sequence[str]) -> None:
        """Tell of a token, durably.

        Raises:
            Unavailable: it could not be told, so it may not be given.
        """
        purpose = purposes[0] if len(purposes) == 1 else ""
        event = tell(who, Act.TOKEN_ISSUED, purpose, detail={"doelen": list(purposes)})
        self._tell((event, *self._due()))

    def withheld(self, who: Principal) -> None:
        """Tell of a client that showed who it is and asked for what it may not have.

        Raises:
            Unavailable: it could not be told.
        """
        event = tell(who, Act.TOKEN_REFUSED, "", reason="doel_niet_toegekend")
        self._house.store.commit(Change(events=(replace(event, decision="deny"),)))

    def refused(self, known: Collection[str]) -> None:
        """Count an assertion that did not hold, and tell when the last time was a minute ago."""
        with self._lock:
            self._refusals += 1
            self._waiting.update(tuple(known))  # never a mapping: a Counter would add up its values
        due = self._due()
        if due:
            with suppress(Unavailable):  # Sealed, or a full disk: the stranger hears the same, the log waits.
                self._tell(due)

    def _due(self) -> tuple[Event, ...]:
        """Take what was counted, if it is time to tell it."""
        now = self._wall_ms()
        with self._lock:
            if not self._refusals or now - self._told_at < MINUTE_MS:
                return ()
            event = Event(
                act=Act.TOKEN_REFUSED,
                tenant=self._house.tenant,
                decision="deny",
                reason="niet_bewezen",
                n=self._refusals,
                detail={"systemen": dict(sorted(self._waiting.items()))} if self._waiting else {},
            )
            self._waiting.clear()
            self._refusals, self._told_at = 0, now
        return (event,)

    def _tell(self, events: tuple[Event, ...]) -> None:
        """Tell; what could not be told of refusals is counted on."""
        try:
            self._house.store.commit(Change(events=events))
        except Unavailable:
            with self._lock:
                for event in events:
                    if event.act is Act.TOKEN_REFUSED:
                        self._refusals += event.n
                        self._waiting.update(event.detail.get("systemen", {}))
            raise
