"""Merkle tree hashing by RFC 6962 section 2.1 (same as RFC 9162), pure: bytes in, bytes out.

A growing tree is remembered as its *edge*: the roots of the complete subtrees that make up its size, largest
first, one for every bit that is set in the size. Proofs are made from any source of complete subtree roots
(:data:`NodeAt`), so that the same code serves the database, an export and the tests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from schemas.errors import LogBroken

HASH_SIZE = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = sha256(b"").digest()

NodeAt = Callable[[int, int], bytes]
"""``(height, n)`` gives the root of the complete subtree over leaves ``[n << height, (n + 1) << height)``."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def pair_up(nodes: Sequence[bytes]) -> list[bytes]:
    """Hash neighbours of one height to the next height; an odd last node is left out."""
    return [
        sha256(b"\x01" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=False)
    ]


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree after new leaves: its edge, and per tile level the subtree roots that became complete.

    ``levels[k]`` holds the new roots of complete subtrees of height ``8 * k``, in order; ``levels[0]`` are the
    new leaves themselves.
    """

    size: int
    edge: tuple[bytes, ...]
    levels: tuple[Sequence[bytes], ...]


def grow(size: int, edge: Sequence[bytes], leaves: Sequence[bytes]) -> Growth:
    """Append ``leaves`` to a tree of ``size`` leaves; work and memory are linear in the new leaves only."""
    old, new, levels = list(edge), [], []
    nodes, start, height = list(leaves), size, 0
    while nodes or start:
        if height % TILE_HEIGHT == 0 and nodes:
            levels.append(tuple(nodes))
        if start & 1:
            nodes.insert(0, old.pop())
        if len(nodes) & 1:
            new.append(nodes.pop())
        nodes, start, height = pair_up(nodes), start >> 1, height + 1
    return Growth(size + len(leaves), tuple(reversed(new)), tuple(levels))


def root_of(edge: Sequence[bytes]) -> bytes:
    """Root of the tree that ``edge`` describes."""
    if not edge:
        return EMPTY_ROOT
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root


def _split(width: int) -> int:
    """Largest power of two smaller than ``width``."""
    return 1 << (width - 1).bit_length() - 1


def range_root(low: int, high: int, node_at: NodeAt) -> bytes:
    """Merkle tree hash of the leaves ``[low, high)``, where ``low`` is aligned as RFC 6962 splits."""
    width = high - low
    if width & (width - 1) == 0:
        return node_at(width.bit_length() - 1, low // width)
    middle = low + _split(width)
    return node_hash(range_root(low, middle, node_at), range_root(middle, high, node_at))


def inclusion_proof(index: int, size: int, node_at: NodeAt) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, from the leaf's sibling up to the root's child."""
    if not 0 <= index < size:
        raise LogBroken(f"Logregel {index} staat niet in een logboek van {size} regels")
    low, high, proof = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(range_root(middle, high, node_at))
            high = middle
        else:
            proof.append(range_root(low, middle, node_at))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, node_at: NodeAt) -> list[bytes]:
    """PROOF(old, D[size]) of RFC 6962 section 2.1.2; empty when ``old`` equals ``size``."""
    if not 0 < old <= size:
        raise LogBroken(f"Geen bewijs mogelijk van {old} naar {size} regels")
    low, high, whole, proof = 0, size, True, []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(range_root(middle, high, node_at))
            high = middle
        else:
            proof.append(range_root(low, middle, node_at))
            low, whole = middle, False
    if not whole:
        proof.append(range_root(low, high, node_at))
    return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check an inclusion proof by RFC 9162 section 2.1.3.2.

    Raises:
        LogBroken: when the proof does not lead from ``leaf`` at ``index`` to ``root``.
    """
    if not 0 <= index < size or not _sized((leaf, *proof, root)):
        raise LogBroken(f"Het bewijs voor logregel {index} heeft een verkeerde vorm")
    node, last, running = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise LogBroken(f"Het bewijs voor logregel {index} is te lang")
        if node & 1 or node == last:
            running = node_hash(sibling, running)
            node, last = _climb(node, last)
        else:
            running = node_hash(running, sibling)
        node, last = node >> 1, last >> 1
    if last or running != root:
        raise LogBroken(f"Logregel {index} staat niet in dit logboek: het bewijs komt niet op de wortel uit")


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Check a consistency proof by RFC 9162 section 2.1.4.2: the old tree is a prefix of the new one.

    Raises:
        LogBroken: when it is not, or when the proof has a wrong shape; ``old`` 0 has no proof (RFC 6962).
    """
    if not 0 < old <= size or not _sized((*proof, old_root, root)) or (old == size) != (not proof):
        raise LogBroken(f"Het bewijs van {old} naar {size} regels heeft een verkeerde vorm")
    path = [old_root, *proof] if old == size or old & (old - 1) == 0 else list(proof)
    node, last = (0, 0) if old == size else _to_odd(old - 1, size - 1)
    was = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise LogBroken(f"Het bewijs van {old} naar {size} regels is te lang")
        if node & 1 or node == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            node, last = _climb(node, last)
        else:
            now = node_hash(now, sibling)
        node, last = node >> 1, last >> 1
    if last or was != old_root or now != root:
        raise LogBroken(f"Het logboek van {size} regels is geen voortzetting van dat van {old} regels")


def _sized(hashes: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in hashes)


def _to_odd(node: int, last: int) -> tuple[int, int]:
    while node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _climb(node: int, last: int) -> tuple[int, int]:
    """Skip the heights where a last node has no sibling."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last
