"""What a partner may hear about its own signals: a reference per line, and what became of it in a closed list of words.

A line has a reference once the municipality has made a case of it; that says nothing about who lives here. What
became of it is told at month end, all at once; only that help began is told at once, for collection pauses then.
"""

from dataclasses import dataclass, replace
from typing import Final

from audit.entry import Event
from gateway.disclosure import Codes
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.decide import decide, require
from gateway.policy.facts import Facts
from gateway.policy.register import Decision
from gateway.store import cases, feedback, numbers, signals
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.feedback import STARTED, first_visible, paused_until
from schemas.ids import DeliveryId
from schemas.principal import Principal

_PURPOSE: Final = "terugkoppelen"
_TOLD: Final = Facts(eigen_signaal=True, teruggekoppeld_binnen_90_dagen=True)
"""What holds of everything that is listed: the query asks for no other signals and no older words."""

_SHOWN: Final = ("terugkoppeling",)


@dataclass(frozen=True, slots=True)
class OwnSignal:
    """A line of a delivery and the partner's reference of the case that it is in.

    ``wrong_number``: a number that the partner delivered turned out to be a stranger's.
    """

    line: int
    ref: str
    wrong_number: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What a partner is told about a line of a delivery; ``at`` is ms UTC, ``pause_until`` a day (ISO)."""

    delivery: DeliveryId
    line: int
    ref: str
    code: str
    at: int
    pause_until: str | None


class Feedback:
    """The partner's way to its own signals."""

    def __init__(self, house: Installation, codes: Codes) -> None:
        self._house = house
        self._codes = codes

    def own(self, principal: Principal, delivery: DeliveryId) -> list[OwnSignal]:
        """List the lines of this partner's delivery that are in a case, with their references.

        Raises:
            NotFound: not a delivery of this party.
        """
        tenant = principal.tenant
        writes: dict[str, Write] = {}
        found: list[OwnSignal] = []
        with self._house.store.read() as connection:
            if signals.find_delivery(connection, tenant, principal.party, delivery) is None:
                raise NotFound
            lines = {
                row["signal_id"]: row["line"]
                for row in signals.signals_of_delivery(connection, tenant, delivery)
            }
            wrong = numbers.wrong_numbers(connection, tenant, lines)
            for case in cases.cases_of_signals(connection, tenant, lines):
                code = self._codes.give(connection, principal, _PURPOSE, case)
                if code.write is not None:
                    writes[code.text] = code.write
                signal = case["signal_id"]
                found.append(OwnSignal(lines[signal], code.text, signal in wrong))
        event = tell(principal, Act.FEEDBACK_READ, _PURPOSE, n=len(found))
        self._house.store.commit(Change(tuple(writes.values()), (event,)))
        return sorted(found, key=lambda signal: signal.line)

    def news(self, principal: Principal, since: int = 0) -> list[News]:
        """List what this partner was told since a moment (ms UTC), oldest first, as far as it can still be read.

        Raises:
            Denied: the register does not let a partner hear this. Conflict: a reference was given out meanwhile; ask
            again.
        """
        decision = require(decide(self._house.register, principal.kind, _PURPOSE, _TOLD))
        since = max(since, first_visible(self._house.now_ms()))
        self._tell_of_help(principal)
        writes: dict[str, Write] = {}
        found: list[News] = []
        events: list[Event] = []
        with self._house.store.read() as connection:
            for row in feedback.told_since(connection, principal.tenant, principal.party, since):
                code = self._codes.give(connection, principal, _PURPOSE, row)
                if code.write is not None:
                    writes[code.text] = code.write
                found.append(_news(row, code.text))
                events.append(_read(principal, decision, row))
        nothing = tell(principal, Act.FEEDBACK_READ, _PURPOSE, n=0)
        self._house.store.commit(Change(tuple(writes.values()), tuple(events or [nothing])))
        return found

    def _tell_of_help(self, principal: Principal) -> None:
        """Tell the partner that help began, with the pause that its customer is owed, for what it did not hear yet."""
        now = self._house.now_ms()
        with self._house.store.read() as connection:
            rows = feedback.accepted_untold(connection, principal.tenant, principal.party, first_visible(now))
        told = [
            {
                "tenant": principal.tenant,
                "signal_id": row["signal_id"],
                "code": STARTED,
                "pause_until": paused_until(row["accepted_at"]),
                "at": now,
            }
            for row in rows
        ]
        if told:
            try:
                self._house.store.commit(Change((feedback.tell(told),)))
            except Conflict:
                return  # The month end, or another question of this partner, told it first.


def _news(row: Row, ref: str) -> News:
    return News(DeliveryId(row["delivery_id"]), row["line"], ref, row["code"], row["at"], row["pause_until"])


def _read(principal: Principal, decision: Decision, row: Row) -> Event:
    told = tell(principal, Act.FEEDBACK_READ, _PURPOSE, subject=row["signal_id"], case=row["case_id"])
    return replace(
        told, grant=decision.grant, ground=decision.ground, register=decision.register, fields=_SHOWN
    )
