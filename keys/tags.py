"""Search without names: truncated blind tags, and encrypted pointers that only the matching role can follow.

A tag is ``version | bits | value(4)``, where value is HMAC-SHA-256 over the framed parts, cut to
``floor(log2(expected / 8))`` bits: on average eight subjects share a tag, so a stolen index key confirms nobody.
Only composite parts belong here (surname sound with birth date, a phone number), never a single common field.

A pointer is ``version | version of the check | nonce(12) | ciphertext(24) | tag(16)`` over subject id (16 bytes) and
check (8 bytes), bound to tag and index. The check is an HMAC of the parts under a key of the class ``identiteit``:
it tells a real hit from a shared tag without opening any identity, and a thief of ``zoeken`` alone lacks it.
"""

import hmac
import os
from collections.abc import Iterable, Sequence
from math import floor, log2
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

from keys.framing import frame
from keys.hierarchy import CHECK, INDEX, POINTER
from keys.keyring import Keyring
from keys.profiles import CANDIDATES_PER_TAG, NONCE_BYTES, TAG_BYTES
from schemas.errors import Invalid, SealBroken

_CHECK_BYTES: Final = 8
_SUBJECT_BYTES: Final = 16
_NONCE_END: Final = 2 + NONCE_BYTES
_POINTER_BYTES: Final = _NONCE_END + _SUBJECT_BYTES + _CHECK_BYTES + TAG_BYTES
_MOST_BITS: Final = 32

Parts = Sequence[str]


class _Index(NamedTuple):
    """The open keys of one index."""

    tagging: HMAC
    pointing: AESGCM
    checking: HMAC
    bound: bytes
    tag_version: int
    versions: bytes


class TagBook:
    """Makes and follows tags for ``expected_records`` subjects per municipality.

    The number fixes the length of the tags: tags made for another number of bits do not meet each other, so a
    change of it needs new tags (the length stands in the second byte). Needs the classes ``zoeken`` and
    ``identiteit``; ``tag`` alone needs only ``zoeken``.
    """

    def __init__(self, keyring: Keyring, expected_records: int) -> None:
        self._keyring = keyring
        self.bits: Final = min(
            _MOST_BITS, max(1, floor(log2(max(expected_records, 16) / CANDIDATES_PER_TAG)))
        )

    def tag(self, tenant: str, index: str, parts: Parts) -> bytes:
        """The present tag of these parts (6 bytes)."""
        version = self._keyring.named(tenant, INDEX)
        return self._tag(self._keyring.mac(tenant, INDEX, version, index), version, frame(*parts))

    def search(self, tenant: str, index: str, parts: Parts) -> list[bytes]:
        """The tags to look for, newest first: during a renewal of the index key rows stand under both versions."""
        versions = self._keyring.versions(tenant, INDEX)
        framed = frame(*parts)
        return [
            self._tag(self._keyring.mac(tenant, INDEX, version, index), version, framed)
            for version in versions
        ]

    def pointer(self, tenant: str, index: str, tag: bytes, parts: Parts, subject: str) -> bytes:
        """The row pointer that belongs beside the tag (54 bytes)."""
        return _pointer(self._opened(tenant, index), tag, frame(*parts), _raw(subject))

    def resolve(self, tenant: str, index: str, tag: bytes, parts: Parts, pointer: bytes) -> str | None:
        """The subject behind a pointer, or None when it merely shares the tag.

        Raises:
            SealBroken: the pointer was altered or stands beside another tag.
        """
        return self.resolve_many(tenant, [(index, tag, parts, pointer)])[0]

    def tags_for(self, tenant: str, wanted: Iterable[tuple[str, Parts]]) -> list[bytes]:
        """Tags of many (index, parts), in order."""
        version = self._keyring.named(tenant, INDEX)
        macs: dict[str, HMAC] = {}
        tags = []
        for index, parts in wanted:
            mac = macs.get(index)
            if mac is None:
                mac = macs[index] = self._keyring.mac(tenant, INDEX, version, index)
            tags.append(self._tag(mac, version, frame(*parts)))
        return tags

    def entries_for(self, tenant: str, wanted: Iterable[tuple[str, Parts, str]]) -> list[tuple[bytes, bytes]]:
        """Tag and pointer of many (index, parts, subject), in order."""
        opened: dict[str, _Index] = {}
        entries = []
        for index, parts, subject in wanted:
            keys = opened.get(index)
            if keys is None:
                keys = opened[index] = self._opened(tenant, index)
            framed = frame(*parts)
            tag = self._tag(keys.tagging, keys.tag_version, framed)
            entries.append((tag, _pointer(keys, tag, framed, _raw(subject))))
        return entries

    def resolve_many(self, tenant: str, hits: Iterable[tuple[str, bytes, Parts, bytes]]) -> list[str | None]:
        """Follow many (index, tag, parts, pointer), in order; None for a false positive. Errors as ``resolve``."""
        opened: dict[tuple[str, bytes], tuple[AESGCM, HMAC]] = {}
        found = []
        for index, tag, parts, pointer in hits:
            place = _place(index, pointer)
            keys = opened.get(place)
            if keys is None:
                keys = opened[place] = self._following(tenant, index, *pointer[:2])
            found.append(_follow(keys, index.encode() + tag, frame(*parts), pointer))
        return found

    def owners(self, tenant: str, rows: Iterable[tuple[str, bytes, bytes]]) -> list[str]:
        """The subjects behind many (index, tag, pointer), in order; for subjects whose own parts no longer open.

        Errors as ``resolve``.
        """
        opened: dict[tuple[str, bytes], tuple[AESGCM, HMAC]] = {}
        found = []
        for index, tag, pointer in rows:
            place = _place(index, pointer)
            keys = opened.get(place)
            if keys is None:
                keys = opened[place] = self._following(tenant, index, *pointer[:2])
            inside = _inside(keys[0], index.encode() + tag, pointer)
            found.append(inside[:_SUBJECT_BYTES].hex())
        return found

    def _tag(self, mac: HMAC, version: int, framed: bytes) -> bytes:
        value = int.from_bytes(_digest(mac, framed)[:4], "big") >> (_MOST_BITS - self.bits)
        return bytes((version, self.bits)) + value.to_bytes(4, "big")

    def _opened(self, tenant: str, index: str) -> _Index:
        ring = self._keyring
        tagging, pointing, checking = (ring.named(tenant, name) for name in (INDEX, POINTER, CHECK))
        return _Index(
            ring.mac(tenant, INDEX, tagging, index),
            ring.cipher(tenant, POINTER, pointing, index),
            ring.mac(tenant, CHECK, checking, index),
            index.encode(),
            tagging,
            bytes((pointing, checking)),
        )

    def _following(self, tenant: str, index: str, pointing: int, checking: int) -> tuple[AESGCM, HMAC]:
        ring = self._keyring
        return ring.cipher(tenant, POINTER, pointing, index), ring.mac(tenant, CHECK, checking, index)


