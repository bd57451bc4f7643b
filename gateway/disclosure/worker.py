"""What holds about a case for one member of staff: whose it is, who may know of it, who knows the resident."""

from typing import Any, Final

from sqlalchemy import Connection

from gateway.disclosure.clocks import running
from gateway.installation import Installation
from gateway.store import emergencies, parties, trust
from gateway.store.change import Row
from schemas.clocks import Desk, desks
from schemas.help import AT_SOCIAL_WORK
from schemas.ids import CaseId, Tenant
from schemas.parties import PartyKind
from schemas.principal import Principal

TEAM_LEADER: Final = "teamleider"
"""The role of a member of staff who divides the work of a social-work team."""

_CAREFUL: Final = frozenset({PartyKind.SOCIAAL_WERK, PartyKind.MATCHING})
"""Parties whose staff looks at cases one by one, so that a restriction has to keep some of them out."""


def hidden(connection: Connection, principal: Principal, case: Row) -> bool:
    """Say whether the asker may not even know that this case is there."""
    if case["restricted"] is None or principal.kind not in _CAREFUL:
        return False
    named = trust.confidants(connection, principal.tenant, CaseId(case["case_id"]))
    return principal.user is None or principal.user not in named


def marked(case: Row) -> tuple[str, ...]:
    """Mark in the log every look at a restricted case, so that the marked entries are all there were."""
    return () if case["restricted"] is None else ("afgeschermd",)


def work_facts(
    connection: Connection, house: Installation, principal: Principal, case: Row, handover: Row | None
) -> dict[str, Any]:
    """Say what of a case is this social worker's business."""
    owner, user, tenant = case["owner"], principal.user, principal.tenant
    mine = owner is not None and owner == user
    if owner is not None and user is not None and not mine:
        mine = owner in parties.replaced_by(connection, tenant, user, house.now_ms())
    knows = user is not None and trust.knows_resident(connection, tenant, CaseId(case["case_id"]), user)
    return {
        "toegewezen": mine and not knows,
        "in_werkvoorraad": owner is None
        and case["state"] in AT_SOCIAL_WORK
        and case["team"] in {None, principal.party},
        "geen_belangenconflict": not knows,
        "noodtoegang": user is not None and _emergency(connection, tenant, case, user, house.now_ms()),
        "termijn_bij_teamleider": not mine and _escalated(connection, house, principal, case, handover),
    }


def _emergency(connection: Connection, tenant: Tenant, case: Row, user: str, now: int) -> bool:
    """Say whether emergency access of this worker to this case still runs."""
    return emergencies.running(connection, tenant, CaseId(case["case_id"]), user, now)


def _escalated(
    connection: Connection, house: Installation, principal: Principal, case: Row, handover: Row | None
) -> bool:
    """Say whether a clock of this case has come to the desk of the asker, as the leader of its worker's team."""
    if case["state"] not in AT_SOCIAL_WORK or not leads(connection, principal):
        return False
    if case["team"] not in {None, principal.party}:
        return False
    clocks = running(house, case, handover)
    return any(Desk.TEAMLEIDER in desks(clock, owned=case["owner"] is not None) for clock in clocks)


def leads(connection: Connection, principal: Principal) -> bool:
    """Say whether the asker leads a team."""
    user = parties.find_user(connection, principal.tenant, principal.user or "")
    return user is not None and user["party_id"] == principal.party and user["role"] == TEAM_LEADER
