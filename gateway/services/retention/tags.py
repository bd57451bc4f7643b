"""Finding the blind tags of subjects again: they name nobody, so they are made once more from what is sealed.

The identities are opened by the machine alone, under one entry per batch; nobody sees them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from audit.entry import Event, sealed_hashes
from gateway.installation import Installation
from gateway.matching.candidates import blind_keys
from gateway.matching.normalise import PersonFacts, profiles
from gateway.services.retention.decisions import PURPOSES
from gateway.store import signals
from gateway.store.change import Change, Row, Write
from keys.envelope import Context, Permit
from schemas.audit import Act
from schemas.errors import KeyDestroyed
from schemas.ids import SubjectId, Tenant
from schemas.parties import PartnerType
from schemas.person import DataClass
from schemas.principal import Principal

CALLER: Final = "beller"
"""The index by which the call center finds who is calling back."""

_OPENED: Final = (("identity", DataClass.IDENTITEIT), ("contact", DataClass.CONTACT))
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
        sealed = tuple(row[column] for row in rows for column, _ in _OPENED)
        receipt = self._house.store.commit(
            Change(tuple(writes), (self._told(principal, plan, rows, sealed),))
        )
        entry = receipt.entries[0]
        permit = Permit(entry.leaf, entry.index, frozenset(sealed_hashes(sealed)))
        known = self._open(permit, rows)
        return self._found(principal.tenant, _wanted(self._house, principal.tenant, known), {*_ids(rows)})

    def _told(self, principal: Principal, plan: str, rows: Sequence[Row], sealed: tuple[bytes, ...]) -> Event:
        return Event(
            act=Act.RETENTION_RUN,
            tenant=principal.tenant,
            party=principal.party,
            role=principal.kind,
            user=principal.user or "",
            client=principal.client,
            purpose=PURPOSES[principal.kind],
            decision="permit",
            register=self._house.register.digest,
            reason="zoeksleutels",
            subjects=tuple(SubjectId(one) for one in _ids(rows)),
            fields=_FIELDS,
            sealed=sealed,
            n=len(rows),
            why=(f"plan:{plan}",),
        )

    def _open(self, permit: Permit, rows: Sequence[Row]) -> list[Known]:
        try:
            opened = self._house.vault.open_many(permit, [place for row in rows for place in _places(row)])
        except KeyDestroyed:
            if len(rows) == 1:
                return []
            return [known for row in rows for known in self._open(permit, [row])]
        groups = [orjson.loads(plain) for plain in opened]
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


def _places(row: Row) -> list[tuple[Context, bytes]]:
    subject = row["signal_id"]
    return [
        (Context(row["tenant"], "gateway_signal", column, subject, subject, kind), row[column])
        for column, kind in _OPENED
    ]


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
