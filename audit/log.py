"""Append to the log, inside the caller's transaction.

The caller commits; until then nothing counts, and after that nothing can be taken back. One call writes the
entries of a whole group commit, whatever use cases and municipalities they come from, and one checkpoint for
each log it touches. A production database with many replicas puts a sequencer in front (pending rows first);
it will call the same :meth:`Log.append`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select, update

from audit import entry as entries
from audit import tiles
from audit.checkpoint import Checkpoint, origin_of, sign
from audit.contracts import DetailSealer, Nonce, Signer
from audit.entry import RANDOM_PER_ENTRY, Draft, Event
from audit.layout import split_hashes
from audit.note import key_of
from audit.tables import actor, checkpoint, detail, insert_rows, log, run, state, subject
from audit.tree import grow, leaf_hash, root_of
from schemas.audit import Act
from schemas.ids import Tenant


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an event went: index and leaf hash in the log ``origin`` (of ``year``), and the id of the entry."""

    index: int
    leaf: bytes
    origin: str
    year: int
    entry_id: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one log: its size, the edge of its tree and the time of its last entry (ms UTC)."""

    tenant: str
    year: int
    size: int
    edge: tuple[bytes, ...]
    last: int


_NEWEST = select(state).where(state.c.tenant == bindparam("of")).order_by(state.c.year.desc()).limit(1)
_OPENING = Event(act=Act.LOG_OPENED, tenant=Tenant(""))
_REPEATED = ("act", "pur", "org")
"""What the columns of an entry repeat of it."""

PORTION = 1_000
"""So many entries are written at once: a delivery of thousands must not stand in memory in every form it takes."""

_ADVANCE = (
    update(state)
    .where(state.c.tenant == bindparam("of"), state.c.year == bindparam("in_year"))
    .values(size=bindparam("to"), edge=bindparam("along"), last=bindparam("at"))
)


def newest(connection: Connection, tenant: str) -> Head | None:
    """End of the newest log of a municipality, None when it has none yet."""
    for of, year, size, edge, last in run(connection, _NEWEST, {"of": tenant}):
        return Head(of, year, size, tuple(split_hashes(edge)), last)
    return None


class Log:
    """The append-only log of one installation; one Merkle log per municipality per year."""

    def __init__(self, signer: Signer, sealer: DetailSealer, host: str, nonce: Nonce) -> None:
        self._signer = signer
        self._sealer = sealer
        self._host = host
        self._nonce = nonce

    def append(self, connection: Connection, events: Sequence[Event], now_ms: int) -> list[Appended]:
        """Write one entry per event, in order, with details, indexes, tiles, state and a signed checkpoint.

        Time never runs back: an entry gets at least the time of the one before it and says how late the clock
        was. The year is that of the time (UTC).

        Args:
            connection: a connection inside the transaction that also holds the business writes.
            events: what happened; of several municipalities if need be.
            now_ms: the wall clock, milliseconds UTC.

        Raises:
            Broken: when an event would put free text into the immutable part.
            Sealed: when the keys are not open.
        """
        places: dict[Tenant, list[int]] = {}
        for place, event in enumerate(events):
            places.setdefault(event.tenant, []).append(place)
        appended: dict[int, Appended] = {}
        for tenant, own in places.items():
            written = self._append(connection, tenant, [events[place] for place in own], now_ms)
            appended.update(zip(own, written, strict=True))
        return [appended[place] for place in range(len(events))]

    def _append(
        self, connection: Connection, tenant: Tenant, events: Sequence[Event], now: int
    ) -> list[Appended]:
        before = newest(connection, tenant)
        t = max(now, before.last) if before else now
        year = datetime.fromtimestamp(t / 1000, UTC).year
        opening = self._nonce(RANDOM_PER_ENTRY)
        head = before if before and before.year == year else Head(tenant, year, 0, (), t)
        appended: list[Appended] = []
        if not head.size:
            appended += self._enter(connection, head, 0, [(self._opening(before, t, opening), _OPENING)])
        for start in range(0, len(events), PORTION):
            told = [
                (entries.draft(event, t, t - now, self._nonce(RANDOM_PER_ENTRY)), event)
                for event in events[start : start + PORTION]
            ]
            appended += self._enter(connection, head, head.size + len(appended), told)
        self._advance(connection, head, [one.leaf for one in appended], t)
        return appended[-len(events) :]

    def _opening(self, before: Head | None, t: int, random: bytes) -> Draft:
        """Open a log: name the key that signs it and the final checkpoint of the log before it."""
        opening = entries.draft(_OPENING, t, 0, random)
        opening.leaf["key"] = str(key_of(self._signer))
        if before:
            opening.leaf["prev"] = {
                "origin": origin_of(self._host, before.tenant, before.year),
                "size": before.size,
                "root": root_of(before.edge).hex(),
            }
        return opening

    def _enter(
        self, connection: Connection, head: Head, first: int, told: Sequence[tuple[Draft, Event]]
    ) -> list[Appended]:
        """Write entries, details and indexes from place ``first`` on; the tree grows when all are there."""
        drafts = [draft for draft, _ in told]
        blobs = self._seal(head.tenant, drafts)
        lines = [entries.finish(one.leaf, blob) for one, blob in zip(drafts, blobs, strict=True)]
        key, origin = (head.tenant, head.year), origin_of(self._host, head.tenant, head.year)
        appended = [
            Appended(index, leaf_hash(line), origin, head.year, one.entry_id)
            for index, (line, one) in enumerate(zip(lines, drafts, strict=True), first)
        ]
        rows = [
            (*key, it.index, it.leaf, line, one.leaf["t"], *(one.leaf.get(name, "") for name in _REPEATED))
            for it, line, one in zip(appended, lines, drafts, strict=True)
        ]
        insert_rows(connection, log, rows)
        insert_rows(
            connection, detail, [(*key, index, blob) for index, blob in enumerate(blobs, first) if blob]
        )
        _index(connection, head, first, [event for _, event in told])
        return appended

    def _seal(self, tenant: str, drafts: Sequence[Draft]) -> list[bytes]:
        wanted = [(one.subject, one.detail) for one in drafts if one.detail]
        sealed = iter(self._sealer.seal_many(tenant, wanted) if wanted else [])
        return [next(sealed) if one.detail else b"" for one in drafts]

    def _advance(self, connection: Connection, head: Head, leaves: Sequence[bytes], t: int) -> None:
        growth = grow(head.size, head.edge, leaves)
        tiles.extend(connection, head.tenant, head.year, head.size, growth.levels)
        edge = b"".join(growth.edge)
        if head.size:
            values = {"of": head.tenant, "in_year": head.year, "to": growth.size, "along": edge, "at": t}
            run(connection, _ADVANCE, values)
        else:
            insert_rows(connection, state, [(head.tenant, head.year, growth.size, edge, t)])
        origin = origin_of(self._host, head.tenant, head.year)
        note = sign(Checkpoint(origin, growth.size, root_of(growth.edge)), self._signer)
        insert_rows(connection, checkpoint, [(head.tenant, head.year, growth.size, note)])


def _index(connection: Connection, head: Head, first: int, events: Sequence[Event]) -> None:
    """Write the erasable indexes: who is in an entry, and who acted (member of staff and client)."""
    about, by = [], []
    for index, event in enumerate(events, first):
        about += [
            (head.tenant, one, head.year, index, one == event.subject)
            for one in {event.subject, *event.subjects}
            if one
        ]
        by += [(head.tenant, one, head.year, index) for one in {event.user, event.client} if one]
    insert_rows(connection, subject, about)
    insert_rows(connection, actor, by)
