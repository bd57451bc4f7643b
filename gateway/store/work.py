"""What cases ask of people: handovers, offers (letters, visits, calls), proposals and feedback."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, select

from gateway.store.change import Insert, Row, Update, Write, table_of
from gateway.store.prepared import Prepared, fetch, fetch_one, portions
from gateway.store.signals import LIVE
from gateway.store.tables import (
    FeedbackRow,
    HandoverRow,
    LinkRow,
    OfferRow,
    ProposalRow,
    RunRow,
    SignalRow,
)
from schemas.ids import CaseId, Tenant

_HANDOVER, _OFFER, _PROPOSAL, _LINK, _FEEDBACK, _RUN, _SIGNAL = (
    table_of(m) for m in (HandoverRow, OfferRow, ProposalRow, LinkRow, FeedbackRow, RunRow, SignalRow)
)

_HANDOVER_OF = Prepared(
    select(_HANDOVER).where(
        _HANDOVER.c.tenant == bindparam("tenant"), _HANDOVER.c.case_id == bindparam("case")
    )
)
_OFFERS_OF = Prepared(
    select(_OFFER)
    .where(_OFFER.c.tenant == bindparam("tenant"), _OFFER.c.case_id == bindparam("case"))
    .order_by(_OFFER.c.ordered_at, _OFFER.c.offer_id)
)


def find_handover(connection: Connection, tenant: Tenant, case: CaseId) -> Row | None:
    """Give the help request of a case, or None."""
    return _HANDOVER_OF.first(connection, {"tenant": tenant, "case": case})


def waiting_handovers(connection: Connection, tenant: Tenant) -> list[Row]:
    """Give the help requests that nobody acknowledged yet, the shortest clock first."""
    query = (
        select(_HANDOVER)
        .where(_HANDOVER.c.tenant == tenant, _HANDOVER.c.acknowledged_at.is_(None))
        .order_by(_HANDOVER.c.first_talk_due, _HANDOVER.c.requested_at)
    )
    return fetch(connection, query)


def request_help(row: Row) -> Write:
    """Put a help request on its way (columns of ``gateway_handover``)."""
    return Insert(HandoverRow, [row])


def acknowledge(row: Row, **values: object) -> Write:
    """Take a help request over; a conflict when somebody else did."""
    key = {"tenant": row["tenant"], "case_id": row["case_id"], "acknowledged_at": None}
    return Update(HandoverRow, key, values)


def update_handover(row: Row, **values: object) -> Write:
    """Change a help request that is still in the same hands; a conflict when it went on or was asked again."""
    names = ("tenant", "case_id", "requested_at", "acknowledged_at")
    return Update(HandoverRow, {name: row[name] for name in names}, values)


def offers_of(connection: Connection, tenant: Tenant, case: CaseId) -> list[Row]:
    """Give the offers of a case in order."""
    return _OFFERS_OF.all(connection, {"tenant": tenant, "case": case})


def open_offers(
    connection: Connection, tenant: Tenant, channel: str, *, batch: str | None = None
) -> list[Row]:
    """Give ordered or planned offers of a channel that are not done, of one batch or of all."""
    query = select(_OFFER).where(
        _OFFER.c.tenant == tenant, _OFFER.c.channel == channel, _OFFER.c.done_at.is_(None)
    )
    if batch is not None:
        query = query.where(_OFFER.c.batch_id == batch)
    return fetch(connection, query.order_by(_OFFER.c.ordered_at, _OFFER.c.offer_id))


def order_offer(row: Row) -> Write:
    """Order or plan an offer (columns of ``gateway_offer``)."""
    return Insert(OfferRow, [row])


def update_offer(row: Row, **values: object) -> Write:
    """Change an offer that is as it was read; a conflict when it was done, or came back, meanwhile."""
    key = {name: row[name] for name in ("tenant", "offer_id", "done_at", "result")}
    return Update(OfferRow, key, values)


def find_proposal(connection: Connection, tenant: Tenant, proposal: str) -> Row | None:
    """Give a doubtful pair, or None."""
    query = select(_PROPOSAL).where(_PROPOSAL.c.tenant == tenant, _PROPOSAL.c.proposal_id == proposal)
    return fetch_one(connection, query)


def open_proposals(connection: Connection, tenant: Tenant) -> list[Row]:
    """Give the doubtful pairs that wait for a person, oldest first; a pair of which one was taken back is moot."""
    query = select(_PROPOSAL).where(_PROPOSAL.c.tenant == tenant, _PROPOSAL.c.decision.is_(None))
    for end in (_PROPOSAL.c.a, _PROPOSAL.c.b):
        counts = select(_SIGNAL.c.signal_id).where(
            _SIGNAL.c.tenant == tenant, _SIGNAL.c.signal_id == end, _SIGNAL.c.state.in_(LIVE)
        )
        query = query.where(counts.exists())
    return fetch(connection, query.order_by(_PROPOSAL.c.at, _PROPOSAL.c.proposal_id))


def told_apart(connection: Connection, tenant: Tenant, subjects: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Give the pairs of these subjects that a person told apart, asked or by undoing a link; not asked again."""
    asked = select(_PROPOSAL.c.a, _PROPOSAL.c.b).where(
        _PROPOSAL.c.tenant == tenant, _PROPOSAL.c.decision == "ander"
    )
    apart = [
        *fetch(connection, asked),
        *_links(connection, tenant, subjects, _LINK.c.revoked_at.is_not(None)),
    ]
    return frozenset((pair["a"], pair["b"]) for pair in apart)


