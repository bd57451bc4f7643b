"""Finding the blind tags of subjects again: they name nobody, so they are made once more from what is sealed.

The identities are opened by the machine alone, under one entry per batch; nobody sees them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from audit.entry import Event
from audit.log import Appended
from gateway.disclosure.blind import dropped, traces
from gateway.disclosure.machine import naming, opened
from gateway.disclosure.record import SealedValue, of_signal
from gateway.events import tell
from gateway.installation import Installation
from gateway.matching.candidates import search_keys
from gateway.matching.normalise import PersonFacts, facts_of_groups
from gateway.services.retention.decisions import PURPOSES
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import KeyDestroyed
from schemas.ids import SubjectId
from schemas.parties import PartnerType
from schemas.principal import Principal

_OPENED: Final = ("identity", "contact")
_FIELDS: Final = (
    "achternaam",
    "geboortedatum",
    "huisnummer",
    "postcode",
    "telefoonnummers",
    "voorletters",
)

Group = dict[str, Any]
Known = tuple[Row, Group, Group]
"""A signal with its identity and its contact data, opened."""


class Tags:
    """Finds the tags of a batch of subjects."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def of(
        self, principal: Principal, plan: str, rows: Sequence[Row], writes: Sequence[Write]
    ) -> list[Write]:
        """Give the writes that delete exactly the tags of these signals; ``writes`` are committed with the entry.

        A subject whose keys are gone already lost its tags before them, in a run that broke off.

        Raises:
            Conflict: what ``writes`` expect is no longer so; nothing was opened.
        """
        event = self._told(principal, plan, rows)
        entry = self._house.store.commit(Change(tuple(writes), (event,))).entries[0]
        known = self._open(event, entry, rows)
        keys = (key for _, key in search_keys(map(_facts, known)))
        with self._house.store.read() as connection:
            found = traces(self._house, connection, principal.tenant, keys)
        return dropped(principal.tenant, found, _ids(rows))

    def _told(self, principal: Principal, plan: str, rows: Sequence[Row]) -> Event:
        purpose = PURPOSES[principal.kind]
        told = tell(principal, Act.RETENTION_RUN, purpose, reason="zoeksleutels", why=(f"plan:{plan}",))
        return naming(told, _FIELDS, _groups(rows), self._house.register.digest)

    def _open(self, event: Event, entry: Appended, rows: Sequence[Row]) -> list[Known]:
        try:
            groups = opened(self._house.vault, event, entry, _groups(rows))
        except KeyDestroyed:
            if len(rows) == 1:
                return []
            return [known for row in rows for known in self._open(event, entry, [row])]
        return list(zip(rows, groups[::2], groups[1::2], strict=True))


def _ids(rows: Iterable[Row]) -> list[str]:
    return [row["signal_id"] for row in rows]


def _groups(rows: Sequence[Row]) -> list[SealedValue]:
    return [of_signal(row, group) for row in rows for group in _OPENED]


def _facts(known: Known) -> PersonFacts:
    row, identity, contact = known
    return facts_of_groups(SubjectId(row["signal_id"]), identity, contact, PartnerType(row["partner_type"]))
