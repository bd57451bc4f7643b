"""Judging the lines of one delivery in order: refused, duplicate, replacing or new."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from gateway.policy.admissibility import admissible
from gateway.policy.register import Register
from gateway.store.signals import Named
from keys.fingerprint import Fingerprints
from schemas.ids import SignalId, Tenant
from schemas.parties import Party
from schemas.signal import LineCode, LineResult, SignalIn, Soort

_REPLACING = frozenset({Soort.CORRECTIE, Soort.INTREKKING, Soort.GEACTUALISEERD, Soort.EINDELEVERING})


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its answer; ``signal`` and its id are there for accepted ones, ``replaces`` for what it takes over.

    ``month`` is the month for which the signal counts (YYYY-MM).
    """

    result: LineResult
    signal: SignalIn | None = None
    signal_id: SignalId | None = None
    line_tag: bytes = b""
    ref_tag: bytes = b""
    replaces: SignalId | None = None
    month: str = ""


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
class Earlier:
    """What this party sent before: fingerprints of lines that stand and of those taken back, and its references."""

    lines: frozenset[bytes] = frozenset()
    lines_taken_back: frozenset[bytes] = frozenset()
    named: Mapping[bytes, Named] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Court:
    """What a line is judged against: the register, the party, the day and what this party sent before."""

    register: Register
    party: Party
    tenant: Tenant
    today: date
    earlier: Earlier
    new_id: Callable[[], str]

    def judge(
        self, lines: Sequence[Tagged | LineResult], warnings: Mapping[int, LineResult]
    ) -> Iterator[Line]:
        """Answer every line in order; a line may replace one that stands before it in the same delivery."""
        before = _Before.of(self.earlier, lines)
        for line in lines:
            if isinstance(line, LineResult):
                yield Line(line)
                continue
            judged = self._judge(line, before, warnings)
            if judged.signal_id is not None:
                before.follow(line, judged)
            yield judged

    def _judge(self, line: Tagged, before: "_Before", warnings: Mapping[int, LineResult]) -> Line:
        if before.has(line):
            return Line(LineResult.of(line.regel, LineCode.DUPLICATE))
        refusal = self._refusal(line, before)
        if refusal is not None:
            return Line(refusal)
        answer = warnings.get(line.regel) or LineResult.of(line.regel, LineCode.ACCEPTED)
        return Line(
            answer,
            line.signal,
            SignalId(self.new_id()),
            line.line_tag,
            line.ref_tag,
            before.live(line.replaced_tag),
            self._month(line, before),
        )

    def _month(self, line: Tagged, before: "_Before") -> str:
        """Give the month for which a signal counts: a correction speaks of the month of what it corrects."""
        old = before.named.get(line.replaced_tag) if line.replaced_tag else None
        if old is not None and line.signal.soort is Soort.CORRECTIE:
            return old.month
        return self.today.isoformat()[:7]

    def _refusal(self, line: Tagged, before: "_Before") -> LineResult | None:
        signal = line.signal
        stranger = _stranger(signal, self.party)
        if stranger is not None:
            return LineResult(line.regel, LineCode.E_FIELD, stranger, _NOT_YOURS)
        if signal.peildatum is not None and date.fromisoformat(signal.peildatum) > self.today:
            # An arrear is as old as it is today: a day to come would age it past the term that the law asks.
            return LineResult(line.regel, LineCode.E_FIELD, "peildatum", _TO_COME)
        needed = signal.soort in {Soort.CORRECTIE, Soort.INTREKKING}
        if needed and before.live(line.replaced_tag) is None:
            return LineResult(line.regel, LineCode.E_REF, "vervangt_ref", _NO_SUCH_REF)
        if signal.withdrawal:
            return None
        if before.counts(line, self._month(line, before)):
            return LineResult(line.regel, LineCode.E_REF, "signaal_ref", _COUNTS_ALREADY)
        sector, creditor = self.party.partner_type, self.party.name
        found = admissible(self.register, signal, sector, self.tenant, self.today, creditor=creditor)
        return None if found is None else LineResult.of(line.regel, LineCode(found[0]), found[1])


@dataclass(slots=True)
class _Before:
    """What there is when a line is judged: from earlier deliveries and from the lines above it."""

    lines: set[bytes]
    named: dict[bytes, Named]

    @classmethod
    def of(cls, earlier: Earlier, lines: Iterable[Tagged | LineResult]) -> Self:
        """Begin a delivery.

        A line that was taken back may come again as a new signal, but not beside its own withdrawal: that is the
        whole delivery again.
        """
        readable = [line for line in lines if isinstance(line, Tagged)]
        leaving = {line.replaced_tag for line in readable if line.signal.withdrawal}
        again = {
            line.line_tag
            for line in readable
            if line.ref_tag in leaving and line.line_tag in earlier.lines_taken_back
        }
        return cls({*earlier.lines, *again}, dict(earlier.named))

    def live(self, ref: bytes | None) -> SignalId | None:
        """Give the signal that a reference stands for, if it counts."""
        found = self.named.get(ref) if ref else None
        return found.signal if found else None

    def has(self, line: Tagged) -> bool:
        """Say whether this very line was accepted, or this very signal taken back, before."""
        if line.signal.withdrawal and line.replaced_tag and self.live(line.replaced_tag) is None:
            found = self.named.get(line.replaced_tag)
            return found is not None and found.taken_back
        return line.line_tag in self.lines

    def counts(self, line: Tagged, month: str) -> bool:
        """Say whether the line's reference counts for this month already, and not as what the line replaces."""
        known = self.named.get(line.ref_tag)
        if known is None or known.signal is None or line.ref_tag == line.replaced_tag:
            return False
        return known.month >= month

    def follow(self, line: Tagged, judged: Line) -> None:
        """Let an accepted line have its effect on those below it."""
        self.lines.add(line.line_tag)
        old = self.named.get(line.replaced_tag) if line.replaced_tag else None
        if line.replaced_tag is not None and old is not None:
            self.named[line.replaced_tag] = Named(old.month, taken_back=line.signal.withdrawal)
        if not line.signal.withdrawal:
            self.named[line.ref_tag] = Named(judged.month, judged.signal_id)


_NOT_YOURS = "Dit hoort niet bij uw organisatie; laat de kolom weg of vul uw eigen gegevens in"
_TO_COME = "Deze datum ligt in de toekomst"
_NO_SUCH_REF = "Geen eigen signaal met dit kenmerk gevonden dat nog meetelt"
_COUNTS_ALREADY = (
    "Dit kenmerk telt deze maand al mee; is er iets veranderd, gebruik dan correctie of geactualiseerd"
)


def _stranger(signal: SignalIn, party: Party) -> str | None:
    if signal.partner_id is not None and signal.partner_id != party.number:
        return "partner_id"
    if signal.partner_type is not None and signal.partner_type != party.partner_type:
        return "partner_type"
    return None
