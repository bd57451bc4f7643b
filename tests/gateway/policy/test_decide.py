"""A decision says yes with its fields, or no with what to do about it."""

import pytest

from gateway.policy.decide import decide, require
from gateway.policy.explain import explain, possible, prove
from gateway.policy.facts import NAMES, Facts, mask, mask_of, names_in
from schemas.errors import Denied
from schemas.parties import PartyKind
from schemas.purposes import Purpose
from schemas.transforms import Transform
from tests.support.register import CALLING, facts, packaged_register

P = PartyKind


def bellen(*names: str) -> tuple[str, ...]:
    return decide(packaged_register(), P.CALLCENTER, Purpose.BELLEN, facts(*names)).shown


def test_a_dial_record_is_salutation_surname_numbers_and_script_and_nothing_else() -> None:
    decision = decide(packaged_register(), P.CALLCENTER, Purpose.BELLEN, facts(*CALLING))
    assert set(decision.shown) == {
        "aanhef",
        "voorvoegsel",
        "achternaam",
        "telefoonnummers",
        "dossierkenmerk",
        "script",
    }
    assert set(decision.checked) == {"geboortedatum", "huisnummer"}
    assert decision.grant == "CC01"


def test_the_signal_type_is_told_only_after_the_identity_is_confirmed() -> None:
    assert "signaaltype" not in bellen(*CALLING)
    assert "signaaltype" in bellen(*CALLING, "geverifieerd")


def test_the_creditor_is_named_only_where_the_municipality_allows_it() -> None:
    assert "partnernaam" not in bellen(*CALLING, "geverifieerd")
    assert "partnernaam" in bellen(*CALLING, "geverifieerd", "partnernaam_toegestaan")


@pytest.mark.parametrize("missing", CALLING)
def test_a_single_missing_condition_refuses_and_is_named(missing: str) -> None:
    held = tuple(name for name in CALLING if name != missing)
    decision = decide(packaged_register(), P.CALLCENTER, Purpose.BELLEN, facts(*held))
    assert not decision.allow
    assert [item.condition for item in decision.failing] == [missing]
    assert decision.nearest == "CC01"


def test_a_caller_back_is_verified_before_any_name_is_shown() -> None:
    before = bellen("teruggebeld", "dossier_open", "onder_bedraggrens", "niet_beschermd")
    after = bellen("teruggebeld", "dossier_open", "onder_bedraggrens", "niet_beschermd", "geverifieerd")
    assert set(before) == {"dossierkenmerk", "script"}
    assert {"achternaam", "signaaltype"} <= set(after)
    assert "telefoonnummers" not in after


def test_a_colleague_without_the_case_is_told_what_to_do() -> None:
    decision = decide(
        packaged_register(),
        P.SOCIAAL_WERK,
        Purpose.HULPVERLENEN,
        facts("geaccepteerd", "geen_belangenconflict"),
    )
    assert [item.condition for item in decision.failing] == ["toegewezen"]
    told = explain(packaged_register(), decision)
    assert told.for_user == "Dit dossier staat niet op uw naam. Vraag de teamleider om het toe te wijzen."
    assert "toegewezen" in told.for_officer
    assert "SW01" in told.for_officer


def test_emergency_access_never_shows_the_debt() -> None:
    decision = decide(
        packaged_register(),
        P.SOCIAAL_WERK,
        Purpose.HULPVERLENEN,
        facts("geaccepteerd", "geen_belangenconflict", "noodtoegang"),
    )
    assert "telefoonnummers" in decision.shown
    assert not {"bedrag", "partnernaam", "attestaties"} & set(decision.shown)
    assert decision.ground == "vitaal_belang"


def test_grants_that_hold_together_add_up() -> None:
    decision = decide(
        packaged_register(),
        P.SOCIAAL_WERK,
        Purpose.HULPVERLENEN,
        facts("geaccepteerd", "geen_belangenconflict", "toegewezen", "noodtoegang"),
    )
    assert decision.grant == "SW01+SW02"
    assert decision.ground == "publieke_taak+vitaal_belang"
    assert decision.fields["bedrag"] is Transform.VOLLEDIG


def test_every_decision_carries_register_and_processing_activity() -> None:
    register = packaged_register()
    for held in (Facts(), facts(*CALLING)):
        decision = decide(register, P.CALLCENTER, Purpose.BELLEN, held)
        assert decision.register == register.digest
        assert decision.activity == "VA-03@1"


@pytest.mark.parametrize("purpose", ["bellen", "onbekend", ""])
def test_a_purpose_that_is_not_yours_is_refused_in_words(purpose: str) -> None:
    decision = decide(packaged_register(), P.BRIEFDIENST, purpose, Facts(**dict.fromkeys(NAMES, True)))
    assert not decision.allow
    assert [item.condition for item in decision.failing] == ["geen_grant"]
    assert explain(packaged_register(), decision).for_user.startswith("Uw organisatie mag")


def test_a_question_about_one_person_is_refused_to_those_who_only_get_numbers() -> None:
    register = packaged_register()
    for party, purpose in ((P.WOO, "openbaarmaken"), (P.MANAGEMENT, "sturen"), (P.BEHEER, "beheren")):
        decision = decide(register, party, purpose, facts("dossier_open", "groep_groot_genoeg"))
        assert "zonder_persoon" in {item.condition for item in decision.failing}


def test_a_refusal_becomes_an_error_that_carries_what_failed() -> None:
    decision = decide(packaged_register(), P.SOCIAAL_WERK, Purpose.HULPVERLENEN, facts("geaccepteerd"))
    with pytest.raises(Denied) as refused:
        require(decision)
    assert refused.value.failing == decision.failing
    permitted = decide(packaged_register(), P.CALLCENTER, Purpose.BELLEN, facts(*CALLING))
    assert require(permitted) is permitted


def test_an_allowed_decision_is_explained_by_grant_ground_and_fields() -> None:
    register = packaged_register()
    told = explain(register, decide(register, P.CALLCENTER, Purpose.BELLEN, facts(*CALLING)))
    assert "CC01" in told.for_officer
    assert "Wgs" in told.for_officer
    assert "geboortedatum" in told.for_officer


def test_facts_pack_into_bits_and_back() -> None:
    for name in NAMES:
        assert mask(facts(name)) == mask_of([name])
        assert names_in(mask(facts(name))) == (name,)
    assert mask(Facts()) == 0
    with pytest.raises(KeyError):
        mask_of(["bestaat_niet"])


def test_every_condition_has_a_text_for_the_user_and_one_for_the_officer() -> None:
    assert set(packaged_register().texts) == set(NAMES)
    for name, text in packaged_register().texts.items():
        assert text.condition == name
        assert text.for_user.endswith((".", "!"))
        assert text.for_officer.endswith(".")
        assert text.for_user != text.for_officer


def test_every_guardrail_of_the_packaged_register_is_proven() -> None:
    proofs = list(prove(packaged_register()))
    assert all(proof.holds for proof in proofs)
    assert len(proofs) == len(packaged_register().guardrails)
    assert any(proof.checked for proof in proofs)


def test_what_a_party_can_ever_see_is_listed_with_its_conditions() -> None:
    seen = list(possible(packaged_register(), P.CALLCENTER))
    assert {item.field for item in seen}.isdisjoint({"bedrag", "straat", "postcode", "email", "omschrijving"})
    numbers = [item for item in seen if item.field == "telefoonnummers"]
    assert [item.grant for item in numbers] == ["CC01"]
    assert set(numbers[0].conditions) == set(CALLING)
