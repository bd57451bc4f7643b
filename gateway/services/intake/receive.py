"""The use case itself: parse, judge, seal, log, commit, answer; and taking signals back."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from audit.entry import Event
from connectors.contract import DoorRules, Limits, ParsedDelivery
from connectors.registry import column_map, parse
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.intake.judge import Court, Line, tagged
from gateway.services.intake.sealing import Fresh, signal_rows, tag_rows
from gateway.store import calls, cases, parties, signals
from gateway.store.change import Change, Write
from schemas.audit import Act
from schemas.errors import Conflict, IdempotencyMismatch, NotFound
from schemas.ids import CaseId, DeliveryId, SignalId, SubjectId
from schemas.moments import local_day
from schemas.parties import Party
from schemas.principal import Principal
from schemas.signal import LineCode, LineResult

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt: one result per input line, in order; ``touched`` are cases that lost or gained a signal."""

    delivery_id: DeliveryId
    results: tuple[LineResult, ...]
    accepted: int
    repeat_of: DeliveryId | None = None
    touched: tuple[CaseId, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """What came over the wire."""

    body: bytes
    media_type: str
    idempotency_key: str | None = None
    dry_run: bool = False


class Intake:
    """Deliveries of signal partners."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def receive(self, principal: Principal, upload: Upload) -> Received:
        """Take a delivery in, or only check it (``dry_run`` stores nothing).

        Raises:
            Invalid: the file as a whole cannot be read; ForbiddenColumn names a column nobody may see.
            TooLarge: over a limit. WrongMediaType: not JSON, CSV or XLSX.
            IdempotencyMismatch: the key was used for another content.
            Conflict: others kept delivering the same lines; nothing was stored.
        """
        party = self._party(principal)
        earlier = self._earlier(party, upload)
        if earlier is not None:
            return earlier
        parsed = self._parse(party, upload)
        for _ in range(_TRIES):
            try:
                return self._store(principal, party, upload, parsed)
            except Conflict:
                # The same content came in at the same moment: judge again on what is there now.
                earlier = self._earlier(party, upload)
                if earlier is not None:
                    return earlier
        raise Conflict

    def receipt(self, principal: Principal, delivery: DeliveryId) -> Received:
        """Give the receipt of an earlier delivery of this very party.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        with self._house.store.read() as connection:
            row = signals.find_delivery(connection, principal.tenant, principal.party, delivery)
        if row is None:
            raise NotFound
        self._house.store.commit(
            Change(events=(tell(principal, Act.DELIVERY_READ, "aanleveren", n=row["count"]),))
        )
        return _stored(row)

    def withdraw(self, principal: Principal, delivery: DeliveryId, lines: Sequence[int]) -> Received:
        """Take signals of a delivery back (none named: all of them); dial records of their cases are recalled.

        Raises:
            NotFound: not a delivery of this party.
            Conflict: something moved meanwhile; nothing was withdrawn.
        """
        with self._house.store.read() as connection:
            row = signals.find_delivery(connection, principal.tenant, principal.party, delivery)
            found = signals.signals_of_delivery(connection, principal.tenant, delivery)
        if row is None:
            raise NotFound
        wanted = set(lines) or {signal["line"] for signal in found}
        live = [s for s in found if s["line"] in wanted and s["state"] in {"gevalideerd", "gekoppeld"}]
        ids = [SignalId(s["signal_id"]) for s in live]
        touched, writes = self._retire(principal, ids, "ingetrokken")
        events = [tell(principal, Act.SIGNAL_WITHDRAWN, "aanleveren", subject=SubjectId(i)) for i in ids]
        events.append(tell(principal, Act.DELIVERY_WITHDRAWN, "aanleveren", n=len(ids)))
        self._house.store.commit(Change(tuple(writes), tuple(events)))
        results = tuple(LineResult.of(s["line"], LineCode.ACCEPTED) for s in live)
        return Received(delivery, results, len(ids), touched=touched)

    def _party(self, principal: Principal) -> Party:
        with self._house.store.read() as connection:
            party = parties.find_party(connection, principal.tenant, principal.party)
        if party is None:
            raise NotFound
        return party

    def _fingerprint(self, party: Party, upload: Upload) -> bytes:
        return self._house.fingerprints.of(party.tenant, "bestand", party.party_id, upload.body)

    def _key(self, party: Party, upload: Upload) -> str | None:
        """Fingerprint the sender's own key: nobody stops a partner from putting a name or a number in it."""
        given = upload.idempotency_key
        if given is None:
            return None
        return self._house.fingerprints.of(party.tenant, "sleutel", party.party_id, given).hex()

    def _earlier(self, party: Party, upload: Upload) -> Received | None:
        key = self._key(party, upload)
        if key is None or upload.dry_run:
            return None
        with self._house.store.read() as connection:
            row = signals.delivery_by_key(connection, party.tenant, party.party_id, key)
        if row is None:
            return None
        if row["fingerprint"] != self._fingerprint(party, upload):
            raise IdempotencyMismatch
        return _stored(row, repeated=True)

    def _parse(self, party: Party, upload: Upload) -> ParsedDelivery:
        settings = self._house.settings
        rules = DoorRules(
            bsn=party.bsn_policy,
            columns=party.forbidden_columns,
            limits=Limits(max_bytes=settings.max_body_bytes, max_lines=settings.max_lines),
            column_map=column_map(party.column_map) if party.column_map else None,
        )
        return parse(upload.body, upload.media_type, rules)

    def _store(self, principal: Principal, party: Party, upload: Upload, parsed: ParsedDelivery) -> Received:
        lines, repeat_of = self._judge(party, upload, parsed)
        delivery = DeliveryId(self._house.new_id())
        results = tuple(line.result for line in lines)
        accepted = sum(line.signal is not None for line in lines)
        if upload.dry_run:
            return Received(delivery, results, accepted, repeat_of)
        fresh = [
            Fresh(SubjectId(line.signal_id), line, line.signal)
            for line in lines
            if line.signal is not None and line.signal_id is not None
        ]
        touched, retire = self._replace(principal, lines, fresh)
        # First the rows, then what takes signals back: a line may do so to one that stands above it.
        writes = [*self._writes(party, upload, delivery, lines, fresh, parsed), *retire]
        events = self._events(principal, lines, fresh)
        self._house.store.commit(Change(tuple(writes), tuple(events)))
        return Received(delivery, results, accepted, repeat_of, touched)

    def _judge(
        self, party: Party, upload: Upload, parsed: ParsedDelivery
    ) -> tuple[list[Line], DeliveryId | None]:
        marked = tagged(parsed.lines, self._house.fingerprints, party)
        readable = [line for line in marked if not isinstance(line, LineResult)]
        fingerprint = self._fingerprint(party, upload)
        tenant, owner = party.tenant, party.party_id
        with self._house.store.read() as connection:
            known = signals.known_lines(connection, tenant, owner, [t.line_tag for t in readable])
            refs = [t.replaced_tag for t in readable if t.replaced_tag]
            live = signals.live_refs(connection, tenant, owner, refs)
            gone = signals.taken_back(connection, tenant, owner, refs)
            same = signals.delivery_by_fingerprint(connection, tenant, owner, fingerprint)
        today = local_day(self._house.now())
        new_id = self._house.new_id
        court = Court(self._house.register, party, tenant, today, known, live, gone, new_id)
        lines = list(court.judge(marked, parsed.warnings))
        return lines, DeliveryId(same["delivery_id"]) if same else None

    def _replace(
        self, principal: Principal, lines: Sequence[Line], fresh: Sequence[Fresh]
    ) -> tuple[tuple[CaseId, ...], list[Write]]:
        taken_back = {
            line.replaces for line in lines if line.replaces and line.signal and line.signal.withdrawal
        }
        replaced = {line.replaces for line in lines if line.replaces} - taken_back
        new = {str(item.signal_id) for item in fresh}
        own = [
            signals.set_state(principal.tenant, one, state, was="gevalideerd")
            for gone, state in ((taken_back, "ingetrokken"), (replaced, "vervangen"))
            for one in sorted(new & gone)
        ]
        first, back = self._retire(principal, sorted(taken_back - new), "ingetrokken")
        second, over = self._retire(principal, sorted(replaced - new), "vervangen")
        return tuple(dict.fromkeys((*first, *second))), [*own, *back, *over]

    def _retire(
        self, principal: Principal, ids: Sequence[SignalId], state: str
    ) -> tuple[tuple[CaseId, ...], list[Write]]:
        """End signals and recall the dial records of their cases at once.

        Raises:
            Conflict: one of them ended since the lines were judged; judge again.
        """
        if not ids:
            return (), []
        with self._house.store.read() as connection:
            rows = signals.signals_by_id(connection, principal.tenant, ids)
            held = cases.cases_of_signals(connection, principal.tenant, ids)
        if any(row["state"] not in signals.LIVE for row in rows):
            raise Conflict
        writes: list[Write] = [
            signals.set_state(principal.tenant, r["signal_id"], state, was=r["state"]) for r in rows
        ]
        touched = tuple(dict.fromkeys(CaseId(row["case_id"]) for row in held))
        now = self._house.now_ms()
        for case in touched:
            writes += [calls.recall_case(principal.tenant, case, now), cases.stir(principal.tenant, case)]
        return touched, writes

    def _writes(
        self,
        party: Party,
        upload: Upload,
        delivery: DeliveryId,
        lines: Sequence[Line],
        fresh: Sequence[Fresh],
        parsed: ParsedDelivery,
    ) -> list[Write]:
        kept = [item for item in fresh if not item.signal.withdrawal]
        row = {
            "tenant": party.tenant,
            "delivery_id": delivery,
            "party_id": party.party_id,
            "received_at": self._house.now_ms(),
            "idempotency_key": self._key(party, upload),
            "fingerprint": self._fingerprint(party, upload),
            "count": len(lines),
            "accepted": len(fresh),
            "bsn_dropped": parsed.bsn_dropped,
            "results": _pack(lines),
        }
        return [
            signals.add_delivery(row),
            signals.add_signals(signal_rows(self._house, party, delivery, kept)),
            signals.add_tags(tag_rows(self._house, party, kept)),
        ]

    def _events(self, principal: Principal, lines: Sequence[Line], fresh: Sequence[Fresh]) -> list[Event]:
        refused = sum(line.signal is None for line in lines)
        events = [
            tell(principal, Act.DELIVERY_RECEIVED, "aanleveren", n=len(lines), detail={"refused": refused})
        ]
        for item in fresh:
            if item.signal.withdrawal and item.line.replaces:
                subject = SubjectId(item.line.replaces)
                events.append(tell(principal, Act.SIGNAL_WITHDRAWN, "aanleveren", subject=subject))
                continue
            if item.line.replaces:
                subject = SubjectId(item.line.replaces)
                events.append(tell(principal, Act.SIGNAL_CORRECTED, "aanleveren", subject=subject))
            events.append(tell(principal, Act.SIGNAL_RECEIVED, "aanleveren", subject=item.signal_id))
        return events


def _pack(lines: Sequence[Line]) -> str:
    packed = [[x.result.regel, x.result.code, x.result.veld, x.result.hint] for x in lines]
    return orjson.dumps(packed).decode()


def _stored(row: object, *, repeated: bool = False) -> Received:
    found = dict(row)  # type: ignore[call-overload]
    results = tuple(
        LineResult(regel, LineCode(code), veld, hint)
        for regel, code, veld, hint in orjson.loads(found["results"])
    )
    return Received(found["delivery_id"], results, found["accepted"], repeated=repeated)
