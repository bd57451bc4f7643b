"""Signed notes and verifier keys (c2sp.org/signed-note), read so strictly that every note has one spelling.

Base64 decoders accept stray bits at the end, which would make a signed checkpoint malleable; whatever is decoded
here is encoded again and compared.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from audit.contracts import Signer, Verifier
from schemas.errors import Broken, LogBroken

ED25519 = b"\x01"
KEY_SIZE = 32
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 32

_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def encode64(data: bytes) -> str:
    """Write standard base64 (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode64(text: str) -> bytes:
    """Read standard base64 in its one canonical spelling.

    Raises:
        LogBroken: for any other spelling.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise LogBroken("Ongeldige base64 in een ondertekende notitie") from None
    if encode64(data) != text:
        raise LogBroken("Base64 in een afwijkende spelling in een ondertekende notitie")
    return data


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named public key, written ``name+hash+base64(0x01 || key)``."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name, newline, 0x01, key)."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode64(ED25519 + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a verifier key.

        Raises:
            LogBroken: when it is malformed, of another type, or its hash does not fit.
        """
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = decode64(encoded)
        if not _NAME.fullmatch(name) or material[:1] != ED25519 or len(material) != KEY_SIZE + 1:
            raise LogBroken("De controlesleutel heeft een verkeerde vorm")
        key = cls(name, material[1:])
        if key.key_id.hex() != key_id:
            raise LogBroken("De controlesleutel is beschadigd: het kenmerk past niet")
        return key


def key_of(signer: Signer) -> VerifierKey:
    """Verifier key of a signer."""
    return VerifierKey(signer.name, signer.public_key)


def sign_note(text: str, signer: Signer) -> str:
    """Sign ``text``, which ends in a newline, with one key."""
    signature = key_of(signer).key_id + signer.sign(text.encode())
    return f"{text}\n— {signer.name} {encode64(signature)}\n"


def open_note(note: bytes, key: VerifierKey, verifier: Verifier) -> str:
    """Give the text of a note that ``key`` signed; signatures of unknown keys are ignored, as the standard asks.

    Raises:
        LogBroken: when the note is malformed, or no signature of ``key`` holds.
    """
    text, lines = _split(note)
    ours = [
        signature[4:]
        for name, signature in map(_signature, lines)
        if name == key.name and signature[:4] == key.key_id
    ]
    if not ours:
        raise LogBroken("Het controlepunt is niet met deze sleutel ondertekend")
    for signature in ours:
        try:
            verifier(key.public_key, text.encode(), signature)
        except Broken:
            raise LogBroken("De handtekening onder het controlepunt klopt niet") from None
    return text


def _split(note: bytes) -> tuple[str, list[str]]:
    try:
        content = note.decode("utf-8")
    except UnicodeDecodeError:
        raise LogBroken("Een ondertekende notitie is geen UTF-8") from None
    text, gap, signatures = content.rpartition("\n\n")
    lines = signatures.split("\n")
    if len(note) > MAX_NOTE or _CONTROL.search(content) or not gap or lines.pop() != "":
        raise LogBroken("Een ondertekende notitie heeft een verkeerde vorm")
    if not 0 < len(lines) <= MAX_SIGNATURES:
        raise LogBroken("Een ondertekende notitie heeft geen of te veel handtekeningen")
    return text + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise LogBroken("Een handtekeningregel heeft een verkeerde vorm")
    signature = decode64(match[2])
    if len(signature) <= len(b"key!"):
        raise LogBroken("Een handtekening is te kort")
    return match[1], signature
