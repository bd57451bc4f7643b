"""Telling the log who came in and who did not, so that a stranger cannot fill it.

A token is an entry of its own, in one commit with the use of the assertion that it was given for: of two that come
with the same one, one gets a token. An assertion that does not hold costs its sender nothing, so refusals are counted and
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
from gateway.store import parties
from gateway.store.change import Change, Write
from keys.tokens import Assertion
from schemas.audit import Act
from schemas.errors import Conflict, Unauthenticated, Unavailable
from schemas.principal import Principal

MINUTE_MS: Final = 60_000
_UNPROVEN: Final = "niet_bewezen"
_FORGOTTEN_AFTER: Final = 600
"""Seconds after which an expired assertion is dropped: more than any clock is out."""


class Admissions:
    """Tells of tokens given and refused; ``wall_ms`` is the wall clock, milliseconds UTC."""

    def __init__(self, house: Installation, wall_ms: Callable[[], int]) -> None:
        self._house = house
        self._wall_ms = wall_ms
        self._waiting: Counter[str] = Counter()
        self._refusals = 0
        self._told_at = 0
        self._lock = Lock()

    def spent(self, client_id: str, jti: str) -> bool:
        """Say whether an assertion was used before; of what goes on at this moment only a commit knows."""
        with self._house.store.read() as connection:
            return parties.is_used(connection, client_id, jti)

    def issued(self, who: Principal, purposes: Sequence[str], proof: Assertion) -> None:
        """Tell of a token and use up its assertion, durably.

        Raises:
            Unauthenticated: the assertion was used before. Unavailable: it could not be told, so it may not be given.
        """
        purpose = purposes[0] if len(purposes) == 1 else ""
        event = tell(who, Act.TOKEN_ISSUED, purpose, detail={"doelen": list(purposes)})
        self._spend(proof, event)

    def withheld(self, who: Principal, proof: Assertion) -> None:
        """Tell of a client that showed who it is and asked for what it may not have; its assertion is used up.

        Raises:
            Unauthenticated: the assertion was used before. Unavailable: it could not be told.
        """
        event = tell(who, Act.TOKEN_REFUSED, "", reason="doel_niet_toegekend")
        self._spend(proof, replace(event, decision="deny"))

    def refused(self, known: Collection[str]) -> None:
        """Count an assertion that did not hold, and tell when the last time was a minute ago."""
        with self._lock:
            self._refusals += 1
            self._waiting.update(tuple(known))  # never a mapping: a Counter would add up its values
        due = self._due()
        if due:
            with suppress(Unavailable):  # Sealed, or a full disk: the stranger hears the same, the log waits.
                self._tell(due)

    def _spend(self, proof: Assertion, event: Event) -> None:
        """Use up an assertion, tell what came of it, and drop a few that expired long ago."""
        with self._house.store.read() as connection:
            expired = parties.forget_assertions(connection, self._wall_ms() // 1000 - _FORGOTTEN_AFTER)
        used = parties.use_assertion(proof.client_id, proof.jti, proof.exp)
        try:
            self._tell((event, *self._due()), (used, *expired))
        except Conflict:
            self.refused({proof.client_id})
            raise Unauthenticated from None

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
                reason=_UNPROVEN,
                n=self._refusals,
                detail={"systemen": dict(sorted(self._waiting.items()))} if self._waiting else {},
            )
            self._waiting.clear()
            self._refusals, self._told_at = 0, now
        return (event,)

    def _tell(self, events: tuple[Event, ...], writes: tuple[Write, ...] = ()) -> None:
        """Tell; what could not be told of refusals is counted on."""
        try:
            self._house.store.commit(Change(writes, events))
        except (Conflict, Unavailable):
            with self._lock:
                for event in events:
                    if event.reason == _UNPROVEN:
                        self._refusals += event.n
                        self._waiting.update(event.detail.get("systemen", {}))
            raise
