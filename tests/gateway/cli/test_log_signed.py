"""Signed receipts and certificates under a second implementation: what the house signs passes, and nothing else."""

import ast
import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from gateway.cli.signed import Keys, check, keys_of
from keys.keyring import Keyring
from keys.signing import Es256
from schemas.errors import Invalid
from tests.support.cli import CANARY, call, environment, receipt_of, run
from tests.support.folders import ROOT
from tests.support.forgeries import _ALPHABET, Good, _headers, _wrong_json, outsiders
from tests.support.keys import TENANT, open_keyring
from tests.support.sources import ROOMS, name, python_files

CLAIMS = {
    "iss": "https://sluis.example",
    "iat": 1_790_000_000,
    "jti": "run-1",
    "sub": "GM0637",
    "vernietigd": 3,
}
TYP = "sluis-erasure+jwt"


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyring]:
    keyring = open_keyring(tmp_path_factory.mktemp("keys"))
    yield keyring
    keyring.close()


@pytest.fixture(scope="module")
def signer(ring: Keyring) -> Es256:
    return Es256(ring, TENANT)


@pytest.fixture
def jwks(signer: Es256, tmp_path: Path) -> Path:
    (tmp_path / "jwks.json").write_text(json.dumps(signer.jwks()))
    return tmp_path / "jwks.json"


def certificate(signer: Es256, **changes: object) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return signer.sign(json.dumps(claims).encode(), TYP)


def written(folder: Path, token: str | bytes) -> Path:
    target = folder / "certificaat.jws"
    target.write_bytes(token if isinstance(token, bytes) else token.encode())
    return target


# --- The verb -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["", "\n"])
def test_what_the_house_signs_passes(signer: Es256, jwks: Path, tmp_path: Path, end: str) -> None:
    told = call("verify", written(tmp_path, certificate(signer) + end), "--jwks", jwks, "--json")
    assert (told.code, told.err) == (0, "")
    assert told.document == {
        "valid": True,
        "typ": TYP,
        "kid": signer.jwks()["keys"][0]["kid"],
        "claims": CLAIMS,
    }


def test_people_read_what_was_signed(signer: Es256, jwks: Path, tmp_path: Path) -> None:
    told = run(
        "verify", written(tmp_path, certificate(signer)), "--jwks", jwks, env=environment(passphrase=None)
    )
    assert (told.code, told.err) == (0, "")
    first, rest = told.out.split("\n", 1)
    assert first == "De handtekening klopt"
    assert json.loads(rest)["claims"] == CLAIMS


def test_the_certificate_of_an_erasure_passes_with_the_published_keys(home: Path, tmp_path: Path) -> None:
    """The whole way by the command line: decide, erase, publish the keys, check."""
    officer = ("--kind", "privacy_officer", "--name", "Privacy officer", "--number", "12345678")
    file, keys = tmp_path / "c.jws", tmp_path / "keys.json"
    for words in (
        ("party", "add", "privacy", *officer),
        ("party", "user", "privacy", "po-jan"),
        ("retention", "decide", "--user", "po-jan", "--reference", "B-2026-1"),
        ("retention", "run", "--user", "po-jan", "--certificate", file),
    ):
        assert call(*words, home=home).code == 0
    keys.write_text(call("audit", "keys", "--jwks", home=home).out)
    told = call("verify", file, "--jwks", keys, "--issuer", "sluis.example", "--json")
    assert (told.code, told.err) == (0, "")
    assert told.document["claims"]["besluit"]["kenmerk"] == "B-2026-1"


def test_the_issuer_can_be_insisted_on(signer: Es256, jwks: Path, tmp_path: Path) -> None:
    words = ("verify", written(tmp_path, certificate(signer)), "--jwks", jwks, "--issuer")
    assert call(*words, "https://sluis.example").code == 0
    assert call(*words, "https://elders.example").code == 1


def test_a_changed_certificate_is_no_and_repeats_nothing(signer: Es256, jwks: Path, tmp_path: Path) -> None:
    head, body, tail = certificate(signer, naam=CANARY).split(".")
    other = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "naam": CANARY * 2}).encode()).decode().rstrip("=")
    told = call("verify", written(tmp_path, f"{head}.{other}.{tail}"), "--jwks", jwks, "--json")
    assert told.code == 1
    assert told.document == {"valid": False, "reason": told.err.strip()}
    assert CANARY not in told.out
    assert body not in told.out


