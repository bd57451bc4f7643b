"""Use case: the keys open. The log is looked at, erased people stay erased, what nobody can read is set apart.

What runs here runs at every start, so it is quick whatever has grown: the end of the log, the newest signals, and, when
something is or was wrong, one pass over the ids of the keys that sealed the signals.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.exc import DatabaseError

from audit.check import ending
from audit.entry import Event
from audit.note import VerifierKey
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import erasure, restored, signals
from gateway.store.change import Change, Write
from keys.dekcache import HEADER
from keys.inventory import missing
from keys.keyring import Keyring
from keys.profiles import KEY_ID_BYTES
from keys.shred import journal, replay
from keys.signing import Ed25519
from keys.verification import verify_ed25519
from schemas.audit import Act
from schemas.errors import Conflict, LogBroken, Unavailable
from schemas.ids import Tenant
from schemas.principal import Principal

_RUNBOOK: Final = "docs/runbook/log-does-not-verify.md"
_PURPOSE: Final = "beheren"
_RETURNED: Final = "teruggekomen"
_HEAD: Final = len(HEADER) + KEY_ID_BYTES
_NEWEST: Final = 100
"""So many of the newest signals are looked at in any case: a key store of before lacks the keys of just these."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What happens when an operator opens the keys."""

    house: Installation
    keyring: Keyring
    signer: Ed25519

    def begin(self, by: Principal) -> None:
        """Check the end of the log, erase again what came back, set apart what has no keys, and tell of it.

        Raises:
            LogBroken: the end of the log was changed; nothing was written.
        """
        self._look(by.tenant)
        self._erase_again(by)
        self._set_apart(by)
        detail = {"instellingen": self.house.settings.in_force()}
        loaded = tell(by, Act.POLICY_LOADED, _PURPOSE, detail=detail)
        told = (tell(by, Act.KEY_UNSEALED, _PURPOSE), replace(loaded, register=self.house.register.digest))
        self.house.store.commit(Change(events=told))

    def _look(self, tenant: Tenant) -> None:
        keys = [VerifierKey(self.signer.name, public) for public in self.signer.public_keys]
        try:
            with self.house.store.read() as connection:
                ending(connection, self.signer.name, tenant, keys, verify_ed25519)
        except LogBroken as error:
            raise LogBroken(f"{error.detail}; zie {_RUNBOOK}") from None
        except DatabaseError:
            raise LogBroken(f"De database is beschadigd; zie {_RUNBOOK}") from None

    def _erase_again(self, by: Principal) -> None:
        """Destroy journalled keys that came back with a key store, and delete rows that came back with a database."""
        keys = replay(self.keyring, ())
        subjects = self._came_back(by.tenant)
        told = [tell(by, Act.KEY_DESTROYED, _PURPOSE, reason=_RETURNED, n=keys)] if keys else []
        writes: list[Write] = []
        if subjects:
            told.append(tell(by, Act.SUBJECT_ERASED, _PURPOSE, reason=_RETURNED, n=len(subjects)))
            writes = self._deletions(by.tenant, subjects)
        if told:
            self.house.store.commit(Change(tuple(writes), tuple[Event, ...](told)))

    def _set_apart(self, by: Principal) -> None:
        """Set signals apart whose keys are missing, and put those back whose keys are here again."""
        with self.house.store.read() as connection:
            before = restored.apart(connection, by.tenant)
            newest = restored.newest_heads(connection, by.tenant, _HEAD, _NEWEST)
            if not before and not self._keyless(by.tenant, newest):
                return
            now = self._keyless(by.tenant, restored.identity_heads(connection, by.tenant, _HEAD))
            lost = restored.restate(connection, by.tenant, now - before)
            back = [restored.restate(connection, by.tenant, [one]) for one in sorted(before - now)]
        if lost:
            told = tell(by, Act.SIGNALS_SET_APART, _PURPOSE, reason="sleutel_ontbreekt", n=len(now - before))
            self.house.store.commit(Change(tuple(lost), (told,)))
        for writes in back:
            # One by one: a partner may have delivered the same arrear again, and then that one counts.
            with suppress(Conflict, Unavailable):
                told = tell(by, Act.SIGNALS_SET_APART, _PURPOSE, reason="teruggezet", n=1)
                self.house.store.commit(Change(tuple(writes), (told,)))

    def _keyless(self, tenant: Tenant, heads: Sequence[tuple[str, bytes]]) -> frozenset[str]:
        """Give the signals whose key the store neither has nor destroyed."""
        ids = {signal: head[len(HEADER) :] for signal, head in heads}
        gone = missing(self.keyring, tenant, list(ids.values()))
        return frozenset(signal for signal, key_id in ids.items() if key_id in gone)

    def _came_back(self, tenant: Tenant) -> list[str]:
        """Find the signals whose key was destroyed on purpose; a retention run that broke off finishes its own."""
        gone = {line.key_id for line in journal(self.keyring) if line.tenant == tenant}
        if not gone:
            return []
        with self.house.store.read() as connection:
            heads = restored.identity_heads(connection, tenant, _HEAD)
            waiting = restored.members(connection, tenant, erasure.expiring(connection, tenant))
        return sorted(
            signal for signal, head in heads if head[len(HEADER) :] in gone and signal not in waiting
        )

    def _deletions(self, tenant: Tenant, subjects: Sequence[str]) -> list[Write]:
        """Give the writes that delete these signals, the cases that held nobody else, and their blind tags."""
        erased = frozenset(subjects)
        with self.house.store.read() as connection:
            cases = restored.cases_of_only(connection, tenant, erased)
            tags = restored.all_tags(connection, tenant)
        behind = self.house.tags.owners(tenant, tags)
        mine = [tag for tag, owner in zip(tags, behind, strict=True) if owner in erased]
        drops = [signals.drop_tag(tenant, *tag) for tag in mine]
        return [*drops, *erasure.delete_all(tenant, cases, subjects)]
