"""What a register may not contain: words it does not know, grants that contradict, guardrails that are broken.

Each check notes every problem at its file and line; ``compile`` refuses the register when there is any.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from gateway.policy.facts import NAMES
from gateway.policy.source import Problems, Source
from schemas.grounds import GroundsRegister
from schemas.parties import PartyKind
from schemas.purposes import (
    SUITABLE,
    Activity,
    ConditionSpec,
    Entry,
    FieldSpec,
    Grant,
    Guardrail,
    LegalGround,
    Purpose,
    PurposeSpec,
)
from schemas.transforms import Transform, coarser


class PurposesFile(Entry):
    """The shape of ``purposes.yaml``."""

    grondslagen: Mapping[str, LegalGround]
    verwerkingen: Mapping[str, Activity]
    doelen: Mapping[Purpose, PurposeSpec]


@dataclass(frozen=True, slots=True)
class Draft:
    """A register whose parts are well-formed but not yet known to fit together."""

    purposes: PurposesFile
    fields: Mapping[str, FieldSpec]
    conditions: Mapping[str, ConditionSpec]
    grants: Sequence[Grant]
    guardrails: Sequence[Guardrail]
    grounds: GroundsRegister
    sources: Mapping[str, Source]

    def at(self, file: str, *path: str | int) -> str:
        """Say where a part stands, ``file:line``."""
        return self.sources[file].at(path)


def check(draft: Draft, problems: Problems) -> None:
    """Note everything that is wrong with a draft."""
    for rule in (_vocabulary, _purposes, _grants, _overlaps, _unreachable, _unseen, _guardrails):
        rule(draft, problems)


def _vocabulary(draft: Draft, problems: Problems) -> None:
    """Facts and their texts are the same list; exclusions name facts."""
    for name in NAMES:
        if name not in draft.conditions:
            problems.add(draft.at("conditions.yaml"), "ontbreekt", f"voorwaarde '{name}' heeft geen tekst")
    asked = {name for grant in draft.grants for name in grant.voorwaarden}
    for name, spec in draft.conditions.items():
        where = draft.at("conditions.yaml", name)
        if name not in NAMES:
            problems.add(where, "onbekend", f"'{name}' is geen bekend feit")
        elif name not in asked:
            problems.add(where, "ongebruikt", f"geen enkele grant vraagt '{name}'")
        for other in set(spec.sluit_uit) - set(draft.conditions):
            problems.add(where, "onbekend", f"'{other}' is geen bekende voorwaarde")


def _purposes(draft: Draft, problems: Problems) -> None:
    granted = {grant.doel for grant in draft.grants}
    for purpose in Purpose:
        spec = draft.purposes.doelen.get(purpose)
        if spec is None:
            problems.add(draft.at("purposes.yaml", "doelen"), "ontbreekt", f"doel '{purpose}' ontbreekt")
            continue
        where = draft.at("purposes.yaml", "doelen", purpose)
        if spec.verwerking not in draft.purposes.verwerkingen:
            problems.add(where, "onbekend", f"verwerking '{spec.verwerking}' bestaat niet")
        for ground in set(spec.grondslagen) - set(draft.purposes.grondslagen):
            problems.add(where, "onbekend", f"grondslag '{ground}' bestaat niet")
        if purpose not in granted:
            problems.add(where, "ongebruikt", f"doel '{purpose}' heeft geen grant")


def _grants(draft: Draft, problems: Problems) -> None:
    seen: set[str] = set()
    for index, grant in enumerate(draft.grants):
        where = draft.at("grants.yaml", index)
        if grant.id in seen:
            problems.add(where, "dubbel", f"grant '{grant.id}' bestaat al")
        seen.add(grant.id)
        _grant_purpose(draft, index, grant, problems)
        for name in set(grant.voorwaarden) - set(NAMES):
            line = draft.at("grants.yaml", index, "voorwaarden")
            problems.add(line, "onbekend", f"voorwaarde '{name}' bestaat niet")
        _grant_fields(draft, index, grant, problems)


def _grant_purpose(draft: Draft, index: int, grant: Grant, problems: Problems) -> None:
    purpose = draft.purposes.doelen.get(grant.doel)
    if purpose is None:
        return
    if purpose.partij is not grant.partij:
        line = draft.at("grants.yaml", index, "doel")
        problems.add(line, "doel", f"doel '{grant.doel}' hoort bij '{purpose.partij}'")
    if grant.grondslag not in purpose.grondslagen:
        line = draft.at("grants.yaml", index, "grondslag")
        problems.add(line, "grondslag", f"'{grant.grondslag}' is geen grondslag van '{grant.doel}'")


def _grant_fields(draft: Draft, index: int, grant: Grant, problems: Problems) -> None:
    for name, transform in grant.velden.items():
        where = draft.at("grants.yaml", index, "velden", name)
        field = draft.fields.get(name)
        if field is None:
            problems.add(where, "onbekend", f"veld '{name}' bestaat niet")
        elif transform not in SUITABLE[field.soort]:
            problems.add(where, "past_niet", f"'{transform}' past niet op '{name}' ({field.soort})")


def _pairs(draft: Draft) -> Iterator[tuple[tuple[int, Grant], tuple[int, Grant]]]:
    for one, other in combinations(enumerate(draft.grants), 2):
        if (one[1].partij, one[1].doel) == (other[1].partij, other[1].doel):
            yield one, other


def _overlaps(draft: Draft, problems: Problems) -> None:
    """Two grants of one party and purpose that can hold together must agree on every field they share."""
    for (_, one), (index, other) in _pairs(draft):
        for name in set(one.velden) & set(other.velden):
            if one.velden[name] is not other.velden[name]:
                where = draft.at("grants.yaml", index, "velden", name)
                problems.add(where, "overlap", f"'{name}' staat in {one.id} met een andere bewerking")


def _unreachable(draft: Draft, problems: Problems) -> None:
    """A grant must be able to hold, and must add something to the grants that hold whenever it does."""
    for index, grant in enumerate(draft.grants):
        for one, other in combinations(grant.voorwaarden, 2):
            if _exclude(draft, one, other):
                where = draft.at("grants.yaml", index, "voorwaarden")
                problems.add(where, "onbereikbaar", f"'{one}' en '{other}' gaan nooit samen")
    for first, second in _pairs(draft):
        for (_, wider), (index, narrower) in ((first, second), (second, first)):
            if _covers(wider, narrower):
                where = draft.at("grants.yaml", index)
                problems.add(where, "overbodig", f"{narrower.id} voegt niets toe aan {wider.id}")


def _exclude(draft: Draft, one: str, other: str) -> bool:
    specs = draft.conditions
    return any(b in specs[a].sluit_uit for a, b in ((one, other), (other, one)) if a in specs)


def _covers(wider: Grant, narrower: Grant) -> bool:
    return set(wider.voorwaarden) <= set(narrower.voorwaarden) and set(narrower.velden) <= set(wider.velden)


def _unseen(draft: Draft, problems: Problems) -> None:
    """What is collected must be needed by someone other than the resident (AVG art. 5(1)(c))."""
    used = {
        name for grant in draft.grants if grant.partij is not PartyKind.BETROKKENE for name in grant.velden
    }
    for name in draft.fields:
        if name not in used:
            problems.add(draft.at("fields.yaml", name), "ongezien", f"niemand heeft '{name}' nodig")


def _guardrails(draft: Draft, problems: Problems) -> None:
    for index, rule in enumerate(draft.guardrails):
        where = draft.at("guardrails.yaml", index)
        if rule.id in {earlier.id for earlier in draft.guardrails[:index]}:
            problems.add(where, "dubbel", f"waarborg '{rule.id}' bestaat al")
        for name in set(rule.bestaat_niet) & set(draft.fields):
            problems.add(draft.at("fields.yaml", name), "waarborg", f"{rule.id}: '{name}' mag niet bestaan")
        for name in _unknown_words(draft, rule):
            problems.add(where, "onbekend", f"{rule.id}: '{name}' bestaat niet")
        for place, field in breaches(rule, draft.grants):
            line = draft.at("grants.yaml", place, "velden", field)
            problems.add(line, "waarborg", f"{draft.grants[place].id} breekt {rule.id}: {rule.zin}")


def _unknown_words(draft: Draft, rule: Guardrail) -> set[str]:
    named = set() if rule.velden == "alle" else set(rule.velden)
    conditions = {*rule.alleen_als, *rule.alleen_als_een_van}
    return (named - set(draft.fields)) | (conditions - set(NAMES))


def breaches(rule: Guardrail, grants: Sequence[Grant]) -> Iterator[tuple[int, str]]:
    """Find every (grant index, field) that breaks a guardrail.

    A grant holds exactly when all its conditions hold, and facts only ever add rights, so looking at each
    grant once covers every state.
    """
    for index, grant in enumerate(grants):
        for field, transform in grant.velden.items():
            if rule.concerns(grant.partij, field) and not _keeps(rule, grant, transform):
                yield index, field


def _keeps(rule: Guardrail, grant: Grant, transform: Transform) -> bool:
    asked = set(grant.voorwaarden)
    return (
        (rule.hoogstens is None or coarser(transform, rule.hoogstens))
        and set(rule.alleen_als) <= asked
        and (not rule.alleen_als_een_van or bool(asked & set(rule.alleen_als_een_van)))
    )
