"""A stolen index confirms nobody, and a shared tag never becomes a wrong person."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.keyring import Keyring
from keys.rotation import renew_named
from keys.tags import TagBook
from schemas.errors import Invalid, SealBroken, Sealed
from schemas.person import DataClass
from tests.support.keys import OTHER_TENANT, PASSPHRASE, TENANT, open_keyring, reopened, subject

PARTS = ("jnsn", "1980-02-29")


@pytest.fixture
def book(ring: Keyring) -> TagBook:
    return TagBook(ring, 5_000)


@pytest.mark.parametrize(
    ("expected", "bits"),
    [(5_000, 9), (20_000, 11), (100_000, 13), (200_000, 14), (8, 1), (0, 1), (2**50, 32)],
)
def test_a_tag_is_as_long_as_eight_people_a_tag_allow(ring: Keyring, expected: int, bits: int) -> None:
    book = TagBook(ring, expected)
    tag = book.tag(TENANT, "naam", PARTS)
    assert (len(tag), tag[0], tag[1], book.bits) == (6, 1, bits, bits)
    assert int.from_bytes(tag[2:], "big") < 2**bits


def test_tags_are_filled_by_about_eight_people(book: TagBook) -> None:
    tags = book.tags_for(TENANT, [("telefoon", (f"+316{number:08}",)) for number in range(5_000)])
    # Keys are drawn anew: one tag in 17,000 stays empty by chance, so all but a few must be in use.
    assert 2**book.bits - 5 <= len(set(tags)) <= 2**book.bits
    assert max(tags.count(tag) for tag in set(tags)) < 30


def test_the_same_parts_give_the_same_tag_in_one_municipality_and_index_only(book: TagBook) -> None:
    wide = [(str(n), PARTS[1]) for n in range(40)]
    here = [book.tag(TENANT, "naam", parts) for parts in wide]
    assert here == [book.tag(TENANT, "naam", parts) for parts in wide]
    assert here != [book.tag(OTHER_TENANT, "naam", parts) for parts in wide]
    assert here != [book.tag(TENANT, "adres", parts) for parts in wide]
    assert here == book.tags_for(TENANT, [("naam", parts) for parts in wide])


def test_parts_are_not_glued_together(ring: Keyring) -> None:
    book = TagBook(ring, 2**40)
    assert book.tag(TENANT, "naam", ("ab", "c")) != book.tag(TENANT, "naam", ("a", "bc"))


def test_a_pointer_leads_to_its_subject(book: TagBook) -> None:
    tag = book.tag(TENANT, "naam", PARTS)
    pointer = book.pointer(TENANT, "naam", tag, PARTS, subject(7))
    assert book.resolve(TENANT, "naam", tag, PARTS, pointer) == subject(7)


def test_a_shared_tag_is_not_a_hit(book: TagBook) -> None:
    tag = book.tag(TENANT, "naam", PARTS)
    others = ((f"x{n}", PARTS[1]) for n in range(100_000))
    other = next(parts for parts in others if book.tag(TENANT, "naam", parts) == tag)
    pointer = book.pointer(TENANT, "naam", tag, other, subject(7))
    assert book.resolve(TENANT, "naam", tag, PARTS, pointer) is None
    assert book.resolve(TENANT, "naam", tag, other, pointer) == subject(7)


def test_many_entries_are_the_single_ones(book: TagBook) -> None:
    wanted = [(index, (f"p{n}", "x"), subject(n)) for n in range(20) for index in ("naam", "adres")]
    entries = book.entries_for(TENANT, wanted)
    assert [tag for tag, _ in entries] == [book.tag(TENANT, index, parts) for index, parts, _ in wanted]
    hits = [(index, tag, parts, ptr) for (index, parts, _), (tag, ptr) in zip(wanted, entries, strict=True)]
    assert book.resolve_many(TENANT, hits) == [who for _, _, who in wanted]


@given(position=st.integers(0, 53), bit=st.integers(0, 7))
def test_an_altered_pointer_is_refused(
    position: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    book = _shared(tmp_path_factory)
    tag = book.tag(TENANT, "naam", PARTS)
    pointer = bytearray(book.pointer(TENANT, "naam", tag, PARTS, subject(7)))
    assert len(pointer) == 54
    pointer[position] ^= 1 << bit
    with pytest.raises((SealBroken, Sealed)):
        book.resolve(TENANT, "naam", tag, PARTS, bytes(pointer))


_SHARED: list[TagBook] = []


def _shared(factory: pytest.TempPathFactory) -> TagBook:
    if not _SHARED:
        _SHARED.append(TagBook(open_keyring(factory.mktemp("tags")), 5_000))
    return _SHARED[0]


def test_a_pointer_beside_another_tag_or_index_is_refused(book: TagBook) -> None:
    tag = book.tag(TENANT, "naam", PARTS)
    pointer = book.pointer(TENANT, "naam", tag, PARTS, subject(7))
    for tenant, index, other in (
        (TENANT, "adres", tag),
        (TENANT, "naam", tag[:-1] + bytes([tag[-1] ^ 1])),
        (OTHER_TENANT, "naam", tag),
    ):
        with pytest.raises(SealBroken):
            book.resolve(tenant, index, other, PARTS, pointer)
    with pytest.raises(SealBroken):
        book.resolve(TENANT, "naam", tag, PARTS, pointer[:-1])


def test_two_pointers_to_one_person_look_unrelated(book: TagBook) -> None:
    tag = book.tag(TENANT, "naam", PARTS)
    one, two = (book.pointer(TENANT, "naam", tag, PARTS, subject(7)) for _ in range(2))
    assert one[2:14] != two[2:14]
    assert one[14:] != two[14:]


@pytest.mark.parametrize("wrong", ["", "abc", "g" * 32, "00" * 15, "00" * 17])
def test_a_pointer_is_made_for_a_subject_id_only(book: TagBook, wrong: str) -> None:
    tag = book.tag(TENANT, "naam", PARTS)
    with pytest.raises(Invalid):
        book.pointer(TENANT, "naam", tag, PARTS, wrong)


def test_a_thief_of_the_search_class_alone_can_confirm_nobody(book: TagBook, tmp_path: Path) -> None:
    tag = book.tag(TENANT, "naam", PARTS)
    pointer = book.pointer(TENANT, "naam", tag, PARTS, subject(7))
    thief = reopened(tmp_path, {DataClass.ZOEKEN})
    stolen = TagBook(thief, 5_000)
    assert stolen.tag(TENANT, "naam", PARTS) == tag
    with pytest.raises(Sealed):
        stolen.resolve(TENANT, "naam", tag, PARTS, pointer)
    thief.close()


def test_nothing_is_tagged_while_sealed(book: TagBook, ring: Keyring) -> None:
    book.tag(TENANT, "naam", PARTS)
    ring.seal()
    with pytest.raises(Sealed):
        book.tag(TENANT, "naam", PARTS)
    with pytest.raises(Sealed):
        book.entries_for(TENANT, [("naam", PARTS, subject(1))])


def test_during_a_renewal_rows_of_both_versions_are_found(book: TagBook, ring: Keyring) -> None:
    before = book.tag(TENANT, "naam", PARTS)
    pointer = book.pointer(TENANT, "naam", before, PARTS, subject(7))
    for name in ("@index", "@pointer", "@check"):
        assert renew_named(ring, PASSPHRASE, TENANT, name) == 2
    after = book.tag(TENANT, "naam", PARTS)
    assert (before[0], after[0]) == (1, 2)
    assert book.search(TENANT, "naam", PARTS) == [after, before]
    assert book.resolve(TENANT, "naam", before, PARTS, pointer) == subject(7)
    fresh = book.pointer(TENANT, "naam", after, PARTS, subject(7))
    assert fresh[:2] == b"\2\2"
    assert book.resolve(TENANT, "naam", after, PARTS, fresh) == subject(7)


def test_the_owner_of_a_tag_is_found_without_knowing_its_parts(book: TagBook) -> None:
    wanted = [("naam", ("jnsn", str(n)), subject(n)) for n in range(20)]
    rows = book.entries_for(TENANT, wanted)
    everything = [("naam", tag, pointer) for tag, pointer in rows]
    assert book.owners(TENANT, everything) == [subject(n) for n in range(20)]
    (index, tag, pointer), (_, other, _) = everything[:2]
    for altered in (("adres", tag, pointer), (index, other, pointer), (index, tag, pointer[:-1])):
        with pytest.raises(SealBroken):
            book.owners(TENANT, [altered])
