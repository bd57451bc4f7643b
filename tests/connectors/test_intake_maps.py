"""A partner's own messy export becomes the same signals as the upload contract, by a map that is data."""

import datetime as dt
from pathlib import Path

import pytest

from connectors.contract import DoorRules
from connectors.partners.maps import column_map, packaged_maps, read_map
from connectors.partners.splitting import split
from connectors.registry import CSV, XLSX, parse
from schemas.columnmap import SPLIT_FIELDS, DateForm, Split
from schemas.errors import ForbiddenColumn, Invalid, NotFound
from schemas.signal import LineCode, SignalIn, Soort
from tests.support.deliveries import sheet
from tests.support.folders import ROOT
from tests.support.markdown import blocks

HOUSING = """\
Debiteurenlijst huur;;;;;;;;;;;;;;;;;;
Peildatum 1/3/2026;;;;;;;;;;;;;;;;;;

Signaalnummer;Soort melding;Vervangt;Naam huurder;Adres;PC Plaats;Geb.datum;Telefoon 1;Telefoon 2;E-mailadres;Saldo huur;\
Oudste post;Standdatum;Particulier;Pers. contact;Gewezen op SHV;Aant. aanmaningen;Aanbod dd.;Niet afgewezen;Complexnr
H-1;Nieuw;-;"Berg, J.P. van den";Dorpsstraat 12 A;2719 AB  Zoetermeer;2/3/1985;06-12345678;n.v.t.;;€ 1.234;\
1/2/2026;1/3/2026;J;J;J;2;10/2/2026;J;077
H-2;vervallen;H-0;;;;;;;;;;;;;;;;;077
H-3;nieuw;;"Wit - Smit, dhr. K. de";Plein 1944 7-2;2719AB ZOETERMEER;onbekend;;079-3621234;k@example.nl;345,6;\
31/1/2026;1/3/2026;J;N;J;1;;J;
"""

INSURER = """\
RUNNR;MELDNR;MELDSRT;MELDOUD;BSN;VOORL;VOORV;NAAM;GESLACHT;GEBDAT;POSTC;HUISNR;STRAAT;WOONPL;TELNRS;EMAIL;BEDRAG;\
DATOUDST;DATPEIL;CONTACT;VERWSHV;AANTHER;DATAANB;GEENBEZW
1;Z1;N;;123456782;JP;VAN DEN;BERG;M;19850302;2719AB;0012A;DORPSSTRAAT;ZOETERMEER;0612345678/0793621234;NVT;000123450;\
20260201;20260301;J;J;02;20260210;J
2;Z2;C;Z1;;K;;MÜLLER;V;19850000;2719AB;7;PLEIN 1944;ZOETERMEER;;;000034560;20260201;20260301;J;J;02;00000000;J
"""

ENERGY = """\
"Case ID","Case type","Replaces case","Customer no","Private customer","Account name","Date of birth","Street",\
"House no","Postal code","City","Mobile","Phone","E-mail","Amount due EUR","Oldest invoice","As of",\
"Disconnection date","Urgent","Personal contact","Debt help mentioned","Reminders","Offer sent","No objection","Segment"
"E-1","New","n/a","100200","Yes","J.P. van den Berg","3/2/1985","Dorpsstraat","12 a-2","2719 ab","Zoetermeer",\
"+31 6 12345678","null","","1,234.50","2/1/2026","3/1/2026","","No","Yes","Yes","3","2/10/2026","Yes","B2C"
"E-2","Disconnection","E-1","100200","Yes","J.P. van den Berg","none","Dorpsstraat","12","2719AB","Zoetermeer",\
"612345678","","","1,234","2/1/2026","3/1/2026","3/28/2026","Yes","Yes","Yes","3","","Yes","B2C"
"""


def signals(body: bytes, media_type: str, name: str) -> list[SignalIn]:
    parsed = parse(body, media_type, DoorRules(column_map=column_map(name)))
    assert [line for line in parsed.lines if not isinstance(line, SignalIn)] == []
    return [line for line in parsed.lines if isinstance(line, SignalIn)]


def test_a_housing_corporations_debtor_list_is_understood() -> None:
    first, second, third = signals(HOUSING.encode("cp1252"), CSV, "woningcorporatie-export")
    assert (first.soort, first.voorletters, first.voorvoegsel, first.achternaam) == (
        Soort.VROEGSIGNAAL,
        "J.P.",
        "van den",
        "Berg",
    )
    assert (first.straat, first.huisnummer, first.huisletter) == ("Dorpsstraat", 12, "A")
    assert (first.postcode, first.plaats, first.geboortedatum) == ("2719AB", "Zoetermeer", "1985-03-02")
    assert (first.bedrag_cent, first.att_aanbod_datum, first.telefoon_2) == (123400, "2026-02-10", None)
    assert (second.soort, second.vervangt_ref) == (Soort.INTREKKING, "H-0")
    assert (third.achternaam, third.voorvoegsel, third.voorletters) == ("Wit - Smit", "de", "K.")
    assert (third.straat, third.huisnummer, third.toevoeging) == ("Plein 1944", 7, "2")
    assert (third.geboortedatum, third.telefoon_2, third.bedrag_cent) == (None, "+31793621234", 34560)


