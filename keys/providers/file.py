"""A root key in a file of the home folder, wrapped under a passphrase: the choice for one machine.

The file (mode 0600) is JSON: format, scrypt costs, salt, and the wrapped root as ``nonce || ciphertext || tag``.
Costs and salt are bound as associated data, so nobody can lower them unseen.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keys.entropy import secret, wipe
from keys.framing import frame
from keys.profiles import KEY_BYTES, KEY_FILE_FORMAT, NONCE_BYTES, STANDARD, TAG_BYTES, ScryptProfile
from keys.providers import KekContext
from schemas.errors import Broken, SealBroken, Sealed

_WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES
_MOST_MEMORY = 2**30


class FileProvider:
    """Provider with the root in ``path``; starts sealed.

    Raises:
        Sealed: used before ``unseal``; code ``wachtwoord_onjuist`` for a wrong passphrase.
        Broken: the file is missing, or is not a key file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root: AESGCM | None = None

    @classmethod
    def create(cls, path: Path, passphrase: bytes | bytearray, profile: ScryptProfile = STANDARD) -> Self:
        """Make a new root and its file; the provider is open. Refuses to overwrite a file (FileExistsError)."""
        provider, root = cls(path), secret(KEY_BYTES)
        try:
            _write_new(path, _locked(root, passphrase, profile))
            provider._root = AESGCM(root)
        finally:
            wipe(root)
        return provider

    def unseal(self, passphrase: bytes | bytearray) -> None:
        """Open the root with the passphrase."""
        root = _unlocked(self._path, passphrase)
        self._root = AESGCM(root)
        wipe(root)

    def change_passphrase(self, old: bytes | bytearray, new: bytes | bytearray) -> None:
        """Lock the same root under another passphrase, at the standard costs; the file is replaced in one step."""
        root = _unlocked(self._path, old)
        try:
            fresh = self._path.with_name(self._path.name + ".nieuw")
            fresh.unlink(missing_ok=True)
            _write_new(fresh, _locked(root, new, STANDARD))
            fresh.replace(self._path)
        finally:
            wipe(root)

    def seal(self) -> None:
        """Drop the root; OpenSSL clears its key schedule when the last reference goes."""
        self._root = None

    def wrap(self, context: KekContext, key: bytes | bytearray) -> bytes:
        """``nonce || ciphertext || tag`` of the class key, bound to the context."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._opened().encrypt(nonce, key, context.canonical())

    def unwrap(self, context: KekContext, blob: bytes) -> bytearray:
        """The class key; ``SealBroken`` when the blob was altered or moved."""
        return _decrypt(self._opened(), blob, context.canonical())

    def rewrap(self, context: KekContext, blob: bytes) -> bytes:
        """The same class key under a fresh nonce."""
        key = self.unwrap(context, blob)
        try:
            return self.wrap(context, key)
        finally:
            wipe(key)

    def health(self) -> str:
        """``open`` or ``verzegeld``."""
        return "verzegeld" if self._root is None else "open"

    def _opened(self) -> AESGCM:
        if self._root is None:
            raise Sealed
        return self._root


def _locked(root: bytearray, passphrase: bytes | bytearray, profile: ScryptProfile) -> bytes:
    header = {"format": KEY_FILE_FORMAT, "kdf": "scrypt", "n": profile.n, "r": profile.r, "p": profile.p}
    header["salt"] = base64.b64encode(os.urandom(16)).decode()
    nonce = os.urandom(NONCE_BYTES)
    wrapped = nonce + _stretch(header, passphrase).encrypt(nonce, root, _bound(header))
    return json.dumps({**header, "wrapped": base64.b64encode(wrapped).decode()}, indent=1).encode() + b"\n"


def _unlocked(path: Path, passphrase: bytes | bytearray) -> bytearray:
    header = _read(path)
    wrapped = _base64(header.pop("wrapped"))
    try:
        return _decrypt(_stretch(header, passphrase), wrapped, _bound(header))
    except SealBroken:
        raise Sealed("Het wachtwoord is onjuist", code="wachtwoord_onjuist") from None


def _read(path: Path) -> dict[str, Any]:
    """The key file, checked as far as possible without the passphrase."""
    try:
        content = json.loads(path.read_bytes())
        numbers = [content["n"], content["r"], content["p"], content["format"]]
        fits = all(type(number) is int and number > 0 for number in numbers)
        fits = fits and content["kdf"] == "scrypt" and content["format"] == KEY_FILE_FORMAT
        fits = fits and 128 * content["n"] * content["r"] <= _MOST_MEMORY
        _base64(content["salt"])
        fits = fits and len(_base64(content["wrapped"])) == _WRAPPED_BYTES
    except (OSError, ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise Broken("Het sleutelbestand ontbreekt of is beschadigd", code="sleutelbestand_onleesbaar")
    return {name: content[name] for name in ("format", "kdf", "n", "r", "p", "salt", "wrapped")}


def _stretch(header: dict[str, Any], passphrase: bytes | bytearray) -> AESGCM:
    try:
        kdf = Scrypt(_base64(header["salt"]), KEY_BYTES, header["n"], header["r"], header["p"])
    except ValueError:
        raise Broken("Het sleutelbestand is beschadigd", code="sleutelbestand_onleesbaar") from None
    stretched = bytearray(KEY_BYTES)
    kdf.derive_into(passphrase, stretched)
    opened = AESGCM(stretched)
    wipe(stretched)
    return opened


def _bound(header: dict[str, Any]) -> bytes:
    return frame("sluis-root", *(str(header[name]) for name in ("format", "kdf", "n", "r", "p", "salt")))


def _decrypt(aead: AESGCM, blob: bytes, bound: bytes) -> bytearray:
    key = bytearray(KEY_BYTES)
    if len(blob) != _WRAPPED_BYTES:
        raise SealBroken
    try:
        aead.decrypt_into(blob[:NONCE_BYTES], blob[NONCE_BYTES:], bound, key)
    except InvalidTag:
        raise SealBroken from None
    return key


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
