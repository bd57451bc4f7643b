"""The proof of an erasure: nothing of it is left in the files, and a certificate that says so, signed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

import orjson

from audit.log import Appended
from gateway.installation import Installation
from gateway.services.retention.decisions import Decision
from gateway.store.change import Row
from keys.dekcache import HEADER
from keys.profiles import KEY_ID_BYTES
from keys.shred import Erasure
from schemas.errors import Broken
from schemas.moments import instant, local_day, millis
from schemas.retention import GROUNDS

TYPE: Final = "sluis-erasure+jwt"
"""The ``typ`` of a certificate (RFC 7515 section 4.1.9), so that no other signed text can be taken for one."""

_BLOCK: Final = 2**20
_SEALED: Final = re.compile(re.escape(HEADER) + rb"(.{%d})" % KEY_ID_BYTES, re.DOTALL)


class Certifier(Protocol):
    """Signs certificates as compact JWS."""

    def sign(self, payload: bytes, typ: str) -> str:
        """Sign with the municipality's key for receipts."""


@dataclass(frozen=True, slots=True)
class Shredded:
    """The keys that a run destroyed: how many, a digest over their ids, and when the last backup of them is gone."""

    count: int
    digest: str
    beyond_use_ms: int


def shredded(entries: list[Erasure], now: int, backup_days: int) -> Shredded:
    """Sum up the lines that a run left in the erasure journal."""
    ids = sorted(entry.key_id for entry in entries)
    last = max((entry.at_ms for entry in entries), default=now)
    beyond = millis(instant(last) + timedelta(days=backup_days))
    return Shredded(len(ids), sha256(b"".join(ids)).hexdigest(), beyond)


def insist_on_absence(house: Installation, entries: list[Erasure]) -> None:
    """Read the database back: no value that was sealed under a destroyed key stands in its files, in use or not.

    Raises:
        Broken: one still does (``niet_gewist``). Unavailable: somebody kept reading the old pages; run again.
    """
    gone = {entry.key_id for entry in entries}
    house.store.checkpoint()
    if _on_disk(house.store.files, gone):
        house.store.compact()
        if _on_disk(house.store.files, gone):
            raise Broken("Verzegelde gegevens stonden na het wissen nog op schijf", code="niet_gewist")


def _on_disk(files: tuple[Path, ...], gone: set[bytes]) -> bool:
    return any(key_id in gone for file in files for key_id in sealed_under(file))


def sealed_under(path: Path) -> Iterator[bytes]:
    """Give the ids of the keys under which anything in a file is sealed; read in blocks."""
    if not path.exists():
        return
    whole, rest = len(HEADER) + KEY_ID_BYTES, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            content = rest + block
            yield from (match[1] for match in _SEALED.finditer(content))
            rest = content[1 - whole :]


def payload(
    house: Installation,
    run: Row,
    decision: Decision,
    erased: Mapping[str, int],
    keys: Shredded,
    entry: Appended,
) -> bytes:
    """Write what a certificate says: counts and digests, never a person; canonical JSON."""
    content = {
        "iss": house.settings.log_origin,
        "jti": run["run_id"],
        "iat": house.now_ms() // 1000,
        "gemeente": run["tenant"],
        "grondslag": list(GROUNDS),
        "besluit": {"kenmerk": decision.reference, "termijnen": decision.terms.model_dump()},
        "gewist": dict(erased),
        "sleutels": {"aantal": keys.count, "sha256": keys.digest},
        "teruggelezen": {"rijen": 0, "sleutels": 0, "verzegelde_waarden": 0},
        "buiten_gebruik_op": local_day(instant(keys.beyond_use_ms)).isoformat(),
        "logboek": {"oorsprong": entry.origin, "regel": entry.index, "blad": entry.leaf.hex()},
        "blijft": "De regels van het logboek, tot het einde van hun eigen termijn.",
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