def test_a_health_insurers_batch_file_is_understood_and_its_bsns_are_dropped() -> None:
    rules = DoorRules(column_map=column_map("zorgverzekeraar-premie"))
    parsed = parse(INSURER.encode("cp1252"), CSV, rules)
    first, second = parsed.lines
    assert isinstance(first, SignalIn)
    assert isinstance(second, SignalIn)
    assert (first.bedrag_cent, first.geboortedatum, first.huisnummer, first.huisletter) == (
        123450,
        "1985-03-02",
        12,
        "A",
    )
    assert (first.telefoon_1, first.telefoon_2, first.email) == ("+31612345678", "+31793621234", None)
    assert (second.soort, second.geboortedatum, second.att_aanbod_datum) == (Soort.CORRECTIE, None, None)
    assert [one.code for one in parsed.results()] == [LineCode.W_BSN_VERWIJDERD, LineCode.ACCEPTED]
    assert parsed.dropped == {"RUNNR": 2, "GESLACHT": 2}


def test_an_energy_suppliers_english_export_is_understood() -> None:
    first, second = signals(ENERGY.encode(), CSV, "energieleverancier-crm")
    assert (first.voorletters, first.voorvoegsel, first.achternaam) == ("J.P.", "van den", "Berg")
    assert (first.geboortedatum, first.oudste_vordering) == ("1985-03-02", "2026-02-01")
    assert (first.huisnummer, first.huisletter, first.toevoeging) == (12, "A", "2")
    assert (first.bedrag_cent, first.telefoon_1, first.vervangt_ref) == (123450, "+31612345678", None)
    assert (second.soort, second.einde_levering, second.bedrag_cent) == (
        Soort.EINDELEVERING,
        "2026-03-28",
        123400,
    )
    assert second.crisissignaal


def test_three_decimals_are_refused_where_the_map_says_that_a_point_is_decimal() -> None:
    wrong = ENERGY.replace('"1,234"', '"1.234"').replace('"1,234.50"', '"12.345"')
    parsed = parse(wrong.encode(), CSV, DoorRules(column_map=column_map("energieleverancier-crm")))
    assert [(one.code, one.veld) for one in parsed.results()] == [(LineCode.E_FIELD, "bedrag")] * 2


def test_a_water_companys_spreadsheet_is_understood() -> None:
    header = [
        *(
            "Volgnummer",
            "Kenmerk",
            "Naam",
            "straat",
            "Huisnr",
            "postcode",
            "plaats",
            "geboortedatum",
            "Telefoon",
        ),
        *("Debiteurnummer", "Openstaand bedrag", "oudste_vordering", "peildatum", "Herinneringen"),
        *("att_persoonlijk_contact", "att_geen_afwijzing", "att_gewezen_schuldhulp"),
    ]
    row = [
        *(1, "W-1", "Mevr. A. de Boer", "Kade", "3 hs", "2719 AB", "Zoetermeer", dt.date(1985, 3, 2)),
        *("079-3621234 of 0612345678", 5551, 99.5, "1.2.2026", dt.date(2026, 3, 1), 1, "ja", "ja", "x"),
    ]
    body = sheet([["Achterstanden maart"], [], ["Opgemaakt door afdeling debiteuren"], header, row])
    (found,) = signals(body, XLSX, "waterbedrijf-lijst")
    assert (found.voorletters, found.voorvoegsel, found.achternaam) == ("A.", "de", "Boer")
    assert (found.huisnummer, found.toevoeging, found.klantnummer) == (3, "hs", "5551")
    assert (found.telefoon_1, found.telefoon_2) == ("+31793621234", "+31612345678")
    assert (found.bedrag_cent, found.oudste_vordering, found.peildatum) == (9950, "2026-02-01", "2026-03-01")
    assert (found.soort, found.natuurlijk_persoon) == (Soort.VROEGSIGNAAL, True)


def test_a_title_is_not_read_as_a_line_and_more_titles_than_told_are_refused() -> None:
    rules = DoorRules(column_map=column_map("woningcorporatie-export"))
    with pytest.raises(Invalid):
        parse(("titel\n" * 5 + HOUSING).encode(), CSV, rules)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("woningcorporatie-export", HOUSING),
        ("zorgverzekeraar-premie", INSURER),
        ("energieleverancier-crm", ENERGY),
    ],
)
def test_a_column_that_neither_map_nor_contract_knows_stays_forbidden(name: str, text: str) -> None:
    known = {"Complexnr": "Nationaliteit", "GESLACHT": "GEZIN", "Segment": "Notes"}
    for old, new in known.items():
        text = text.replace(old, new)
    with pytest.raises(ForbiddenColumn):
        parse(text.encode(), CSV, DoorRules(column_map=column_map(name)))


