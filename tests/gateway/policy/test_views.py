"""A view is a type: what a grant does not name, or does not coarsen, does not fit."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.policy.decide import decide
from gateway.policy.facts import NAMES, Facts
from gateway.policy.register import Decision
from gateway.policy.views import Views, minimise
from schemas.errors import Broken
from schemas.parties import PartyKind
from schemas.purposes import Purpose
from tests.support.register import CALLING, facts, packaged_register

P = PartyKind
TODAY = date(2026, 11, 23)
VIEWS = Views(packaged_register())
PAIRS = [(spec.partij, purpose) for purpose, spec in packaged_register().purposes.items()]
SECRET = "Canariegeel"

RECORD: dict[str, Any] = {
    "aanhef": "mevrouw",
    "voorletters": "A.B.",
    "voorvoegsel": "de",
    "achternaam": SECRET,
    "geboortedatum": "1980-01-02",
    "straat": "Kanariestraat",
    "huisnummer": 17,
    "huisletter": "a",
    "toevoeging": "bis",
    "postcode": "2711AB",
    "plaats": "Zoetermeer",
    "telefoonnummers": ("+31612345678",),
    "email": "vogel@example.nl",
    "dossierkenmerk": "7K3P-9QX2-C",
    "categorie": "bellen",
    "route": "callcenter",
    "samenloop": "enkelvoudig",
    "eerdere_dossiers": [{"maand": "2026-05", "uitkomst": "onbereikt"}],
    "pogingen": [{"datum": "2026-11-02", "dagdeel": "avond", "kanaal": "telefoon", "bereikt": False}],
    "beste_moment": "na het eten",
    "omschrijving": "wil graag hulp",
    "uitkomst": "geweigerd",
    "weigering": "niet_bellen",
    "veiligheid": "twee_personen",
    "brp_status": "ingezetene",
    "aanbod": [{"datum": "2026-11-03", "kanaal": "brief", "sjabloon": "aanbod@1"}],
    "termijnen": [{"termijn": "eerste_gesprek", "datum": "2026-12-01"}],
    "script": "bellen-huur@3",
    "toegangslog": [
        {"moment": "2026-11-02T19:00Z", "partij": "callcenter", "doel": "bellen", "handeling": "case.read"}
    ],
    "aantallen": {"huur": 25},
    "signalen": [
        {
            "klantnummer": "K-1",
            "signaal_ref": "S-1",
            "partnernaam": "Woonpartner",
            "signaaltype": "huur",
            "bedrag": 123_456,
            "oudste_vordering": "2026-08-01",
            "peildatum": "2026-11-01",
            "einde_levering": "2026-12-24",
            "crisissignaal": False,
            "warme_overdracht": False,
            "attestaties": [{"stap": "att_herinneringen", "gedaan": True, "aantal": 3}],
            "terugkoppeling": [{"datum": "2026-11-05", "code": "in_behandeling"}],
        },
        {"signaaltype": "water", "bedrag": 9_900, "peildatum": "2026-11-01"},
    ],
}


def decided(party: PartyKind, purpose: str, *names: str) -> Decision:
    return decide(packaged_register(), party, purpose, facts(*names))


def everything(party: PartyKind, purpose: str) -> Decision:
    return decide(packaged_register(), party, purpose, Facts(**dict.fromkeys(NAMES, True)))


def seen(decision: Decision, record: dict[str, Any] = RECORD) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(VIEWS.serialise(decision, minimise(decision, record, TODAY)))
    return shown


def test_a_dial_record_leaves_everything_else_blank() -> None:
    assert seen(decided(P.CALLCENTER, "bellen", *CALLING)) == {
        "aanhef": "mevrouw",
        "voorvoegsel": "de",
        "achternaam": SECRET,
        "telefoonnummers": ["+31612345678"],
        "dossierkenmerk": "7K3P-9QX2-C",
        "script": "bellen-huur@3",
    }


def test_a_social_worker_sees_each_signal_of_his_own_case() -> None:
    shown = seen(
        decided(P.SOCIAAL_WERK, "hulpverlenen", "toegewezen", "geaccepteerd", "geen_belangenconflict")
    )
    assert [signal["bedrag"] for signal in shown["signalen"]] == [123_456, 9_900]
    assert shown["signalen"][0]["klantnummerAanwezig"] is True
    assert "klantnummer" not in shown["signalen"][0]
    assert shown["omschrijving"] == "wil graag hulp"
    assert "toegangslog" not in shown


def test_the_statistics_office_gets_bands_months_and_codes() -> None:
    shown = seen(decided(P.CBS, "statistiek", "cbs_levering_aan"))
    assert shown["signalen"][0] == {
        "signaaltype": "huur",
        "bedragklasse": "1000_tot_en_met_2000",
        "peildatumMaand": "2026-11",
        "crisissignaal": False,
    }
    assert shown["pogingenAantalklasse"] == "1"
    assert SECRET not in json.dumps(shown)


def test_a_partner_hears_the_folded_outcome_of_his_own_signal() -> None:
    shown = seen(
        decided(P.SIGNAALPARTNER, "terugkoppelen", "eigen_signaal", "teruggekoppeld_binnen_90_dagen")
    )
    assert shown["terugkoppelcode"] == "geen_hulp_gestart"
    assert shown["signalen"][0] == {
        "signaalRef": "S-1",
        "terugkoppeling": [{"datum": "2026-11-05", "code": "in_behandeling"}],
    }


def test_a_refusal_shows_nothing() -> None:
    refused = decided(P.CALLCENTER, "bellen")
    assert minimise(refused, RECORD, TODAY) == {}
    assert seen(refused) == {}


def test_an_absent_value_stays_absent() -> None:
    sparse = {"achternaam": SECRET, "voorvoegsel": None, "signalen": []}
    assert seen(decided(P.CALLCENTER, "bellen", *CALLING), sparse) == {"achternaam": SECRET}


def test_an_absent_part_of_a_listed_thing_is_left_out_too() -> None:
    sparse = {"signalen": [{"attestaties": [{"stap": "aanbod", "gedaan": None, "datum": None}]}]}
    decision = decided(P.SOCIAAL_WERK, "hulpverlenen", "toegewezen", "geaccepteerd", "geen_belangenconflict")
    assert seen(decision, sparse) == {"signalen": [{"attestaties": [{"stap": "aanbod"}]}]}


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_every_view_is_exactly_what_its_grants_name(party: PartyKind, purpose: Purpose) -> None:
    decision = everything(party, purpose)
    shown = seen(decision)
    assert decision.shown
    flat = {*shown, *(key for signal in shown.pop("signalen", []) for key in signal)} - {"signalen"}
    promised = {field for field in decision.shown if field in RECORD or field in RECORD["signalen"][0]}
    assert len(flat) == len(promised)


@pytest.mark.parametrize(
    ("party", "purpose", "names", "leak"),
    [
        (P.CALLCENTER, "bellen", CALLING, {"bedrag": 1}),
        (P.CALLCENTER, "bellen", CALLING, {"postcode": "2711AB"}),
        (P.CALLCENTER, "bellen", CALLING, {"geboortedatum": "1980-01-02"}),
        (P.CALLCENTER, "bellen", CALLING, {"signalen": [{"signaaltype": "huur"}]}),
        (P.CALLCENTER, "bellen", (*CALLING, "geverifieerd"), {"signalen": [{"bedrag": 1}]}),
        (P.CALLCENTER, "bellen", (*CALLING, "geverifieerd"), {"signalen": [{"partnernaam": "Woonpartner"}]}),
        (P.CBS, "statistiek", ("cbs_levering_aan",), {"signalen": [{"bedragklasse": 123_456}]}),
        (P.CBS, "statistiek", ("cbs_levering_aan",), {"signalen": [{"peildatum_maand": "2026-11-01"}]}),
        (P.CBS, "statistiek", ("cbs_levering_aan",), {"pogingen_aantalklasse": RECORD["pogingen"]}),
        (P.SIGNAALPARTNER, "terugkoppelen", ("eigen_signaal", "teruggekoppeld_binnen_90_dagen"), {"terugkoppelcode": "geweigerd"}),
        (P.SIGNAALPARTNER, "terugkoppelen", ("eigen_signaal", "teruggekoppeld_binnen_90_dagen"), {"signalen": [{"terugkoppeling": [{"code": "geweigerd"}]}]}),
        (P.PRIVACY_OFFICER, "toezien", ("toezichtsvraag",), {"uitkomst_aanwezig": "geweigerd"}),
        (P.SOCIAAL_WERK, "hulpverlenen", ("toegewezen", "geaccepteerd", "geen_belangenconflict"), {"signalen": [{"klantnummer_aanwezig": "K-1"}]}),
        (P.SOCIAAL_WERK, "hulpverlenen", ("noodtoegang", "geaccepteerd", "geen_belangenconflict"), {"signalen": [{"bedrag": 1}]}),
        (P.SOCIAAL_WERK, "hulpverlenen", ("toegewezen", "geaccepteerd", "geen_belangenconflict"), {"pogingen": [{"notitie": "x"}]}),
    ],
)  # fmt: skip
def test_an_unminimised_value_does_not_fit_the_view(
    party: PartyKind, purpose: str, names: tuple[str, ...], leak: dict[str, Any]
) -> None:
    with pytest.raises(Broken) as refused:
        VIEWS.serialise(decided(party, purpose, *names), leak)
    assert "register" in refused.value.detail


def test_a_view_that_does_not_fit_never_repeats_the_value() -> None:
    decision = decided(P.CALLCENTER, "bellen", *CALLING)
    with pytest.raises(Broken) as refused:
        VIEWS.serialise(decision, {"postcode": SECRET, "aanhef": 12})
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_view_is_frozen_and_closed() -> None:
    view = VIEWS.typed(decided(P.CALLCENTER, "bellen", *CALLING), {"achternaam": SECRET})
    with pytest.raises(ValidationError):
        view.achternaam = "Anders"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_the_schema_of_a_view_has_no_word_for_what_it_hides(party: PartyKind, purpose: Purpose) -> None:
    schema = VIEWS.model(party, purpose).model_json_schema()
    text = json.dumps(schema)
    shown = {f for g in packaged_register().pair(party, purpose) for f in g.velden}
    for field in ("bedrag", "omschrijving", "geboortedatum", "postcode", "telefoonnummers", "klantnummer"):
        if field not in shown:
            assert f'"{field}' not in text
    assert "null" not in text


def test_the_call_center_schema_cannot_even_spell_the_amount_or_the_address() -> None:
    text = json.dumps(VIEWS.model(P.CALLCENTER, "bellen").model_json_schema()).lower()
    assert not [word for word in ("bedrag", "straat", "postcode", "geboorte", "huisnummer") if word in text]


def test_models_are_made_once() -> None:
    assert VIEWS.model(P.CALLCENTER, "bellen") is VIEWS.model(P.CALLCENTER, "bellen")
