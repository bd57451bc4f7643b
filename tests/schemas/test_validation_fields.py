"""How people write things: every reader takes the forms it promises and names no value when it refuses one."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import validation as read
from schemas.errors import Invalid

HOSTILE = [
    "",
    " ",
    "\x00",
    "A\x00B",
    "a\u202eb",
    "\u200bjan",
    "x" * 1_000_000,
    "=1+1",
    "+SUM(A1)",
    "-2+3",
    "@cmd",
    "\uff1dHYPERLINK",
    "\ufffd",
    "\ud800",
    "\u0661\u0662",
    "1e9",
    "NaN",
    "-0",
    "9" * 5000,
    "<script>",
    "' OR 1=1",
]
READERS: list[Callable[[str], object]] = [
    read.text,
    read.name,
    read.initials,
    read.street,
    read.postcode,
    read.house_number,
    read.house_letter,
    read.addition,
    read.reference,
    read.calendar_date,
    read.birth_date,
    read.euros,
    read.cents,
    read.yes_no,
    read.count,
    read.email,
    read.party_number,
    read.municipality,
]


def outcome(reader: Callable[[str], object], raw: str) -> tuple[object, str]:
    """The value, or None with the hint of the refusal."""
    try:
        return reader(raw), ""
    except Invalid as refused:
        return None, refused.detail


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: ascii(raw[:8]))
def test_hostile_text_is_refused_or_becomes_harmless_and_is_never_echoed(
    reader: Callable[[str], object], raw: str
) -> None:
    value, hint = outcome(reader, raw)
    assert len(hint) < 120
    assert len(raw.strip()) < 8 or raw.strip()[:8] not in hint
    harmless = str(value)
    assert len(harmless) <= read.MAX_NAME
    assert harmless.isprintable()
    assert not harmless.startswith(("=", "+", "-", "@"))


@given(st.text(max_size=30))
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_knows_its_own_writing_again(reader: Callable[[str], object], raw: str) -> None:
    try:
        once = reader(raw)
    except Invalid:
        return
    if reader in {read.euros, read.yes_no} or once is None:
        return
    assert reader(str(once)) == once


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Jan \t van\u00a0der\r\nBerg ", "Jan van der Berg"),
        ("e\u0301", "é"),
        ("Ünal", "Ünal"),
        ("", ""),
    ],
)
def test_text_is_cleaned(raw: str, clean: str) -> None:
    assert read.text(raw) == clean


@pytest.mark.parametrize(
    "raw", ["a\u200fb", "a\u202eb", "a\ufeffb", "a\x07b", "a\x00", "a\ue000", "a\u00adb"]
)
def test_invisible_characters_are_refused(raw: str) -> None:
    with pytest.raises(Invalid, match="onzichtbare"):
        read.text(raw)


@pytest.mark.parametrize("raw", ["=1", " =1", "\t+1", "-x", "@x", "\uff0bx"])
def test_what_a_spreadsheet_would_run_is_refused(raw: str) -> None:
    with pytest.raises(Invalid, match="begint"):
        read.text(raw)


def test_a_text_may_be_as_long_as_its_limit_and_no_longer() -> None:
    assert read.text("x" * 200) == "x" * 200
    with pytest.raises(Invalid, match="200"):
        read.text("x" * 201)
    with pytest.raises(Invalid, match="20 "):
        read.initials("A." * 11)


@pytest.mark.parametrize("raw", ["Jansen", "'t Hart", "El-Idrissi", "O", "de Wit e/v Smit", "Øverland", "李"])
def test_a_name_is_made_of_letters(raw: str) -> None:
    assert read.name(raw) == raw


@pytest.mark.parametrize("raw", ["123456782", "Jansen 2", "...", "'", "Jan\u0664"])
def test_a_number_or_nothing_is_no_name(raw: str) -> None:
    with pytest.raises(Invalid):
        read.name(raw)


@pytest.mark.parametrize("raw", ["Plein 1944", "2e Dwarsstraat", "Laan van 's-Gravenmade", "1 Mei"])
def test_a_street_may_hold_a_year(raw: str) -> None:
    assert read.street(raw) == raw


@pytest.mark.parametrize("raw", ["Straat 123456782", "Straat 12-34-56", "12", "1944"])
def test_a_street_holds_no_long_number_and_is_no_number(raw: str) -> None:
    with pytest.raises(Invalid):
        read.street(raw)


@pytest.mark.parametrize("raw", ["1234AB", "1234 ab", " 1234aB "])
def test_a_postcode_is_read_as_people_write_it(raw: str) -> None:
    assert read.postcode(raw) == "1234AB"


@pytest.mark.parametrize(
    "raw", ["0234AB", "1234  AB", "1234A", "12345", "AB1234", "1234A1", "\uff11234AB", "1234ABC"]
)
def test_another_postcode_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        read.postcode(raw)


@pytest.mark.parametrize(("raw", "number"), [("1", 1), ("99999", 99999), ("0012", 12), (" 7 ", 7)])
def test_a_house_number_is_a_number(raw: str, number: int) -> None:
    assert read.house_number(raw) == number


@pytest.mark.parametrize("raw", ["0", "100000", "12A", "12.0", "-1", "1e3", "²"])
def test_another_house_number_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        read.house_number(raw)


@pytest.mark.parametrize(
    ("raw", "kept"), [("-2", "2"), ("/ bis", "bis"), ("3 H", "3 H"), ("zw", "zw"), ("II", "II")]
)
def test_an_addition_loses_what_stands_before_it(raw: str, kept: str) -> None:
    assert read.addition(raw) == kept


@pytest.mark.parametrize("raw", ["12345", "-", "é", "=2", "123456782"])
def test_another_addition_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        read.addition(raw)


def test_a_house_letter_is_one_letter() -> None:
    assert read.house_letter(" a ") == "A"
    for raw in ("", "ab", "1", "é"):
        with pytest.raises(Invalid):
            read.house_letter(raw)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_both_writings(day: date) -> None:
    assert read.calendar_date(day.isoformat()) == day.isoformat()
    assert read.calendar_date(f"{day.day}-{day.month}-{day.year}") == day.isoformat()
    assert read.birth_date(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize(
    "raw",
    [
        "2023-02-29",
        "29-2-2023",
        "31-4-2024",
        "2024-13-01",
        "1-1-24",
        "1/1/2024",
        "2024-1-1",
        "1899-12-31",
        "2100-01-01",
        "2024-W01-1",
        "20240101",
        "2024-01-01T10:00",
        "2024-01-01T00:00:00",
        "2024-01-01 00:00:00",
        "2024-01-01T00:00:00Z",
        "2024-01-01Z",
        "0-0-2024",
    ],
)
def test_a_day_that_does_not_exist_or_is_ambiguous_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        read.calendar_date(raw)


def test_the_leap_day_exists_in_a_leap_year() -> None:
    assert read.calendar_date("29-02-2024") == "2024-02-29"


@pytest.mark.parametrize(
    "raw",
    [
        "1985-00-00",
        "1985-06-00",
        "00-06-1985",
        "0-0-1985",
        "0000-00-00",
        "00-00-0000",
        "19850000",
        "19850600",
    ],
)
def test_a_partial_birth_date_is_omitted_never_completed(raw: str) -> None:
    assert read.birth_date(raw) is None


@pytest.mark.parametrize("raw", ["1985-13-00", "1985-02-30", "onbekend", "3000-00-00"])
def test_a_wrong_birth_date_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        read.birth_date(raw)


@pytest.mark.parametrize(
    ("raw", "cents"),
    [
        ("0", 0),
        ("12", 1200),
        ("12,5", 1250),
        ("12.50", 1250),
        ("1234,56", 123456),
        ("1.234,56", 123456),
        ("1,234.56", 123456),
        ("1 234,56", 123456),
        ("1.234.567", 123456700),
        ("1 234", 123400),
        ("1.234.567,8", 123456780),
        ("€ 250,-", 25000),
        ("EUR 250,--", 25000),
        ("250,00 €", 25000),
        ("\u00a0€\u00a01.234,50 ", 123450),
        ("99999999,99", 9_999_999_999),
    ],
)
def test_an_amount_is_read_as_people_write_it(raw: str, cents: int) -> None:
    assert read.euros(raw) == cents


@pytest.mark.parametrize(
    "raw",
    [
        "1.234",
        "1,234",
        "-5",
        "1,2,3",
        "1.23.4",
        "12.345,6.7",
        "1.2345",
        "1e3",
        "twee",
        "",
        "100000000",
        "1.234.56",
    ],
)
def test_an_ambiguous_or_wrong_amount_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        read.euros(raw)


@given(st.integers(0, read.MAX_CENTS))
def test_no_amount_changes_on_the_way(amount: int) -> None:
    euro, cent = divmod(amount, 100)
    assert read.euros(f"{euro},{cent:02d}") == amount
    assert read.euros(f"{euro}.{cent:02d}") == amount
    grouped = f"{euro:,}"
    assert read.euros(f"{grouped}.{cent:02d}") == amount
    assert read.euros(f"{grouped.replace(',', '.')},{cent:02d}") == amount
    assert read.cents(str(amount)) == amount


@pytest.mark.parametrize("raw", ["", "-1", "1,0", "1.0", "99999999999", "\u0661"])
def test_cents_are_whole(raw: str) -> None:
    with pytest.raises(Invalid):
        read.cents(raw)


@pytest.mark.parametrize("raw", ["ja", "J", "TRUE", "waar", "1", "x", "Yes", " y "])
def test_yes_is_written_in_many_ways(raw: str) -> None:
    assert read.yes_no(raw) is True


@pytest.mark.parametrize("raw", ["nee", "N", "false", "Onwaar", "0", "no"])
def test_no_is_written_in_many_ways_too(raw: str) -> None:
    assert read.yes_no(raw) is False


@pytest.mark.parametrize("raw", ["", "misschien", "2", "-", "jaa"])
def test_anything_else_is_neither(raw: str) -> None:
    with pytest.raises(Invalid):
        read.yes_no(raw)


def test_a_count_is_small() -> None:
    assert [read.count(raw) for raw in ("0", "03", "99")] == [0, 3, 99]
    for raw in ("100", "-1", "1.5", "drie"):
        with pytest.raises(Invalid):
            read.count(raw)


def test_an_email_keeps_its_name_and_lowers_its_domain() -> None:
    assert read.email(" Jan.Jansen+sv@Voorbeeld.NL ") == "Jan.Jansen+sv@voorbeeld.nl"


@pytest.mark.parametrize(
    "raw",
    [
        "jan",
        "jan@",
        "@nl",
        "jan@nl",
        "a b@c.nl",
        "a@b..nl",
        "=a@b.nl",
        "-a@b.nl",
        "a@b.nl;c@d.nl",
        "a@-b.nl",
        "é@b.nl",
    ],
)
def test_another_email_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        read.email(raw)


def test_organisations_are_known_by_oin_or_kvk_number() -> None:
    assert read.party_number("00000001823288444000") == "00000001823288444000"
    assert read.party_number(" 12345678 ") == "12345678"
    for raw in ("1234567", "123456789", "1234567A", "0000000182328844400"):
        with pytest.raises(Invalid):
            read.party_number(raw)


def test_a_municipality_is_known_by_its_code() -> None:
    assert [read.municipality(raw) for raw in ("GM0637", "gm0637", "0637")] == ["GM0637"] * 3
    for raw in ("637", "GM063", "GM06370", "Zoetermeer"):
        with pytest.raises(Invalid):
            read.municipality(raw)


@pytest.mark.parametrize("number", ["123456782", "111222333"])
def test_the_elfproef_passes_a_bsn(number: str) -> None:
    assert read.is_bsn(number)


@pytest.mark.parametrize(
    "number", ["123456789", "000000000", "12345678", "1234567820", "", "12345678X", "١٢٣٤٥٦٧٨٢"]
)
def test_the_elfproef_fails_anything_else(number: str) -> None:
    assert not read.is_bsn(number)


@given(st.integers(1, 99_999_999), st.integers(1, 9))
def test_one_wrong_digit_never_passes_the_elfproef(body: int, shift: int) -> None:
    for last in range(10):
        number = f"{body:08d}{last}"
        if read.is_bsn(number):
            wrong = str((int(number[0]) + shift) % 10) + number[1:]
            assert not read.is_bsn(wrong)


@given(st.text(max_size=40))
def test_what_text_lets_through_is_printable_and_no_formula(raw: str) -> None:
    try:
        clean = read.text(raw)
    except Invalid:
        return
    assert clean.isprintable()
    assert clean == clean.strip()
    assert not clean.startswith(("=", "+", "-", "@"))