@pytest.mark.parametrize("name", packaged_maps())
def test_every_packaged_map_can_fill_what_is_required(name: str) -> None:
    found = column_map(name)
    split_fields = {field for form in found.splits.values() for field in SPLIT_FIELDS[form]}
    filled = {*found.columns.values(), *found.constants, *found.defaults, *split_fields}
    assert found.name == name
    assert found.description
    own = {"postcode", "oudste_vordering", "peildatum"} if name == "waterbedrijf-lijst" else set()
    assert {
        "signaal_ref",
        "soort",
        "achternaam",
        "postcode",
        "huisnummer",
        "peildatum",
        "natuurlijk_persoon",
    } <= filled | own


@pytest.mark.parametrize(
    "name", ["", "..", "../wrong", "Bestaat-Niet", "bestaat-niet", "a/b", "x" * 41, "a\x00"]
)
def test_a_map_that_is_not_there_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        column_map(name)


def test_a_municipality_keeps_maps_of_its_own_that_go_first(tmp_path: Path) -> None:
    (tmp_path / "eigen.toml").write_text(
        'name = "eigen"\n[columns]\n"Ref" = "signaal_ref"\n', encoding="utf-8"
    )
    (tmp_path / "waterbedrijf-lijst.toml").write_text('name = "waterbedrijf-lijst"\n', encoding="utf-8")
    assert column_map("eigen", tmp_path).columns == {"Ref": "signaal_ref"}
    assert column_map("waterbedrijf-lijst", tmp_path).columns == {}
    assert column_map("energieleverancier-crm", tmp_path).columns


def test_a_map_is_called_what_its_file_is_called(tmp_path: Path) -> None:
    (tmp_path / "een.toml").write_text('name = "twee"\n', encoding="utf-8")
    with pytest.raises(Invalid):
        column_map("een", tmp_path)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ("name = ", "TOML"),
        ("", "name"),
        ('name = "Met Hoofdletters"', "name"),
        ('name = "x"\nkolommen = {}', "kolommen"),
        ('name = "x"\n[columns]\nRef = "referentie"', "referentie"),
        ('name = "x"\n[columns]\nA = "plaats"\nB = "plaats"', "plaats"),
        ('name = "x"\n[columns]\nA = "plaats"\n[splits]\nB = "postcode plaats"', "plaats"),
        ('name = "x"\n[columns]\nA = "plaats"\n[constants]\nplaats = "Delft"', "plaats"),
        ('name = "x"\nignore = ["A"]\n[columns]\n"a" = "plaats"', "a"),
        ('name = "x"\n[splits]\nA = "alles door elkaar"', "splits"),
        ('name = "x"\n[dates]\npeildatum = "dd-mm-yy"', "dates"),
        ('name = "x"\n[values.geheim]\nA = "B"', "geheim"),
        ('name = "x"\ndecimal = ";"', "decimal"),
        ('name = "x"\ntitle_lines = 99', "title_lines"),
        ('name = "x"\n[columns]\nA = 5', "columns"),
        ('name = "x"\n[columns]\n"" = "plaats"', "source"),
    ],
    ids=lambda text: ascii(text[-24:]),
)
def test_a_wrong_map_is_refused_by_the_place_of_the_fault(document: str, place: str) -> None:
    with pytest.raises(Invalid, match=place) as refused:
        read_map(document)
    assert refused.value.code == "kolommentabel"


