"""Finding the blind tags of subjects again: they name nobody, so they are made once more from what is sealed.

The identities are opened by the machine alone, under one entry per batch; nobody sees them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from audit.entry import Event
from audit.log import Appended
from gateway.disclosure.machine import naming, opened
from gateway.disclosure.record import SealedValue, of_signal
from gateway.events import tell
from gateway.installation import Installation
from gateway.matching.candidates import blind_keys
from gateway.matching.normalise import PersonFacts, profiles
from gateway.services.retention.decisions import PURPOSES
from gateway.store import signals
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import KeyDestroyed
from schemas.ids import SubjectId, Tenant
from schemas.parties import PartnerType
from schemas.principal import Principal

CALLER: Final = "beller"
"""The index by which the call center finds who is calling back."""

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

Wanted = dict[str, dict[bytes, list[tuple[str, ...]]]]


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
        return self._found(principal.tenant, _wanted(self._house, principal.tenant, known), {*_ids(rows)})

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

    def _found(self, tenant: Tenant, wanted: Wanted, subjects: set[str]) -> list[Write]:
        hits: list[tuple[str, bytes, Sequence[str], bytes]] = []
        with self._house.store.read() as connection:
            for name, by_tag in wanted.items():
                for tag, pointer in signals.tag_rows(connection, tenant, name, by_tag):
                    hits.extend((name, tag, parts, pointer) for parts in by_tag[tag])
        behind = self._house.tags.resolve_many(tenant, hits)
        mine = {
            (name, tag, pointer)
            for (name, tag, _, pointer), subject in zip(hits, behind, strict=True)
            if subject in subjects
        }
        return [signals.drop_tag(tenant, *one) for one in sorted(mine)]


def _ids(rows: Iterable[Row]) -> list[str]:
    return [row["signal_id"] for row in rows]


def _groups(rows: Sequence[Row]) -> list[SealedValue]:
    return [of_signal(row, group) for row in rows for group in _OPENED]


def _wanted(house: Installation, tenant: str, known: Sequence[Known]) -> Wanted:
    """Make the tags of every index once more, as intake made them."""
    wanted: Wanted = {}
    everybody = [_facts(*one) for one in known]
    keys = [key for profile in profiles(everybody) for key in blind_keys(profile)]
    keys.extend((CALLER, (number,)) for facts in everybody for number in facts.telefoonnummers)
    for name, parts in dict.fromkeys(keys):
        for tag in house.tags.search(tenant, name, parts):
            wanted.setdefault(name, {}).setdefault(tag, []).append(parts)
    return wanted


def _facts(row: Row, identity: Group, contact: Group) -> PersonFacts:
    return PersonFacts(
        subject=SubjectId(row["signal_id"]),
        achternaam=identity["achternaam"],
        voorletters=identity.get("voorletters"),
        geboortedatum=identity.get("geboortedatum"),
        postcode=identity["postcode"],
        huisnummer=identity["huisnummer"],
        huisletter=identity.get("huisletter"),
        toevoeging=identity.get("toevoeging"),
        telefoonnummers=tuple(contact.get("telefoonnummers", ())),
        sector=PartnerType(row["partner_type"]),
    )
