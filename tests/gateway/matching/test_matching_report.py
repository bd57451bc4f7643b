"""The answer of the match command: places in files, automatic groups only, no values."""

import json
from dataclasses import replace

from gateway.matching.normalise import PersonFacts
from gateway.matching.report import Line, RefusedLine, report
from schemas.ids import SubjectId
from tests.support.matching import FACTS


def line(number: int, file: str = "a.csv", **changes: object) -> Line:
    facts: PersonFacts = replace(FACTS, subject=SubjectId("same"), **changes)  # type: ignore[arg-type]
    return Line(file, number, facts)


def test_the_document_has_exactly_the_agreed_shape() -> None:
    lines = [line(1), line(1, "b.csv"), line(2, "b.csv", geboortedatum=None)]
    found = report(lines, [RefusedLine("b.csv", 3, "E_FIELD", "postcode"), RefusedLine("b.csv", 4, "E_REF")])
    first, second, third = ({"file": f, "line": n} for f, n in (("a.csv", 1), ("b.csv", 1), ("b.csv", 2)))
    assert found == {
        "groups": [[first, second], [third]],
        "links": [{"a": first, "b": second, "rule": "R1"}],
        "proposals": [
            {
                "a": first,
                "b": third,
                "reasons": ["geboortedatum_ontbreekt"],
                "text": "geboortedatum ontbreekt bij een van beide; adres, naam, voorletters en telefoon gelijk",
            }
        ],
        "refused": [
            {"file": "b.csv", "line": 3, "code": "E_FIELD", "field": "postcode"},
            {"file": "b.csv", "line": 4, "code": "E_REF", "field": None},
        ],
    }


def test_the_document_carries_no_value_of_a_person() -> None:
    text = json.dumps(report([line(1), line(2, geboortedatum=None)]))
    for value in ("Jansen", "jansen", "1985", "2790", "80012347", "J.P."):
        assert value not in text


def test_every_line_stands_in_exactly_one_group() -> None:
    lines = [line(number, achternaam=name) for number, name in enumerate(("Jansen", "Visser", "Bakker"), 1)]
    places = [(place["file"], place["line"]) for group in report(lines)["groups"] for place in group]
    assert sorted(places) == [("a.csv", 1), ("a.csv", 2), ("a.csv", 3)]


def test_no_lines_no_groups() -> None:
    assert report([]) == {"groups": [], "links": [], "proposals": [], "refused": []}
