"""Every party × purpose through the one view route, in the states of a case: no field more than the matrix lets through.

The matrix is the one that ``tests/gateway/policy`` writes down a second time; which facts hold in a state is written
down here, so that neither the register nor the service is asked what is right.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx2
import pytest
from pydantic.alias_generators import to_camel

from gateway.policy.facts import Facts
from schemas.ids import CaseId
from schemas.parties import PartyKind
from schemas.purposes import Purpose
from schemas.transforms import Transform, output_name
from tests.adversary.catalogue import YES, asked_for_help, leased, ordered, proposal
from tests.gateway.policy.test_matrix import CELLS, allowed, gate
from tests.support.register import facts as facts_of
from tests.support.service import Service, principal, role_of, staff

ASKERS = (
    "woonstichting", "gem-anna", "opzoekdienst", "bel-cem", "sw-farid", "briefdienst",
    *(staff(kind)[0] for kind in list(PartyKind)[6:]),
)  # fmt: skip
"""One client of every kind of party."""

OWN = {(name, purpose) for name in ASKERS for purpose in role_of(name).purposes}
Pair = tuple[str, str]
Maker = Callable[[Service], object]


# --- The states: how a case comes into one, what then holds, who then sees something ---------------------------------


def _verified(service: Service) -> None:
    ref, row = leased(service)
    assert service.verify(ref, row)


def _called(**result: str) -> Maker:
    def make(service: Service) -> None:
        ref, row = leased(service)
        assert service.verify(ref, row)
        service.post("bel-cem", f"/belrecords/{ref}/belresultaten", result)

    return make


def _taken_over(service: Service) -> None:
    service.post("sw-farid", f"/hulpvragen/{asked_for_help(service)}/overnames")


def _withdrawn(service: Service) -> None:
    delivery = service.deliver([service.someone()])["leveringId"]
    service.match()
    service.post("woonstichting", f"/leveringen/{delivery}/intrekkingen", {})


_PARTNER, _MUNICIPALITY = ("woonstichting", "aanleveren"), ("gem-anna", "matchen")
_CALLER, _WORKER, _POST = ("bel-cem", "bellen"), ("sw-farid", "hulpverlenen"), ("briefdienst", "aanschrijven")
_USUAL = (
    "geaccepteerd geen_belangenconflict eigen_signaal ronde_gestart dossier_open niet_beschermd geen_bezwaar"
)
_CALLABLE = (
    f"{_USUAL} niet_geweigerd belbaar onder_bedraggrens binnen_belvenster pogingen_over budget_beschikbaar"
)


@dataclass(frozen=True)
class State:
    """A state of a case: how it comes about, the facts that hold, and who sees something of it."""

    make: Maker
    holds: str
    seen_by: frozenset[Pair]


STATES: Mapping[str, State] = {
    "te bellen": State(Service.person, _CALLABLE, frozenset({_PARTNER, _MUNICIPALITY})),
    "uitgegeven": State(leased, f"{_CALLABLE} geleend", frozenset({_PARTNER, _MUNICIPALITY, _CALLER})),
    "geverifieerd": State(
        _verified, f"{_CALLABLE} geleend geverifieerd", frozenset({_PARTNER, _MUNICIPALITY, _CALLER})
    ),
    "geweigerd": State(
        _called(uitkomst="geverifieerd_geweigerd"), _USUAL, frozenset({_PARTNER, _MUNICIPALITY})
    ),
    "bezwaar": State(_called(uitkomst="bezwaar"), _USUAL, frozenset({_PARTNER, _MUNICIPALITY})),
    "hulp gevraagd": State(
        asked_for_help, f"{_USUAL} in_werkvoorraad", frozenset({_PARTNER, _MUNICIPALITY, _WORKER})
    ),
    "overgenomen": State(_taken_over, f"{_USUAL} toegewezen", frozenset({_PARTNER, _MUNICIPALITY, _WORKER})),
    "sociaal werk": State(
        Service.waiting, f"{_USUAL} in_werkvoorraad", frozenset({_PARTNER, _MUNICIPALITY, _WORKER})
    ),
    "toegewezen": State(Service.owned, f"{_USUAL} toegewezen", frozenset({_PARTNER, _MUNICIPALITY, _WORKER})),
    "van een collega": State(
        lambda service: service.owned("sw-greet"), _USUAL, frozenset({_PARTNER, _MUNICIPALITY})
    ),
    "brief besteld": State(ordered, f"{_USUAL} brief_opdracht", frozenset({_PARTNER, _MUNICIPALITY, _POST})),
    "ingetrokken": State(_withdrawn, "ronde_gestart", frozenset()),
}


# --- What an answer may hold -----------------------------------------------------------------------------------------

NAMES: Mapping[str, tuple[str, Transform]] = {
    to_camel(output_name(field, how)): (field, how)
    for (_, field), how in product(CELLS, Transform)
    if how not in {Transform.PSEUDONIEM, Transform.CONTROLE, Transform.VERBORGEN}
}
"""What a member of a view means: the field, and at least how coarse it is."""

RAW = {
    "achternaam": "achternaam", "geboortedatum": "geboortedatum", "straat": "straat", "postcode": "postcode",
    "telefoon_1": "telefoonnummers", "klantnummer": "klantnummer", "signaal_ref": "signaal_ref",
}  # fmt: skip
"""Columns of a delivery whose value may stand in a body only where the matrix shows the field in full."""


def members(body: Mapping[str, Any]) -> Iterator[str]:
    """Name everything in a view, also what stands with each signal."""
    for name, value in body.items():
        if name == "signalen":
            for signal in value:
                yield from signal
        else:
            yield name


def assert_within(kind: PartyKind, body: Mapping[str, Any], facts: Facts) -> None:
    for name in members(body):
        field, how = NAMES[name]
        cell = CELLS[kind, field]
        assert allowed(cell, how) or (cell == "p" and field == "dossierkenmerk"), (kind, name)
        assert gate(kind, cell, facts), (kind, name)


def assert_silent(kind: PartyKind, text: str, row: Mapping[str, str]) -> None:
    for column, field in RAW.items():
        if CELLS[kind, field] in "-vcm" and row[column]:
            assert row[column] not in text, (kind, column)
    if CELLS[kind, "bedrag"] in "-m":
        assert "123450" not in text


def assert_told(entry: Mapping[str, Any], answer: httpx2.Response, purpose: str) -> None:
    """Hold an answer against the entry that tells of it."""
    if answer.is_success:
        assert (entry["act"], entry["dec"], entry["pur"]) == ("view.read", "permit", purpose)
        named = {to_camel(field) for field in entry["cat"]}
        assert {to_camel(NAMES[name][0]) for name in members(answer.json())} <= named
    else:
        reasons = [reason["voorwaarde"] for reason in answer.json()["redenen"]]
        assert reasons
        assert (entry["act"], entry["dec"], entry["rsn"]) == (
            "access.denied",
            "deny",
            "+".join(reasons)[:120],
        )


def look(service: Service, name: str, purpose: str, case: CaseId) -> httpx2.Response:
    """Ask for a view under a reference of one's own; the log must tell of the answer, whatever it is."""
    own = purpose if purpose in role_of(name).purposes else role_of(name).purposes[0]
    ref = service.reference(name, own, case)
    before = service.size()
    answer = service.ask(name, "GET", f"/dossiers/{ref}/weergaven/{purpose}")
    assert answer.status_code in {200, 403}, (name, purpose, answer.text)
    assert answer.headers["cache-control"] == "no-store"
    told = service.log(before)
    assert told
    for entry in told:
        assert_told(entry, answer, purpose)
    return answer


