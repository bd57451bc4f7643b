"""A case as the door sees it: its rows, still sealed, and the facts that the policy decides on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from gateway.disclosure.worker import hidden, work_facts
from gateway.installation import Installation
from gateway.policy.facts import Facts
from gateway.store import billing, calls, cases, records, work
from gateway.store.change import Row
from schemas.call import ACUTE
from schemas.case import CALLABLE_STATES, MAX_ATTEMPTS, CaseState
from schemas.errors import NotFound
from schemas.ids import CaseId
from schemas.moments import instant, month_of
from schemas.parties import PartyKind
from schemas.principal import Principal

_FEEDBACK_MS = 90 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Dossier:
    """Rows of one case; signals that count, newest first. A partner's dossier holds its own signals only.

    ``former`` are the signals of a resident who said yes to help, or is in acute need, and whose partners took all of them back: they
    still say who he is, and nothing of his arrears.
    """

    case: Row
    signals: tuple[Row, ...]
    former: tuple[Row, ...] = ()
    attempts: tuple[Row, ...] = ()
    handover: Row | None = None
    records: tuple[Row, ...] = ()
    offers: tuple[Row, ...] = ()
    feedback: Mapping[str, Row] | None = None
    lease: Row | None = None

    @property
    def case_id(self) -> CaseId:
        """The case's id."""
        return CaseId(self.case["case_id"])

    @property
    def people(self) -> tuple[Row, ...]:
        """The signals that say who the resident is, newest first."""
        return self.signals or self.former


def alone(signal: Row) -> Dossier:
    """Give one reported person by itself, outside any case: all that a case would say is unknown."""
    return Dossier(cases.no_case(signal["tenant"]), (signal,))


def load(connection: Connection, principal: Principal, case: CaseId, row: Row | None = None) -> Dossier:
    """Read a case for one asker; ``row`` is the case's own row, if this connection has read it already.

    Raises:
        NotFound: it does not exist here (any more), or it is restricted and the asker is not named.
    """
    tenant = principal.tenant
    row = row or cases.find_case(connection, tenant, case)
    if row is None or hidden(connection, principal, row):
        raise NotFound
    dossier = Dossier(row, tuple(cases.signals_of_case(connection, tenant, case)))
    more = _MORE.get(principal.kind)
    return dossier if more is None else more(connection, principal, dossier)


def _for_partner(connection: Connection, principal: Principal, dossier: Dossier) -> Dossier:
    own = tuple(s for s in dossier.signals if s["party_id"] == principal.party)
    feedback = work.feedback_of(connection, principal.tenant, [s["signal_id"] for s in own])
    return replace(dossier, signals=own, feedback=feedback)


def _for_callcenter(connection: Connection, principal: Principal, dossier: Dossier) -> Dossier:
    lease = calls.lease_on(connection, principal.tenant, principal.client, dossier.case_id)
    return replace(dossier, lease=lease)


def _in_full(connection: Connection, principal: Principal, dossier: Dossier) -> Dossier:
    tenant, case = principal.tenant, dossier.case_id
    ever = cases.all_signals_of_case(connection, tenant, case) if _stands_by_itself(dossier.case) else []
    return replace(
        dossier,
        former=tuple(signal for signal in ever if signal["state"] == "ingetrokken"),
        attempts=tuple(calls.attempts_of(connection, tenant, case)),
        handover=work.find_handover(connection, tenant, case),
        records=tuple(records.records_of(connection, tenant, case)),
        offers=tuple(work.offers_of(connection, tenant, case)),
    )


def _with_offers(connection: Connection, principal: Principal, dossier: Dossier) -> Dossier:
    return replace(dossier, offers=tuple(work.offers_of(connection, principal.tenant, dossier.case_id)))