@pytest.mark.parametrize(
    ("form", "raw", "parts"),
    [
        (Split.ACHTERNAAM_VOORLETTERS, "Berg, J.P. van den", "J.P.|van den|Berg"),
        (Split.ACHTERNAAM_VOORLETTERS, "van den Berg, J.P.", "J.P.|van den|Berg"),
        (Split.ACHTERNAAM_VOORLETTERS, "Berg van den, J", "J||Berg van den"),
        (Split.ACHTERNAAM_VOORLETTERS, "Berg", "||Berg"),
        (Split.ACHTERNAAM_VOORLETTERS, "de Jong - van der Meer, mw. A.", "A.|de|Jong - van der Meer"),
        (Split.VOORLETTERS_ACHTERNAAM, "J.P. van den Berg", "J.P.|van den|Berg"),
        (Split.VOORLETTERS_ACHTERNAAM, "Dhr. J. P. 't Hart", "J. P.|'t|Hart"),
        (Split.VOORLETTERS_ACHTERNAAM, "JP El Idrissi", "JP|El|Idrissi"),
        (Split.VOORLETTERS_ACHTERNAAM, "Berg, J.P. van den", "J.P.|van den|Berg"),
        (Split.VOORLETTERS_ACHTERNAAM, "Berg", "||Berg"),
        (Split.VOORLETTERS_ACHTERNAAM, "A.", "||A."),
    ],
)
def test_a_name_in_one_column_is_taken_apart(form: Split, raw: str, parts: str) -> None:
    found = split(form, raw)
    assert "|".join(found.get(name, "") for name in ("voorletters", "voorvoegsel", "achternaam")) == parts


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("Dorpsstraat 12", "Dorpsstraat|12||"),
        ("Dorpsstraat 12A", "Dorpsstraat|12|A|"),
        ("Dorpsstraat 12 a 2", "Dorpsstraat|12|a|2"),
        ("Dorpsstraat 12-2", "Dorpsstraat|12||2"),
        ("Dorpsstraat 12 2", "Dorpsstraat|12||2"),
        ("Dorpsstraat 12 hs", "Dorpsstraat|12||hs"),
        ("Dorpsstraat 12bis", "Dorpsstraat|12||bis"),
        ("Plein 1944 7", "Plein 1944|7||"),
        ("Plein 1944 7 B", "Plein 1944|7|B|"),
        ("2e Dwarsstraat 5", "2e Dwarsstraat|5||"),
        ("Laan van 1 Mei 5", "Laan van 1 Mei|5||"),
        ("Kade, 3", "Kade|3||"),
        ("Dorpsstraat", "Dorpsstraat|||"),
        ("12", "12|||"),
        ("", "|||"),
    ],
)
def test_an_address_in_one_column_is_taken_apart(raw: str, parts: str) -> None:
    found = split(Split.ADRES, raw)
    assert (
        "|".join(found.get(name, "") for name in ("straat", "huisnummer", "huisletter", "toevoeging"))
        == parts
    )


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("06-12345678 / 079-3621234", "06-12345678|079-3621234"),
        ("0612345678 of 0793621234", "0612345678|0793621234"),
        ("079/3621234", "079/3621234|"),
        ("06-12345678", "06-12345678|"),
        ("0612345678/0612345679/0612345670", "0612345678/0612345679/0612345670|"),
    ],
)
def test_two_phone_numbers_in_one_column_are_taken_apart(raw: str, parts: str) -> None:
    found = split(Split.TELEFOONS, raw)
    assert f"{found['telefoon_1']}|{found.get('telefoon_2', '')}" == parts


def test_a_cell_that_cannot_be_taken_apart_refuses_its_line_by_what_is_missing() -> None:
    wrong = HOUSING.replace("Dorpsstraat 12 A", "Dorpsstraat").replace("2719AB ZOETERMEER", "ZOETERMEER")
    parsed = parse(wrong.encode(), CSV, DoorRules(column_map=column_map("woningcorporatie-export")))
    assert [(one.code, one.veld) for one in parsed.results()] == [
        (LineCode.E_FIELD, "huisnummer"),
        (LineCode.ACCEPTED, None),
        (LineCode.E_FIELD, "postcode"),
    ]


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("12", "12||"),
        ("0012A", "0012|A|"),
        ("12-b 3", "12|b|3"),
        ("12 bis", "12||bis"),
        ("t/o 12", "t/o 12||"),
    ],
)
def test_a_house_number_with_its_addition_is_taken_apart(raw: str, parts: str) -> None:
    found = split(Split.HUISNUMMER, raw)
    assert "|".join(found.get(name, "") for name in ("huisnummer", "huisletter", "toevoeging")) == parts


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("2719 AB  Zoetermeer", "2719 AB|Zoetermeer"),
        ("2719ab, 's-Gravenhage", "2719ab|'s-Gravenhage"),
        ("Zoetermeer", "Zoetermeer|"),
    ],
)
def test_a_postcode_with_its_place_is_taken_apart(raw: str, parts: str) -> None:
    found = split(Split.POSTCODE_PLAATS, raw)
    assert f"{found['postcode']}|{found.get('plaats', '')}" == parts


@pytest.mark.parametrize("form", Split)
def test_an_endless_cell_is_not_taken_apart(form: Split) -> None:
    assert split(form, "1 a " * 500_000) == {}


def test_the_map_in_the_guide_is_a_map() -> None:
    guide = (ROOT / "docs" / "how-to" / "add-a-partner.md").read_text(encoding="utf-8")
    (example,) = [block.text for block in blocks(guide) if block.language == "toml"]
    assert read_map(example).name == "stadswonen"
    assert [f"`{choice}`" for choice in (*Split, *DateForm) if f"`{choice}`" not in guide] == []