@pytest.mark.parametrize("state", STATES)
def test_each_party_sees_of_a_case_what_the_matrix_lets_through_and_hears_why_not(
    service: Service, state: str
) -> None:
    STATES[state].make(service)
    case, facts = service.newest_case(), facts_of(*STATES[state].holds.split())
    row = list(service.written.values())[-1]
    seen = set()
    for name, purpose in sorted(OWN):
        answer = look(service, name, purpose, case)
        assert_silent(principal(name).kind, answer.text, row)
        if answer.is_success:
            seen.add((name, purpose))
            assert_within(principal(name).kind, answer.json(), facts)
    assert seen == STATES[state].seen_by


@pytest.mark.parametrize("name", ASKERS)
def test_a_purpose_that_is_not_ones_own_shows_nothing(service: Service, name: str) -> None:
    Service.person(service)
    case = service.newest_case()
    for purpose in set(Purpose) - set(role_of(name).purposes):
        answer = look(service, name, purpose, case)
        assert answer.status_code == 403
        assert [reason["voorwaarde"] for reason in answer.json()["redenen"]] == ["geen_grant"]


def test_a_reference_of_another_party_is_refused_like_one_that_was_never_given_out(service: Service) -> None:
    """Asked for one's own purpose, with a reason and an entry; nothing tells whether there is such a case."""
    Service.person(service)
    case = service.newest_case()
    theirs = {role_of(name).party: service.reference(name, purpose, case) for name, purpose in OWN}
    for name, purpose in sorted(OWN):
        others = [ref for party, ref in theirs.items() if party != role_of(name).party]
        answers = set()
        for ref in (*others[:3], "0000-0000-0", "7K3P-9QX2-C", "ZZZZZZZZZZZ"):
            before = service.size()
            answer = service.ask(name, "GET", f"/dossiers/{ref}/weergaven/{purpose}")
            (entry,) = service.log(before)
            assert_told(entry, answer, purpose)
            assert not {"subc", "casc"} & entry.keys()
            answers.add((answer.status_code, answer.content, entry["rsn"], entry["gr"]))
        ((status, _, reason, _),) = answers
        assert status == 403
        assert "+" not in reason


def test_a_token_for_one_purpose_shows_nothing_for_another(service: Service) -> None:
    Service.person(service)
    assert {role_of(name).kind for name in ASKERS} == set(PartyKind)
    ref = service.reference("woonstichting", "aanleveren", service.newest_case())
    narrow = service.token("woonstichting", "terugkoppelen")
    before = service.size()
    refused = service.ask(
        "woonstichting", "GET", f"/dossiers/{ref}/weergaven/aanleveren", headers={"Authorization": narrow}
    )
    assert (refused.status_code, refused.json()["type"]) == (403, "/problemen/doel_ontbreekt")
    (entry,) = service.log(before)
    assert_told(entry, refused, "aanleveren")


def test_a_look_at_two_persons_side_by_side_leaves_the_full_view_as_it_is(service: Service) -> None:
    pair = service.get("gem-anna", f"/koppelvoorstellen/{proposal(service)}")
    assert not {"bedrag", "signalen"} & set(pair["inwoners"][0])
    Service.person(service)
    full = look(service, "gem-anna", "matchen", service.newest_case())
    assert full.json()["signalen"][0]["bedrag"] == 123450


def test_what_was_said_on_the_phone_is_for_social_work_alone(service: Service) -> None:
    ref = asked_for_help(service)
    taken = service.post("sw-farid", f"/hulpvragen/{ref}/overnames")
    assert taken["omschrijving"] == YES["omschrijving"]
    case = service.newest_case()
    for name, purpose in sorted(OWN - {_WORKER}):
        assert YES["omschrijving"] not in look(service, name, purpose, case).text
