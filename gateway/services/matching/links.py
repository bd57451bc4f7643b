"""Links in a person's hands: which ones a round or a case holds, by which rule, and who they say is one resident."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import orjson
from sqlalchemy import Connection

from gateway.disclosure import Codes, Disclosed, Door
from gateway.events import tell
from gateway.installation import Installation
from gateway.matching.evidence import findings
from gateway.policy.facts import Facts
from gateway.services.matching.unseen import insist_visible, reasons, visible
from gateway.store import cases, signals, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.principal import Principal

PAGE: Final = 100
"""Most links in one answer."""

BY_PERSON: Final = "PERSOON"
"""The rule of a link that a person decided on."""

_PURPOSE: Final = "matchen"
_TRIES: Final = 4

EVIDENCE: Mapping[str, str] = {
    "DOB_SAME": "geboortedatum_gelijk",
    "DOB_MISSING": "geboortedatum_ontbreekt",
    "DOB_SWAPPED": "dag_maand_verwisseld",
    "DOB_SLIP": "geboortedatum_tikfout",
    "FIRST_OF_JANUARY": "een_januari",
    "NAME_SAME": "achternaam_gelijk",
    "NAME_NEAR": "achternaam_lijkt",
    "HOUSE_SAME": "adres_gelijk",
    "SUFFIX_MISSING": "toevoeging_ontbreekt",
    "SUFFIX_OTHER": "toevoeging_verschilt",
    "PHONE_SAME": "telefoon_gelijk",
    "MOBILE_SAME": "mobiel_gelijk",
    "PHONE_OTHER": "telefoon_verschilt",
    "INITIAL_SAME": "eerste_voorletter_gelijk",
    "INITIALS_MORE": "meer_voorletters_gelijk",
    "INITIALS_EQUAL": "voorletters_gelijk",
    "INITIALS_OTHER": "voorletters_verschillen",
    "GIVEN_SAME": "voornaam_gelijk",
    "GIVEN_OTHER": "voornaam_verschilt",
    "FLAT": "flatgebouw",
    "TWIN": "tweeling_mogelijk",
    "CLUSTER": "groep_spreekt_zich_tegen",
    "FAMILY": "gezin_op_adres",
    "ELDER": "ouder_en_kind_mogelijk",
}
"""The findings of a comparison in the words of the API."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as a list shows it: codes and references, no person; instants are ms UTC.

    ``ref`` is the municipality's reference of the case that holds its signals, if one does (any more).
    """

    link_id: str
    run_id: str
    rule: str
    evidence: tuple[str, ...]
    automatic: bool
    at: int
    revoked_at: int | None
    ref: str | None


@dataclass(frozen=True, slots=True)
class LinkedPair:
    """A link with the two reports side by side, the way two partners made them."""

    link: Linked
    persons: tuple[Disclosed, ...]


class Links:
    """The links of rounds and cases."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def of_run(self, principal: Principal, run: str, page: int = 1) -> list[Linked]:
        """List the links that a round gave rise to, its doubts that a person decided on included; undone ones too.

        Links of a resident whose case the asker may not know of are left out.

        Raises:
            NotFound: no such matching round.
        """
        with self._house.store.read() as connection:
            row = work.find_run(connection, principal.tenant, run)
            if row is None or row["kind"] != "matchen":
                raise NotFound
            found = work.links_of_run(connection, principal.tenant, run, (page - 1) * PAGE, PAGE)
            seen = visible(connection, principal, found)
        return self._listed(principal, seen)

    def of_case(self, principal: Principal, ref: str) -> list[Linked]:
        """List the standing links between the signals of a case.

        Raises:
            NotFound: no such reference of this party.
        """
        with self._house.store.read() as connection:
            case = self._codes.resolve(connection, principal, ref)
            members = {s["signal_id"] for s in cases.all_signals_of_case(connection, principal.tenant, case)}
            touching = work.links_of(connection, principal.tenant, members)
        inside = [link for link in touching if {link["a"], link["b"]} <= members]
        return self._listed(principal, sorted(inside, key=lambda link: (link["at"], link["link_id"])))

    def pair(self, principal: Principal, link: str) -> LinkedPair:
        """Show whom a standing link says to be one resident, so that a person can tell whether that is so.

        Raises:
            NotFound: no such link, or none that the asker may know of. Conflict: it was undone: nobody needs to see the two together any more.
            Denied: the policy says no, or one of the two was taken back; the refusal is in the log.
        """
        with self._house.store.read() as connection:
            row = find(connection, principal, link)
            insist_visible(self._house, connection, principal, row)
            ends = [row["a"], row["b"]]
            found = signals.signals_by_id(connection, principal.tenant, ends)
            why = reasons(connection, principal, ends, f"koppeling:{link}")
        insist_standing(row)
        both = {signal["signal_id"]: signal for signal in found if signal["state"] in signals.LIVE}
        facts = Facts(geaccepteerd=both.keys() >= set(ends), ronde_gestart=bool(row["run_id"]))
        persons = [both[end] for end in ends if end in both]
        shown = self._door.compare(principal, _PURPOSE, Act.MATCH_PROPOSED, persons, facts, why)
        return LinkedPair(_linked(row, None), tuple(shown))

    def _listed(self, principal: Principal, rows: Sequence[Row]) -> list[Linked]:
        for _ in range(_TRIES):
            try:
                return self._list(principal, rows)
            except Conflict:
                continue  # Another reader was quicker to remember the same reference.
        raise Conflict

    def _list(self, principal: Principal, rows: Sequence[Row]) -> list[Linked]:
        with self._house.store.read() as connection:
            refs, writes = self._references(connection, principal, rows)
            ends = dict.fromkeys(end for row in rows for end in (row["a"], row["b"]))
            listed = reasons(connection, principal, ends, "koppelingen")
        told = [
            replace(
                tell(principal, Act.CASE_LISTED, _PURPOSE, subject=subject, why=why),
                fields=("dossierkenmerk",),
            )
            for subject, why in listed.items()
        ]
        self._house.store.commit(Change(tuple(writes), tuple(told)))
        return [_linked(row, refs.get(row["a"])) for row in rows]

    def _references(
        self, connection: Connection, principal: Principal, rows: Iterable[Row]
    ) -> tuple[dict[str, str], list[Write]]:
        """Give the reference of the newest case of each first end, and what makes it resolvable."""
        codes: dict[str, str] = {}
        writes: dict[str, Write] = {}
        for case in cases.cases_of_signals(connection, principal.tenant, {row["a"] for row in rows}):
            code = self._codes.give(connection, principal, _PURPOSE, case)
            codes.setdefault(case["signal_id"], code.text)
            if code.write is not None:
                writes[code.text] = code.write
        return codes, list(writes.values())


