"""Files with signals at the command line: read in, checked before sending, and matched without an installation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from connectors.registry import CSV, JSON, XLSX
from schemas.signal import LineCode
from tests.support.cli import CANARY, Ran, call, environment, run
from tests.support.deliveries import as_csv, as_format, as_json, as_xlsx, line, lines

SUFFIX = {JSON: ".json", CSV: ".csv", XLSX: ".xlsx"}
BSN = "123456782"


def somebody(n: int, **changes: str) -> dict[str, str]:
    """Write a line about the numbered person."""
    own = {"signaal_ref": f"S-{n:04d}", "achternaam": f"{CANARY}{'abcdefghij'[n]}", "huisnummer": str(n + 1)}
    return line(
        **{**own, "geboortedatum": f"19{60 + n}-03-02", "telefoon_1": "", "telefoon_2": "", **changes}
    )


def given(
    folder: Path, rows: Sequence[Mapping[str, str]], media_type: str = CSV, name: str = "maart"
) -> Path:
    target = folder / (name + SUFFIX[media_type])
    target.write_bytes(as_format(media_type, rows))
    return target


def read_in(home: Path, file: Path, *words: str, partner: str = "woonstichting") -> Ran:
    return call("import", file, "--partner", partner, "--json", *words, home=home)


# --- import ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", SUFFIX)
def test_a_file_is_read_in_and_answered_line_by_line(home: Path, tmp_path: Path, media_type: str) -> None:
    rows = [somebody(1), somebody(2, postcode="x"), somebody(3, bsn=BSN)]
    told = read_in(home, given(tmp_path, rows, media_type))
    assert told.code == 1
    receipt = told.document
    assert len(receipt.pop("leveringId")) == 32
    assert receipt == {
        "aantal": 3,
        "aangenomen": 2,
        "herhalingVan": None,
        "resultaten": [
            {"regel": 1, "code": "ACCEPTED", "veld": None, "hint": "Aangenomen"},
            {"regel": 2, "code": "E_FIELD", "veld": "postcode", "hint": "Schrijf een postcode als 1234 AB"},
            {
                "regel": 3,
                "code": "W_BSN_VERWIJDERD",
                "veld": "bsn",
                "hint": receipt["resultaten"][2]["hint"],
            },
        ],
    }
    assert CANARY not in told.out
    assert BSN not in told.out + told.err


def test_a_clean_file_is_good_and_the_same_file_again_changes_nothing(home: Path, tmp_path: Path) -> None:
    file = given(tmp_path, [somebody(1), somebody(2)])
    first, again = read_in(home, file), read_in(home, file)
    assert (first.code, again.code) == (0, 0)
    assert again.document["herhalingVan"] == first.document["leveringId"]
    assert [found["code"] for found in again.document["resultaten"]] == ["DUPLICATE", "DUPLICATE"]


def test_a_dry_run_keeps_nothing(home: Path, tmp_path: Path) -> None:
    file = given(tmp_path, [somebody(1)])
    assert read_in(home, file, "--dry-run").document["aangenomen"] == 1
    assert [found["code"] for found in read_in(home, file).document["resultaten"]] == ["ACCEPTED"]


def test_a_withdrawal_is_read_in_like_any_line(home: Path, tmp_path: Path) -> None:
    assert read_in(home, given(tmp_path, [somebody(1)])).code == 0
    back = [{"signaal_ref": "S-9", "soort": "intrekking", "vervangt_ref": "S-0001"}]
    assert read_in(home, given(tmp_path, back, name="terug")).code == 0
    assert (
        read_in(home, given(tmp_path, back, name="nogmaals")).document["resultaten"][0]["code"] == "DUPLICATE"
    )


def test_people_read_what_to_mend_and_the_sums(home: Path, tmp_path: Path) -> None:
    file = given(tmp_path, [somebody(1), somebody(2, postcode="x")])
    told = run("import", file, "--partner", "woonstichting", env=environment(home))
    assert told.code == 1
    assert told.out.splitlines() == [
        "regel 2: E_FIELD postcode: Schrijf een postcode als 1234 AB",
        "2 regels: 1 ACCEPTED, 1 E_FIELD",
    ]
    assert told.err == ""


def test_only_a_signal_partner_delivers(home: Path, tmp_path: Path) -> None:
    file = given(tmp_path, [somebody(1)])
    desk = ("--kind", "callcenter", "--name", "Belteam", "--number", "87654321")
    assert call("party", "add", "belteam", *desk, home=home).code == 0
    refused = read_in(home, file, partner="belteam")
    assert (refused.code, refused.err) == (1, "Alleen een signaalpartner levert signalen aan\n")
    stranger = read_in(home, file, partner="niemand")
    assert (stranger.code, stranger.out) == (1, "")


def test_the_log_names_the_file_that_came_in_by_this_door(home: Path, tmp_path: Path) -> None:
    assert read_in(home, given(tmp_path, [somebody(1)])).code == 0
    assert call("audit", "export", tmp_path / "log", home=home).code == 0
    entries = b"".join(path.read_bytes() for path in (tmp_path / "log" / "tile" / "entries").rglob("*.p/*"))
    assert b'"act":"delivery.received"' in entries
    assert b'"act":"signal.received"' in entries
    assert CANARY.encode() not in entries


@pytest.mark.parametrize(
    "words",
    [("import", "{file}"), ("import", "{none}", "--partner", "x"), ("import", "--partner", "x"), ("match",)],
    ids=["no partner", "no such file", "no file", "match nothing"],
)
def test_a_verb_without_what_it_needs_is_wrong_usage(
    home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    places = {"{file}": str(given(tmp_path, [somebody(1)])), "{none}": str(tmp_path / "geen.csv")}
    assert call(*(places.get(word, word) for word in words), home=home).code == 2


# --- partner check --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", SUFFIX)
def test_a_check_says_what_the_door_says_without_an_installation(tmp_path: Path, media_type: str) -> None:
    rows = [somebody(1), somebody(2, postcode="x"), somebody(3, bsn=BSN)]
    told = call("partner", "check", given(tmp_path, rows, media_type), "--json")
    assert told.code == 1
    assert told.document.keys() == {"aantal", "resultaten", "nietGelezen", "bsnVerwijderd"}
    assert told.document["aantal"] == 3
    assert told.document["bsnVerwijderd"] == 1
    codes = [found["code"] for found in told.document["resultaten"]]
    assert codes == [LineCode.ACCEPTED, LineCode.E_FIELD, LineCode.W_BSN_VERWIJDERD]
    assert CANARY not in told.out
    assert BSN not in told.out + told.err


def test_a_clean_file_passes_the_check(tmp_path: Path) -> None:
    told = run("partner", "check", given(tmp_path, [somebody(1)]), env=environment(passphrase=None))
    assert told == Ran(0, "1 regels: 1 ACCEPTED\n", "")


def test_an_own_export_passes_by_its_map_only(tmp_path: Path) -> None:
    head = ["Kenmerk", "Naam", "Huisnr", "postcode", "Openstaand bedrag", "oudste_vordering", "peildatum"]
    table = [["Titel"], head, ["W-1", "A. de Boer", "3", "2719 AB", "99,50", "1.2.2026", "1.3.2026"]]
    book = openpyxl.Workbook()
    for row in table:
        book.worksheets[0].append(row)
    file = tmp_path / "lijst.xlsx"
    book.save(file)
    assert call("partner", "check", file, "--map", "waterbedrijf-lijst").code == 0
    assert call("partner", "check", file).code == 1
    wrong = call("partner", "check", file, "--map", "../waterbedrijf-lijst")
    assert wrong.code == 2
    assert "waterbedrijf-lijst" in wrong.err


def test_a_map_that_is_being_written_can_be_tried(tmp_path: Path) -> None:
    own = tmp_path / "stadswonen.toml"
    own.write_text('name = "stadswonen"\ndescription = "Lijst"\n[columns]\n"Naam huurder" = "achternaam"\n')
    rows = [{{"achternaam": "Naam huurder"}.get(name, name): cell for name, cell in somebody(1).items()}]
    assert call("partner", "check", given(tmp_path, rows), "--map", own).code == 0
    assert call("match", given(tmp_path, rows), "--map", own).code == 0
    own.write_text('name = "stadswonen"\nonzin = 1\n')
    wrong = call("partner", "check", given(tmp_path, rows), "--map", own)
    assert wrong.code == 2
    assert "onzin" in wrong.err
    for body in (b"\xff\xfe", b"[[", b"#" * 200_000):
        own.write_bytes(body)
        assert call("partner", "check", given(tmp_path, rows), "--map", own).code == 2
    assert call("partner", "check", given(tmp_path, rows), "--map", tmp_path / "geen.toml").code == 2


def test_the_receipt_is_mended_and_passes(tmp_path: Path) -> None:
    receipt = tmp_path / "herstel.xlsx"
    file = given(tmp_path, [somebody(1), somebody(2, postcode="x")])
    told = call("partner", "check", file, "--receipt", receipt)
    assert told.code == 1
    assert receipt.stat().st_mode & 0o777 == 0o600
    head, row = openpyxl.load_workbook(receipt).worksheets[0].iter_rows(values_only=True)
    cells = dict(zip(head, row, strict=True))
    assert (cells["regel"], cells["resultaat_veld"], cells["postcode"]) == ("2", "postcode", "x")
    mended = {str(name): str(value or "") for name, value in cells.items()} | {"postcode": "2719 AB"}
    receipt.write_bytes(as_xlsx([mended]))
    assert call("partner", "check", receipt).code == 0


def test_without_anything_to_mend_there_is_no_receipt(tmp_path: Path) -> None:
    receipt = tmp_path / "herstel.xlsx"
    assert call("partner", "check", given(tmp_path, [somebody(1)]), "--receipt", receipt).code == 0
    assert not receipt.exists()


def test_a_receipt_never_replaces_the_file_it_is_about(tmp_path: Path) -> None:
    file = given(tmp_path, [somebody(1, postcode="x")], XLSX)
    before = file.read_bytes()
    assert call("partner", "check", file, "--receipt", file).code == 2
    assert file.read_bytes() == before
    assert call("partner", "check", file, "--receipt", tmp_path / "geen" / "map.xlsx").code == 1


# --- match ----------------------------------------------------------------------------------------------------------


def place(file: Path, number: int) -> dict[str, object]:
    return {"file": str(file), "line": number}


def test_a_match_gives_the_agreed_document(tmp_path: Path) -> None:
    first = given(tmp_path, [somebody(1), somebody(2), somebody(3, postcode="x")], name="huur")
    second = given(tmp_path, [somebody(1), somebody(2, geboortedatum="")], JSON, name="water")
    third = given(tmp_path, [somebody(4)], XLSX, name="zorg")
    told = run("match", first, second, third, "--json", env=environment(passphrase=None))
    assert (told.code, told.err) == (0, "")
    found = told.document
    (proposal,) = found.pop("proposals")
    assert found == {
        "groups": [
            [place(first, 1), place(second, 1)],
            [place(first, 2)],
            [place(second, 2)],
            [place(third, 1)],
        ],
        "links": [{"a": place(first, 1), "b": place(second, 1), "rule": found["links"][0]["rule"]}],
        "refused": [{"file": str(first), "line": 3, "code": "E_FIELD", "field": "postcode"}],
    }
    assert (proposal["a"], proposal["b"]) == (place(first, 2), place(second, 2))
    assert proposal.keys() == {"a", "b", "reasons", "text"}
    assert "geboortedatum_ontbreekt" in proposal["reasons"]
    assert CANARY not in told.out


def test_a_match_is_told_to_people_without_values(tmp_path: Path) -> None:
    first = given(tmp_path, [somebody(1), somebody(3, postcode="x")], name="huur")
    second = given(tmp_path, [somebody(1)], JSON, name="water")
    told = call("match", first, second)
    assert told.out.splitlines()[0].endswith(f"{first}:1 en {second}:1")
    assert told.out.splitlines()[1] == f"geweigerd: {first}:2: E_FIELD postcode"
    assert told.out.splitlines()[-1] == "1 inwoners, 1 zekere koppelingen, 0 twijfels, 1 geweigerde regels"
    assert CANARY not in told.out


def test_a_match_tells_doubts_and_keeps_nothing(tmp_path: Path) -> None:
    file = given(tmp_path, [somebody(2), somebody(2, geboortedatum="", signaal_ref="S-77")])
    before = {path.name for path in tmp_path.iterdir()}
    told = call("match", file)
    assert told.code == 0
    assert told.out.startswith(f"twijfel: {file}:1 en {file}:2: geboortedatum ontbreekt")
    assert {path.name for path in tmp_path.iterdir()} == before


def test_every_line_of_every_file_is_in_a_group_or_refused(tmp_path: Path) -> None:
    withdrawal = {"signaal_ref": "S-9", "soort": "intrekking", "vervangt_ref": "S-1"}
    rows = [*lines(5), somebody(1, huisnummer="nul"), withdrawal, withdrawal]
    files = [given(tmp_path, rows, media, name=f"m{n}") for n, media in enumerate(SUFFIX)]
    found = call("match", *files, "--json").document
    grouped = [(member["file"], member["line"]) for group in found["groups"] for member in group]
    refused = [(member["file"], member["line"]) for member in found["refused"]]
    everything = [(str(file), number) for file in files for number in range(1, len(rows) + 1)]
    assert sorted(grouped + refused) == sorted(everything)


def test_withdrawals_are_nobody_and_join_nobody(tmp_path: Path) -> None:
    rows = [{"signaal_ref": f"S-{n}", "soort": "intrekking", "vervangt_ref": "S-1"} for n in range(3)]
    found = call("match", given(tmp_path, rows), "--json").document
    assert [len(group) for group in found["groups"]] == [1, 1, 1]
    assert found["proposals"] == []


# --- Hostile files --------------------------------------------------------------------------------------------------

HOSTILE: Mapping[str, tuple[str, bytes]] = {
    "empty": ("a.csv", b""),
    "garbage": ("a.csv", bytes(range(256)) * 40),
    "a name for a header": ("a.csv", f"{CANARY};1985-03-02\r\nx;y\r\n".encode()),
    "headers without lines": ("a.csv", as_csv([line()]).splitlines()[0]),
    "a forbidden column": ("a.csv", as_csv([line(nationaliteit=CANARY)])),
    "a double column": ("a.csv", f"signaal_ref;signaal_ref\r\n{CANARY};1\r\n".encode()),
    "no JSON": ("a.json", CANARY.encode()),
    "double members": ("a.json", f'[{{"signaal_ref": "{CANARY}", "signaal_ref": "b"}}]'.encode()),
    "deep JSON": ("a.json", b"[" * 100_000),
    "a workbook that is none": ("a.xlsx", b"PK\x03\x04" + CANARY.encode() * 100),
    "another format": ("a.pdf", b"%PDF-1.7"),
    "no suffix": ("a", as_csv([line()])),
}
READERS: Mapping[str, Sequence[str]] = {
    "import": ("import", "--partner", "woonstichting", "--json"),
    "check": ("partner", "check", "--json"),
    "match": ("match", "--json"),
}


@pytest.mark.parametrize("verb", READERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_a_sentence_and_no_echo(home: Path, tmp_path: Path, name: str, verb: str) -> None:
    suffix, body = HOSTILE[name]
    (tmp_path / suffix).write_bytes(body)
    told = call(*READERS[verb], tmp_path / suffix, home=home)
    if told.code == 0:  # a match may say: one line, refused
        assert verb == "match"
        assert told.document["groups"] == []
    assert told.err or told.out
    assert CANARY not in told.out


def test_a_file_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "groot.csv").open("wb") as file:
        file.truncate(10**11)
    for words in (("partner", "check"), ("match",)):
        told = call(*words, tmp_path / "groot.csv")
        assert (told.code, told.out) == (1, "")


def test_one_unreadable_file_refuses_the_whole_match(tmp_path: Path) -> None:
    good = given(tmp_path, [somebody(1)])
    (tmp_path / "b.json").write_bytes(b"{")
    told = call("match", good, tmp_path / "b.json", "--json")
    assert (told.code, told.out) == (1, "")


def test_windows_files_are_read_as_windows_writes_them(tmp_path: Path) -> None:
    one, other = tmp_path / "maart.CSV", tmp_path / "maart.json"
    one.write_bytes(as_csv([somebody(1, achternaam="Müller")], encoding="cp1252"))
    other.write_bytes(as_json([somebody(1, achternaam="Müller")]))
    assert call("match", one, other, "--json").document["groups"] == [[place(one, 1), place(other, 1)]]
