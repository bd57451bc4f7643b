"""Putting parties, staff and clients on record: what fits, what is refused, and whose the private key is."""

import json
from pathlib import Path

import pytest

from keys.client_keys import new_client_jwk, public_jwk
from tests.support.cli import PASSPHRASE, call, environment, run
from tests.support.deliveries import line

DESK = ("--kind", "callcenter", "--name", "Belteam", "--number", "87654321")
HOUSING = ("--kind", "signaalpartner", "--name", "Stadswonen", "--number", "12345678", "--sector", "huur")
PARTNER = ("--kind", "signaalpartner", "--name", "Energie", "--number", "1" * 20, "--sector", "energie")


@pytest.fixture
def desk(home: Path) -> Path:
    """An installation with a call center and one of its agents."""
    assert call("party", "add", "belteam", *DESK, home=home).code == 0
    assert call("party", "user", "belteam", "bel-cem", "--role", "agent", home=home).code == 0
    return home


def public_key(folder: Path, **changes: str) -> Path:
    target = folder / "public.jwk"
    target.write_text(json.dumps({**public_jwk(new_client_jwk()), **changes}))
    return target


def test_a_party_is_put_on_record_and_listed(home: Path) -> None:
    told = call(
        "party", "add", "energie", *PARTNER, "--map", "energieleverancier-crm", "--refuse-bsn", home=home
    )
    assert (told.code, told.out, told.err) == (0, "", "Partij energie opgenomen\n")
    listed = call("party", "list", "--json", home=home, passphrase=None)
    assert listed.code == 0
    assert listed.documents[0] == {
        "tenant": "GM0637",
        "party_id": "energie",
        "kind": "signaalpartner",
        "name": "Energie",
        "number": "1" * 20,
        "partner_type": "energie",
        "column_map": "energieleverancier-crm",
        "bsn_policy": "refuse",
        "forbidden_columns": "refuse",
    }
    assert [party["party_id"] for party in listed.documents] == ["energie", "woonstichting"]


def test_access_ends_without_a_running_service_too(desk: Path, tmp_path: Path) -> None:
    words = ("client", "belteam", "bel-client", "--purpose", "bellen", "--user", "bel-cem")
    assert call("party", *words, "--new", tmp_path / "key.jwk", home=desk).code == 0
    before = call("party", "show", "belteam", "--json", home=desk, passphrase=None).documents
    assert [one["active"] for one in before] == [True, True]
    assert call("party", "end-user", "bel-cem", home=desk).code == 0
    after = call("party", "show", "belteam", "--json", home=desk, passphrase=None).documents
    assert after == [
        {"user": "bel-cem", "role": "agent", "active": False},
        {"client": "bel-client", "user": "bel-cem", "purposes": ["bellen"], "active": False},
    ]
    shown = call("party", "show", "belteam", home=desk, passphrase=None)
    assert shown.out.count("(geen toegang)") == 2
    again = call("party", "end-user", "bel-cem", home=desk)
    assert (again.code, again.err) == (1, "Dit kenmerk heeft hier geen toegang\n")


OWN_MAP = """
name = "stadswonen"
ignore = ["Complexnr"]
[columns]
"Signaalnummer" = "signaal_ref"
"Saldo" = "bedrag"
[constants]
natuurlijk_persoon = "ja"
"""


def keep_map(home: Path, text: str = OWN_MAP) -> None:
    (home / "maps").mkdir(exist_ok=True)
    (home / "maps" / "stadswonen.toml").write_text(text, encoding="utf-8")


def own_export(folder: Path) -> Path:
    """Write a file in the columns of a partner's own, of which the product knows nothing."""
    ours = line(signaal_ref="S-1", bedrag="250,00")
    renamed = {"signaal_ref": "Signaalnummer", "bedrag": "Saldo", "natuurlijk_persoon": "Complexnr"}
    row = {renamed.get(name, name): value for name, value in ours.items()}
    target = folder / "export.csv"
    header, values = zip(*row.items(), strict=True)
    target.write_text(f"{';'.join(header)}\n{';'.join(values)}\n", encoding="utf-8")
    return target


def test_a_map_in_the_home_of_the_installation_is_used_by_check_and_by_intake(
    home: Path, tmp_path: Path
) -> None:
    keep_map(home)
    assert call("party", "add", "stadswonen", *HOUSING, "--map", "stadswonen", home=home).code == 0
    file = own_export(tmp_path)
    assert call("partner", "check", file, "--map", "stadswonen", "--home", home).code == 0
    taken = call("import", file, "--partner", "stadswonen", "--json", home=home)
    assert (taken.code, taken.document["aangenomen"]) == (0, 1)
    assert call("partner", "check", file, "--map", "stadswonen").code == 2, "not without the home"


