"""A sealed value opens in its own place, against a permit, and nowhere else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from keys.dekcache import HEADER
from keys.envelope import Context, DataKey, Permit, Vault, associated, key_id_of
from keys.keyring import Keyring
from keys.profiles import PADDING_STEP
from keys.tables import DEK
from schemas.errors import Conflict, KeyDestroyed, NotFound, PermitRefused, SealBroken, Sealed
from schemas.person import DataClass
from tests.support.keys import OTHER_TENANT, TENANT, Monotonic, open_keyring, permit, reopened, subject

ANNA, BRAM = subject(1), subject(2)
PLACE = Context(TENANT, "gateway_signal", "contact", "row1", ANNA, DataClass.CONTACT)
SECRET = b"Jansen, 06-12345678"


def sealed_at(vault: Vault, context: Context, plaintext: bytes = SECRET) -> bytes:
    key = vault.key_for(context.tenant, context.subject, context.data_class)
    return vault.seal(key, context, plaintext)


MOVES = {
    "tenant": PLACE._replace(tenant=OTHER_TENANT),
    "table": PLACE._replace(table="gateway_case"),
    "column": PLACE._replace(column="identity"),
    "row": PLACE._replace(row="row2"),
    "subject": PLACE._replace(subject=BRAM),
    "class": PLACE._replace(data_class=DataClass.FINANCIEN),
    "schema": PLACE._replace(schema=2),
}


def test_a_value_opens_in_its_own_place(vault: Vault) -> None:
    sealed = sealed_at(vault, PLACE)
    assert vault.open(permit(sealed), PLACE, sealed) == SECRET


@pytest.mark.parametrize("elsewhere", MOVES.values(), ids=MOVES.keys())
def test_a_swapped_ciphertext_does_not_open(vault: Vault, elsewhere: Context) -> None:
    here, there = sealed_at(vault, PLACE), sealed_at(vault, elsewhere, b"other")
    for context, moved in ((elsewhere, here), (PLACE, there)):
        with pytest.raises(SealBroken):
            vault.open(permit(moved), context, moved)
        with pytest.raises(SealBroken):
            vault.open_many(permit(moved), [(context, moved)])


def test_every_single_flipped_bit_is_noticed(vault: Vault) -> None:
    sealed = sealed_at(vault, PLACE)
    for position in range(len(sealed)):
        broken = bytearray(sealed)
        broken[position] ^= 1
        with pytest.raises(SealBroken):
            vault.open(permit(bytes(broken)), PLACE, bytes(broken))


@pytest.mark.parametrize("keep", [0, 1, 3, 4, 19, 20, 31, 32, 47, 48, 111, -1])
def test_a_cut_value_is_refused(vault: Vault, keep: int) -> None:
    cut = sealed_at(vault, PLACE)[:keep]
    with pytest.raises(SealBroken):
        vault.open(permit(cut), PLACE, cut)


def test_an_unknown_format_or_suite_is_refused(vault: Vault) -> None:
    sealed = sealed_at(vault, PLACE)
    assert sealed[:4] == HEADER == b"GW\x01\x01"
    for header in (b"GX\x01\x01", b"GW\x00\x01", b"GW\x02\x01", b"GW\x01\x02", b"GW\x01\x00"):
        with pytest.raises(SealBroken):
            key_id_of(header + sealed[4:])


def test_nothing_opens_without_a_permit_that_names_it(vault: Vault) -> None:
    named, other = sealed_at(vault, PLACE), sealed_at(vault, PLACE, b"another")
    with pytest.raises(PermitRefused):
        vault.open(permit(named), PLACE, other)
    with pytest.raises(PermitRefused):
        vault.open(Permit(b"\0" * 32, 0, frozenset()), PLACE, named)
    with pytest.raises(PermitRefused):
        vault.open_many(permit(named), [(PLACE, named), (PLACE, other)])


def test_opening_many_keeps_the_order(vault: Vault) -> None:
    places = [PLACE._replace(subject=subject(n % 7), row=str(n)) for n in range(40)]
    values = [sealed_at(vault, place, f"value {n}".encode()) for n, place in enumerate(places)]
    opened = vault.open_many(permit(*values), list(zip(places, values, strict=True)))
    assert opened == [f"value {n}".encode() for n in range(40)]


def test_opening_many_says_when_a_key_is_gone(vault: Vault, ring: Keyring) -> None:
    sealed = sealed_at(vault, PLACE)
    with ring.database.write() as connection:
        connection.execute(DEK.delete().where(DEK.c.subject == ANNA))
    ring.deks.clear()
    with pytest.raises(KeyDestroyed):
        vault.open_many(permit(sealed), [(PLACE, sealed)])
    with pytest.raises(KeyDestroyed):
        vault.open(permit(sealed), PLACE, sealed)


def test_a_key_seals_only_for_its_own_subject_class_and_municipality(vault: Vault) -> None:
    key = vault.key_for(TENANT, ANNA, DataClass.CONTACT)
    for name in ("tenant", "subject", "class"):
        with pytest.raises(SealBroken):
            vault.seal(key, MOVES[name], SECRET)


def test_sealing_the_same_twice_shows_nothing(vault: Vault) -> None:
    assert sealed_at(vault, PLACE) != sealed_at(vault, PLACE)


@given(plaintext=st.binary(max_size=300))
@settings(max_examples=60)
def test_any_bytes_come_back_and_lengths_are_rounded_up(
    plaintext: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    vault = _shared(tmp_path_factory)
    sealed = sealed_at(vault, PLACE, plaintext)
    assert vault.open(permit(sealed), PLACE, sealed) == plaintext
    assert (len(sealed) - 48) % PADDING_STEP == 0
    assert len(sealed) - 48 > len(plaintext)


_SHARED: list[Vault] = []


def _shared(factory: pytest.TempPathFactory) -> Vault:
    if not _SHARED:
        _SHARED.append(Vault(open_keyring(factory.mktemp("shared"))))
    return _SHARED[0]


@given(
    one=st.tuples(*[st.text(max_size=4)] * 5, st.integers(0, 300)),
    other=st.tuples(*[st.text(max_size=4)] * 5, st.integers(0, 300)),
)
def test_two_places_never_share_their_associated_data(
    one: tuple[str, str, str, str, str, int], other: tuple[str, str, str, str, str, int]
) -> None:
    places = [Context(*parts[:5], DataClass.CONTACT, parts[5]) for parts in (one, other)]
    assert (associated(places[0]) == associated(places[1])) == (one == other)


def test_new_keys_come_in_order_and_are_stored(vault: Vault, ring: Keyring, tmp_path: Path) -> None:
    pairs = [(subject(n), kind) for n in range(50) for kind in (DataClass.IDENTITEIT, DataClass.CONTACT)]
    keys = vault.new_keys(TENANT, pairs)
    assert [key.place[1:] for key in keys] == pairs
    assert len({key.key_id for key in keys}) == len(pairs)
    elsewhere = reopened(tmp_path)
    found = Vault(elsewhere).keys_for(TENANT, pairs)
    assert [key.key_id for key in found] == [key.key_id for key in keys]
    elsewhere.close()


def test_no_new_keys_is_fine(vault: Vault) -> None:
    assert vault.new_keys(TENANT, []) == []


def test_a_second_first_key_is_a_conflict_and_makes_none(vault: Vault) -> None:
    vault.new_keys(TENANT, [(ANNA, DataClass.CONTACT)])
    with pytest.raises(Conflict):
        vault.new_keys(TENANT, [(BRAM, DataClass.CONTACT), (ANNA, DataClass.CONTACT)])
    vault.new_keys(TENANT, [(BRAM, DataClass.CONTACT)])


def test_keys_for_makes_only_what_is_missing(vault: Vault) -> None:
    first = vault.key_for(TENANT, ANNA, DataClass.CONTACT)
    both = vault.keys_for(TENANT, [(BRAM, DataClass.CONTACT), (ANNA, DataClass.CONTACT)] * 2)
    assert both[1].key_id == both[3].key_id == first.key_id
    assert both[0].key_id == both[2].key_id != first.key_id


def test_a_row_whose_wrapped_key_was_altered_does_not_open(vault: Vault, ring: Keyring) -> None:
    sealed = sealed_at(vault, PLACE)
    before = ring.database.select(DEK.select().where(DEK.c.subject == ANNA))[0].wrapped
    for wrapped in (before[:-1] + bytes([before[-1] ^ 1]), before[:-1], b"", b"GK\x02" + before[3:]):
        with ring.database.write() as connection:
            connection.execute(update(DEK).where(DEK.c.subject == ANNA).values(wrapped=wrapped))
        ring.deks.clear()
        with pytest.raises(SealBroken):
            vault.open(permit(sealed), PLACE, sealed)


@pytest.mark.parametrize("column", ["commitment", "key_id"])
def test_a_row_that_was_relabelled_does_not_open(vault: Vault, ring: Keyring, column: str) -> None:
    sealed = sealed_at(vault, PLACE)
    with ring.database.write() as connection:
        connection.execute(update(DEK).where(DEK.c.subject == ANNA).values({column: b"\1" * 16}))
    ring.deks.clear()
    with pytest.raises(SealBroken):
        vault.open(permit(sealed), PLACE, sealed)


def test_two_rows_of_the_key_store_cannot_be_swapped(vault: Vault, ring: Keyring) -> None:
    sealed = sealed_at(vault, PLACE)
    vault.key_for(TENANT, BRAM, DataClass.CONTACT)
    bram = ring.database.select(DEK.select().where(DEK.c.subject == BRAM))[0]
    columns = {"wrapped": bram.wrapped, "commitment": bram.commitment, "key_id": bram.key_id}
    with ring.database.write() as connection:
        connection.execute(update(DEK).where(DEK.c.subject == ANNA).values(columns))
    ring.deks.clear()
    with pytest.raises(SealBroken):
        vault.open(permit(sealed), PLACE, sealed)


def test_a_role_without_a_class_cannot_open_it(vault: Vault, tmp_path: Path) -> None:
    arrear = PLACE._replace(data_class=DataClass.FINANCIEN)
    money, phone = sealed_at(vault, arrear), sealed_at(vault, PLACE)
    caller = reopened(tmp_path, {DataClass.CONTACT, DataClass.PSEUDONIEM})
    poor = Vault(caller)
    assert poor.open(permit(phone), PLACE, phone) == SECRET
    for attempt in (
        lambda: poor.open(permit(money), arrear, money),
        lambda: poor.open_many(permit(money), [(arrear, money)]),
        lambda: poor.key_for(TENANT, BRAM, DataClass.FINANCIEN),
        lambda: poor.new_keys(TENANT, [(BRAM, DataClass.FINANCIEN)]),
    ):
        with pytest.raises(Sealed) as refused:
            attempt()
        assert refused.value.code == "klasse_niet_geladen"
    caller.close()


def test_sealed_means_nothing_works(vault: Vault, ring: Keyring) -> None:
    sealed = sealed_at(vault, PLACE)
    ring.seal()
    with pytest.raises(Sealed):
        vault.open(permit(sealed), PLACE, sealed)
    with pytest.raises(Sealed):
        vault.key_for(TENANT, ANNA, DataClass.CONTACT)


def test_an_unknown_municipality_has_no_keys(vault: Vault) -> None:
    with pytest.raises(NotFound):
        vault.key_for("GM9999", ANNA, DataClass.CONTACT)


def test_log_details_open_without_a_permit_and_nothing_else_does(vault: Vault) -> None:
    sealed = sealed_at(vault, PLACE)
    with pytest.raises(PermitRefused):
        vault.open_detail(PLACE, sealed)


def test_a_data_key_does_not_print_itself(vault: Vault) -> None:
    key = vault.key_for(TENANT, ANNA, DataClass.CONTACT)
    assert isinstance(key, DataKey)
    assert ANNA not in repr(key)


def test_a_cached_key_is_forgotten_after_five_minutes(vault: Vault, ring: Keyring, clock: Monotonic) -> None:
    sealed = sealed_at(vault, PLACE)
    with ring.database.write() as connection:
        connection.execute(DEK.delete())
    clock.seconds = 299.0
    assert vault.open(permit(sealed), PLACE, sealed) == SECRET
    clock.seconds = 301.0
    with pytest.raises(KeyDestroyed):
        vault.open(permit(sealed), PLACE, sealed)


def test_the_cache_holds_no_more_than_a_thousand_people(vault: Vault, ring: Keyring) -> None:
    vault.keys_for(TENANT, [(subject(n), DataClass.CONTACT) for n in range(1200)])
    for n in range(1200):
        vault.key_for(TENANT, subject(n), DataClass.CONTACT)
    assert len(ring.deks) == 1000


def test_many_threads_open_at_once(vault: Vault, ring: Keyring) -> None:
    places = [PLACE._replace(subject=subject(n)) for n in range(200)]
    values = [sealed_at(vault, place, str(n).encode()) for n, place in enumerate(places)]
    ring.deks.clear()
    allowed = permit(*values)

    def read(n: int) -> bytes:
        return vault.open(allowed, places[n % 200], values[n % 200])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(read, range(2000)))
    assert answers == [str(n % 200).encode() for n in range(2000)]


def test_threads_that_want_the_same_first_key_get_the_same(vault: Vault) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda n: vault.key_for(TENANT, subject(n % 5), DataClass.CONTACT), range(80)))
    assert len({key.key_id for key in keys}) == 5
