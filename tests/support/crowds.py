"""Many cases at once, put into the tables without the road of a signal: for questions of number, not of content."""

from collections.abc import Sequence
from typing import Any

from gateway.store import cases, governance, signals
from gateway.store.change import Change
from schemas.ids import CaseId
from tests.support.installation import TENANT, Town


def crowd(town: Town, states: Sequence[str], **values: Any) -> list[CaseId]:
    """Make a case in each of these states, of one signal each; ``values`` are columns that all of them share."""
    now, made = town.house.now_ms(), []
    writes = []
    for number, state in enumerate(states):
        signal, case = town.house.new_id(), CaseId(town.house.new_id())
        row = {
            "tenant": TENANT, "case_id": case, "version": 1, "state": state, "month": "2026-11", "run_id": "",
            "opened_at": now, "category": "", "offer_due": now, **values,
        }  # fmt: skip
        writes.extend([signals.add_signals([_signal(town, signal, number)]), *cases.open_case(row, [signal])])
        made.append(case)
    town.house.store.commit(Change(tuple(writes)))
    return made


def _signal(town: Town, signal: str, number: int) -> dict[str, Any]:
    tag = f"{signal}{number}".encode()
    return {
        "tenant": TENANT, "signal_id": signal, "delivery_id": "", "line": number, "party_id": "woonstichting",
        "partner_type": "huur", "soort": "vroegsignaal", "state": "gekoppeld", "month": "2026-11",
        "received_at": town.house.now_ms(), "line_tag": tag, "ref_tag": tag, "has_phone": True,
        "identity": b"", "contact": b"", "finance": b"",
    }  # fmt: skip


def states_of(town: Town, made: Sequence[CaseId]) -> dict[CaseId, str]:
    """Give the state of each of these cases."""
    with town.house.store.read() as connection:
        rows = governance.cases_by_id(connection, TENANT, made)
    return {case: rows[case]["state"] for case in made}
