"""Finding subjects by their blind tags: nothing is opened, and who is found is known by id alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.installation import Installation
from gateway.matching.candidates import BlindKey
from gateway.store import signals
from gateway.store.change import Write
from schemas.ids import Tenant


@dataclass(frozen=True, slots=True)
class Trace:
    """One row of an index that leads to a subject."""

    subject: str
    index: str
    tag: bytes
    pointer: bytes


def traces(
    house: Installation, connection: Connection, tenant: Tenant, keys: Iterable[BlindKey]
) -> list[Trace]:
    """Find the rows under these keys, also under an older key of the index; false positives are left out.

    Raises:
        Sealed: the keys are not open.
    """
    wanted: dict[str, dict[bytes, list[tuple[str, ...]]]] = {}
    for name, parts in dict.fromkeys(keys):
        for tag in house.tags.search(tenant, name, parts):
            wanted.setdefault(name, {}).setdefault(tag, []).append(parts)
    hits = [
        (name, tag, parts, pointer)
        for name, by_tag in wanted.items()
        for tag, pointer in signals.tag_rows(connection, tenant, name, by_tag)
        for parts in by_tag[tag]
    ]
    behind = house.tags.resolve_many(tenant, hits)
    return [
        Trace(subject, name, tag, pointer)
        for (name, tag, _, pointer), subject in zip(hits, behind, strict=True)
        if subject is not None
    ]


def dropped(tenant: Tenant, found: Iterable[Trace], subjects: Iterable[str]) -> list[Write]:
    """Give the writes that delete those of these rows which lead to one of the subjects."""
    whose = frozenset(subjects)
    rows = {(one.index, one.tag, one.pointer) for one in found if one.subject in whose}
    return [signals.drop_tag(tenant, *row) for row in sorted(rows)]
