"""Taking a case out of every hand but social work's."""

from typing import Any, Final

from gateway.store.change import Row
from schemas.case import CALLABLE_STATES, CaseEvent, CaseFacts, CaseState, advance

_ELSEWHERE: Final = frozenset({CaseState.OPEN, CaseState.BRIEF, *CALLABLE_STATES})
"""States in which somebody outside social work would still come near the resident."""


def at_social_work(case: Row) -> dict[str, Any]:
    """Give the state that brings a case to social work; nothing where it needs no moving."""
    if case["state"] not in _ELSEWHERE:
        return {}
    facts = CaseFacts(CaseState(case["state"]), case["attempts"], bool(case["reached"]))
    return {"state": advance(facts, CaseEvent.ROUTE_SOCIAAL_WERK).to.value}
