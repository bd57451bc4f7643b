"""Each rule and each guard by its name, on one made-up family."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.matching.evidence import Bit, findings
from gateway.matching.rules import Mode, Outcome, Reason, RuleId, Verdict, compare, decide
from gateway.matching.run import match
from gateway.matching.wording import sentence
from schemas.parties import PartnerType
from tests.support.matching import person


def verdict(first: dict[str, Any], second: dict[str, Any], mode: Mode = Mode.STANDARD) -> Verdict:
    return compare(person("1", **first), person("2", **second), mode=mode)


ONE: dict[str, Any] = {"voorletters": "J.", "telefoonnummers": ()}
"""Only one initial and no number: as weak as an automatic link may be."""


def test_r1_joins_on_birth_date_name_address_and_two_initials() -> None:
    assert verdict({}, {"telefoonnummers": ()}).rule is RuleId.R1


def test_r1_joins_on_one_initial_with_the_same_mobile_or_given_name() -> None:
    assert verdict({"voorletters": "J."}, {"voorletters": "J."}).rule is RuleId.R1
    given_name = {"voorletters": "Johan", "telefoonnummers": ()}
    assert verdict(given_name, given_name).rule is RuleId.R1


def test_r1_weak_joins_on_one_initial_in_standard_and_asks_in_strict() -> None:
    assert verdict(ONE, ONE).rule is RuleId.R1_WEAK
    strict = verdict(ONE, ONE, Mode.STRICT)
    assert (strict.outcome, strict.reasons) == (Outcome.REVIEW, (Reason.ONE_INITIAL,))


def test_a_landline_belongs_to_the_household_and_makes_nothing_strong() -> None:
    landline = {"voorletters": "J.", "telefoonnummers": ("0790001234",)}
    assert verdict(landline, landline).rule is RuleId.R1_WEAK


def test_a_misspelt_name_joins_only_when_strong() -> None:
    assert verdict({}, {"achternaam": "Janssen"}).rule is RuleId.R1
    weak = verdict(ONE, ONE | {"achternaam": "Jnasen"})
    assert (weak.outcome, weak.reasons) == (Outcome.REVIEW, (Reason.NAME_NEAR,))


def test_r2_joins_after_a_move_on_birth_date_name_mobile_and_initials() -> None:
    assert verdict({}, {"postcode": "2795 XX"}).rule is RuleId.R2


def test_r3_joins_after_a_change_of_name_on_birth_date_address_number_and_equal_initials() -> None:
    assert verdict({}, {"achternaam": "Bakker"}).rule is RuleId.R3
    assert verdict({}, {"achternaam": "Bakker", "voorletters": "J."}).outcome is Outcome.REVIEW


@pytest.mark.parametrize(
    "married", ["Jansen-de Vries", "de Vries-Jansen", "de Vries e/v Jansen", "v. Jansen"]
)
def test_both_orders_of_a_married_name_join(married: str) -> None:
    assert verdict({}, {"achternaam": married}).rule is RuleId.R1


def test_mojibake_joins_with_the_name_it_was() -> None:
    assert verdict({"achternaam": "Şahin"}, {"achternaam": "ÅŸahin"}).rule is RuleId.R1
    assert verdict({"achternaam": "Müller"}, {"achternaam": "MÃ¼ller"}).rule is RuleId.R1


def test_without_a_birth_date_nothing_joins_by_itself() -> None:
    asked = verdict({}, {"geboortedatum": None})
    assert (asked.outcome, asked.reasons) == (Outcome.REVIEW, (Reason.DOB_MISSING,))


def test_a_second_number_does_not_hide_one_name_at_one_address() -> None:
    """People have more than one number; where the birth date is missing, a person looks all the same."""
    one = {"voorletters": "J.", "telefoonnummers": ("+31680012347",)}
    other = {"voorletters": "J.", "telefoonnummers": ("+31680099887",), "geboortedatum": None}
    asked = verdict(one, other)
    assert (asked.outcome, asked.reasons) == (Outcome.REVIEW, (Reason.DOB_MISSING, Reason.PHONE_OTHER))
    assert verdict(one, other | {"huisnummer": 99}).outcome is Outcome.NO


@pytest.mark.parametrize("placeholder", ["1900-01-01", "01-01-1970"])
def test_two_placeholders_are_not_the_same_birth_date(placeholder: str) -> None:
    both = {"geboortedatum": placeholder}
    assert verdict(both, both).reasons == (Reason.DOB_MISSING,)


def test_day_and_month_swapped_is_a_question() -> None:
    swapped = verdict({"geboortedatum": "1985-03-04"}, {"geboortedatum": "1985-04-03"})
    assert (swapped.outcome, swapped.reasons) == (Outcome.REVIEW, (Reason.DOB_SWAPPED,))


def test_one_digit_wrong_in_the_birth_date_is_a_question() -> None:
    assert verdict({}, {"geboortedatum": "1985-03-25"}).reasons == (Reason.DOB_SLIP,)


def test_father_and_son_on_a_shared_landline_are_not_joined_and_not_asked() -> None:
    shared = {"voorletters": "J.", "telefoonnummers": ("0790001234",)}
    assert verdict(shared, shared | {"geboortedatum": "2004-11-02"}).outcome is Outcome.NO


def test_twins_with_different_initials_are_never_joined() -> None:
    assert verdict({"voorletters": "J."}, {"voorletters": "M."}).outcome is Outcome.REVIEW
    separate = verdict(ONE, ONE | {"voorletters": "M."})
    assert separate.outcome is Outcome.NO


def test_different_given_names_with_one_initial_are_never_joined() -> None:
    found = verdict({"voorletters": "Johan"}, {"voorletters": "Joost"})
    assert found.outcome is not Outcome.AUTO


def test_two_different_mobiles_and_one_initial_is_a_question() -> None:
    other = {"voorletters": "J.", "telefoonnummers": ("+31680099887",)}
    found = verdict({"voorletters": "J."}, other)
    assert (found.outcome, found.reasons) == (Outcome.REVIEW, (Reason.PHONE_OTHER,))
    assert verdict({}, {"telefoonnummers": ("+31680099887",)}).rule is RuleId.R1


def test_a_mobile_and_a_landline_are_not_two_different_numbers() -> None:
    assert verdict({"voorletters": "J."}, {"voorletters": "J.", "telefoonnummers": ("0790001234",)}).rule


def test_different_mobiles_count_although_the_landline_is_shared() -> None:
    one = {"voorletters": "J.", "telefoonnummers": ("+31680012347", "0790001234")}
    other = {"voorletters": "J.", "telefoonnummers": ("+31680099887", "0790001234")}
    assert verdict(one, other).reasons == (Reason.PHONE_OTHER,)


def test_another_unit_of_the_building_is_a_question() -> None:
    found = verdict({"toevoeging": "1", "telefoonnummers": ()}, {"toevoeging": "2"})
    assert (found.outcome, found.reasons) == (Outcome.REVIEW, (Reason.SUFFIX_OTHER,))


def test_a_missing_suffix_joins_only_when_strong_and_not_in_a_flat() -> None:
    one, other = person("1", toevoeging="3"), person("2")
    assert compare(one, other).rule is RuleId.R1
    asked = compare(one, other, around=Bit.FLAT)
    assert (asked.outcome, asked.reasons) == (Outcome.REVIEW, (Reason.SUFFIX_MISSING,))
    assert verdict(ONE | {"toevoeging": "3"}, ONE).outcome is Outcome.REVIEW


JANUARY: dict[str, Any] = ONE | {"geboortedatum": "1985-01-01"}


def test_a_registration_date_counts_less_where_relatives_live() -> None:
    one, other = person("1", **JANUARY), person("2", **JANUARY)
    assert compare(one, other).rule is RuleId.R1_WEAK
    assert compare(one, other, around=Bit.FAMILY).reasons == (Reason.FIRST_OF_JANUARY,)


def test_one_initial_is_too_little_where_a_parent_is_known() -> None:
    one, other = person("1", **ONE), person("2", **ONE)
    parent = person("3", voorletters="K.", geboortedatum="1955-06-01", telefoonnummers=())
    assert [link.rule for link in match([one, other]).links] == [RuleId.R1_WEAK]
    (asked,) = match([one, other, parent]).proposals
    assert asked.reasons == (Reason.ONE_INITIAL,)
    assert match([person("1"), person("2"), parent]).links


def test_a_move_with_a_registration_date_and_one_initial_is_not_worth_a_look() -> None:
    away = {"postcode": "2795 XX"}
    assert verdict(JANUARY, JANUARY | away).outcome is Outcome.NO
    assert verdict(ONE, ONE | away).reasons == (Reason.MOVED,)


def test_couples_with_own_names_and_a_shared_registration_date_are_not_joined() -> None:
    man = {"geboortedatum": "1985-01-01", "voorletters": "A.", "telefoonnummers": ("0790001234",)}
    assert verdict(man, man | {"achternaam": "Halabi"}).outcome is Outcome.REVIEW


def test_two_persons_at_one_address_are_strangers() -> None:
    other = {
        "achternaam": "Visser",
        "voorletters": "K.",
        "geboortedatum": "1990-08-09",
        "telefoonnummers": (),
    }
    assert verdict({}, other).outcome is Outcome.NO


def test_a_reviewer_reads_what_differs_and_what_agrees_without_a_value() -> None:
    one, other = person("1"), person("2", geboortedatum=None, sector=PartnerType.WATER)
    text = sentence(one, other, compare(one, other))
    assert text == "geboortedatum ontbreekt bij water; adres, naam, voorletters en telefoon gelijk"


def test_every_reason_has_words_and_none_of_them_a_value() -> None:
    one, other = person("1"), person("2", geboortedatum=None)
    for reason in Reason:
        text = sentence(one, other, Verdict(Outcome.REVIEW, 0, reasons=(reason,)))
        assert text
        assert not any(char.isdigit() for char in text.replace("1 januari", ""))


@given(st.integers(0, (1 << 24) - 1), st.sampled_from(Mode))
def test_no_evidence_whatever_joins_without_a_birth_date_or_against_the_initials(
    bits: int, mode: Mode
) -> None:
    found = decide(bits, mode)
    if found.outcome is Outcome.AUTO:
        assert "DOB_SAME" in findings(bits)
        assert not bits & (Bit.INITIALS_OTHER | Bit.GIVEN_OTHER | Bit.TWIN | Bit.CLUSTER)
    assert (found.rule is not None) == (found.outcome is Outcome.AUTO)
    assert bool(found.reasons) == (found.outcome is Outcome.REVIEW)


@given(st.integers(0, (1 << 24) - 1))
def test_what_strict_joins_standard_joins_too(bits: int) -> None:
    if decide(bits, Mode.STRICT).outcome is Outcome.AUTO:
        assert decide(bits, Mode.STANDARD).outcome is Outcome.AUTO
