"""The primitives we lean on give the answers of their standards, and our own formats stay what they are."""

import hashlib
import hmac

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keys.dekcache import DataKey
from keys.envelope import Context, associated
from keys.framing import frame
from keys.material import derive
from keys.providers import KekContext
from keys.wrapping import commitment, open_kek, unwrap, wrap
from schemas.errors import SealBroken
from schemas.person import DataClass

# The GCM specification (McGrew and Viega, submission to NIST), appendix B, test cases 13 to 16: AES-256.
GCM = [
    ("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    (
        "00" * 32,
        "00" * 12,
        "00" * 16,
        "",
        "cea7403d4d606b6e074ec5d3baf39d18",
        "d0d1c8a799996bf0265b98b5d48ab919",
    ),
    (
        "feffe9928665731c6d6a8f9467308308" * 2,
        "cafebabefacedbaddecaf888",
        (
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
        ),
        "",
        (
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
        ),
        "b094dac5d93471bdec1a502270e3cc6c",
    ),
    (
        "feffe9928665731c6d6a8f9467308308" * 2,
        "cafebabefacedbaddecaf888",
        (
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        ),
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        (
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        ),
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
]


@pytest.mark.parametrize(("key", "nonce", "plain", "bound", "cipher", "tag"), GCM)
def test_aes_256_gcm_answers_as_the_standard(
    key: str, nonce: str, plain: str, bound: str, cipher: str, tag: str
) -> None:
    aead, iv, aad = AESGCM(bytes.fromhex(key)), bytes.fromhex(nonce), bytes.fromhex(bound)
    sealed = bytes.fromhex(cipher + tag)
    assert aead.encrypt(iv, bytes.fromhex(plain), aad) == sealed
    assert aead.decrypt(iv, sealed, aad) == bytes.fromhex(plain)
    with pytest.raises(InvalidTag):
        aead.decrypt(iv, sealed[:-1] + bytes([sealed[-1] ^ 1]), aad)


# RFC 4231, test cases 1, 2, 3, 4, 6 and 7: key, data, HMAC-SHA-256.
HMACS = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        (
            b"This is a test using a larger than block-size key and a larger than block-size data. "
            b"The key needs to be hashed before being used by the HMAC algorithm."
        ),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.mark.parametrize(("key", "data", "digest"), HMACS)
def test_hmac_sha_256_answers_as_rfc_4231(key: bytes, data: bytes, digest: str) -> None:
    mac = HMAC(key, SHA256())
    copied = mac.copy()
    copied.update(data)
    assert copied.finalize().hex() == digest == hmac.digest(key, data, "sha256").hex()


def test_an_hmac_context_outlives_the_key_it_was_made_from() -> None:
    key = bytearray(b"Jefe")
    mac = HMAC(key, SHA256())
    key[:] = bytes(4)
    mac.update(b"what do ya want for nothing?")
    assert mac.finalize().hex().startswith("5bdcc146")


def test_an_aead_outlives_the_key_it_was_made_from() -> None:
    key = bytearray(32)
    key[:] = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    aead = AESGCM(key)
    before = aead.encrypt(bytes(12), b"x", None)
    key[:] = bytes(32)
    assert aead.encrypt(bytes(12), b"x", None) == before != AESGCM(bytes(32)).encrypt(bytes(12), b"x", None)


# RFC 5869 appendix A, cases 1 to 3: ikm, salt, info, length, okm.
HKDFS = [
    (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(80)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        82,
        (
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        ),
    ),
    (
        "0b" * 22,
        "",
        "",
        42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


@pytest.mark.parametrize(("ikm", "salt", "info", "length", "okm"), HKDFS)
def test_hkdf_sha_256_answers_as_rfc_5869(ikm: str, salt: str, info: str, length: int, okm: str) -> None:
    derived = HKDF(SHA256(), length, bytes.fromhex(salt), bytes.fromhex(info)).derive(bytes.fromhex(ikm))
    assert derived.hex() == okm


def test_our_derivation_is_hkdf_without_salt() -> None:
    """RFC 5869 appendix A.3, the first 32 bytes."""
    assert derive(bytes.fromhex("0b" * 22), b"").hex() == HKDFS[2][4][:64]


def test_scrypt_answers_as_rfc_7914() -> None:
    """RFC 7914 section 12, second vector, the first 32 bytes (scrypt's output is a prefix of longer ones)."""
    derived = Scrypt(salt=b"NaCl", length=64, n=1024, r=8, p=16).derive(b"password")
    assert derived.hex() == (
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830da"
        "c727afb94a83ee6d8360cbdfa2cc0640"
    )


def test_the_frame_of_parts_is_length_before_bytes() -> None:
    assert frame("ab", b"", "é").hex() == "00000002" + "6162" + "00000000" + "00000002" + "c3a9"
    assert frame() == b""
    assert frame("ab", "c") != frame("a", "bc")


def test_the_associated_data_of_a_value_is_fixed_for_ever() -> None:
    place = Context("GM0637", "t", "c", "r", "s", DataClass.CONTACT, 1)
    parts = (b"GW\x01\x01", "GM0637", "t", "c", "contact", "1", "r", "s")
    assert associated(place) == frame(*parts)


def test_the_commitment_is_the_first_half_of_an_hmac() -> None:
    key = bytes(range(32))
    assert commitment(key) == hmac.new(key, b"gw-commit-v1", hashlib.sha256).digest()[:16]


def test_a_wrapped_key_is_gcm_under_the_class_key_and_bound_to_its_place() -> None:
    context = KekContext("GM0637", DataClass.CONTACT, b"k" * 16, 3)
    kek = open_kek(context, bytearray(range(32)))
    key, key_id = bytes(range(100, 132)), b"i" * 16
    wrapped = wrap(kek, key_id, "s", key)
    assert (len(wrapped), wrapped[:3]) == (63, b"GK\x01")
    bound = frame("sluis-dek", frame("sluis-kek", "GM0637", "contact", b"k" * 16, "3")) + key_id + b"s"
    assert AESGCM(bytes(range(32))).decrypt(wrapped[3:15], wrapped[15:], bound) == key
    assert unwrap(kek, key_id, "s", wrapped, commitment(key)) == key
    for moved_id, moved_to in ((b"j" * 16, "s"), (key_id, "t")):
        with pytest.raises(SealBroken):
            unwrap(kek, moved_id, moved_to, wrapped, commitment(key))


def test_a_key_that_is_not_the_committed_one_is_refused() -> None:
    """GCM does not commit to its key: a writer of rows who knows two keys must not choose between them."""
    kek = open_kek(KekContext("GM0637", DataClass.CONTACT, b"k" * 16, 1), bytearray(range(32)))
    wrapped = wrap(kek, b"i" * 16, "s", bytes(32))
    with pytest.raises(SealBroken):
        unwrap(kek, b"i" * 16, "s", wrapped, commitment(bytes(range(32))))


def test_opening_a_class_key_wipes_the_buffer_it_came_in() -> None:
    buffer = bytearray(range(32))
    open_kek(KekContext("GM0637", DataClass.CONTACT, b"k" * 16, 1), buffer)
    assert buffer == bytes(32)


def test_a_data_key_starts_its_values_with_format_suite_and_id() -> None:
    key = DataKey(("GM0637", "s", DataClass.CONTACT), b"i" * 16, AESGCM(bytes(32)))
    assert key.header == b"GW\x01\x01" + b"i" * 16