def test_a_map_that_does_not_fit_the_contract_is_refused_by_its_place(home: Path) -> None:
    keep_map(home, OWN_MAP + '"onbekend" = "x"\n[columns2]\n')
    told = call("party", "add", "stadswonen", *HOUSING, "--map", "stadswonen", home=home)
    assert told.code == 2
    assert "columns2" in told.err


def test_a_wrong_name_hears_the_maps_of_the_installation_too(home: Path) -> None:
    keep_map(home)
    told = call("party", "add", "stadswonen", *HOUSING, "--map", "staswonen", home=home)
    assert told.code == 2
    assert "stadswonen" in told.err


def test_parties_are_listed_for_people_too(home: Path) -> None:
    told = call("party", "list", home=home, passphrase=None)
    assert told.out.split() == ["woonstichting", "signaalpartner", "12345678", "Woonstichting"]


@pytest.mark.parametrize(
    "words",
    [
        ("Energie", *PARTNER),
        ("p-123456782", *PARTNER),
        ("energie", *PARTNER, "--kind", "leverancier"),
        ("energie", *PARTNER, "--number", "123"),
        ("energie", *PARTNER, "--sector", "bakker"),
        ("energie", *PARTNER, "--map", "bestaat-niet"),
        ("energie", *PARTNER[:-2]),
        ("belteam", *DESK, "--sector", "huur"),
        ("belteam", *DESK[:-2]),
    ],
    ids=[
        "capital",
        "long number",
        "kind",
        "number",
        "sector",
        "map",
        "no sector",
        "sector of a desk",
        "no number",
    ],
)
def test_a_party_that_does_not_fit_is_wrong_usage(home: Path, words: tuple[str, ...]) -> None:
    assert call("party", "add", *words, home=home).code == 2
    assert len(call("party", "list", "--json", home=home).documents) == 1


def test_a_word_outside_a_closed_list_hears_the_list(home: Path) -> None:
    for option, one_of_them in (
        ("--sector", "hypotheek"),
        ("--map", "waterbedrijf-lijst"),
        ("--kind", "cbs"),
    ):
        told = call("party", "add", "energie", *PARTNER, option, "bakker", home=home)
        assert (told.code, one_of_them in told.err) == (2, True)


def test_an_id_is_given_out_once(desk: Path) -> None:
    jwk = public_key(desk)
    client = ("party", "client", "belteam", "bel-1", "--purpose", "bellen", "--jwk", jwk)
    assert call(*client, home=desk).code == 0
    for again in (("party", "add", "belteam", *DESK), ("party", "user", "belteam", "bel-cem"), client):
        told = call(*again, home=desk)
        assert (told.code, told.err) == (1, "Dit kenmerk is al in gebruik\n")


def test_without_the_passphrase_nobody_is_put_on_record(home: Path) -> None:
    assert call("party", "add", "belteam", *DESK, home=home, passphrase="anders").code == 1
    assert run("party", "add", "belteam", *DESK, env=environment(home, passphrase=None)).code == 2
    assert len(call("party", "list", "--json", home=home).documents) == 1


def test_a_new_key_is_for_its_owner_alone_and_fits_the_registered_one(desk: Path, tmp_path: Path) -> None:
    target = tmp_path / "agent.jwk"
    told = call(
        "party",
        "client",
        "belteam",
        "bel-1",
        "--purpose",
        "bellen",
        "--user",
        "bel-cem",
        "--new",
        target,
        home=desk,
    )
    assert (told.code, told.out) == (0, "")
    assert target.stat().st_mode & 0o777 == 0o600
    private = json.loads(target.read_text())
    assert private.keys() == {"kty", "crv", "x", "y", "d", "kid", "alg"}
    assert private["d"] not in told.err
    stored = b"".join(path.read_bytes() for path in desk.glob("sluis.db*"))
    assert private["d"].encode() not in stored
    assert private["x"].encode() in stored


def test_a_key_that_was_not_registered_is_not_left_behind(desk: Path, tmp_path: Path) -> None:
    target = tmp_path / "agent.jwk"
    words = ("party", "client", "belteam", "bel-1", "--new", target)
    for refused in (
        ("--purpose", "sturen"),
        ("--purpose", "bellen", "--purpose", "bestaat-niet"),
        ("--purpose", "bellen", "--user", "niemand"),
    ):
        assert call(*words, *refused, home=desk).code == 1
        assert not target.exists()


