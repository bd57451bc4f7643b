"""The register at the command line: what a party may see, why yes or no, and whether the guardrails hold."""

import shutil
from importlib import resources
from pathlib import Path

import pytest

from gateway.policy.explain import possible
from schemas.parties import PartyKind
from tests.support.cli import call, environment, run
from tests.support.register import packaged_register

NEEDED = packaged_register().pair(PartyKind.BRIEFDIENST, "aanschrijven")[0].voorwaarden
"""What the one grant of the letter service asks."""


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A copy of the register, to change."""
    folder = tmp_path / "register"
    folder.mkdir()
    for file in (resources.files("schemas") / "register").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def facts(*names: str) -> list[str]:
    return [word for name in names for word in ("--fact", name)]


# --- show -----------------------------------------------------------------------------------------------------------


def test_everything_a_party_can_ever_see_is_shown() -> None:
    told = call("policy", "show", "--party", "callcenter", "--json")
    assert (told.code, told.err) == (0, "")
    expected = list(possible(packaged_register(), PartyKind.CALLCENTER))
    assert len(told.documents) == len(expected) > 0
    assert told.documents[0].keys() == {"party", "grant", "purpose", "field", "transform", "conditions"}
    assert [(one["grant"], one["field"]) for one in told.documents] == [(e.grant, e.field) for e in expected]


def test_without_a_party_all_of_them_are_shown() -> None:
    shown = {one["party"] for one in call("policy", "show", "--json").documents}
    assert shown == {kind.value for kind in PartyKind if list(possible(packaged_register(), kind))}


def test_people_see_one_line_a_field() -> None:
    told = run("policy", "show", "--party", "briefdienst", env=environment(passphrase=None))
    assert told.code == 0
    assert all(text.startswith("briefdienst") and " als " in text for text in told.out.splitlines())
    assert "bedrag" not in told.out


# --- explain --------------------------------------------------------------------------------------------------------


def explained(*words: str) -> tuple[int, dict[str, object]]:
    told = call("policy", "explain", "--party", "briefdienst", "--purpose", "aanschrijven", "--json", *words)
    assert told.err == ""
    return told.code, told.document


def test_a_no_is_one_and_names_every_condition_that_failed() -> None:
    code, found = explained()
    assert (code, found["allow"], found["fields"]) == (1, False, {})
    assert isinstance(found["failing"], list)
    assert [one["condition"] for one in found["failing"]] == list(NEEDED)
    assert found.keys() == {
        "allow", "party", "purpose", "grant", "ground", "fields", "failing", "for_user", "for_officer", "register",
    }  # fmt: skip


def test_a_yes_is_good_and_names_grant_ground_and_fields() -> None:
    code, found = explained(*facts(*NEEDED))
    assert (code, found["allow"], found["failing"]) == (0, True, [])
    assert found["grant"]
    assert found["register"] == packaged_register().digest
    assert isinstance(found["fields"], dict)
    assert {"achternaam", "postcode"} <= found["fields"].keys()
    assert "bedrag" not in found["fields"]


@pytest.mark.parametrize("missing", NEEDED)
def test_one_condition_less_is_a_no_that_names_it(missing: str) -> None:
    code, found = explained(*facts(*(name for name in NEEDED if name != missing)))
    assert code == 1
    assert isinstance(found["failing"], list)
    assert [one["condition"] for one in found["failing"]] == [missing]


def test_people_hear_it_twice_for_the_user_and_for_the_officer() -> None:
    told = run("policy", "explain", "--party", "cbs", "--purpose", "bellen", env=environment(passphrase=None))
    assert told.code == 1
    assert told.out.splitlines() == [
        "Uw organisatie mag voor dit doel niets opvragen.",
        "Geweigerd voor cbs met doel 'bellen'. geen_grant: Er is geen grant voor deze partij en dit doel.",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("show", "--party", "bakker"),
        ("explain", "--party", "bakker", "--purpose", "bellen"),
        ("explain", "--party", "callcenter", "--purpose", "bakken"),
        ("explain", "--party", "callcenter", "--purpose", "bellen", "--fact", "volle_maan"),
        ("explain", "--party", "callcenter"),
        ("prove", "--register", "nergens"),
    ],
    ids=" ".join,
)
def test_a_word_outside_the_vocabulary_is_wrong_usage(words: tuple[str, ...]) -> None:
    told = call("policy", *words)
    assert (told.code, told.out) == (2, "")


# --- prove ----------------------------------------------------------------------------------------------------------


def test_every_guardrail_is_proved() -> None:
    told = call("policy", "prove", "--json")
    assert (told.code, told.err) == (0, "")
    assert [one["guardrail"] for one in told.documents] == [
        rule.id for rule in packaged_register().guardrails
    ]
    assert all(one["holds"] and one["broken_by"] == [] for one in told.documents)
    assert told.documents[0].keys() == {"guardrail", "sentence", "holds", "checked", "broken_by"}
    people = call("policy", "prove").out.splitlines()
    assert len(people) == len(told.documents)
    assert people[0].startswith("NOOIT-01 houdt (bekeken: ")


def test_another_register_is_proved_the_same_way(register: Path) -> None:
    assert call("policy", "prove", "--register", register).code == 0


def test_a_grant_that_breaks_a_guardrail_is_no_at_its_line(register: Path) -> None:
    grants = (register / "grants.yaml").read_text("utf-8")
    (register / "grants.yaml").write_text(
        grants.replace("geboortedatum: controle", "geboortedatum: volledig"), "utf-8"
    )
    told = call("policy", "prove", "--json", "--register", register)
    assert (told.code, told.out) == (1, "")
    assert "NOOIT-03" in told.err
    assert "grants.yaml:" in told.err


def test_a_register_with_a_file_missing_is_no(register: Path) -> None:
    (register / "guardrails.yaml").unlink()
    for verb in (("prove",), ("show",), ("explain", "--party", "cbs", "--purpose", "bellen")):
        assert call("policy", *verb, "--register", register).code == 1
    shutil.rmtree(register)
    assert call("policy", "prove", "--register", register).code == 2
