"""The signal contract: what a line must say, in which order problems are told, and what is never told."""

import dataclasses
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.parties import PartnerType
from schemas.person import Contact
from schemas.signal import (
    BSN_COLUMN,
    COLUMNS,
    DELIVERY_FIELDS,
    HINTS,
    REQUIRED,
    REQUIRED_SIGNAL,
    LineCode,
    LineResult,
    SignalIn,
    Soort,
    read_line,
)
from tests.support.deliveries import GOOD


def filled(**changes: str) -> dict[str, str]:
    return {column: raw for column, raw in {**GOOD, **changes}.items() if raw}


def good(**changes: str) -> SignalIn:
    line = read_line(1, filled(**changes))
    assert isinstance(line, SignalIn), line
    return line


def refused(**changes: str) -> LineResult:
    line = read_line(7, filled(**changes))
    assert isinstance(line, LineResult)
    assert line.regel == 7
    return line


def test_a_good_line_is_kept_in_canonical_form() -> None:
    line = good()
    assert (line.soort, line.postcode, line.huisnummer, line.huisletter) == (
        Soort.VROEGSIGNAAL,
        "2719AB",
        12,
        "A",
    )
    assert (line.toevoeging, line.telefoon_1, line.bedrag_cent) == ("2", "+31612345678", 123450)
    assert (line.oudste_vordering, line.peildatum) == ("2026-02-01", "2026-03-01")
    assert (line.natuurlijk_persoon, line.crisissignaal, line.att_herinneringen) == (True, False, 2)


def test_every_field_of_a_signal_is_a_column_and_no_column_is_lost() -> None:
    names = {field.name for field in dataclasses.fields(SignalIn)}
    assert names == set(COLUMNS) - {"bedrag"}
    assert BSN_COLUMN not in names


@pytest.mark.parametrize("column", [*REQUIRED, *REQUIRED_SIGNAL])
def test_what_is_required_is_asked_for_by_name(column: str) -> None:
    answer = refused(**{column: ""})
    assert (answer.code, answer.veld, answer.hint) == (LineCode.E_FIELD, column, "Vul dit veld in")


@pytest.mark.parametrize(
    "column",
    [column for column in GOOD if column not in {*REQUIRED, *REQUIRED_SIGNAL, "soort", "vervangt_ref"}],
)
def test_everything_else_may_stay_empty(column: str) -> None:
    assert isinstance(good(**{column: ""}), SignalIn)


def test_absent_words_mean_no_and_absent_attestations_mean_unknown() -> None:
    line = good(crisissignaal="", warme_overdracht="", att_geen_afwijzing="", att_herinneringen="")
    assert (line.crisissignaal, line.warme_overdracht) == (False, False)
    assert (line.att_geen_afwijzing, line.att_herinneringen) == (None, None)


def test_a_withdrawal_needs_only_its_references() -> None:
    cells = {"signaal_ref": "W-1", "soort": "intrekking", "vervangt_ref": "S-1"}
    line = read_line(1, cells)
    assert isinstance(line, SignalIn)
    assert line.withdrawal
    assert (line.achternaam, line.bedrag_cent) == ("", 0)


@pytest.mark.parametrize("soort", ["correctie", "intrekking"])
def test_who_replaces_says_what(soort: str) -> None:
    answer = refused(soort=soort)
    assert (answer.code, answer.veld) == (LineCode.E_REF, "vervangt_ref")
    assert good(soort=soort, vervangt_ref="S-0").vervangt_ref == "S-0"


@pytest.mark.parametrize("soort", ["geactualiseerd", "eindelevering"])
def test_an_update_may_name_the_earlier_signal(soort: str) -> None:
    assert good(soort=soort).vervangt_ref is None
    assert good(soort=soort, vervangt_ref="S-0").vervangt_ref == "S-0"


def test_a_first_signal_replaces_nothing() -> None:
    answer = refused(vervangt_ref="S-0")
    assert (answer.code, answer.veld) == (LineCode.E_REF, "vervangt_ref")


def test_a_legal_person_is_refused_before_anything_else_is_told() -> None:
    answer = refused(natuurlijk_persoon="nee", postcode="x")
    assert answer == LineResult.of(7, LineCode.E_LEGAL_PERSON, "natuurlijk_persoon")


def test_whoever_is_not_called_a_legal_person_is_a_natural_one() -> None:
    """Absent or empty is a natural person; only an explicit no is a legal one, and a slip is no answer."""
    absent = {name: cell for name, cell in filled().items() if name != "natuurlijk_persoon"}
    line = read_line(1, absent)
    assert isinstance(line, SignalIn)
    assert line.natuurlijk_persoon
    assert (
        good(natuurlijk_persoon="").fingerprint_parts() == good(natuurlijk_persoon="ja").fingerprint_parts()
    )
    answer = refused(natuurlijk_persoon="misschien")
    assert (answer.code, answer.veld) == (LineCode.E_FIELD, "natuurlijk_persoon")


