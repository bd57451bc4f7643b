"""Load the register strictly and compile it to a frozen table.

Reading is all or nothing: any unknown word, contradiction, missing review date or broken guardrail refuses the
whole register, naming file and line. The digest is the SHA-256 of the canonical content.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources.abc import Traversable
from types import MappingProxyType

from gateway.policy import lint
from gateway.policy.facts import NAMES, mask_of
from gateway.policy.register import Decision, Entry, Register, Step
from gateway.policy.source import REGISTER_FILES, Problems, Source, digest, packaged, parse, read
from schemas.errors import Failing
from schemas.grounds import GroundsRegister
from schemas.parties import PartyKind
from schemas.purposes import ConditionSpec, FieldSpec, Grant, Guardrail, Purpose
from schemas.transforms import UNSEEN, Transform, output_name


def load(folder: Traversable | None = None) -> Register:
    """Read and compile the register in ``folder`` (default: the one packaged with the product).

    Raises:
        Invalid: anything at all is wrong; every problem is named as ``file:line: what``.
    """
    problems = Problems()
    sources = {name: read(folder or packaged(), name, problems) for name in REGISTER_FILES}
    problems.refuse()
    draft = _draft(sources)
    lint.check(draft, problems)
    problems.refuse()
    return _compile(draft, digest(tuple(sources.values())))


@cache
def packaged_register() -> Register:
    """Compile the register of the product, once in a process: it is frozen, and so are the files it came from."""
    return load()


def _draft(sources: Mapping[str, Source]) -> lint.Draft:
    return lint.Draft(
        purposes=parse(lint.PurposesFile, sources["purposes.yaml"]),
        fields=parse(dict[str, FieldSpec], sources["fields.yaml"]),
        conditions=parse(dict[str, ConditionSpec], sources["conditions.yaml"]),
        grants=parse(list[Grant], sources["grants.yaml"]),
        guardrails=parse(list[Guardrail], sources["guardrails.yaml"]),
        grounds=parse(GroundsRegister, sources["grounds.yaml"]),
        sources=sources,
    )


def _compile(draft: lint.Draft, register_digest: str) -> Register:
    return Register(
        digest=register_digest,
        legal_grounds=MappingProxyType(dict(draft.purposes.grondslagen)),
        activities=MappingProxyType(dict(draft.purposes.verwerkingen)),
        purposes=MappingProxyType(dict(draft.purposes.doelen)),
        fields=MappingProxyType(dict(draft.fields)),
        conditions=MappingProxyType(dict(draft.conditions)),
        grants=tuple(draft.grants),
        guardrails=tuple(draft.guardrails),
        grounds=draft.grounds,
        table=MappingProxyType(_table(draft, register_digest)),
        texts=MappingProxyType(_texts(draft.conditions)),
    )


def _texts(conditions: Mapping[str, ConditionSpec]) -> dict[str, Failing]:
    return {name: Failing(name, conditions[name].gebruiker, conditions[name].toezicht) for name in NAMES}


def _table(draft: lint.Draft, register_digest: str) -> dict[tuple[PartyKind, str], Entry]:
    pairs = dict.fromkeys((grant.partij, grant.doel) for grant in draft.grants)
    return {pair: _entry(draft, pair, register_digest) for pair in pairs}


def _entry(draft: lint.Draft, pair: tuple[PartyKind, Purpose], register_digest: str) -> Entry:
    grants = tuple(grant for grant in draft.grants if (grant.partij, grant.doel) == pair)
    permits = tuple(
        _permit(draft, pair, [g for i, g in enumerate(grants) if chosen >> i & 1], register_digest)
        for chosen in range(1 << len(grants))
    )
    texts = _texts(draft.conditions)
    return Entry(
        required=tuple(mask_of(grant.voorwaarden) for grant in grants),
        grants=grants,
        permits=permits,
        texts=tuple(tuple((mask_of([c]), texts[c]) for c in grant.voorwaarden) for grant in grants),
    )


def _permit(
    draft: lint.Draft, pair: tuple[PartyKind, Purpose], held: Sequence[Grant], register_digest: str
) -> Decision:
    """Unite the grants that hold; grants that share a field agree on it (checked by ``lint``)."""
    shown = {name: how for grant in held for name, how in grant.velden.items()}
    ordered = {name: shown[name] for name in draft.fields if name in shown}
    return Decision(
        allow=bool(held),
        party=pair[0],
        purpose=pair[1],
        grant=_joined(grant.id for grant in held),
        ground=_joined(grant.grondslag for grant in held),
        activity=_activity(draft, pair[1]),
        register=register_digest,
        fields=MappingProxyType[str, Transform](ordered),
        per_case=_steps(draft, ordered, "dossier"),
        per_signal=_steps(draft, ordered, "signaal"),
    )


def _steps(draft: lint.Draft, shown: Mapping[str, Transform], per: str) -> tuple[Step, ...]:
    return tuple(
        (name, output_name(name, how), how)
        for name, how in shown.items()
        if how not in UNSEEN and draft.fields[name].per == per
    )


def _joined(words: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(words))


def _activity(draft: lint.Draft, purpose: Purpose) -> str:
    key = draft.purposes.doelen[purpose].verwerking
    return f"{key}@{draft.purposes.verwerkingen[key].versie}"
