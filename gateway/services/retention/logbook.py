"""What the log forgets when its own term is over: the sealed details of people, and who acted.

Its entries stay, and every proof of them. A person goes when the log has told nothing of him for the whole term and
nothing of him is kept any more; so a legal hold on a case keeps what the log says of its people as well.
"""

from typing import Final

import orjson

from gateway.events import tell
from gateway.installation import Installation
from gateway.services.retention.batches import Batches, Run
from gateway.services.retention.planning import again, forgotten
from gateway.store.change import LogErasure
from keys.keyring import Keyring
from keys.shred import destroy
from schemas.audit import Act
from schemas.person import DataClass

REASON: Final = "termijn_logboek"
_CHUNK: Final = 1_000
"""People whose details go in one commit."""


class Logbook:
    """Lets the log forget, in a run."""

    def __init__(self, house: Installation, keyring: Keyring, batches: Batches) -> None:
        self._house = house
        self._keyring = keyring
        self._batches = batches

    def erase(self, run: Run) -> None:
        """Destroy the audit keys of who is due, then delete the details and the way back; repeating it is harmless.

        Raises:
            Broken: a key was still there when read back. Unavailable: the key store is in use.
        """
        row, _ = self._batches.counts(run)
        until: int = orjson.loads(row["counts"])["logboek_tot"]
        with self._house.store.read() as connection:
            due = forgotten(connection, run.principal.tenant, until)
        for start in range(0, max(len(due), 1), _CHUNK):
            self._forget(run, due[start : start + _CHUNK], until)

    def _forget(self, run: Run, subjects: list[str], until: int) -> None:
        gone = destroy(
            self._keyring,
            run.principal.tenant,
            subjects,
            (DataClass.LOGBOEK,),
            ground=run.ground,
            now_ms=self._house.now_ms(),
            backup_days=self._house.settings.keystore_backup_days,
        )
        told = (
            tell(run.principal, Act.KEY_DESTROYED, run.purpose, reason=REASON, n=len(gone.entries)),
            tell(run.principal, Act.SUBJECT_ERASED, run.purpose, reason=REASON, n=len(subjects)),
        )
        write = LogErasure(run.principal.tenant, subjects, until)
        erased = {"personen_in_logboek": len(subjects)}
        again(lambda: self._batches.count(run, (write,), erased, told if subjects else ()))
