"""The answer of ``sluis match FILE… --json``: what belongs together in files, by file and line; nothing is stored."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from gateway.matching.normalise import PersonFacts, profiles
from gateway.matching.rules import Mode
from gateway.matching.run import match
from schemas.ids import SubjectId


@dataclass(frozen=True, slots=True)
class Line:
    """One accepted data line (1-based, header not counted); the subject in ``facts`` need not be set apart."""

    file: str
    line: int
    facts: PersonFacts


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """One line that the intake refused, with the code and the field of its receipt."""

    file: str
    line: int
    code: str
    field: str | None = None


def report(
    lines: Sequence[Line], refused: Sequence[RefusedLine] = (), *, mode: Mode = Mode.STANDARD
) -> dict[str, Any]:
    """Groups (singletons too) by automatic links only, links, proposals and the refused lines; no values."""
    places = {SubjectId(f"{n:032x}"): {"file": line.file, "line": line.line} for n, line in enumerate(lines)}
    facts = (replace(line.facts, subject=subject) for subject, line in zip(places, lines, strict=True))
    result = match(profiles(facts), mode=mode)
    return {
        "groups": [[places[subject] for subject in group] for group in result.groups],
        "links": [
            {"a": places[link.a], "b": places[link.b], "rule": link.rule.value} for link in result.links
        ],
        "proposals": [
            {
                "a": places[asked.a],
                "b": places[asked.b],
                "reasons": [reason.value for reason in asked.reasons],
                "text": asked.text,
            }
            for asked in result.proposals
        ],
        "refused": [asdict(line) for line in refused],
    }
