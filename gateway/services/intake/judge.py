"""Judging the lines of one delivery in order: refused, duplicate, replacing or new."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.policy.admissibility import admissible
from gateway.policy.register import Register
from keys.fingerprint import Fingerprints
from schemas.ids import SignalId, Tenant
from schemas.parties import Party
from schemas.signal import LineCode, LineResult, SignalIn, Soort

_REPLACING = frozenset({Soort.CORRECTIE, Soort.INTREKKING, Soort.GEACTUALISEERD, Soort.EINDELEVERING})


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its answer; ``signal`` and its id are there for accepted ones, ``replaces`` for what it takes over."""

    result: LineResult
    signal: SignalIn | None = None
    signal_id: SignalId | None = None
    line_tag: bytes = b""
    ref_tag: bytes = b""
    replaces: SignalId | None = None


@dataclass(frozen=True, slots=True)
class Tagged:
    """A readable line with its fingerprints."""

    regel: int
    signal: SignalIn
    line_tag: bytes
    ref_tag: bytes
    replaced_tag: bytes | None


def tagged(
    lines: Iterable[SignalIn | LineResult], keys: Fingerprints, party: Party
) -> list[Tagged | LineResult]:
    """Fingerprint the readable lines of a delivery; refused ones pass."""
    return [
        line if isinstance(line, LineResult) else _tag(regel, line, keys, party)
        for regel, line in enumerate(lines, 1)
    ]


def _tag(regel: int, signal: SignalIn, keys: Fingerprints, party: Party) -> Tagged:
    tenant, owner = party.tenant, party.party_id
    replaced = signal.vervangt_ref or (signal.signaal_ref if signal.soort in _REPLACING else None)
    return Tagged(
        regel,
        signal,
        keys.of(tenant, "regel", owner, *signal.fingerprint_parts()),
        keys.of(tenant, "kenmerk", owner, signal.signaal_ref),
        keys.of(tenant, "kenmerk", owner, replaced) if replaced else None,
    )


@dataclass(frozen=True, slots=True)
class Court:
    """What a line is judged against: the register, the party, the day and what this party sent before.

    ``known`` are fingerprints of lines, ``live`` references of signals that count, ``taken_back`` of those that did.
    """

    register: Register
    party: Party
    tenant: Tenant
    today: date
    known: frozenset[bytes]
    live: Mapping[bytes, SignalId]
    taken_back: frozenset[bytes]
    new_id: Callable[[], str]

    def judge(
        self, lines: Iterable[Tagged | LineResult], warnings: Mapping[int, LineResult]
    ) -> Iterator[Line]:
        """Answer every line in order; a line may replace one that stands before it in the same delivery."""
        before = _Before(set(self.known), dict(self.live), set(self.taken_back))
        for line in lines:
            if isinstance(line, LineResult):
                yield Line(line)
                continue
            judged = self._judge(line, before, warnings)
            if judged.signal_id is not None:
                before.follow(line, judged.signal_id)
            yield judged

    def _judge(self, line: Tagged, before: "_Before", warnings: Mapping[int, LineResult]) -> Line:
        if before.has(line):
            return Line(LineResult.of(line.regel, LineCode.DUPLICATE))
        refusal = self._refusal(line, before)
        if refusal is not None:
            return Line(refusal)
        answer = warnings.get(line.regel) or LineResult.of(line.regel, LineCode.ACCEPTED)
        replaces = before.live.get(line.replaced_tag) if line.replaced_tag else None
        return Line(answer, line.signal, SignalId(self.new_id()), line.line_tag, line.ref_tag, replaces)

    def _refusal(self, line: Tagged, before: "_Before") -> LineResult | None:
        signal = line.signal
        stranger = _stranger(signal, self.party)
        if stranger is not None:
            return LineResult(line.regel, LineCode.E_FIELD, stranger, _NOT_YOURS)
        needed = signal.soort in {Soort.CORRECTIE, Soort.INTREKKING}
        if needed and line.replaced_tag not in before.live:
            return LineResult(line.regel, LineCode.E_REF, "vervangt_ref", _NO_SUCH_REF)
        if signal.withdrawal:
            return None
        sector, creditor = self.party.partner_type, self.party.name
        found = admissible(self.register, signal, sector, self.tenant, self.today, creditor=creditor)
        return None if found is None else LineResult.of(line.regel, LineCode(found[0]), found[1])


@dataclass(slots=True)
class _Before:
    """What there is when a line is judged: from earlier deliveries and from the lines above it."""

    known: set[bytes]
    live: dict[bytes, SignalId]
    taken_back: set[bytes]

    def has(self, line: Tagged) -> bool:
        """Say whether this very line was accepted, or this very signal taken back, before."""
        if line.signal.withdrawal and line.replaced_tag not in self.live:
            return line.replaced_tag in self.taken_back
        return line.line_tag in self.known

    def follow(self, line: Tagged, signal: SignalId) -> None:
        """Let an accepted line have its effect on those below it."""
        self.known.add(line.line_tag)
        if line.replaced_tag is not None:
            self.live.pop(line.replaced_tag, None)
        if not line.signal.withdrawal:
            self.live[line.ref_tag] = signal
        elif line.replaced_tag is not None:
            self.taken_back.add(line.replaced_tag)


_NOT_YOURS = "Dit hoort niet bij uw organisatie; laat de kolom weg of vul uw eigen gegevens in"
_NO_SUCH_REF = "Geen eigen signaal met dit kenmerk gevonden dat nog meetelt"


def _stranger(signal: SignalIn, party: Party) -> str | None:
    if signal.partner_id is not None and signal.partner_id != party.number:
        return "partner_id"
    if signal.partner_type is not None and signal.partner_type != party.partner_type:
        return "partner_type"
    return None
