"""Looking at the log: receipts for whoever was shown something, and the state of the log itself."""

from dataclasses import dataclass

import orjson

from audit import query
from audit.check import database
from audit.note import key_of
from gateway.events import tell
from gateway.installation import Installation
from gateway.store.change import Change
from keys.signing import Ed25519, verify_ed25519
from schemas.audit import Act
from schemas.errors import LogBroken, NotFound
from schemas.ids import Tenant
from schemas.parties import PartyKind
from schemas.principal import Principal


@dataclass(frozen=True, slots=True)
class Verified:
    """The log of a year as it was found: its size, all entries in order and signed."""

    year: int
    size: int


class Oversight:
    """Receipts and verification."""

    def __init__(self, house: Installation, signer: Ed25519) -> None:
        self._house = house
        self._signer = signer

    def receipt(self, principal: Principal, year: int, index: int) -> str:
        """Give the proof that an entry about this very party is in the log (c2sp.org/tlog-proof).

        The privacy officer may have every entry's. A receipt holds codes and commitments, never a person; what
        other parties do is still none of one's business.

        Raises:
            NotFound: the log has no such entry, or it is about another party.
        """
        tenant = principal.tenant
        with self._house.store.read() as connection:
            if not 0 <= index < query.years(connection, tenant).get(year, 0):
                raise NotFound
            found = query.inclusion(connection, tenant, year, index)
        overseer = principal.kind is PartyKind.PRIVACY_OFFICER
        if not overseer and orjson.loads(found.entry).get("org") != principal.party:
            raise NotFound
        return str(found)

    def verify(self, principal: Principal) -> list[Verified]:
        """Compare every row of every year with tiles, details and signed checkpoints, and tell the log of it.

        Raises:
            LogBroken: something was altered; the text names the entry.
        """
        checked = self.check(principal.tenant)
        n = sum(one.size for one in checked)
        self._house.store.commit(Change(events=(tell(principal, Act.LOG_VERIFIED, "toezien", n=n),)))
        return checked

    def check(self, tenant: Tenant) -> list[Verified]:
        """Verify without leaving an entry (start-up, offline copies).

        Raises:
            LogBroken: something was altered; the text names the entry.
        """
        key = key_of(self._signer)
        with self._house.store.read() as connection:
            years = query.years(connection, tenant)
            if not years:
                raise LogBroken("Er is geen logboek")
            return [
                Verified(year, database(connection, tenant, year, key, verify_ed25519))
                for year in sorted(years)
            ]
