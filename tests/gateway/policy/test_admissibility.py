"""Who may signal what, where: by the register of grounds and the sector's own duties."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.policy.admissibility import admissible
from gateway.policy.register import Register
from schemas.grounds import Ground
from schemas.parties import PartnerType
from schemas.signal import LineCode, SignalIn, Soort
from tests.support.register import packaged_register

HERE = "GM0637"
AMSTERDAM = "GM0363"
TODAY = date(2026, 11, 23)
SECTORS = (PartnerType.HUUR, PartnerType.ZORG, PartnerType.ENERGIE, PartnerType.WATER)
GOOD = SignalIn(
    signaal_ref="S-1",
    soort=Soort.VROEGSIGNAAL,
    achternaam="Vogel",
    postcode="2711AB",
    huisnummer=1,
    bedrag_cent=30_000,
    oudste_vordering="2026-09-01",
    peildatum="2026-11-01",
    att_persoonlijk_contact=True,
    att_gewezen_schuldhulp=True,
    att_herinneringen=3,
    att_aanbod_datum="2026-10-01",
    att_geen_afwijzing=True,
)


def answer(sector: PartnerType | None, tenant: str = HERE, creditor: str = "", **change: object) -> object:
    signal = replace(GOOD, **change)  # type: ignore[arg-type]
    return admissible(packaged_register(), signal, sector, tenant, TODAY, creditor=creditor)


@pytest.mark.parametrize("sector", SECTORS)
@pytest.mark.parametrize("soort", [s for s in Soort if s is not Soort.INTREKKING])
def test_the_four_sectors_of_the_pilot_may_signal_when_they_did_their_part(
    sector: PartnerType, soort: Soort
) -> None:
    assert answer(sector, soort=soort) is None


REQUIRED = {
    PartnerType.HUUR: (
        "att_persoonlijk_contact",
        "att_gewezen_schuldhulp",
        "att_herinneringen",
        "att_aanbod_datum",
        "att_geen_afwijzing",
    ),
    PartnerType.ENERGIE: ("att_persoonlijk_contact", "att_herinneringen"),
    PartnerType.WATER: ("att_persoonlijk_contact", "att_herinneringen", "att_aanbod_datum"),
    PartnerType.ZORG: ("att_herinneringen",),
}
DEMANDS = [(sector, name) for sector, names in REQUIRED.items() for name in names]


@pytest.mark.parametrize(("sector", "name"), DEMANDS)
def test_an_attestation_that_is_missing_refuses_and_is_named(sector: PartnerType, name: str) -> None:
    assert answer(sector, **{name: None}) == (LineCode.E_ATTEST, name)


@pytest.mark.parametrize(("sector", "name"), DEMANDS)
def test_an_attestation_that_does_not_hold_refuses_and_is_named(sector: PartnerType, name: str) -> None:
    wrong = {"att_herinneringen": 0, "att_aanbod_datum": "2026-11-24"}.get(name, False)
    assert answer(sector, **{name: wrong}) == (LineCode.E_ATTEST, name)


@pytest.mark.parametrize("sector", SECTORS)
def test_what_a_sector_need_not_attest_may_be_left_out(sector: PartnerType) -> None:
    optional = {name: None for name in REQUIRED[PartnerType.HUUR] if name not in REQUIRED[sector]}
    assert answer(sector, **optional) is None


@pytest.mark.parametrize("sector", SECTORS)
def test_a_resident_who_refused_is_not_signalled_in_any_sector(sector: PartnerType) -> None:
    assert answer(sector, att_geen_afwijzing=False) == (LineCode.E_ATTEST, "att_geen_afwijzing")


def test_energy_reminds_three_times() -> None:
    assert answer(PartnerType.ENERGIE, att_herinneringen=2) == (LineCode.E_ATTEST, "att_herinneringen")
    assert answer(PartnerType.HUUR, att_herinneringen=1) is None


@pytest.mark.parametrize("sector", [s for s in PartnerType if s not in SECTORS])
def test_other_creditors_have_no_ground_in_the_pilots_municipality(sector: PartnerType) -> None:
    assert answer(sector, creditor="Aegon") == (LineCode.E_GRONDSLAG, "partner_type")


def test_a_mortgage_lender_signals_only_by_name_place_and_date() -> None:
    assert answer(PartnerType.HYPOTHEEK, AMSTERDAM, "Aegon") is None
    assert answer(PartnerType.HYPOTHEEK, AMSTERDAM, "Andere Bank") == (LineCode.E_GRONDSLAG, "partner_type")
    assert answer(PartnerType.HYPOTHEEK, HERE, "Aegon") == (LineCode.E_GRONDSLAG, "partner_type")
    early = admissible(
        packaged_register(), GOOD, PartnerType.HYPOTHEEK, AMSTERDAM, date(2021, 6, 1), creditor="Aegon"
    )
    assert early == (LineCode.E_GRONDSLAG, "partner_type")


def with_ground(**change: object) -> Register:
    register = packaged_register()
    ground = Ground.model_validate(
        {"sector": "cak", "geldig_van": date(2024, 1, 1), "bron": "een regeling", **change}
    )
    grounds = register.grounds.model_copy(update={"grondslagen": (ground,)})
    return replace(register, grounds=grounds)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, None),
        ({"min_bedrag": 30_000}, None),
        ({"min_bedrag": 30_001}, (LineCode.E_GRONDSLAG, "bedrag")),
        ({"min_dagen": 61}, None),
        ({"min_dagen": 62}, (LineCode.E_GRONDSLAG, "oudste_vordering")),
        ({"geldig_tot": date(2026, 11, 23)}, None),
        ({"geldig_tot": date(2026, 11, 22)}, (LineCode.E_GRONDSLAG, "partner_type")),
        ({"geldig_van": date(2026, 11, 24)}, (LineCode.E_GRONDSLAG, "partner_type")),
        ({"gemeenten": ["GM0637"]}, None),
        ({"gemeenten": ["GM0363"]}, (LineCode.E_GRONDSLAG, "partner_type")),
    ],
)
def test_a_ground_holds_for_its_amount_age_place_and_days(
    change: dict[str, object], verdict: tuple[LineCode, str] | None
) -> None:
    assert admissible(with_ground(**change), GOOD, PartnerType.CAK, HERE, TODAY) == verdict


def test_an_arrear_of_unknown_age_has_no_age() -> None:
    signal = replace(GOOD, oudste_vordering=None)
    refused = admissible(with_ground(min_dagen=1), signal, PartnerType.CAK, HERE, TODAY)
    assert refused == (LineCode.E_GRONDSLAG, "oudste_vordering")


def test_a_sector_without_duties_on_record_is_refused() -> None:
    register = with_ground()
    grounds = register.grounds.model_copy(update={"plichten": {}})
    refused = admissible(replace(register, grounds=grounds), GOOD, PartnerType.CAK, HERE, TODAY)
    assert refused == (LineCode.E_ATTEST, "partner_type")


def test_another_municipality_is_refused_before_anything_else() -> None:
    assert answer(PartnerType.HUUR, gemeentecode=AMSTERDAM) == (LineCode.E_GEMEENTE, "gemeentecode")
    assert answer(PartnerType.HUUR, gemeentecode=HERE) is None


def test_a_legal_person_is_refused() -> None:
    assert answer(PartnerType.HUUR, natuurlijk_persoon=False) == (
        LineCode.E_LEGAL_PERSON,
        "natuurlijk_persoon",
    )


def test_a_line_may_not_claim_another_sector_than_its_party() -> None:
    assert answer(PartnerType.HUUR, partner_type=PartnerType.ZORG) == (LineCode.E_GRONDSLAG, "partner_type")
    assert answer(None) == (LineCode.E_GRONDSLAG, "partner_type")


def test_taking_a_signal_back_needs_no_ground() -> None:
    bare = SignalIn(signaal_ref="S-2", soort=Soort.INTREKKING, vervangt_ref="S-1")
    assert admissible(packaged_register(), bare, PartnerType.HYPOTHEEK, HERE, TODAY) is None