def test_a_file_that_is_there_is_never_overwritten_by_a_key(desk: Path, tmp_path: Path) -> None:
    target = tmp_path / "agent.jwk"
    target.write_text("iets anders")
    told = call("party", "client", "belteam", "bel-1", "--purpose", "bellen", "--new", target, home=desk)
    assert told.code == 1
    assert target.read_text() == "iets anders"


def test_a_client_needs_a_party_and_a_colleague_of_that_party(desk: Path) -> None:
    jwk = public_key(desk)
    stranger = call("party", "client", "niemand", "c-1", "--purpose", "bellen", "--jwk", jwk, home=desk)
    assert (stranger.code, stranger.err) == (1, "Deze partij is hier niet opgenomen\n")
    words = ("party", "client", "woonstichting", "c-1", "--purpose", "aanleveren", "--jwk", jwk)
    assert call(*words, "--user", "bel-cem", home=desk).code == 1
    assert call("party", "user", "niemand", "u-1", home=desk).code == 1


def test_a_purpose_without_a_grant_for_this_kind_is_refused_by_name(desk: Path) -> None:
    jwk = public_key(desk)
    told = call("party", "client", "belteam", "c-1", "--purpose", "sturen", "--jwk", jwk, home=desk)
    assert (told.code, told.err) == (1, "Een partij van de soort callcenter heeft geen grant voor sturen\n")


@pytest.mark.parametrize("given", [(), ("--new", "a", "--jwk", "b")], ids=["none", "both"])
def test_a_client_has_one_key(desk: Path, given: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.parent)
    (desk.parent / "b").write_text("{}")
    assert call("party", "client", "belteam", "c-1", "--purpose", "bellen", *given, home=desk).code == 2


HOSTILE = {
    "no JSON": b"Kanariepiet",
    "not UTF-8": b"\xff\xfe\x00",
    "no object": b"[1]",
    "empty": b"{}",
    "deep": b"[" * 20_000,
    "large": b" " * 20_000,
    "kty of another alg": b'{"kty": "RSA", "kid": "a", "alg": "ES256", "n": "Kanariepiet", "e": "AQAB"}',
    "alg none": b'{"kty": "EC", "kid": "a", "alg": "none"}',
    "lists for texts": b'{"kty": ["EC"], "kid": ["a"], "alg": ["ES256"]}',
    "no point": b'{"kty": "EC", "crv": "P-256", "x": "Kanariepiet", "y": "AA", "kid": "a", "alg": "ES256"}',
    "symmetric": b'{"kty": "oct", "k": "AAAA", "kid": "a", "alg": "HS256"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_no_public_key_is_refused_without_repeating_it(desk: Path, body: bytes) -> None:
    (desk / "bad.jwk").write_bytes(body)
    told = call(
        "party", "client", "belteam", "c-1", "--purpose", "bellen", "--jwk", desk / "bad.jwk", home=desk
    )
    assert (told.code, told.out) == (1, "")


def test_a_private_key_is_not_taken_in(desk: Path) -> None:
    (desk / "private.jwk").write_text(json.dumps(new_client_jwk()))
    words = ("party", "client", "belteam", "c-1", "--purpose", "bellen", "--jwk", desk / "private.jwk")
    told = call(*words, home=desk)
    assert (told.code, told.err) == (1, "In dit bestand staat een geheime sleutel; geef alleen de publieke\n")


def test_rs256_asks_to_be_allowed(desk: Path) -> None:
    rsa = public_jwk(new_client_jwk("RS256"))
    (desk / "rsa.jwk").write_text(json.dumps(rsa))
    words = ("party", "client", "belteam", "c-1", "--purpose", "bellen", "--jwk", desk / "rsa.jwk")
    assert call(*words, home=desk).code == 1
    assert call(*words, "--rs256", home=desk).code == 0


def test_every_registration_stands_in_the_log(desk: Path, tmp_path: Path) -> None:
    words = ("party", "client", "belteam", "bel-1", "--purpose", "bellen", "--new", tmp_path / "k.jwk")
    assert call(*words, home=desk).code == 0
    assert call("audit", "export", tmp_path / "log", home=desk).code == 0
    entries = b"".join(path.read_bytes() for path in (tmp_path / "log" / "tile" / "entries").rglob("*.p/*"))
    for act in (b"party.registered", b"user.registered", b"client.registered", b"log.exported"):
        assert act in entries
    assert PASSPHRASE.encode() not in entries
