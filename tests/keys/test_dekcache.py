"""A process holds few people's keys, and not for long."""

import contextlib
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.dekcache import DataKey, DekCache, Place
from keys.envelope import Context, Vault
from keys.keyring import Keyring
from keys.tags import TagBook
from schemas.errors import Sealed
from schemas.person import DataClass
from tests.support.keys import PASSPHRASE, TENANT, Monotonic, permit, subject


def place(number: int) -> Place:
    return (TENANT, subject(number), DataClass.CONTACT)


def key(number: int) -> DataKey:
    return DataKey(place(number), number.to_bytes(16, "big"), AESGCM(bytes(32)))


@pytest.fixture
def cache(clock: Monotonic) -> DekCache:
    return DekCache(clock, size=3, seconds=10.0)


def test_the_key_used_longest_ago_goes_first(cache: DekCache) -> None:
    for number in (1, 2, 3):
        cache.put(key(number), cache.drops)
    assert cache.get(place(1))
    cache.put(key(4), cache.drops)
    assert [bool(cache.get(place(number))) for number in (1, 2, 3, 4)] == [True, False, True, True]


def test_a_key_that_is_put_again_is_kept_once_and_lives_anew(cache: DekCache, clock: Monotonic) -> None:
    cache.put(key(1), cache.drops)
    clock.seconds = 9.0
    cache.put(key(1), cache.drops)
    clock.seconds = 18.9
    assert cache.get(place(1))
    assert len(cache) == 1


def test_use_does_not_lengthen_a_life(cache: DekCache, clock: Monotonic) -> None:
    cache.put(key(1), cache.drops)
    for second in (4.0, 8.0, 9.9):
        clock.seconds = second
        assert cache.get(place(1))
    clock.seconds = 10.0
    assert cache.get(place(1)) is None
    assert len(cache) == 0


def test_dropping_forgets_the_named_only(cache: DekCache) -> None:
    for number in (1, 2):
        cache.put(key(number), cache.drops)
    cache.drop([place(1), place(9)])
    assert cache.get(place(1)) is None
    assert cache.get(place(2))
    cache.clear()
    assert len(cache) == 0


def test_a_key_that_is_destroyed_while_somebody_reads_it_is_not_kept(cache: DekCache) -> None:
    seen_by_the_reader = cache.drops
    cache.drop([place(1)])
    cache.put(key(1), seen_by_the_reader)
    assert cache.get(place(1)) is None
    cache.put(key(1), cache.drops)
    assert cache.get(place(1))


def test_a_key_that_left_the_cache_is_freed(cache: DekCache) -> None:
    class Watched(DataKey):
        __slots__ = ("__weakref__",)

    watched = Watched(place(1), bytes(16), AESGCM(bytes(32)))
    alive = weakref.ref(watched)
    cache.put(watched, cache.drops)
    del watched
    for number in (2, 3, 4):
        cache.put(key(number), cache.drops)
    gc.collect()
    assert alive() is None


def test_the_cache_stays_within_its_size_under_many_threads(clock: Monotonic) -> None:
    cache = DekCache(clock, size=50, seconds=10.0)

    def use(number: int) -> bool:
        cache.put(key(number), cache.drops)
        found = cache.get(place(number))
        cache.drop([place(number // 2)])
        return found is None or found.place == place(number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(2_000)))
    assert len(cache) <= 50


def test_sealing_while_others_tag_never_makes_a_wrong_tag(ring: Keyring) -> None:
    """A key that is wiped under a running thread must not turn into a key of zeroes."""
    book = TagBook(ring, 2**40)
    right = book.tag(TENANT, "telefoon", ("+31612345678",))

    def tagged(_: int) -> set[bytes]:
        found = set()
        for _ in range(3_000):
            with contextlib.suppress(Sealed):
                found.add(book.tag(TENANT, "telefoon", ("+31612345678",)))
        return found

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(tagged, number) for number in range(4)]
        while not all(worker.done() for worker in workers):
            ring.seal()
            ring.unseal(PASSPHRASE)
    assert set().union(*(worker.result() for worker in workers)) == {right}


def test_opening_again_does_not_disturb_who_is_at_work(ring: Keyring, vault: Vault) -> None:
    place = Context(TENANT, "gateway_signal", "contact", "1", subject(1), DataClass.CONTACT)
    sealed = vault.seal(vault.key_for(TENANT, subject(1), DataClass.CONTACT), place, b"x")
    allowed = permit(sealed)

    def opened(_: int) -> set[bytes]:
        return {vault.open(allowed, place, sealed) for _ in range(3_000)}

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(opened, number) for number in range(4)]
        while not all(worker.done() for worker in workers):
            ring.unseal(PASSPHRASE)
    assert [worker.result() for worker in workers] == [{b"x"}] * 4