def test_without_a_trusted_key_it_is_wrong_usage(signer: Es256, jwks: Path, tmp_path: Path) -> None:
    file = written(tmp_path, certificate(signer))
    assert call("verify", file).code == 2
    assert call("verify", file, "--jwks", tmp_path / "geen").code == 2
    assert call("verify", tmp_path / "geen", "--jwks", jwks).code == 2
    assert call("verify", file, "--jwks", file).code == 2


@pytest.mark.parametrize("body", [b"", b"\xff" * 200, b"a.b", b"." * 400, b"x" * 2_000_000, b"eyJ9." * 300])
def test_a_file_that_is_no_proof_is_no(jwks: Path, tmp_path: Path, body: bytes) -> None:
    told = call("verify", written(tmp_path, body), "--jwks", jwks)
    assert (told.code, told.out) == (1, "")


# --- The receipt of a log entry ---------------------------------------------------------------------------------------


def test_the_receipt_of_an_entry_passes_with_the_key_of_the_log(home: Path, tmp_path: Path) -> None:
    file, vkey = written(tmp_path, receipt_of(home, 3)), call("audit", "keys", home=home).out.strip()
    told = call("verify", file, "--vkey", vkey, "--json")
    assert (told.code, told.err) == (0, "")
    found = told.document
    assert found["entry"]["act"] == "party.registered"
    assert (found["valid"], found["index"], found["size"]) == (True, 3, 6)
    assert found["origin"].startswith("sluis.example/audit/GM0637/")


def test_a_changed_receipt_is_no_and_a_missing_key_wrong_usage(
    home: Path, tmp_path: Path, jwks: Path
) -> None:
    receipt, vkey = receipt_of(home, 1), call("audit", "keys", home=home).out.strip()
    changed = written(tmp_path, receipt.replace("index 1", "index 0"))
    told = call("verify", changed, "--vkey", vkey, "--json")
    assert (told.code, told.document["valid"]) == (1, False)
    assert call("verify", changed, "--jwks", jwks).code == 2
    assert call("verify", changed, "--vkey", "onzin").code == 2


# --- Forgeries --------------------------------------------------------------------------------------------------------

KEY = ECKey.generate_key("P-256")
GOOD = Good({"alg": "ES256", "kid": KEY.thumbprint(), "typ": TYP}, dict(CLAIMS), KEY, "at+jwt")
TRUSTED = keys_of(json.dumps({"keys": [KEY.as_dict(private=False) | {"kid": KEY.thumbprint()}]}).encode())

# One kind of signature has one key, so a typ that another kind of document has is no attack here; and a text file
# may end in a newline.
NO_ATTACK = {
    "typ of another kind",
    "typ in capitals",
    "typ with application/",
    "typ secevent",
    "newline behind",
}
ATTACKS = [
    pytest.param(text, id=name)
    for name, text in [*outsiders(GOOD), *_headers(GOOD), *_wrong_json(GOOD)]
    if name not in NO_ATTACK
]


@pytest.mark.parametrize("token", ATTACKS)
def test_no_forged_or_malformed_document_passes(token: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check(token.encode("utf-8", "surrogatepass"), TRUSTED)
    assert refusal.value.code == "handtekening_onjuist"
    assert refusal.value.__cause__ is None


def test_the_document_that_the_attacks_start_from_passes() -> None:
    assert check(GOOD.token.encode(), TRUSTED).claims == CLAIMS
    assert len(ATTACKS) > 140


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"iat": None},
        {"jti": None},
        {"iss": 5},
        {"iss": ["https://sluis.example"]},
        {"iat": "1790000000"},
        {"iat": True},
        {"iat": []},
        {"sub": 5},
        {"jti": 5},
        {"aud": "https://elders.example"},
        {"exp": 1},
        {"exp": []},
        {"nbf": 9_999_999_999},
        {"at_hash": "x"},
    ],
    ids=str,
)
def test_a_document_that_does_not_say_what_it_must_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(GOOD.with_claims(**changes).encode(), TRUSTED)


def test_two_implementations_agree_on_a_thousand_documents(signer: Es256) -> None:
    """What the one accepts the other accepts: good ones, and ones with a single letter changed."""
    trusted = keys_of(json.dumps(signer.jwks()).encode())
    key = ECKey.import_key({name: str(value) for name, value in signer.jwks()["keys"][0].items()})
    good = [certificate(signer, jti=f"run-{n}") for n in range(100)]
    places = [at for at, letter in enumerate(good[0]) if letter != "."]
    changed = [_turned(good[n % len(good)], places[n % len(places)]) for n in range(900)]
    verdicts = [(_ours(token, trusted), _theirs(token, key)) for token in [*good, *changed]]
    assert [one for one, _ in verdicts] == [other for _, other in verdicts]
    assert sum(one for one, _ in verdicts) == len(good)


