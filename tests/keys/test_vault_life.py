"""Whatever operators and use cases do in whatever order: what was not erased opens, what was erased never does."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from keys.envelope import Context, Vault
from keys.rotation import destroy_version, rotate
from keys.shred import destroy, journal, replay
from schemas.errors import Conflict, KeyDestroyed, SealBroken, Sealed
from schemas.person import DataClass
from tests.support.keys import (
    NOW_MS,
    OTHER_TENANT,
    PASSPHRASE,
    TENANT,
    Monotonic,
    open_keyring,
    permit,
    reopened,
    subject,
)

TENANTS = st.sampled_from([TENANT, OTHER_TENANT])
CLASSES = st.sampled_from([DataClass.CONTACT, DataClass.FINANCIEN])
PEOPLE = st.integers(0, 3).map(subject)
CELLS = st.tuples(
    st.sampled_from(["signal", "case"]), st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"])
)
Kept = tuple[Context, bytes, bytes]


class LifeOfAVault(RuleBasedStateMachine):
    """A key store with its model: what must open, and what must be gone for ever."""

    @initialize()
    def found(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.clock = Monotonic()
        self.ring = open_keyring(self.home, clock=self.clock)
        self.vault = Vault(self.ring)
        self.alive: list[Kept] = []
        self.gone: list[Kept] = []
        self.backup: Path | None = None

    def teardown(self) -> None:
        if hasattr(self, "ring"):
            self.ring.close()
            self.folder.cleanup()

    @rule(tenant=TENANTS, cell=CELLS, who=PEOPLE, kind=CLASSES, plaintext=st.binary(max_size=70))
    def seal(
        self, tenant: str, cell: tuple[str, str, str], who: str, kind: DataClass, plaintext: bytes
    ) -> None:
        place = Context(tenant, *cell, who, kind)
        key = self.vault.key_for(tenant, who, kind)
        self.alive.append((place, plaintext, self.vault.seal(key, place, plaintext)))

    @rule(data=st.data())
    def put_a_value_in_the_place_of_another(self, data: st.DataObject) -> None:
        if len(self.alive) < 2:
            return
        (here, _, _), (there, _, moved) = (data.draw(st.sampled_from(self.alive)) for _ in range(2))
        if here != there:
            with pytest.raises((SealBroken, KeyDestroyed)):
                self.vault.open(permit(moved), here, moved)

    @rule(tenant=TENANTS, who=PEOPLE, kinds=st.sets(CLASSES))
    def erase(self, tenant: str, who: str, kinds: set[DataClass]) -> None:
        destroy(self.ring, tenant, [who], kinds, ground="toets", now_ms=NOW_MS, backup_days=14)
        erased = [
            kept
            for kept in self.alive
            if kept[0].tenant == tenant and kept[0].subject == who and kept[0].data_class in kinds
        ]
        self.gone += erased
        self.alive = [kept for kept in self.alive if kept not in erased]

    @rule(tenant=TENANTS, kind=CLASSES, compromised=st.booleans())
    def renew(self, tenant: str, kind: DataClass, *, compromised: bool) -> None:
        version = rotate(self.ring, PASSPHRASE, tenant, kind, NOW_MS, compromised=compromised).version
        assert self.ring.active(tenant, kind).version == version
        destroy_version(self.ring, tenant, kind, version - 1, NOW_MS)
        with pytest.raises(Conflict):
            destroy_version(self.ring, tenant, kind, version, NOW_MS)

    @rule()
    def seal_the_ring_and_open_it_again(self) -> None:
        self.ring.seal()
        for place, _, sealed in self.alive[:1]:
            with pytest.raises(Sealed):
                self.vault.open(permit(sealed), place, sealed)
        self.ring.unseal(PASSPHRASE)

    @rule(seconds=st.floats(1, 400))
    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds

    @rule()
    def restart(self) -> None:
        self.ring.close()
        self.ring = reopened(self.home)
        self.vault = Vault(self.ring)

    @rule()
    def back_up(self) -> None:
        self.ring.database.checkpoint()
        self.backup = self.home / "backup"
        self.backup.mkdir(exist_ok=True)
        shutil.copy(self.home / "keys.db", self.backup)
        shutil.copy(self.home / "root.json", self.backup)

    @rule()
    def restore_a_copy_and_replay(self) -> None:
        """A restored store never opens what was erased since; it may lack what was made since."""
        if self.backup is None:
            return
        copy = self.home / "restored"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.backup, copy)
        restored = reopened(copy)
        replay(restored, journal(self.ring))
        for place, _, sealed in self.gone:
            with pytest.raises(KeyDestroyed):
                Vault(restored).open(permit(sealed), place, sealed)
        restored.close()

    @invariant()
    def what_was_not_erased_opens(self) -> None:
        if not hasattr(self, "ring"):
            return
        for place, plaintext, sealed in self.alive:
            assert self.vault.open(permit(sealed), place, sealed) == plaintext
        opened = self.vault.open_many(
            permit(*(sealed for _, _, sealed in self.alive)),
            [(place, sealed) for place, _, sealed in self.alive],
        )
        assert opened == [plaintext for _, plaintext, _ in self.alive]

    @invariant()
    def what_was_erased_never_opens(self) -> None:
        if not hasattr(self, "ring"):
            return
        for place, _, sealed in self.gone:
            with pytest.raises(KeyDestroyed):
                self.vault.open(permit(sealed), place, sealed)


TestLifeOfAVault = LifeOfAVault.TestCase
TestLifeOfAVault.settings = settings(max_examples=25, stateful_step_count=25)
