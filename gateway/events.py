"""Telling the log who did what: one way to turn the asker of a request into an entry."""

from collections.abc import Mapping
from typing import Any

from audit.entry import Event
from schemas.audit import Act
from schemas.ids import CaseId, SubjectId
from schemas.principal import Principal


def tell(
    principal: Principal,
    act: Act,
    purpose: str,
    *,
    subject: str | None = None,
    case: str | None = None,
    reason: str = "",
    why: tuple[str, ...] = (),
    n: int = 1,
    detail: Mapping[str, Any] | None = None,
) -> Event:
    """Tell of an act that was allowed; disclosures, which also name grant and fields, are told by the door."""
    return Event(
        act=act,
        tenant=principal.tenant,
        party=principal.party,
        role=principal.kind,
        user=principal.user or "",
        client=principal.client,
        purpose=purpose,
        decision="permit",
        reason=reason,
        subject=SubjectId(subject) if subject else None,
        case=CaseId(case) if case else None,
        why=why,
        n=n,
        detail=detail or {},
    )
