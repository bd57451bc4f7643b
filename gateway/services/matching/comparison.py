"""Opening what a machine comparison needs, under one batch permit per group of subjects (decision 26)."""

from collections.abc import Sequence

from gateway.disclosure.blind import traces
from gateway.disclosure.machine import batch, opened
from gateway.disclosure.record import of_signal
from gateway.installation import Installation
from gateway.matching.candidates import blind_keys
from gateway.matching.normalise import Profile, facts_of_groups, profiles
from gateway.policy.decide import decide, require
from gateway.policy.facts import Facts
from gateway.store import cases, signals, work
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.ids import SubjectId
from schemas.parties import PartnerType
from schemas.principal import Principal

_OPENED = ("identity", "contact")
_FIELDS = (
    "achternaam",
    "geboortedatum",
    "huisnummer",
    "postcode",
    "telefoonnummers",
    "voorletters",
)

_STARTED = Facts(geaccepteerd=True, ronde_gestart=True)
"""What holds of every signal that is compared: it counts, and a person started the round."""


class Comparison:
    """One run's look at the sealed identities; a person has started it and only links come out."""

    def __init__(self, house: Installation, principal: Principal, run: str) -> None:
        self._house = house
        self._principal = principal
        self._run = run

    def open(self, rows: Sequence[Row]) -> list[Profile]:
        """Open identity and numbers of these signals after one entry that names the batch, and compare-ready them."""
        if not rows:
            return []
        values = [of_signal(row, group) for row in rows for group in _OPENED]
        decision = require(decide(self._house.register, self._principal.kind, "matchen", _STARTED))
        event = batch(self._principal, Act.MATCH_RUN, decision, _FIELDS, values, why=f"run:{self._run}")
        entry = self._house.store.commit(Change(events=(event,))).entries[0]
        groups = opened(self._house.vault, event, entry, values)
        facts = [
            facts_of_groups(SubjectId(row["signal_id"]), identity, contact, PartnerType(row["partner_type"]))
            for row, identity, contact in zip(rows, groups[::2], groups[1::2], strict=True)
        ]
        return profiles(facts)

    def candidates(self, fresh: Sequence[Profile]) -> list[Row]:
        """Find the known signals that share a blind key with these profiles, sealed as they are."""
        tenant = self._principal.tenant
        keys = [key for profile in fresh for key in blind_keys(profile)]
        with self._house.store.read() as connection:
            found = {one.subject for one in traces(self._house, connection, tenant, keys)}
            # A person is judged as a whole: with everybody whom earlier links make the same.
            everybody = work.same_person(connection, tenant, found) - {profile.subject for profile in fresh}
            rows = signals.readable(signals.signals_by_id(connection, tenant, sorted(everybody)))
            replaced = [row["signal_id"] for row in rows if row["state"] == "vervangen"]
            held = {row["signal_id"] for row in cases.cases_of_signals(connection, tenant, replaced)}
        # A line that was corrected before it came into a case says nothing any more: its successor does.
        gone = {"ingetrokken", "vervangen"}
        return [row for row in rows if row["state"] not in gone or row["signal_id"] in held]
