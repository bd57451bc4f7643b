"""Whoever has our public key can check what we signed, with another implementation too."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jose import jws as second_jws
from jose.exceptions import JWSError
from joserfc import jwk as jose_jwk
from joserfc import jws
from sqlalchemy import select, update

from keys.keyring import Keyring
from keys.rotation import renew_signing
from keys.signing import Ed25519, Es256, public_jwks, token_keys, verify_ed25519
from keys.signingkeys import jwk, public_bytes, thumbprint
from keys.tables import SIGNING
from schemas.errors import NotFound, SealBroken, Sealed
from schemas.person import DataClass
from tests.support.keys import NOW_MS, OTHER_TENANT, PASSPHRASE, TENANT, reopened

RECEIPT = json.dumps({"levering": "1", "aantal": 3}).encode()


def test_a_checkpoint_signature_holds_for_its_message_only(ring: Keyring) -> None:
    signer = Ed25519(ring, TENANT, "sluis.example/audit")
    signature = signer.sign(b"tree 3")
    assert (len(signer.public_key), len(signature), signer.name) == (32, 64, "sluis.example/audit")
    verify_ed25519(signer.public_key, b"tree 3", signature)
    other = Ed25519(ring, OTHER_TENANT, "sluis.example/audit")
    for public, message, claimed in (
        (signer.public_key, b"tree 4", signature),
        (other.public_key, b"tree 3", signature),
        (signer.public_key, b"tree 3", signature[:-1] + bytes([signature[-1] ^ 1])),
        (signer.public_key, b"tree 3", b""),
        (b"short", b"tree 3", signature),
    ):
        with pytest.raises(SealBroken):
            verify_ed25519(public, message, claimed)


def test_ed25519_gives_the_signature_of_rfc_8032() -> None:
    """RFC 8032 section 7.1, test 2."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert Ed25519PrivateKey.from_private_bytes(seed).sign(b"\x72") == signature
    verify_ed25519(public, b"\x72", signature)


def test_a_receipt_verifies_in_two_implementations(ring: Keyring) -> None:
    signer = Es256(ring, TENANT)
    token = signer.sign(RECEIPT, "receipt+jws")
    public = signer.jwks()["keys"][0]
    ours = jws.deserialize_compact(token, jose_jwk.ECKey.import_key(dict(public)), algorithms=["ES256"])
    assert ours.payload == RECEIPT
    assert ours.headers() == {"alg": "ES256", "kid": public["kid"], "typ": "receipt+jws"}
    assert second_jws.verify(token, public, algorithms=["ES256"]) == RECEIPT
    other = Es256(ring, OTHER_TENANT).jwks()["keys"][0]
    with pytest.raises(JWSError):
        second_jws.verify(token, other, algorithms=["ES256"])


def test_a_receipt_of_before_the_renewal_still_verifies(ring: Keyring) -> None:
    signer = Es256(ring, TENANT)
    old = signer.sign(RECEIPT, "receipt+jws")
    kid = renew_signing(ring, PASSPHRASE, TENANT, "receipt", NOW_MS + 1)
    keys = signer.jwks()["keys"]
    assert keys[0]["kid"] == kid
    assert second_jws.verify(old, keys[1], algorithms=["ES256"]) == RECEIPT
    assert second_jws.verify(signer.sign(RECEIPT, "x"), keys[0], algorithms=["ES256"]) == RECEIPT


def test_a_published_key_shows_no_private_part(ring: Keyring) -> None:
    for purpose in ("checkpoint", "token", "receipt"):
        for key in public_jwks(ring, TENANT, purpose):
            assert set(key) <= {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_a_kid_is_the_thumbprint_of_rfc_7638(ring: Keyring) -> None:
    for purpose in ("checkpoint", "token", "receipt"):
        key = public_jwks(ring, TENANT, purpose)[0]
        assert key["kid"] == jose_jwk.import_key(dict(key)).thumbprint()


def test_the_thumbprint_vector_of_rfc_8037() -> None:
    """RFC 8037 appendix A.3."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(members) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_token_keys_keep_the_earlier_key_for_verification(ring: Keyring) -> None:
    before = token_keys(ring, TENANT)
    renew_signing(ring, PASSPHRASE, TENANT, "token", NOW_MS + 1)
    after = token_keys(ring, TENANT)
    assert after.kid != before.kid
    assert {key["kid"] for key in after.jwks()["keys"]} == {before.kid, after.kid}


def test_nothing_is_signed_or_published_while_sealed(ring: Keyring) -> None:
    signer = Ed25519(ring, TENANT, "sluis.example/audit")
    ring.seal()
    for attempt in (
        lambda: signer.sign(b"x"),
        lambda: signer.public_key,
        lambda: Es256(ring, TENANT).sign(b"x", "x"),
        lambda: Es256(ring, TENANT).jwks(),
        lambda: token_keys(ring, TENANT),
    ):
        with pytest.raises(Sealed):
            attempt()


def test_a_role_without_the_class_publishes_but_does_not_sign(ring: Keyring, tmp_path: Path) -> None:
    caller = reopened(tmp_path, {DataClass.CONTACT})
    assert Es256(caller, TENANT).jwks() == Es256(ring, TENANT).jwks()
    assert not caller.material.signing
    with pytest.raises(Sealed):
        Es256(caller, TENANT).sign(b"x", "x")
    with pytest.raises(Sealed):
        caller.active(TENANT, DataClass.TEKENEN)
    caller.close()


def test_a_key_that_somebody_smuggles_into_the_store_is_not_published(ring: Keyring) -> None:
    """Whoever can write the key store must not be able to sign tokens with a key of his own."""
    own = ec.generate_private_key(ec.SECP256R1())
    with ring.database.write() as connection:
        row = connection.execute(select(SIGNING).where(SIGNING.c.purpose == "token")).first()
        assert row
        forged = {**row._mapping, "public": public_bytes(own), "state": "decrypt-only"}
        connection.execute(SIGNING.insert(), {**forged, "kid": thumbprint(jwk("ES256", public_bytes(own)))})
    published = {key["kid"] for key in token_keys(ring, row.tenant).jwks()["keys"]}
    assert published == {row.kid}
    with pytest.raises(SealBroken):
        ring.unseal(PASSPHRASE)


@pytest.mark.parametrize(
    "column", ["public", "kid", "algorithm", "wrapped", "commitment", "kek_version", "purpose"]
)
def test_an_altered_signing_key_keeps_the_keyring_shut(ring: Keyring, column: str) -> None:
    other = {"kek_version": 7, "algorithm": "Ed25519", "kid": "k", "purpose": "p"}.get(column, b"\4" * 65)
    here = (SIGNING.c.tenant == TENANT) & (SIGNING.c.purpose == "receipt")
    with ring.database.write() as connection:
        connection.execute(update(SIGNING).where(here).values({column: other}))
    with pytest.raises(SealBroken):
        ring.unseal(PASSPHRASE)


def test_an_unknown_municipality_has_no_public_key(ring: Keyring) -> None:
    with pytest.raises(NotFound):
        public_jwks(ring, "GM9999", "receipt")


def test_a_signing_key_that_changed_place_does_not_load(ring: Keyring) -> None:
    token, receipt = (ring.signing(TENANT, purpose).kid for purpose in ("token", "receipt"))
    with ring.database.write() as connection:
        connection.execute(SIGNING.delete().where(SIGNING.c.kid == token))
        connection.execute(update(SIGNING).where(SIGNING.c.kid == receipt).values(purpose="token"))
    with pytest.raises(SealBroken):
        ring.unseal(PASSPHRASE)
