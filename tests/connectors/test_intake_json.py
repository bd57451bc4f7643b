"""JSON read strictly: what is ambiguous or not JSON refuses the delivery, what is wrong in a line refuses the line."""

import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DoorRules, Limits, ParsedDelivery
from connectors.registry import JSON, parse
from schemas.errors import ForbiddenColumn, Invalid, SluisError, TooLarge, WrongMediaType
from schemas.parties import PartnerType
from schemas.signal import LineCode, SignalIn
from tests.support.deliveries import GOOD, as_json, line, lines


def read(body: bytes | str, content_type: str = JSON, rules: DoorRules | None = None) -> ParsedDelivery:
    return parse(body.encode() if isinstance(body, str) else body, content_type, rules)


def answers(parsed: ParsedDelivery) -> list[tuple[int, LineCode, str | None]]:
    return [(answer.regel, answer.code, answer.veld) for answer in parsed.results()]


GOOD_LINES = read(as_json(lines(3))).lines


def test_an_object_with_signalen_is_the_same_delivery() -> None:
    assert read(json.dumps({"signalen": lines(3)})).lines == GOOD_LINES


@pytest.mark.parametrize("order", [1, -1])
def test_what_the_outer_object_says_holds_for_every_line_that_does_not_say_it(order: int) -> None:
    about = {"leveringId": "L-1", "partner_type": "huur", "gemeentecode": "GM0637"}
    rows = [line(), line(signaal_ref="S-2", gemeentecode="GM0518"), line(signaal_ref="S-3", postcode="x")]
    outer = dict([*about.items(), ("signalen", rows)][::order])
    first, second, third = read(json.dumps(outer)).lines
    assert isinstance(first, SignalIn)
    assert isinstance(second, SignalIn)
    assert (first.levering_id, first.partner_type, first.gemeentecode) == ("L-1", PartnerType.HUUR, "GM0637")
    assert (second.levering_id, second.gemeentecode) == ("L-1", "GM0518")
    assert not isinstance(third, SignalIn)


def test_names_may_be_written_in_camel_case() -> None:
    rows = [{"signaalRef" if name == "signaal_ref" else name: raw for name, raw in line().items()}]
    rows[0]["attGeenAfwijzing"] = rows[0].pop("att_geen_afwijzing")
    assert read(as_json(rows)).lines == read(as_json([line()])).lines


def test_numbers_and_booleans_are_read_by_their_own_text() -> None:
    row = {
        **line(),
        "huisnummer": 12,
        "bedrag": 1234.50,
        "natuurlijk_persoon": True,
        "att_herinneringen": 2.0,
    }
    row |= {"crisissignaal": False, "vervangt_ref": None}
    assert read(as_json([row])).lines == read(as_json([line()])).lines


def test_an_amount_is_never_rounded() -> None:
    body = as_json([line(bedrag="@")]).replace(b'"@"', b"0.1")
    found = read(body).lines[0]
    assert isinstance(found, SignalIn)
    assert found.bedrag_cent == 10
    for number in (b"0.105", b"1e3", b"1.5e-1", b"-1", b"12345678901234567890", b"9" * 5000):
        assert answers(read(body.replace(b"0.1", number))) == [(1, LineCode.E_FIELD, "bedrag")]


def test_a_byte_order_mark_is_skipped() -> None:
    assert read(b"\xef\xbb\xbf" + as_json(lines(3))).lines == GOOD_LINES


def test_white_space_may_stand_anywhere() -> None:
    assert read(json.dumps({"signalen": lines(3)}, indent="\t") + "\r\n ").lines == GOOD_LINES


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "null",
        "1",
        '"tekst"',
        "[",
        "]",
        "[{]",
        "[}",
        "{",
        "{}",
        '{"signalen"}',
        '{"signalen": 1}',
        '{"gemeentecode": "GM0637"}',
        '{"signalen": [}',
        '{"signalen": [], "signalen": []}',
        '{"signalen": [] ',
        "{1: []}",
        "[] []",
        "[{}],",
        "[{},]",
        "[,{}]",
        "[{} {}]",
        "[NaN]",
        '[{"bedrag": NaN}]',
        '[{"bedrag": Infinity}]',
        '[{"bedrag": -Infinity}]',
        '[{"plaats": "x\ny"}]',
        '[{"plaats": "\\x41"}]',
        "// commentaar\n[]",
        "[" * 100_000,
        '[{"a":' * 50_000,
        '{"signalen": ' * 1000,
        '[{"soort": "x", "soort": "y"}]',
        "[{\"plaats\": 'x'}]",
        "<html>",
    ],
    ids=lambda body: ascii(body[:24]),
)
def test_what_is_not_json_is_refused(body: str) -> None:
    with pytest.raises((Invalid, TooLarge)):
        read(body)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1252", "cp037"])
def test_json_in_another_character_set_is_refused(encoding: str) -> None:
    body = json.dumps([line(achternaam="Müller")], ensure_ascii=False).encode(encoding)
    with pytest.raises(Invalid):
        read(body)


def test_another_charset_in_the_header_is_refused() -> None:
    with pytest.raises(WrongMediaType):
        read(as_json(lines(1)), "application/json; charset=windows-1252")
    assert read(as_json(lines(3)), "application/json; charset=UTF-8").lines == GOOD_LINES


