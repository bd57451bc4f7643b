"""Whatever a partner writes, JSON, CSV and XLSX give the same answer to it: one contract, three ways to carry it."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import DoorRules, ParsedDelivery
from connectors.registry import CSV, JSON, XLSX, parse
from schemas.signal import LineCode, LineResult, SignalIn, Soort
from tests.support.deliveries import GOOD, as_format, line, lines

FORMATS = (JSON, CSV, XLSX)
# What every format can carry: no controls (XML 1.0), no underscore (Excel's escapes).
carried = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"], exclude_characters="_"),
    max_size=12,
)
names = st.from_regex(r"[A-Z][a-zé]{1,12}", fullmatch=True)
letters = st.from_regex(r"[A-Z]\.([A-Z]\.){0,3}", fullmatch=True)


def all_three(rows: list[dict[str, str]]) -> list[ParsedDelivery]:
    return [parse(as_format(media_type, rows), media_type) for media_type in FORMATS]


@settings(max_examples=25)
@given(st.lists(st.dictionaries(st.sampled_from(sorted(GOOD)), carried, max_size=4), min_size=1, max_size=3))
def test_every_format_gives_the_same_answers(changes: list[dict[str, str]]) -> None:
    rows = [line(**{name: text for name, text in change.items() if text.strip()}) for change in changes]
    read = all_three([*rows, line()])
    assert read[0].lines == read[1].lines == read[2].lines
    assert read[0].results() == read[1].results() == read[2].results()


good_changes = st.fixed_dictionaries(
    {},
    optional={
        "achternaam": names,
        "voorletters": letters,
        "voorvoegsel": st.sampled_from(["", "van", "de la", "'t"]),
        "postcode": st.from_regex(r"[1-9][0-9]{3} ?[A-Za-z]{2}", fullmatch=True),
        "huisnummer": st.integers(1, 99_999).map(str),
        "huisletter": st.sampled_from(["", "a", "Z"]),
        "toevoeging": st.sampled_from(["", "2", "-3", "bis", "hs"]),
        "geboortedatum": st.dates().filter(lambda d: 1900 <= d.year <= 2025).map(str),
        "bedrag": st.integers(0, 10_000_000).map(lambda c: f"{c // 100},{c % 100:02d}"),
        "soort": st.sampled_from(["vroegsignaal", "geactualiseerd", "eindelevering"]),
        "telefoon_1": st.integers(10_000_000, 59_999_999).map(lambda n: f"06-{n}"),
        "att_herinneringen": st.integers(0, 99).map(str),
        "crisissignaal": st.sampled_from(["ja", "nee", "", "x", "0"]),
    },
)


@settings(max_examples=25)
@given(st.lists(good_changes, min_size=1, max_size=4))
def test_every_good_line_comes_in_as_the_same_signal(changes: list[dict[str, str]]) -> None:
    rows = [line(**change) for change in changes]
    for parsed in all_three(rows):
        assert [one.code for one in parsed.results()] == [LineCode.ACCEPTED] * len(rows)
    first, second, third = (
        [signal.fingerprint_parts() for signal in parsed.lines if isinstance(signal, SignalIn)]
        for parsed in all_three(rows)
    )
    assert first == second == third


WAYS: dict[str, tuple[Callable[[random.Random], dict[str, str]], LineCode, str | None]] = {
    "field": (lambda d: {"postcode": str(d.randrange(9999))}, LineCode.E_FIELD, "postcode"),
    "two fields": (lambda _: {"straat": "1", "plaats": "1"}, LineCode.E_FIELD, "straat"),
    "reference": (lambda d: {"soort": d.choice(["correctie", "intrekking"])}, LineCode.E_REF, "vervangt_ref"),
    "first": (lambda d: {"vervangt_ref": f"S-{d.randrange(9)}"}, LineCode.E_REF, "vervangt_ref"),
    "company": (
        lambda d: {"natuurlijk_persoon": d.choice(["nee", "0", "false"])},
        LineCode.E_LEGAL_PERSON,
        "natuurlijk_persoon",
    ),
    "municipality": (
        lambda d: {"gemeentecode": f"GM{d.randrange(999)}"},
        LineCode.E_GEMEENTE,
        "gemeentecode",
    ),
    "bsn": (lambda d: {"bsn": str(d.randrange(10**9))}, LineCode.W_BSN_VERWIJDERD, "bsn"),
    "good": (lambda d: {"bedrag": str(d.randrange(10**6))}, LineCode.ACCEPTED, None),
}


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("seed", range(5))
def test_a_mixed_delivery_is_answered_line_by_line(media_type: str, seed: int) -> None:
    dice = random.Random(seed)
    chosen = [dice.choice(sorted(WAYS)) for _ in range(40)]
    rows = [line(**{"signaal_ref": f"S-{n}", **WAYS[way][0](dice)}) for n, way in enumerate(chosen)]
    told = [
        (one.regel, one.code, one.veld) for one in parse(as_format(media_type, rows), media_type).results()
    ]
    assert told == [(n, WAYS[way][1], WAYS[way][2]) for n, way in enumerate(chosen, 1)]


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_delivery_of_all_kinds_keeps_its_order(media_type: str) -> None:
    kinds = [
        line(signaal_ref=f"S-{n}", soort=kind, vervangt_ref="" if n == 0 else "S-0")
        for n, kind in enumerate(Soort)
    ]
    found = parse(as_format(media_type, kinds), media_type).lines
    assert [signal.soort for signal in found if isinstance(signal, SignalIn)] == list(Soort)


@pytest.mark.parametrize("media_type", FORMATS)
def test_counts_add_up_to_the_lines(media_type: str) -> None:
    rows = [*lines(5), line(postcode="x"), line(bsn="1", signaal_ref="S-9")]
    parsed = parse(as_format(media_type, rows), media_type, DoorRules())
    assert sum(parsed.counts().values()) == len(parsed.lines) == len(parsed.results()) == 7
    assert parsed.counts()[LineCode.E_FIELD] == sum(isinstance(one, LineResult) for one in parsed.lines) == 1
    assert repr(parsed) == "ParsedDelivery(7 lines)"


@pytest.mark.parametrize("media_type", FORMATS)
def test_reading_twice_gives_the_same_delivery(media_type: str) -> None:
    body = as_format(media_type, [*lines(3), line(huisnummer="0")])
    assert parse(body, media_type).lines == parse(body, media_type).lines