def _turned(token: str, at: int) -> str:
    """Change the first bit of one letter, which no decoder throws away."""
    if token[at] == ".":
        at += 1
    return token[:at] + _ALPHABET[_ALPHABET.index(token[at]) ^ 32] + token[at + 1 :]


def _ours(token: str, trusted: Keys) -> bool:
    try:
        check(token.encode(), trusted)
    except Invalid:
        return False
    return True


def _theirs(token: str, key: ECKey) -> bool:
    try:
        jws.deserialize_compact(token, key, algorithms=["ES256"])
    except (JoseError, ValueError):
        return False
    return True


# --- Keys -------------------------------------------------------------------------------------------------------------


def jwks_with(**changes: object) -> bytes:
    return json.dumps({"keys": [KEY.as_dict(private=False) | {"kid": "k"} | changes]}).encode()


BAD_SETS = {
    "nothing": b"",
    "a list": b"[]",
    "no keys": b"{}",
    "keys a number": b'{"keys": 5}',
    "keys that are none": b'{"keys": [5, null]}',
    "empty": b'{"keys": []}',
    "not UTF-8": b"\xff",
    "RSA": jwks_with(kty="RSA"),
    "another curve": jwks_with(crv="P-384"),
    "another algorithm": jwks_with(alg="ES384"),
    "to encrypt": jwks_with(use="enc"),
    "kid null": jwks_with(kid=None),
    "kid a list": jwks_with(kid=["k"]),
    "x too short": jwks_with(x="AA"),
    "y a number": jwks_with(y=7),
    "symmetric": b'{"keys": [{"kty": "oct", "k": "AAAA", "kid": "k", "alg": "HS256"}]}',
    "a kid twice": json.dumps({"keys": [KEY.as_dict(private=False) | {"kid": "k"}] * 2}).encode(),
}


@pytest.mark.parametrize("jwks", BAD_SETS.values(), ids=BAD_SETS)
def test_a_key_set_without_one_clear_key_is_refused(jwks: bytes) -> None:
    with pytest.raises(Invalid):
        keys_of(jwks)


def test_keys_of_other_kinds_are_passed_over() -> None:
    rsa = RSAKey.generate_key(2048).as_dict(private=False) | {"kid": "rsa"}
    own = KEY.as_dict(private=True) | {"kid": KEY.thumbprint()}
    trusted = keys_of(json.dumps({"keys": [rsa, {"kty": "nieuw"}, own]}).encode())
    assert list(trusted) == [KEY.thumbprint()]
    assert trusted[KEY.thumbprint()].keys() == {"kty", "crv", "x", "y"}  # never the private part
    assert check(GOOD.token.encode(), trusted).typ == TYP


def test_a_point_that_is_not_on_the_curve_signs_nothing() -> None:
    off = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
    with pytest.raises(Invalid):
        check(GOOD.token.encode(), {KEY.thumbprint(): off})


# --- The library ------------------------------------------------------------------------------------------------------


def test_the_pure_python_curves_are_never_loaded(signer: Es256, jwks: Path, tmp_path: Path) -> None:
    """``ecdsa`` comes along as a dependency and leaks timing (CVE-2024-23342); nothing of ours may touch it."""
    file = written(tmp_path, certificate(signer))
    probe = (
        "import sys\nfrom gateway.cli import main\n"
        f"sys.argv = ['sluis', 'verify', {str(file)!r}, '--jwks', {str(jwks)!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", probe]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment())
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {"jose.jws", "jose.backends.cryptography_backend"} <= loaded
    assert {"ecdsa", "rsa", "joserfc", "sqlalchemy", "gateway.wiring"} & loaded == set()


def test_the_second_implementation_is_imported_in_one_place() -> None:
    """Decision: never in the path of a request, never to sign."""
    users = {
        name(path)
        for path in python_files(*ROOMS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "jose")
        or (isinstance(node, ast.Import) and any(a.name.partition(".")[0] == "jose" for a in node.names))
    }
    assert users == {"gateway/cli/signed.py"}
