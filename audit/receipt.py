"""Receipts: a proof that one entry is in the log, checked offline with nothing but a verifier key.

The format is c2sp.org/tlog-proof: index, inclusion path, checkpoint. The ``extra`` line carries the entry itself,
so that whoever keeps a receipt can read what was promised to be written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.contracts import Verifier
from audit.entry import MAX_ENTRY
from audit.note import VerifierKey, decode64, encode64
from audit.tree import leaf_hash, verify_inclusion
from schemas.errors import LogBroken

HEADER = "c2sp.org/tlog-proof@v1"
MAX_RECEIPT = 128 * 1024
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_EXTRA = "extra "


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry, its place, the path to the root and the signed checkpoint over that root."""

    entry: bytes
    index: int
    proof: Sequence[bytes]
    note: str

    @property
    def leaf(self) -> bytes:
        """Leaf hash of the entry."""
        return leaf_hash(self.entry)

    def __str__(self) -> str:
        lines = [HEADER, _EXTRA + encode64(self.entry), f"index {self.index}", *map(encode64, self.proof)]
        return "\n".join(lines) + f"\n\n{self.note}"


def parse(data: bytes) -> Receipt:
    """Read a receipt in its one canonical spelling.

    Raises:
        LogBroken: when it is anything else.
    """
    try:
        top, gap, note = data.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise LogBroken("Het bewijs is geen UTF-8") from None
    lines = top.split("\n")
    if len(data) > MAX_RECEIPT or not gap or len(lines) < len(("header", "extra", "index")):
        raise LogBroken("Het bewijs heeft een verkeerde vorm")
    header, extra, place, *path = lines
    index = _INDEX.fullmatch(place)
    if header != HEADER or not extra.startswith(_EXTRA) or index is None:
        raise LogBroken("Het bewijs heeft een verkeerde vorm")
    entry = decode64(extra.removeprefix(_EXTRA))
    if len(entry) > MAX_ENTRY:
        raise LogBroken("De logregel in het bewijs is te lang")
    return Receipt(entry, int(index[1]), [decode64(line) for line in path], note)


def check(receipt: Receipt, key: VerifierKey, verifier: Verifier) -> Checkpoint:
    """Check a receipt offline and give the checkpoint it hangs on.

    Raises:
        LogBroken: when the checkpoint is not signed by ``key`` or does not contain the entry at this index.
    """
    point = open_checkpoint(receipt.note.encode(), key, verifier)
    verify_inclusion(receipt.index, point.size, receipt.leaf, receipt.proof, point.root)
    return point
