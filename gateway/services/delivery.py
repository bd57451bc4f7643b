"""Delivery of dossiers to the case system of social work: an outage loses nothing, and nothing arrives twice.

Two halves that may break off anywhere. *Putting*: what the owner of a case may see is shown by the door, turned into
the words of that system, sealed, and committed together with its entry. *Sending*: a message is claimed with the entry
that names it, opened with that permit, sent outside any transaction with its own id as key against repeats, and settled.
Whoever dies in between leaves a claim that runs out; the next one sends the same bytes under the same key.
"""

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import orjson

from connectors.ris.client import Ris
from connectors.ris.folder import RisFolder
from connectors.ris.mapping import outward, ris_map
from gateway.disclosure import Codes, Door
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import Dossier, facts_of, load
from gateway.disclosure.machine import naming, permit
from gateway.disclosure.record import SealedValue
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import outbox, parties
from gateway.store.change import Change, Row
from keys.envelope import Context
from schemas.audit import Act
from schemas.errors import Conflict
from schemas.feedback import millis_of
from schemas.ids import CaseId, ClientId, PartyId, UserId
from schemas.parties import PartyKind
from schemas.person import DataClass
from schemas.principal import Principal
from schemas.ris import Fate, Message, RisMap

RIS: Final = "ris"
"""The destination, and the client under which dossiers are read for it."""

CLAIM: Final = timedelta(minutes=5)
"""An attempt takes no longer; after it a message is anybody's again."""

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
_ENOUGH: Final = 10
"""Doublings after which the longest wait is passed."""

_PURPOSE: Final = "hulpverlenen"
_WHY: Final = ("ris",)


class System(Protocol):
    """Where dossiers go."""

    def deliver(self, reference: str, message: Message) -> Fate:
        """Hand one dossier over; handing it over again changes nothing there."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: put in the outbox, and sent by what became of it; ``left`` did not arrive yet."""

    put: int
    fates: Counter[Fate]
    left: int


