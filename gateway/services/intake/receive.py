"""The use case itself: parse, judge, seal, log, commit, answer; and taking signals back."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from audit.entry import Event
from connectors.contract import DoorRules, Limits, ParsedDelivery
from connectors.registry import column_map, parse
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.intake.judge import Court, Earlier, Line, Tagged, tagged
from gateway.services.intake.sealing import Fresh, signal_rows, tag_rows
from gateway.store import calls, cases, parties, signals
from gateway.store.change import Change, Write
from schemas.audit import Act
from schemas.errors import Conflict, FieldProblem, IdempotencyMismatch, Invalid, NotFound
from schemas.ids import CaseId, DeliveryId, SignalId, SubjectId
from schemas.moments import local_day
from schemas.parties import Party
from schemas.principal import Principal
from schemas.signal import LineCode, LineResult

_TRIES = 8
_MOST = 100
_NO_SUCH_LINE = "Deze levering heeft geen regel met dit nummer"
_REPLACED = "Deze regel is al door een latere regel vervangen; trek die in"
_NO_SIGNAL = "Deze regel werd in deze levering geen signaal; er valt niets in te trekken"


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

        Every line that was named gets an answer; of the whole delivery every line that became a signal.

        Raises:
            NotFound: not a delivery of this party.
            Invalid: it has no line of this number; nothing was withdrawn.
            Conflict: something moved meanwhile; nothing was withdrawn.
        """
        with self._house.store.read() as connection:
            row = signals.find_delivery(connection, principal.tenant, principal.party, delivery)
            found = signals.signals_of_delivery(connection, principal.tenant, delivery)
        if row is None:
            raise NotFound
        _check_lines(lines, row["count"])
        states = {signal["line"]: signal["state"] for signal in found}
        wanted = set(lines) or set(states)
        ids = [SignalId(s["signal_id"]) for s in found if s["line"] in wanted and s["state"] in signals.LIVE]
        touched, writes = self._retire(principal, ids, "ingetrokken")
        events = [tell(principal, Act.SIGNAL_WITHDRAWN, "aanleveren", subject=SubjectId(i)) for i in ids]
        events.append(tell(principal, Act.DELIVERY_WITHDRAWN, "aanleveren", n=len(ids)))
        self._house.store.commit(Change(tuple(writes), tuple(events)))
        results = tuple(_taken_back(line, states.get(line, "")) for line in sorted(wanted))
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
            column_map=column_map(party.column_map, settings.maps) if party.column_map else None,
        )
        return parse(upload.body, upload.media_type, rules)

    def _store(self, principal: Principal, party: Party, upload: Upload, parsed: ParsedDelivery) -> Received:
        lines, repeat_of = self._judge(party, upload, parsed)
        delivery = DeliveryId(self._house.new_id())
        results = tuple(line.result for line in lines)
        accepted = sum(line.signal is not None for line in lines)
        if upload.dry_run:
            return Received(delivery, results, accepted, repeat_of)
        taken_back, replaced = _leaving(lines)
        fresh = _fresh(lines, taken_back, replaced)
        own = {str(item.signal_id) for item in fresh}
        first, back = self._retire(principal, sorted(taken_back - own), "ingetrokken")
        second, over = self._retire(principal, sorted(replaced - own), "vervangen")
        # First what leaves, then the rows: a reference counts once a month, also while it changes hands.
        writes = [*back, *over, *self._writes(party, upload, delivery, lines, fresh, parsed)]
        events = self._events(principal, lines, fresh)
        self._house.store.commit(Change(tuple(writes), tuple(events)))
        touched = tuple(dict.fromkeys((*first, *second)))
        return Received(delivery, results, accepted, repeat_of, touched)

    def _judge(
        self, party: Party, upload: Upload, parsed: ParsedDelivery
    ) -> tuple[list[Line], DeliveryId | None]:
        marked = tagged(parsed.lines, self._house.fingerprints, party)
        readable = [line for line in marked if not isinstance(line, LineResult)]
        fingerprint = self._fingerprint(party, upload)
        tenant, owner = party.tenant, party.party_id
        with self._house.store.read() as connection:
            earlier = _earlier(connection, party, readable)
            same = signals.delivery_by_fingerprint(connection, tenant, owner, fingerprint)
        today = local_day(self._house.now())
        court = Court(self._house.register, party, tenant, today, earlier, self._house.new_id)
        lines = list(court.judge(marked, parsed.warnings))
        return lines, DeliveryId(same["delivery_id"]) if same else None

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


def _earlier(connection: Connection, party: Party, lines: Sequence[Tagged]) -> Earlier:
    """Look up what this party sent before, as far as these lines ask for it."""
    asked = connection, party.tenant, party.party_id
    tags = [line.line_tag for line in lines]
    refs = {tag for line in lines for tag in (line.ref_tag, line.replaced_tag) if tag}
    standing, gone = signals.known_lines(*asked, tags), signals.lines_taken_back(*asked, tags)
    return Earlier(standing, gone, signals.named(*asked, refs))


def _leaving(lines: Sequence[Line]) -> tuple[set[SignalId], set[SignalId]]:
    """Give the signals that these lines take back, and those that they replace."""
    taken_back = {line.replaces for line in lines if line.replaces and line.signal and line.signal.withdrawal}
    return taken_back, {line.replaces for line in lines if line.replaces} - taken_back


def _fresh(
    lines: Sequence[Line], taken_back: AbstractSet[SignalId], replaced: AbstractSet[SignalId]
) -> list[Fresh]:
    """Give the accepted lines, each in the state in which this delivery leaves it."""
    fates = {**dict.fromkeys(replaced, "vervangen"), **dict.fromkeys(taken_back, "ingetrokken")}
    return [
        Fresh(SubjectId(one), line, line.signal, fates.get(one, "gevalideerd"))
        for line in lines
        if line.signal is not None and (one := line.signal_id) is not None
    ]


def _check_lines(lines: Sequence[int], count: int) -> None:
    wrong = [place for place, line in enumerate(lines) if not 1 <= line <= count]
    if wrong:
        fields = [
            FieldProblem(f"regels.{place}", "onbekende_regel", _NO_SUCH_LINE) for place in wrong[:_MOST]
        ]
        raise Invalid("Er is niets ingetrokken", fields=fields)


def _taken_back(line: int, state: str) -> LineResult:
    """Answer what became of a line that its partner wants to take back; ``state`` is what it was in until now."""
    if state in signals.LIVE:
        return LineResult(line, LineCode.ACCEPTED, None, "Ingetrokken")
    if state == "ingetrokken":
        return LineResult(
            line, LineCode.DUPLICATE, None, "Deze regel was al ingetrokken; er is niets veranderd"
        )
    return LineResult(line, LineCode.E_REF, "regels", _REPLACED if state else _NO_SIGNAL)


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
