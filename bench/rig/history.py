"""A municipality with a past in a real store: a synthetic town's reports, delivered, matched, decided and closed.

The deliveries go through the service. The past is matched in memory and at once, and its questions are answered
truthfully; the rows that come of it are those that the service would have written month by month.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.matching import World, answered
from gateway.matching.cluster import Pair, Union
from gateway.matching.normalise import PersonFacts, profiles
from gateway.matching.rules import RULES_VERSION
from gateway.matching.run import MatchResult, match
from gateway.services.matching import Review
from gateway.store import signals
from gateway.store.change import Change, Insert, Update, Write
from gateway.store.prepared import portions
from gateway.store.tables import CaseRow, CaseSignalRow, LinkRow, ProposalRow, SignalRow
from schemas.ids import SubjectId
from tests.support.installation import PARTNERS, TENANT, Town

DELIVERY = 5_000
RUNNING = 10
"""One in so many cases of the past still runs."""

Ids = dict[SubjectId, str]
"""The signal behind each report of the town."""

_ARREAR = {
    "soort": "vroegsignaal",
    "natuurlijk_persoon": "ja",
    "bedrag_cent": "48000",
    "oudste_vordering": "2026-08-01",
    "peildatum": "2026-10-30",
    "att_persoonlijk_contact": "ja",
    "att_gewezen_schuldhulp": "ja",
    "att_herinneringen": "3",
    "att_aanbod_datum": "2026-10-10",
    "att_geen_afwijzing": "ja",
}


def _line(fact: PersonFacts) -> dict[str, str]:
    numbers = dict(zip(("telefoon_1", "telefoon_2"), fact.telefoonnummers, strict=False))
    return {
        **_ARREAR,
        "signaal_ref": f"B-{int(fact.subject, 16)}",
        "achternaam": fact.achternaam,
        "voorletters": fact.voorletters or "",
        "geboortedatum": fact.geboortedatum or "",
        "postcode": fact.postcode,
        "huisnummer": str(fact.huisnummer),
        "huisletter": fact.huisletter or "",
        "toevoeging": fact.toevoeging or "",
        **numbers,
    }


def deliver(town: Town, facts: Iterable[PersonFacts]) -> Ids:
    """Deliver reports through the service, each by the partner of its sector."""
    reports = list(facts)
    ids: Ids = {}
    for partner, sector in PARTNERS.items():
        for own in portions((fact for fact in reports if fact.sector is sector), DELIVERY):
            receipt = town.deliver([_line(fact) for fact in own], partner)
            with town.house.store.read() as connection:
                rows = signals.signals_of_delivery(connection, TENANT, receipt.delivery_id)
            ids.update(zip((fact.subject for fact in own), (row["signal_id"] for row in rows), strict=True))
    return ids


def remember(town: Town, world: World, ids: Ids) -> None:
    """Write what matching, reviewers and the case work of the past left behind."""
    history = match(profiles(world.known))
    standing = answered(world, history)
    members = Union(standing.joined).groups(ids)
    town.house.store.commit(
        Change(
            (
                Update(
                    SignalRow, {"tenant": TENANT, "state": "gevalideerd"}, {"state": "gekoppeld"}, rows=None
                ),
                Insert(
                    LinkRow,
                    [
                        *_links(town, standing.joined, ids),
                        *_links(town, history.address_links, ids, "same_address"),
                    ],
                ),
                Insert(ProposalRow, _proposals(town, world, history, ids)),
                *_cases(town, members.values(), ids),
            )
        )
    )


def settle(town: Town) -> None:
    """Let a reviewer say yes to every open question (nearly all are true) and match what waited for that."""
    review, asker = Review(town.house, town.door), town.as_user("olga")
    while waiting := review.waiting(asker):
        for proposal in waiting:
            review.decide(asker, proposal.proposal_id, same=True)
        town.match()


def _links(town: Town, pairs: Iterable[Pair], ids: Ids, kind: str = "same_person") -> list[dict[str, Any]]:
    return [
        {
            "tenant": TENANT,
            "link_id": town.house.new_id(),
            "a": ids[a],
            "b": ids[b],
            "kind": kind,
            "rule": "PERSOON",
            "evidence": "0",
            "ruleset": RULES_VERSION,
            "run_id": "verleden",
            "actor": "olga",
            "at": 0,
        }
        for a, b in pairs
    ]


def _proposals(town: Town, world: World, history: MatchResult, ids: Ids) -> list[dict[str, Any]]:
    return [
        {
            "tenant": TENANT,
            "proposal_id": town.house.new_id(),
            "a": ids[asked.a],
            "b": ids[asked.b],
            "reasons": "[]",
            "text": asked.text,
            "run_id": "verleden",
            "at": 0,
            "decision": "zelfde" if world.same((asked.a, asked.b)) else "ander",
        }
        for asked in history.proposals
    ]


def _cases(town: Town, people: Iterable[Sequence[SubjectId]], ids: Ids) -> list[Write]:
    cases: list[Mapping[str, Any]] = []
    held: list[Mapping[str, Any]] = []
    for number, subjects in enumerate(people):
        case = town.house.new_id()
        cases.append(_case(case, "belbaar" if number % RUNNING == 0 else "gesloten"))
        held.extend(
            {"tenant": TENANT, "case_id": case, "signal_id": ids[s], "linked_at": 0} for s in subjects
        )
    return [Insert(CaseRow, cases), Insert(CaseSignalRow, held)]


def _case(case: str, state: str) -> dict[str, Any]:
    return {
        "tenant": TENANT,
        "case_id": case,
        "version": 1,
        "state": state,
        "month": "2026-10",
        "run_id": "verleden",
        "opened_at": 0,
        "category": "",
        "offer_due": 0,
    }
