"""Checkpoints (c2sp.org/tlog-checkpoint): origin, size and root of a log, as a signed note."""

import re
from dataclasses import dataclass

from audit.contracts import Signer, Verifier
from audit.note import VerifierKey, decode64, encode64, open_note, sign_note
from audit.tree import HASH_SIZE
from schemas.errors import LogBroken

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries the log ``origin`` had, and the root over them."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"


def origin_of(host: str, tenant: str, year: int) -> str:
    """Name of the log of one municipality and one year (decision 27)."""
    return f"{host}/audit/{tenant}/{year}"


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """Write a checkpoint as a signed note."""
    return sign_note(str(checkpoint), signer)


def parse(text: str) -> Checkpoint:
    """Read the text of a checkpoint.

    Extension lines are refused: nobody can audit them, and this log writes none.

    Raises:
        LogBroken: when it is not exactly origin, size and root in their canonical spelling.
    """
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines[_LINES] or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise LogBroken("Een controlepunt heeft een verkeerde vorm")
    checkpoint = Checkpoint(lines[0], int(lines[1]), decode64(lines[2]))
    if len(checkpoint.root) != HASH_SIZE:
        raise LogBroken("Een controlepunt heeft een wortel van verkeerde lengte")
    return checkpoint


def open_checkpoint(note: bytes, key: VerifierKey, verifier: Verifier) -> Checkpoint:
    """Read a checkpoint that ``key`` signed.

    Raises:
        LogBroken: when the signature does not hold or the text is no checkpoint.
    """
    return parse(open_note(note, key, verifier))