def find(connection: Connection, principal: Principal, link: str) -> Row:
    """Give a link between two reports of one resident.

    Raises:
        NotFound: there is none, or it only says that two share an address.
    """
    row = work.find_link(connection, principal.tenant, link)
    if row is None or row["kind"] != "same_person":
        raise NotFound
    return row


def insist_standing(row: Row) -> None:
    """Let only a link pass that was not undone.

    Raises:
        Conflict: it was (code ``al_losgemaakt``).
    """
    if row["revoked_at"] is not None:
        raise Conflict("Deze koppeling is al teruggedraaid", code="al_losgemaakt")


def _linked(row: Row, ref: str | None) -> Linked:
    automatic = row["rule"] != BY_PERSON
    return Linked(
        link_id=row["link_id"],
        run_id=row["run_id"],
        rule=row["rule"],
        evidence=_evidence(row["evidence"], automatic=automatic),
        automatic=automatic,
        at=row["at"],
        revoked_at=row["revoked_at"],
        ref=ref,
    )


def _evidence(kept: str, *, automatic: bool) -> tuple[str, ...]:
    """Read what a link was based on: the bits of the comparison, or the reasons for which a person was asked."""
    if not automatic:
        return tuple(orjson.loads(kept))
    return tuple(EVIDENCE[name] for name in findings(int(kept)))