_MORE: Mapping[PartyKind, Callable[[Connection, Principal, Dossier], Dossier]] = {
    PartyKind.SIGNAALPARTNER: _for_partner,
    PartyKind.CALLCENTER: _for_callcenter,
    PartyKind.SOCIAAL_WERK: _in_full,
    PartyKind.BRIEFDIENST: _with_offers,
    PartyKind.SCHULDHULP: _in_full,
    PartyKind.BETROKKENE: _in_full,
}


def facts_of(connection: Connection, house: Installation, principal: Principal, dossier: Dossier) -> Facts:
    """Say what holds now about this case and this asker; what is not proven stays false."""
    held: dict[str, Any] = _case_facts(house, dossier)
    kind = principal.kind
    if kind is PartyKind.SIGNAALPARTNER:
        held |= _partner_facts(house, dossier)
    elif kind is PartyKind.CALLCENTER:
        held |= _call_facts(connection, house, dossier)
    elif kind is PartyKind.SOCIAAL_WERK:
        held |= work_facts(connection, house, principal, dossier.case, dossier.handover)
    elif kind is PartyKind.BRIEFDIENST:
        held["brief_opdracht"] = any(o["channel"] == "brief" and o["done_at"] is None for o in dossier.offers)
    elif kind is PartyKind.MATCHING:
        held["ronde_gestart"] = bool(dossier.case["run_id"])
    return Facts(**held)


def _case_facts(house: Installation, dossier: Dossier) -> dict[str, Any]:
    case = dossier.case
    return {
        "geaccepteerd": bool(dossier.signals) or _stands_by_itself(case),
        "dossier_open": case["state"] not in {CaseState.GESLOTEN, CaseState.INGETROKKEN},
        "niet_beschermd": not case["protected"] and case["restricted"] is None,
        "geen_bezwaar": not case["phone_blocked"],
        "niet_geweigerd": case["state"] != CaseState.GEWEIGERD,
        "telefoon_ontbreekt": not any(s["has_phone"] for s in dossier.signals),
        "verrijking_aan": house.settings.phone_enrichment,
        "hulp_aanvaard": case["accepted_at"] is not None,
    }


def _stands_by_itself(case: Row) -> bool:
    """Say whether the case goes on whatever the partners do: the resident said yes, or is in acute need.

    Sources: AVG art. 6(1)(e) with Wgs art. 4; AVG art. 6(1)(d).
    """
    carried = case["accepted_at"] is not None or case["category"] == ACUTE
    return bool(carried and case["state"] != CaseState.INGETROKKEN)


def _partner_facts(house: Installation, dossier: Dossier) -> dict[str, Any]:
    since = house.now_ms() - _FEEDBACK_MS
    told = dossier.feedback or {}
    return {
        "eigen_signaal": bool(dossier.signals),
        "teruggekoppeld_binnen_90_dagen": any(row["at"] >= since for row in told.values()),
    }


def _call_facts(connection: Connection, house: Installation, dossier: Dossier) -> dict[str, Any]:
    case, lease = dossier.case, dossier.lease
    budget, month = billing.budget_of(house.settings), month_of(house.now())
    held = lease if lease is not None and lease["expires_at"] > house.now_ms() else None
    return {
        "belbaar": case["state"] in CALLABLE_STATES,
        "onder_bedraggrens": not case["over_limit"],
        "binnen_belvenster": house.calendar.is_open(house.now()) or _began_in_time(house, held),
        "pogingen_over": case["attempts"] < MAX_ATTEMPTS,
        "budget_beschikbaar": billing.affordable(connection, budget, case["tenant"], month, dossier.case_id),
        "geleend": held is not None and not held["inbound"],
        "teruggebeld": held is not None and bool(held["inbound"]),
        "geverifieerd": held is not None and held["verified_at"] is not None,
        "partnernaam_toegestaan": house.settings.name_creditor,
    }


def _began_in_time(house: Installation, held: Row | None) -> bool:
    """Say whether a talk that is going on began inside the calling window: then it may be finished."""
    return held is not None and house.calendar.is_open(instant(held["leased_at"]))