def _pointer(keys: _Index, tag: bytes, framed: bytes, subject: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    inside = subject + _digest(keys.checking, framed)[:_CHECK_BYTES]
    sealed = keys.pointing.encrypt(nonce, inside, keys.versions + keys.bound + tag)
    return b"".join((keys.versions, nonce, sealed))


def _follow(keys: tuple[AESGCM, HMAC], bound: bytes, framed: bytes, pointer: bytes) -> str | None:
    pointing, checking = keys
    inside = _inside(pointing, bound, pointer)
    check = _digest(checking, framed)[:_CHECK_BYTES]
    return inside[:_SUBJECT_BYTES].hex() if hmac.compare_digest(check, inside[_SUBJECT_BYTES:]) else None


def _place(index: str, pointer: bytes) -> tuple[str, bytes]:
    """What the keys of a pointer hang on: its index and its versions; ``SealBroken`` for another length."""
    if len(pointer) != _POINTER_BYTES:
        raise SealBroken
    return index, pointer[:2]


def _inside(pointing: AESGCM, bound: bytes, pointer: bytes) -> bytes:
    """Subject and check inside a pointer; ``SealBroken`` when it was altered."""
    try:
        return pointing.decrypt(pointer[2:_NONCE_END], pointer[_NONCE_END:], pointer[:2] + bound)
    except InvalidTag:
        raise SealBroken from None


def _digest(mac: HMAC, message: bytes) -> bytes:
    fresh = mac.copy()
    fresh.update(message)
    return fresh.finalize()


def _raw(subject: str) -> bytes:
    try:
        raw = bytes.fromhex(subject)
    except ValueError:
        raw = b""
    if len(raw) != _SUBJECT_BYTES:
        raise Invalid("Een onderwerp is een id van 32 hexadecimale tekens")
    return raw