def test_no_lines_is_no_delivery() -> None:
    for body in ("[]", '{"signalen": []}'):
        with pytest.raises(Invalid) as refused:
            read(body)
        assert refused.value.code == "leeg"


def test_a_name_twice_in_one_line_refuses_the_delivery() -> None:
    body = as_json(lines(2)).replace(b'"plaats"', b'"plaats": "Delft", "plaats"')
    with pytest.raises(Invalid):
        read(body)


def test_a_name_in_two_writings_is_a_name_twice() -> None:
    with pytest.raises(Invalid) as refused:
        read(as_json([{**line(), "signaalRef": "S-2"}]))
    assert [problem.veld for problem in refused.value.fields] == ["signaal_ref"]


@pytest.mark.parametrize("value", [1, "tekst", None, True, [], [{}]])
def test_a_line_that_is_no_object_is_refused_in_its_place(value: object) -> None:
    parsed = read(json.dumps([line(), value, line(signaal_ref="S-3")]))
    assert answers(parsed) == [
        (1, LineCode.ACCEPTED, None),
        (2, LineCode.E_FIELD, None),
        (3, LineCode.ACCEPTED, None),
    ]


def test_an_empty_object_is_a_line_that_says_nothing() -> None:
    assert answers(read("[{}, {}]")) == [(1, LineCode.E_FIELD, None), (2, LineCode.E_FIELD, None)]


@pytest.mark.parametrize("value", [[], {}, ["x"], {"x": 1}, [[["x"]]]])
def test_a_nested_value_is_refused_by_field(value: object) -> None:
    parsed = read(as_json([{**line(), "achternaam": value}, line(signaal_ref="S-2")]))
    assert answers(parsed) == [(1, LineCode.E_FIELD, "achternaam"), (2, LineCode.ACCEPTED, None)]


def test_a_forbidden_name_in_the_last_line_refuses_the_delivery() -> None:
    with pytest.raises(ForbiddenColumn, match="gezinssamenstelling"):
        read(as_json([*lines(3), line(gezinssamenstelling="2")]))


def test_beside_signalen_stands_only_what_is_about_the_delivery() -> None:
    with pytest.raises(ForbiddenColumn):
        read(json.dumps({"achternaam": "Jansen", "signalen": lines(1)}))
    with pytest.raises(Invalid) as refused:
        read(json.dumps({"gemeentecode": "Zoetermeer", "signalen": lines(1)}))
    assert [problem.veld for problem in refused.value.fields] == ["gemeentecode"]
    with pytest.raises(Invalid):
        read(json.dumps({"gemeentecode": ["GM0637"], "signalen": lines(1)}))


def test_half_a_surrogate_is_refused_by_field() -> None:
    body = as_json([line(achternaam="@")]).replace(b"@", b"\\ud800")
    assert answers(read(body)) == [(1, LineCode.E_FIELD, "achternaam")]


def test_a_million_character_value_is_refused_by_field() -> None:
    parsed = read(as_json([line(plaats="x" * 1_000_000), line(signaal_ref="S-2")]))
    assert answers(parsed) == [(1, LineCode.E_FIELD, "plaats"), (2, LineCode.ACCEPTED, None)]


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"{}," * 1_000_000 + b"{}]",
        b"[" + b"[]," * 5_000_000 + b"[]]",
        b"[" + b"1," * 10_000_000 + b"1]",
        b'[{"a":[' + b"1," * 10_000_000 + b"1]}]",
        b"[{" + b'"a":1,' * 3_000_000 + b'"a":1}]',
    ],
    ids=["objects", "lists", "numbers", "one long list", "one wide object"],
)
def test_millions_of_anything_stop_early(body: bytes) -> None:
    with pytest.raises(TooLarge):
        read(body)


def test_one_line_too_many_is_noticed_while_reading() -> None:
    with pytest.raises(TooLarge):
        read(as_json(lines(4)) + b"geen json meer", rules=DoorRules(limits=Limits(max_lines=3)))


@pytest.mark.parametrize("cut", range(1, 900, 37))
def test_a_connection_cut_half_way_gives_no_lines(cut: int) -> None:
    with pytest.raises(Invalid):
        read(as_json(lines(2))[:-cut])


@pytest.mark.parametrize(
    "body", [b'[{"achternaam": "Kanariepiet" x}]', b'[{"achternaam": "Kanariepiet\xff"}]']
)
def test_a_refusal_carries_nothing_of_the_body(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(body)
    error: BaseException | None = refused.value
    while error is not None:
        assert "Kanariepiet" not in repr(vars(error))
        error = error.__context__
    assert "Kanariepiet" not in "".join(traceback.format_exception_only(refused.value))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
keys = st.sampled_from([*GOOD, "bsn", "signalen"]) | st.text(max_size=8)


@given(values | st.lists(st.dictionaries(keys, values, max_size=6), max_size=4))
def test_any_json_gets_one_answer_per_line_or_an_error_of_the_product(document: object) -> None:
    try:
        parsed = read(json.dumps(document), rules=DoorRules(columns="strip"))
    except SluisError:
        return
    assert isinstance(document, list | dict)
    count = len(document) if isinstance(document, list) else len(document["signalen"])
    assert [answer.regel for answer in parsed.results()] == list(range(1, count + 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        parsed = read(body)
    except SluisError:
        return
    assert parsed.lines
