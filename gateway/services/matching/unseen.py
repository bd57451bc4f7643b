"""What a doubt or a link must not give away: a case which the asker may not know of; and who may know is marked."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import Connection

from gateway.disclosure.worker import hidden, marked
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import cases
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.errors import NotFound
from schemas.ids import CaseId
from schemas.principal import Principal


def unseen(connection: Connection, principal: Principal, signals: Iterable[str]) -> dict[str, CaseId]:
    """Give those of these signals that are in a restricted case for which the asker is not named, with the case."""
    held = cases.cases_of_signals(connection, principal.tenant, signals)
    return {row["signal_id"]: CaseId(row["case_id"]) for row in held if hidden(connection, principal, row)}


def visible(connection: Connection, principal: Principal, pairs: Collection[Row]) -> list[Row]:
    """Give the pairs of which the asker may know both ends."""
    kept = unseen(connection, principal, {pair[end] for pair in pairs for end in ("a", "b")})
    return [pair for pair in pairs if kept.keys().isdisjoint({pair["a"], pair["b"]})]


def reasons(
    connection: Connection, principal: Principal, signals: Iterable[str], why: str
) -> dict[str, tuple[str, ...]]:
    """Say for each of these signals why it is looked at, marked where a restricted case holds it."""
    given = list(signals)
    marks: dict[str, tuple[str, ...]] = {}
    for case in cases.cases_of_signals(connection, principal.tenant, given):
        marks[case["signal_id"]] = marks.get(case["signal_id"]) or marked(case)
    return {signal: (why, *marks.get(signal, ())) for signal in given}


def insist_visible(house: Installation, connection: Connection, principal: Principal, pair: Row) -> None:
    """Let nobody come near a pair with an end that he may not know of; that he tried is in the log.

    Raises:
        NotFound: for him there is no such pair.
    """
    kept = unseen(connection, principal, (pair["a"], pair["b"]))
    if not kept:
        return
    told = (
        tell(principal, Act.ACCESS_DENIED, "matchen", subject=signal, case=case, reason="afgeschermd")
        for signal, case in kept.items()
    )
    house.store.commit(Change(events=tuple(replace(one, decision="deny") for one in told)))
    raise NotFound