class Delivery:
    """Puts dossiers in the outbox and sends them."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def run(self, principal: Principal) -> Round:
        """Do one round with the system of the settings: by REST, or else by file.

        Raises:
            Conflict: the settings name none. Invalid: its address or its map does not fit. NotFound: no such map.
        """
        settings = self._house.settings
        table = ris_map(settings.ris_map)
        if settings.ris_url:
            token = settings.ris_token_file.read_text("utf-8").strip() if settings.ris_token_file else ""
            with closing(Ris(settings.ris_url, token)) as system:
                return self.round(principal, system, table)
        if settings.ris_folder is None:
            raise Conflict("Er is geen systeem ingesteld om aan te bezorgen", code="geen_ris")
        return self.round(principal, RisFolder(settings.ris_folder), table)

    def round(self, principal: Principal, system: System, table: RisMap) -> Round:
        """Put what changed in the outbox and send what is due, until all is sent or the other side does not answer."""
        put = self.put(table)
        fates = self.send(principal, system)
        with self._house.store.read() as connection:
            left = outbox.count_leaving(connection, self._house.settings.tenant, RIS)
        return Round(put, fates, left)

    def put(self, table: RisMap) -> int:
        """Put every dossier of which the system has not this version in the outbox; gives their number."""
        tenant = self._house.settings.tenant
        with self._house.store.read() as connection:
            rows = outbox.unsent_cases(connection, tenant, RIS)
        return sum(self._put(row, table) for row in rows)

    def _put(self, row: Row, table: RisMap) -> bool:
        owner = self._owner(row)
        if owner is None:
            return False
        case = CaseId(row["case_id"])
        with self._house.store.read() as connection:
            dossier = load(connection, owner, case)
            code = self._codes.give(connection, owner, _PURPOSE, dossier.case)
            facts = facts_of(connection, self._house, owner, dossier)
        ask = Ask(dossier, facts, {"dossierkenmerk": code.text}, _WHY)
        if not self._door.decide(owner, _PURPOSE, ask).allow:
            return False
        writes = [code.write] if code.write is not None else []
        try:
            shown = self._door.show(owner, _PURPOSE, Act.CASE_READ, ask, writes)
            self._commit(owner, dossier, code.text, shown.body, table)
        except Conflict:
            return False  # Somebody put this version there, or gave this reference, meanwhile; the next round looks.
        return True

    def _commit(self, owner: Principal, dossier: Dossier, reference: str, body: bytes, table: RisMap) -> None:
        """Seal what was shown and let it wait, together with the entry that tells of it."""
        tenant, message, case = owner.tenant, self._house.new_id(), dossier.case
        subject = dossier.people[0]["signal_id"]
        key = self._house.vault.key_for(tenant, subject, DataClass.NOTITIES)
        words = orjson.dumps(outward(table, orjson.loads(body)))
        now = self._house.now_ms()
        row = {
            "tenant": tenant,
            "message_id": message,
            "destination": RIS,
            "case_id": case["case_id"],
            "version": case["version"],
            "subject": subject,
            "reference": reference,
            "state": outbox.WAITS,
            "payload": self._house.vault.seal(key, _context(tenant, message, subject), words),
            "queued_at": now,
            "not_before": now,
        }
        told = tell(owner, Act.EXCHANGE_QUEUED, _PURPOSE, subject=subject, case=case["case_id"], why=_WHY)
        self._house.store.commit(Change(tuple(outbox.put(row)), (told,)))

    def _owner(self, case: Row) -> Principal | None:
        """Give whose eyes the system reads with: those of the social worker who owns the case."""
        with self._house.store.read() as connection:
            user = parties.find_user(connection, case["tenant"], case["owner"])
        if user is None:
            return None
        return Principal(
            tenant=case["tenant"],
            party=PartyId(user["party_id"]),
            kind=PartyKind.SOCIAAL_WERK,
            client=ClientId(RIS),
            user=UserId(case["owner"]),
            purposes=frozenset({_PURPOSE}),
        )

    def send(self, principal: Principal, system: System) -> Counter[Fate]:
        """Send what is due; stops when the other side does not answer, so that an outage is asked once a round."""
        fates: Counter[Fate] = Counter()
        while fates[Fate.LATER] == 0:
            fate = self._send_one(principal, system)
            if fate is None:
                break
            fates[fate] += 1
        return fates

    def _send_one(self, principal: Principal, system: System) -> Fate | None:
        now = self._house.now_ms()
        with self._house.store.read() as connection:
            row = outbox.next_due(connection, principal.tenant, RIS, now)
        if row is None:
            return None
        try:
            words = self._claim(principal, row, now)
        except Conflict:
            return None  # Another worker has it; it goes on with the rest as well.
        fate = system.deliver(row["reference"], Message(row["message_id"], row["version"], words))
        self._settle(principal, row, fate)
        return fate

    def _claim(self, principal: Principal, row: Row, now: int) -> bytes:
        """Claim a message with the entry that names it, and open it with that permit."""
        payload = row["payload"]
        told = tell(
            principal,
            Act.EXCHANGE_SENT,
            _PURPOSE,
            subject=row["subject"],
            case=row["case_id"],
            reason=f"poging.{row['tries'] + 1}",
        )
        context = _context(row["tenant"], row["message_id"], row["subject"])
        value = SealedValue("payload", row["message_id"], context, payload)
        event = naming(told, (), [value], self._house.register.digest)
        claimed = outbox.claim(row, now + millis_of(CLAIM))
        (entry,) = self._house.store.commit(Change((claimed,), (event,))).entries
        return self._house.vault.open(permit(event, entry), context, payload)

    def _settle(self, principal: Principal, row: Row, fate: Fate) -> None:
        now = self._house.now_ms()
        if fate is Fate.LATER:
            write = outbox.postpone(row, now + millis_of(wait_after(row["tries"])))
        else:
            write = outbox.settle(row, fate.value, now)
        told = tell(
            principal,
            Act.EXCHANGE_SETTLED,
            _PURPOSE,
            subject=row["subject"],
            case=row["case_id"],
            reason=fate.value,
        )
        try:
            self._house.store.commit(Change((write,), (told,)))
        except Conflict:
            return  # The claim ran out: whoever took it over settles it, and the key made the second arrival harmless.


def wait_after(tries: int) -> timedelta:
    """Give how long to wait after an attempt that failed: twice as long every time, six hours at most."""
    return min(_FIRST_WAIT * (1 << min(tries, _ENOUGH)), _LONGEST_WAIT)


def _context(tenant: str, message: str, subject: str) -> Context:
    return Context(tenant, "gateway_outbox", "payload", message, subject, DataClass.NOTITIES)
