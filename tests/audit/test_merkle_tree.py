"""RFC 6962 hashing and proofs: the public reference tree, every size up to 300, every bit."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.layout import TILE_BYTES, node_reader, tiles_of
from audit.tree import (
    EMPTY_ROOT,
    NodeAt,
    consistency_proof,
    grow,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_root,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from schemas.errors import LogBroken

# Reference tree of certificate-transparency and transparency-dev/merkle (testonly/reference).
REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Published proofs over that tree: (index, size, path) with 0-based index, and (old, new, proof).
REFERENCE_INCLUSION = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
REFERENCE_CONSISTENCY = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH straight from the text of RFC 6962 section 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def numbered(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(size)]


def node_source(leaves: list[bytes]) -> NodeAt:
    def node_at(height: int, n: int) -> bytes:
        return naive_root(leaves[n << height : (n + 1) << height])

    return node_at


def test_the_empty_tree_has_the_published_root() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of(()) == EMPTY_ROOT


def test_reference_leaves_give_the_published_roots() -> None:
    size, edge = 0, ()
    for leaf, root in zip(REFERENCE_LEAVES, REFERENCE_ROOTS, strict=True):
        growth = grow(size, edge, [leaf_hash(leaf)])
        size, edge = growth.size, growth.edge
        assert root_of(edge).hex() == root


@pytest.mark.parametrize(("index", "size", "path"), REFERENCE_INCLUSION)
def test_reference_inclusion_proofs_are_made_and_accepted(index: int, size: int, path: list[str]) -> None:
    leaves = [leaf_hash(leaf) for leaf in REFERENCE_LEAVES]
    proof = inclusion_proof(index, size, node_source(leaves))
    assert [one.hex() for one in proof] == path
    verify_inclusion(index, size, leaves[index], proof, bytes.fromhex(REFERENCE_ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new", "path"), REFERENCE_CONSISTENCY)
def test_reference_consistency_proofs_are_made_and_accepted(old: int, new: int, path: list[str]) -> None:
    proof = consistency_proof(old, new, node_source([leaf_hash(leaf) for leaf in REFERENCE_LEAVES]))
    assert [one.hex() for one in proof] == path
    roots = [bytes.fromhex(root) for root in REFERENCE_ROOTS]
    verify_consistency(old, new, proof, roots[old - 1], roots[new - 1])


def test_consistency_holds_between_all_pairs_up_to_300() -> None:
    leaves = numbered(300)
    cache: dict[tuple[int, int], bytes] = {}

    def node_at(height: int, n: int) -> bytes:
        if height == 0:
            return leaves[n]
        if (height, n) not in cache:
            cache[height, n] = node_hash(node_at(height - 1, 2 * n), node_at(height - 1, 2 * n + 1))
        return cache[height, n]

    roots = [range_root(0, size, node_at) for size in range(1, 301)]
    assert roots[298] == naive_root(leaves[:299])
    for new in range(1, 301):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, node_at)
            verify_consistency(old, new, proof, roots[old - 1], roots[new - 1])


@given(st.data(), st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_an_inclusion_proof_holds_from_any_size_and_breaks_with_any_flipped_bit(
    data: st.DataObject, size: int
) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    root = naive_root(leaves)
    proof = inclusion_proof(index, size, node_source(leaves))
    verify_inclusion(index, size, leaves[index], proof, root)
    parts = [leaves[index], *proof, root]
    which, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[which] = (int.from_bytes(parts[which]) ^ 1 << bit).to_bytes(32)
    with pytest.raises(LogBroken):
        verify_inclusion(index, size, parts[0], parts[1:-1], parts[-1])


@given(st.data(), st.integers(2, 300))
@settings(max_examples=60, deadline=None)
def test_a_consistency_proof_breaks_with_any_flipped_bit(data: st.DataObject, size: int) -> None:
    leaves = numbered(size)
    old = data.draw(st.integers(1, size - 1))
    proof = consistency_proof(old, size, node_source(leaves))
    parts = [naive_root(leaves[:old]), *proof, naive_root(leaves)]
    which, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[which] = (int.from_bytes(parts[which]) ^ 1 << bit).to_bytes(32)
    with pytest.raises(LogBroken):
        verify_consistency(old, size, parts[1:-1], parts[0], parts[-1])


@given(st.data(), st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_a_proof_of_the_wrong_length_index_or_hash_size_is_refused(data: st.DataObject, size: int) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    root, proof = naive_root(leaves), inclusion_proof(index, size, node_source(leaves))
    wrong = [
        (index, size, [*proof, proof[-1] if proof else root]),
        (index, size, [*proof, root[:31]]),
        (-1, size, proof),
        (size, size, proof),
        *([(index, size, proof[:-1]), (index ^ 1, size, proof)] if proof else []),
    ]
    for number, count, path in wrong:
        with pytest.raises(LogBroken):
            verify_inclusion(number, count, leaves[index], path, root)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5), (0, 0)])
def test_no_consistency_is_claimed_from_nothing_or_from_the_future(old: int, new: int) -> None:
    with pytest.raises(LogBroken):
        consistency_proof(old, new, node_source(numbered(6)))
    with pytest.raises(LogBroken):
        verify_consistency(old, new, [], EMPTY_ROOT, EMPTY_ROOT)


def test_two_roots_of_one_size_are_a_fork() -> None:
    with pytest.raises(LogBroken):
        verify_consistency(3, 3, [], naive_root(numbered(3)), naive_root(numbered(3)[::-1]))
    with pytest.raises(LogBroken):
        verify_consistency(3, 3, [leaf_hash(b"")], naive_root(numbered(3)), naive_root(numbered(3)))


@given(st.lists(st.integers(0, 700), max_size=8))
@settings(max_examples=40, deadline=None)
def test_growing_in_batches_equals_hashing_everything_at_once(batches: list[int]) -> None:
    leaves = numbered(sum(batches))
    size, edge = 0, ()
    levels: dict[int, list[bytes]] = {}
    for batch in batches:
        growth = grow(size, edge, leaves[size : size + batch])
        size, edge = growth.size, growth.edge
        for level, nodes in enumerate(growth.levels):
            levels.setdefault(level, []).extend(nodes)
    assert size == len(leaves)
    assert root_of(edge) == naive_root(leaves)
    assert len(edge) == size.bit_count()
    assert levels.get(0, []) == leaves
    assert levels.get(1, []) == [naive_root(leaves[at : at + 256]) for at in range(0, size - 255, 256)]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 70_000])
def test_the_tiles_of_a_log_are_those_of_the_standard(size: int) -> None:
    tiles = list(tiles_of(size))
    for level in range(4):
        assert sum(width for where, _, width in tiles if where == level) == size >> 8 * level
    assert all(width == 256 for here, after in pairwise(tiles) for width in [here[2]] if here[0] == after[0])
    if size == 70_000:
        counts = [sum(1 for level, _, _ in tiles if level == wanted) for wanted in range(3)]
        assert counts == [274, 2, 1]
        assert tiles[-1] == (2, 0, 1)


def test_proofs_from_tiles_equal_proofs_from_leaves() -> None:
    leaves = numbered(66_000)
    levels = grow(0, (), leaves).levels
    packed = [b"".join(level) for level in levels]
    from_tiles = node_reader(lambda level, n: packed[level][n * TILE_BYTES : (n + 1) * TILE_BYTES])
    root = range_root(0, len(leaves), from_tiles)
    assert root == root_of(grow(0, (), leaves).edge)
    for index in (0, 255, 256, 65_535, 65_536, 65_999):
        proof = inclusion_proof(index, len(leaves), from_tiles)
        verify_inclusion(index, len(leaves), leaves[index], proof, root)


def test_a_missing_tile_is_named() -> None:
    node_at = node_reader(lambda _level, _n: b"")
    with pytest.raises(LogBroken, match="laag 0, blok 3"):
        node_at(0, 800)
