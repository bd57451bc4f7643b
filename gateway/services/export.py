"""Use case: the log leaves the house as files, for whoever checks it; nothing in it names a resident."""

from pathlib import Path

from audit import export, query
from audit.note import key_of
from audit.verify import Report, verify
from gateway.events import tell
from gateway.installation import Installation
from gateway.store.change import Change
from keys.signing import Ed25519
from keys.verification import verify_ed25519
from schemas.audit import Act
from schemas.errors import NotFound
from schemas.principal import Principal


class LogExport:
    """Writes the log of a municipality in the layout that tools of others read (C2SP tlog-tiles)."""

    def __init__(self, house: Installation, signer: Ed25519) -> None:
        self._house = house
        self._signer = signer

    def years(self, principal: Principal) -> list[int]:
        """Give the years that have a log, oldest first."""
        with self._house.store.read() as connection:
            return sorted(query.years(connection, principal.tenant))

    def write(self, principal: Principal, directory: Path, year: int | None = None) -> Report:
        """Write the log of a year (without one: the newest), the entry of this export included, and verify it.

        Raises:
            NotFound: there is no log of that year.
            Conflict: the folder holds something else than an export.
            LogBroken: what was written does not verify; it stays where it is, as evidence.
        """
        if year is not None and year not in self.years(principal):
            raise NotFound("Van dit jaar is er geen logboek")
        self._house.store.commit(Change(events=(tell(principal, Act.LOG_EXPORTED, "beheren"),)))
        newest = year or self.years(principal)[-1]
        with self._house.store.read() as connection:
            export.write(connection, principal.tenant, newest, directory)
        return verify(directory, verify_ed25519, str(key_of(self._signer)))
