"""What a partner may hear about its own signals: a reference per line, under which it may ask its views.

A line has a reference once the municipality has made a case of it; that says nothing about who lives here.
"""

from dataclasses import dataclass

from gateway.disclosure import Codes
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import cases, signals
from gateway.store.change import Change, Write
from schemas.audit import Act
from schemas.errors import NotFound
from schemas.ids import DeliveryId
from schemas.principal import Principal


@dataclass(frozen=True, slots=True)
class OwnSignal:
    """A line of a delivery and the partner's reference of the case that it is in."""

    line: int
    ref: str


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
            for case in cases.cases_of_signals(connection, tenant, lines):
                code = self._codes.give(connection, principal, "terugkoppelen", case)
                if code.write is not None:
                    writes[code.text] = code.write
                found.append(OwnSignal(lines[case["signal_id"]], code.text))
        event = tell(principal, Act.FEEDBACK_READ, "terugkoppelen", n=len(found))
        self._house.store.commit(Change(tuple(writes.values()), (event,)))
        return sorted(found, key=lambda signal: signal.line)