def add_proposals(rows: Sequence[Row]) -> Write:
    """Record doubtful pairs (columns of ``gateway_proposal``)."""
    return Insert(ProposalRow, rows)


def decide_proposal(row: Row, **values: object) -> Write:
    """Record a person's decision; a conflict when it was decided already."""
    key = {"tenant": row["tenant"], "proposal_id": row["proposal_id"], "decision": None}
    return Update(ProposalRow, key, values)


def add_links(rows: Sequence[Row]) -> Write:
    """Record links between subjects (columns of ``gateway_link``)."""
    return Insert(LinkRow, rows)


def find_link(connection: Connection, tenant: Tenant, link: str) -> Row | None:
    """Give one link, or None."""
    query = select(_LINK).where(_LINK.c.tenant == tenant, _LINK.c.link_id == link)
    return fetch_one(connection, query)


def links_of_run(
    connection: Connection, tenant: Tenant, run: str, offset: int, limit: int, kind: str = "same_person"
) -> list[Row]:
    """Give a page of the links that a round gave rise to, also undone ones, oldest first."""
    query = (
        select(_LINK)
        .where(_LINK.c.tenant == tenant, _LINK.c.run_id == run, _LINK.c.kind == kind)
        .order_by(_LINK.c.at, _LINK.c.link_id)
    )
    return fetch(connection, query.offset(offset).limit(limit))


def revoke_link(row: Row, *, by: str, now: int) -> Write:
    """Undo a link; a conflict when it was undone already."""
    key = {"tenant": row["tenant"], "link_id": row["link_id"], "revoked_at": None}
    return Update(LinkRow, key, {"revoked_at": now, "revoked_by": by})


def links_of(
    connection: Connection, tenant: Tenant, subjects: Iterable[str], kind: str = "same_person"
) -> list[Row]:
    """Give the standing links that touch these subjects."""
    return _links(connection, tenant, subjects, _LINK.c.revoked_at.is_(None), kind)


def _links(
    connection: Connection,
    tenant: Tenant,
    subjects: Iterable[str],
    standing: ColumnElement[bool],
    kind: str = "same_person",
) -> list[Row]:
    query = select(_LINK).where(_LINK.c.tenant == tenant, _LINK.c.kind == kind, standing)
    found: dict[str, Row] = {}
    for portion in portions(subjects):
        touching = query.where(_LINK.c.a.in_(portion) | _LINK.c.b.in_(portion))
        found.update((row["link_id"], row) for row in fetch(connection, touching))
    return list(found.values())


def same_person(
    connection: Connection, tenant: Tenant, subjects: Iterable[str], *, without: str | None = None
) -> frozenset[str]:
    """Walk the standing links from these subjects to everybody who is the same person; one link may be left out."""
    known: set[str] = set()
    frontier = set(subjects)
    while frontier:
        known |= frontier
        links = [link for link in links_of(connection, tenant, frontier) if link["link_id"] != without]
        frontier = {end for link in links for end in (link["a"], link["b"])} - known
    return frozenset(known)


def feedback_of(connection: Connection, tenant: Tenant, signals: Iterable[str]) -> dict[str, Row]:
    """Give the feedback per signal, where there is any."""
    query = select(_FEEDBACK).where(_FEEDBACK.c.tenant == tenant, _FEEDBACK.c.signal_id.in_(list(signals)))
    return {row["signal_id"]: row for row in fetch(connection, query)}


def add_feedback(rows: Sequence[Row]) -> Write:
    """Record feedback codes for partners (columns of ``gateway_feedback``)."""
    return Insert(FeedbackRow, rows)


def add_run(row: Row) -> Write:
    """Record a batch that a person started (columns of ``gateway_run``)."""
    return Insert(RunRow, [row])


def find_run(connection: Connection, tenant: Tenant, run: str) -> Row | None:
    """Give a batch, or None."""
    query = select(_RUN).where(_RUN.c.tenant == tenant, _RUN.c.run_id == run)
    return fetch_one(connection, query)
