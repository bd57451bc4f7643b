"""A second verifier, written from the standards alone and sharing no line with the product.

RFC 6962 section 2.1 by its recursive definition, c2sp.org/signed-note, tlog-checkpoint and tlog-tiles as an
outsider would read them. Both verifiers must agree on every log, sound or altered.
"""

import base64
import hashlib
from pathlib import Path
from random import Random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.verify import verify
from schemas.errors import LogBroken
from tests.support.audit import Ed25519, export_log, verify_ed25519

VKEY = str(Ed25519().vkey)


class NotProved(Exception):
    """The outsider does not believe this log."""


def mth(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = 2 ** ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def tile_name(n: int) -> str:
    digits = f"{n:0{-(-len(str(n)) // 3) * 3}d}"
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join(["x" + group for group in groups[:-1]] + groups[-1:])


def fetch(folder: Path, level: str, n: int, width: int) -> bytes:
    name = tile_name(n) + ("" if width == 256 else f".p/{width}")
    try:
        return (folder / "tile" / level / name).read_bytes()
    except OSError:
        raise NotProved(name) from None


def signed_head(folder: Path, vkey: str) -> tuple[str, int, bytes]:
    name, wanted_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    if hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != wanted_id:
        raise NotProved("key")
    text, _, signatures = (folder / "checkpoint").read_bytes().rpartition(b"\n\n")
    text += b"\n"
    for line in signatures.split(b"\n")[:-1]:
        mark, of, signature = line.split(b" ")
        raw = base64.b64decode(signature)
        if mark != "—".encode() or base64.b64encode(raw) != signature:
            raise NotProved("signature line")
        if of == name.encode() and raw[:4].hex() == wanted_id:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text)
            origin, size, root, end = text.decode().split("\n")
            if end or base64.b64encode(base64.b64decode(root)).decode() != root or str(int(size)) != size:
                raise NotProved("checkpoint")
            return origin, int(size), base64.b64decode(root)
    raise NotProved("no signature")


def outsider(folder: Path, vkey: str) -> int:
    """Believe the log or raise; gives its size."""
    try:
        _, size, root = signed_head(folder, vkey)
    except (InvalidSignature, ValueError) as reason:
        raise NotProved("checkpoint") from reason
    leaves: list[bytes] = []
    for n in range(-(-size // 256)):
        bundle = fetch(folder, "entries", n, min(256, size - 256 * n))
        while bundle:
            length = int.from_bytes(bundle[:2])
            entry, bundle = bundle[2 : 2 + length], bundle[2 + length :]
            if len(entry) != length:
                raise NotProved("bundle")
            leaves.append(hashlib.sha256(b"\x00" + entry).digest())
    if len(leaves) != size or mth(leaves) != root:
        raise NotProved("root")
    hashes, level = leaves, 0
    while hashes:
        for n in range(-(-len(hashes) // 256)):
            part = hashes[256 * n : 256 * (n + 1)]
            if fetch(folder, str(level), n, len(part)) != b"".join(part):
                raise NotProved("tile")
        hashes = [mth(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        level += 1
    return size


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 1000])
def test_a_verifier_that_we_did_not_write_agrees_on_sound_logs(tmp_path: Path, size: int) -> None:
    folder = export_log(tmp_path / "log", [size - 1] if size > 1 else [1])
    assert outsider(folder, VKEY) == verify(folder, verify_ed25519, VKEY).size == max(size, 2)


def test_both_verifiers_catch_the_same_alterations(tmp_path: Path) -> None:
    folder = export_log(tmp_path / "log", [270])
    files = sorted(one for one in folder.rglob("*") if one.is_file() and one.name != "vkey")
    dice = Random(6962)
    for _ in range(120):
        path = dice.choice(files)
        whole = path.read_bytes()
        at = dice.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << dice.randrange(8)]) + whole[at + 1 :])
        with pytest.raises(NotProved):
            outsider(folder, VKEY)
        with pytest.raises(LogBroken):
            verify(folder, verify_ed25519, VKEY)
        path.write_bytes(whole)
    assert outsider(folder, VKEY) == verify(folder, verify_ed25519, VKEY).size == 271


def test_both_verifiers_name_tiles_alike() -> None:
    assert tile_name(0) == "000"
    assert tile_name(999) == "999"
    assert tile_name(1000) == "x001/000"
    assert tile_name(1_234_067) == "x001/x234/067"
