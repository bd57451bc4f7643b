"""Judging the lines of one delivery in order: refused, duplicate, replacing or new."""

from collections.abc import Iterable, Iterator, Mapping
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
    """A line with its answer; ``signal`` is there for accepted ones, ``replaces`` for what it takes over."""

    result: LineResult
    signal: SignalIn | None = None
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
    """What a line is judged against: the register, the party, the day and what this party sent before."""

    register: Register
    party: Party
    tenant: Tenant
    today: date
    known: frozenset[bytes]
    live: Mapping[bytes, SignalId]

    def judge(
        self, lines: Iterable[Tagged | LineResult], warnings: Mapping[int, LineResult]
    ) -> Iterator[Line]:
        """Answer every line in order; a line may replace one that stands before it in the same delivery."""
        seen: set[bytes] = set()
        for line in lines:
            if isinstance(line, LineResult):
                yield Line(line)
                continue
            yield self._judge(line, seen, warnings)
            seen.add(line.line_tag)

    def _judge(self, line: Tagged, seen: set[bytes], warnings: Mapping[int, LineResult]) -> Line:
        if line.line_tag in self.known or line.line_tag in seen:
            return Line(LineResult.of(line.regel, LineCode.DUPLICATE))
        refusal = self._refusal(line)
        if refusal is not None:
            return Line(refusal)
        answer = warnings.get(line.regel) or LineResult.of(line.regel, LineCode.ACCEPTED)
        replaces = self.live.get(line.replaced_tag) if line.replaced_tag else None
        return Line(answer, line.signal, line.line_tag, line.ref_tag, replaces)

    def _refusal(self, line: Tagged) -> LineResult | None:
        signal = line.signal
        stranger = _stranger(signal, self.party)
        if stranger is not None:
            return LineResult(line.regel, LineCode.E_FIELD, stranger, _NOT_YOURS)
        needed = signal.soort in {Soort.CORRECTIE, Soort.INTREKKING}
        if needed and line.replaced_tag not in self.live:
            return LineResult(line.regel, LineCode.E_REF, "vervangt_ref", _NO_SUCH_REF)
        if signal.withdrawal:
            return None
        sector = self.party.partner_type
        found = admissible(self.register, signal, sector, self.tenant, self.today)
        return None if found is None else LineResult.of(line.regel, LineCode(found[0]), found[1])


_NOT_YOURS = "Dit hoort niet bij uw organisatie; laat de kolom weg of vul uw eigen gegevens in"
_NO_SUCH_REF = "Geen eigen signaal met dit kenmerk gevonden dat nog meetelt"


def _stranger(signal: SignalIn, party: Party) -> str | None:
    if signal.partner_id is not None and signal.partner_id != party.number:
        return "partner_id"
    if signal.partner_type is not None and signal.partner_type != party.partner_type:
        return "partner_type"
    return None