def test_the_amount_is_written_in_one_of_two_ways() -> None:
    assert good(bedrag="", bedrag_cent="5").bedrag_cent == 5
    assert refused(bedrag="5", bedrag_cent="500").veld == "bedrag"
    assert refused(bedrag="5", bedrag_cent="vijf").veld == "bedrag"
    assert refused(bedrag="vijf", bedrag_cent="500").veld == "bedrag"
    assert refused(bedrag="").veld == "bedrag"


@pytest.mark.parametrize("column", ["geboortedatum", "oudste_vordering", "att_aanbod_datum"])
def test_nothing_lies_after_the_day_of_reference(column: str) -> None:
    answer = refused(**{column: "2026-03-02"})
    assert (answer.code, answer.veld) == (LineCode.E_FIELD, column)
    assert isinstance(good(**{column: "2026-03-01"}), SignalIn)


def test_a_malformed_municipality_has_its_own_code() -> None:
    answer = refused(gemeentecode="Zoetermeer")
    assert (answer.code, answer.veld) == (LineCode.E_GEMEENTE, "gemeentecode")
    assert good(gemeentecode="gm0637").gemeentecode == "GM0637"


def test_columns_about_the_delivery_are_read() -> None:
    line = good(levering_id="L-1", partner_id="12345678", partner_type="Huur")
    assert (line.levering_id, line.partner_id, line.partner_type) == ("L-1", "12345678", PartnerType.HUUR)
    assert refused(partner_type="bakker").veld == "partner_type"


def test_one_answer_names_every_field_to_mend_in_the_order_of_the_contract() -> None:
    answer = refused(bedrag="x", postcode="x", voorletters="9")
    assert answer.veld == "voorletters"
    assert answer.hint.endswith(". Kijk ook naar: postcode, bedrag")


@pytest.mark.parametrize("code", LineCode)
def test_every_code_has_a_hint_and_only_e_codes_refuse(code: LineCode) -> None:
    assert HINTS[code]
    assert code.accepted is not code.value.startswith("E_")
    assert LineResult.of(3, code).hint == HINTS[code]


@given(st.dictionaries(st.sampled_from(sorted(COLUMNS)), st.text(max_size=40)))
def test_any_cells_become_a_signal_or_one_answer_about_a_known_column(cells: dict[str, str]) -> None:
    line = read_line(4, cells)
    if isinstance(line, LineResult):
        assert line.regel == 4
        assert line.veld in COLUMNS
        assert not line.code.accepted


CANARY = "Kanariepiet"


@given(st.sampled_from(sorted(set(COLUMNS) - {"soort"})), st.sampled_from(["", "=", "\x00", "9"]))
def test_no_answer_carries_a_value(column: str, before: str) -> None:
    line = read_line(1, filled(**{column: before + CANARY}))
    assert CANARY not in repr(line)
    assert CANARY not in str(line)


def test_a_signal_is_silent_in_every_repr() -> None:
    line = good(achternaam=CANARY)
    assert CANARY not in repr(line)
    assert CANARY not in repr([line])
    assert CANARY not in f"{line}"
    assert CANARY not in "".join(traceback.format_exception(ValueError(line)))


def test_a_signal_falls_apart_in_the_three_sealed_groups() -> None:
    line = good(telefoon_2="06-12345678")
    assert line.identity().achternaam == "Voorbeeld"
    assert line.identity().huisnummer == 12
    assert line.contact() == Contact(
        voorvoegsel="van den",
        achternaam="Voorbeeld",
        telefoonnummers=("+31612345678",),
        email="j.voorbeeld@example.nl",
    )
    assert (line.finance().bedrag_cent, line.finance().klantnummer) == (123450, "K-998")


def test_a_fingerprint_is_the_content_however_it_was_written() -> None:
    parts = good().fingerprint_parts()
    assert parts == good(postcode="2719AB", bedrag="1234.50", telefoon_1="+31 6 12345678").fingerprint_parts()
    assert parts == good(levering_id="L-9", gemeentecode="GM0637", partner_type="huur").fingerprint_parts()


@pytest.mark.parametrize(
    "change",
    [
        {"bedrag": "1.234,51"},
        {"achternaam": "Voorbeelt"},
        {"huisletter": ""},
        {"crisissignaal": "ja"},
        {"att_geen_afwijzing": ""},
        {"telefoon_1": "", "telefoon_2": "06-12345678"},
        {"signaal_ref": "S-2"},
    ],
)
def test_another_content_has_another_fingerprint(change: dict[str, str]) -> None:
    assert good(**change).fingerprint_parts() != good().fingerprint_parts()


def test_content_cannot_slide_from_one_field_into_the_next() -> None:
    one = good(voorletters="J.P.", voorvoegsel="").fingerprint_parts()
    two = good(voorletters="", voorvoegsel="J.P.").fingerprint_parts()
    assert one != two
    assert len(one) == len(two) == 1 + len(dataclasses.fields(SignalIn)) - len(DELIVERY_FIELDS)


def test_a_signal_cannot_be_changed_afterwards() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        good().achternaam = "Anders"  # type: ignore[misc]
