"""Was it really the municipality that called? A resident checks the code that the agent gave, with his own number.

A code alone proves nothing: whoever was called himself would have one to show to others. So the code only holds
together with the number that was called, for two days, and the answer is a day and nothing else. Whoever asks is
nobody to us: no view, no name, no case; what is kept of the code is a keyed fingerprint.
"""

from dataclasses import dataclass
from datetime import date

from gateway.events import tell
from gateway.installation import Installation
from gateway.services.callback.numbers import behind_number
from gateway.store import calls, cases
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.call import CONTROL, CONTROL_VALID
from schemas.ids import CaseId, ClientId, PartyId
from schemas.moments import instant, local_day
from schemas.parties import PartyKind
from schemas.phone import phone
from schemas.principal import Principal

_VALID_MS = int(CONTROL_VALID.total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer: the day of our call, or none when code and number do not belong to a call of ours."""

    day: date | None


class CallControl:
    """Answers whether a call was ours."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def check(self, code: str, number: str) -> Checked:
        """Say on which day we called this number with this code; no, when either does not fit or it is too long ago.

        Raises:
            Invalid: the code has a typing error, or the number is none; both can be told without knowing anybody.
        """
        tenant, called = self._house.settings.tenant, phone(number)
        known = self._house.hidden(CONTROL, self._house.pseudonyms.normalise(code))
        with self._house.store.read() as connection:
            lease = calls.checked_lease(connection, tenant, known)
            subjects = behind_number(self._house, connection, tenant, called)
            members = [] if lease is None else cases.all_signals_of_case(connection, tenant, lease["case_id"])
        ours = any(signal["signal_id"] in subjects for signal in members)
        if lease is None or not ours or self._house.now_ms() > lease["leased_at"] + _VALID_MS:
            return Checked(None)
        self._tell(lease)
        return Checked(local_day(instant(lease["leased_at"])))

    def _tell(self, lease: Row) -> None:
        """Tell the log of it, as the municipality: who asked is not known, and is not asked."""
        asked = Principal(
            tenant=lease["tenant"],
            party=PartyId("gemeente"),
            kind=PartyKind.MATCHING,
            client=ClientId("controlecode"),
            user=None,
            purposes=frozenset(),
        )
        subject, case = lease["signal_id"], CaseId(lease["case_id"])
        event = tell(asked, Act.CALL_CONFIRMED, "bellen", subject=subject, case=case)
        self._house.store.commit(Change(events=(event,)))
