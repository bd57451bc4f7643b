"""The dial record in an agent's hands: whom he speaks with is verified, and he may put it down again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from audit.entry import Event
from gateway.disclosure import Codes, Door
from gateway.disclosure.dossier import Dossier, load
from gateway.disclosure.machine import naming, opened
from gateway.disclosure.record import SealedValue, of_signal
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import calls, cases, trust
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.call import PER_DAY
from schemas.dialfile import insist_on_moment
from schemas.errors import Conflict, NotFound, TooMany
from schemas.moments import millis
from schemas.principal import Principal

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to a verification question: yes or no, and how many questions are left."""

    confirmed: bool
    left: int


class Talking:
    """Verification, giving back and recall of dial records that are out."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def verify(
        self, principal: Principal, ref: str, born: str, number: int, at: int | None = None
    ) -> Verified:
        """Compare what a resident says (birth date as ISO, house number) with what is known: yes or no.

        Without a known birth date the answer is always no: the agent asks the resident to call back. ``at`` (ms UTC) is
        when the resident said it, for an answer that comes in later.

        Raises:
            NotFound: no such dial record. Conflict: it ended or was recalled. TooMany: all questions are used,
            those of this dial record or those of the resident for a day.
        """
        lease, dossier = self._held(principal, ref, at)
        left = self._questions_left(lease, dossier)
        if left <= 0:
            raise TooMany("Alle controlevragen zijn gebruikt", code="controles_op")
        tries = lease["tries"] + 1
        asked = [of_signal(signal, "identity") for signal in dossier.signals]
        events = tuple(self._question(principal, dossier, value) for value in asked)
        write = calls.note_verification(lease, tries=tries, verified_at=lease["verified_at"])
        entries = self._house.store.commit(Change((write,), events)).entries
        known = [
            group
            for event, entry, value in zip(events, entries, asked, strict=True)
            for group in opened(self._house.vault, event, entry, [value])
        ]
        confirmed = any(k.get("geboortedatum") == born and k["huisnummer"] == number for k in known)
        if confirmed:
            self._settle(principal, {**lease, "tries": tries}, dossier)
        return Verified(confirmed, left - 1)

    def recalled(self, principal: Principal, since: int) -> list[tuple[str, int]]:
        """Give (reference, moment) of the dial records of this party that were recalled after ``since`` (ms UTC)."""
        with self._house.store.read() as connection:
            rows = calls.recalled(connection, principal.tenant, principal.party, since)
        return [(row["ref"], row["ended_at"]) for row in rows]

    def release(self, principal: Principal, ref: str) -> None:
        """Give a dial record back unused.

        Raises:
            NotFound: no such dial record. Conflict: it ended already.
        """
        lease, dossier = self._held(principal, ref)
        now = self._house.now_ms()
        writes = [calls.end_lease(lease, "teruggegeven", now)]
        if not lease["inbound"]:  # When somebody rang himself, a moment that was promised stays promised.
            writes.append(cases.move(dossier.case, not_before=now))
        subject = lease["signal_id"]
        event = tell(principal, Act.DIAL_RELEASED, "bellen", subject=subject, case=dossier.case_id)
        self._house.store.commit(Change(tuple(writes), (event,)))

    def step_aside(self, principal: Principal, ref: str) -> None:
        """Give a dial record back because the agent knows the resident; he never gets this case again.

        It uses up no attempt, and a colleague may call at once.

        Raises:
            NotFound: no such dial record. Conflict: it ended already.
        """
        lease, dossier = self._held(principal, ref)
        now, tenant = self._house.now_ms(), principal.tenant
        writes = [
            calls.end_lease(lease, "teruggegeven", now),
            trust.declare_conflict(tenant, dossier.case_id, principal.actor, now),
        ]
        if not lease["inbound"]:
            writes.append(cases.move(dossier.case, not_before=now))
        subject = lease["signal_id"]
        event = tell(principal, Act.CONFLICT_RECORDED, "bellen", subject=subject, case=dossier.case_id)
        self._house.store.commit(Change(tuple(writes), (event,)))

    def _questions_left(self, lease: Row, dossier: Dossier) -> int:
        """Count what may still be asked: leasing again and again must not make a guessing machine."""
        most = self._house.settings.verify_tries
        since = millis(self._house.now() - _DAY)
        with self._house.store.read() as connection:
            asked = calls.questions_about(connection, lease["tenant"], dossier.case_id, since)
        return int(min(most - lease["tries"], most * PER_DAY - asked))

    def _held(self, principal: Principal, ref: str, at: int | None = None) -> tuple[Row, Dossier]:
        with self._house.store.read() as connection:
            case = self._codes.resolve(connection, principal, ref)
            code = self._house.pseudonyms.normalise(ref)
            lease = calls.latest_lease(connection, principal.tenant, principal.party, code, principal.client)
            if lease is None:
                raise NotFound
            dossier = load(connection, principal, case)
        now = self._house.now_ms()
        insist_open(lease, now if at is None else insist_on_moment(lease["leased_at"], at, now))
        return lease, dossier

    def _question(self, principal: Principal, dossier: Dossier, value: SealedValue) -> Event:
        asked = tell(
            principal, Act.DIAL_VERIFIED, "bellen", subject=value.context.subject, case=dossier.case_id
        )
        return naming(asked, ("geboortedatum", "huisnummer"), [value], self._house.register.digest)

    def _settle(self, principal: Principal, lease: Mapping[str, Any], dossier: Dossier) -> None:
        write = calls.note_verification(lease, tries=lease["tries"], verified_at=self._house.now_ms())
        subject = lease["signal_id"]
        event = tell(
            principal,
            Act.DIAL_VERIFIED,
            "bellen",
            subject=subject,
            case=dossier.case_id,
            reason="bevestigd",
        )
        self._house.store.commit(Change((write,), (event,)))


def insist_open(lease: Row, now: int) -> None:
    """Let only a running lease pass.

    Raises:
        Conflict: it was recalled, finished or has expired; the code says which.
    """
    if lease["state"] == "open" and lease["expires_at"] > now:
        return
    state = "verlopen" if lease["state"] == "open" else lease["state"]
    raise Conflict(f"Dit belrecord is {state}", code=state)
