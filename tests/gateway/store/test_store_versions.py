"""Whoever acts on an old state of things is told so, and nothing of it is stored."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.store import calls, cases, parties, signals, work
from gateway.store.change import Change, Insert, Update
from gateway.store.commit import Store
from gateway.store.tables import (
    AttemptRow,
    CaseRow,
    CaseSignalRow,
    DeliveryRow,
    HandoverRow,
    LeaseRow,
    LinkRow,
    OfferRow,
    ProposalRow,
    SignalRow,
    TagRow,
)
from schemas.errors import Conflict
from schemas.ids import CaseId, PartyId, SignalId, Tenant
from tests.support.stores import TENANT, a_store, told

CASE = CaseId("c" * 32)
OTHER = Tenant("GM0344")
BELTEAM = PartyId("belteam")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as opened:
        yield opened


def case_row(case: str = CASE, **changes: Any) -> dict[str, Any]:
    own = {
        "tenant": TENANT,
        "case_id": case,
        "state": "belbaar",
        "month": "2026-11",
        "run_id": "r",
        "opened_at": 1_000,
        "category": "eerste_aanbod",
        "offer_due": 2_000,
    }
    return own | changes


def lease_row(lease: str = "l1", **changes: Any) -> dict[str, Any]:
    own = {
        "tenant": TENANT,
        "lease_id": lease,
        "case_id": CASE,
        "signal_id": "s1",
        "party_id": BELTEAM,
        "client_id": "farid-client",
        "ref": "7K3P-9QX2-C",
        "leased_at": 1,
        "expires_at": 100,
        "state": "open",
    }
    return own | changes


def signal_row(signal: str = "s1", **changes: Any) -> dict[str, Any]:
    own = {
        "tenant": TENANT,
        "signal_id": signal,
        "delivery_id": "d1",
        "line": 1,
        "party_id": "woonstichting",
        "partner_type": "huur",
        "soort": "vroegsignaal",
        "state": "gevalideerd",
        "month": "2026-11",
        "received_at": 1,
        "line_tag": signal.encode(),
        "ref_tag": signal.encode(),
        "identity": b"i",
        "contact": b"c",
        "finance": b"f",
    }
    return own | changes


def put(store: Store, model: Any, *rows: dict[str, Any]) -> None:
    store.commit(Change((Insert(model, list(rows)),)))


def the_case(store: Store, case: CaseId = CASE) -> Any:
    with store.read() as connection:
        return cases.find_case(connection, TENANT, case)


def test_a_case_that_moved_on_is_not_moved_again(store: Store) -> None:
    put(store, CaseRow, case_row())
    seen = the_case(store)
    store.commit(Change((cases.move(seen, state="brief"),), (told(),)))
    with pytest.raises(Conflict):
        store.commit(Change((cases.move(seen, state="sociaal_werk"),), (told(),)))
    assert (the_case(store)["state"], the_case(store)["version"]) == ("brief", 2)


def test_of_many_who_move_a_case_at_once_one_wins(store: Store) -> None:
    put(store, CaseRow, case_row())
    seen = the_case(store)

    def move(n: int) -> bool:
        try:
            store.commit(Change((cases.move(seen, category=f"k{n}"),), (told(),)))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(move, range(24))) == 1
    assert the_case(store)["version"] == 2


def test_a_row_that_exists_is_a_conflict(store: Store) -> None:
    put(store, CaseRow, case_row())
    with pytest.raises(Conflict) as refused:
        put(store, CaseRow, case_row())
    assert refused.value.code == "bestaat_al"


def test_an_update_of_another_number_of_rows_than_expected_is_a_conflict(store: Store) -> None:
    put(store, CaseRow, case_row(), case_row("d" * 32))
    everything = {"tenant": TENANT}
    with pytest.raises(Conflict):
        store.commit(Change((Update(CaseRow, everything, {"category": "x"}, rows=1),)))
    store.commit(Change((Update(CaseRow, everything, {"category": "x"}, rows=2),)))
    store.commit(Change((Update(CaseRow, {"tenant": "none"}, {"category": "y"}, rows=None),)))
    assert the_case(store)["category"] == "x"


def test_a_lease_ends_once(store: Store) -> None:
    put(store, LeaseRow, lease_row())
    with store.read() as connection:
        held = calls.held_leases(connection, TENANT, "farid-client")[0]
    store.commit(Change((calls.end_lease(held, "afgerond", 5),)))
    with pytest.raises(Conflict):
        store.commit(Change((calls.end_lease(held, "teruggegeven", 6),)))


def test_a_question_on_a_lease_is_counted_once_for_every_time_it_is_asked(store: Store) -> None:
    put(store, LeaseRow, lease_row())
    with store.read() as connection:
        held = calls.held_leases(connection, TENANT, "farid-client")[0]
    store.commit(Change((calls.note_verification(held, tries=1, verified_at=None),)))
    with pytest.raises(Conflict):
        store.commit(Change((calls.note_verification(held, tries=1, verified_at=7),)))


def test_recalling_what_is_not_out_is_fine(store: Store) -> None:
    store.commit(Change((calls.recall_case(TENANT, CASE, 9), calls.expire_case(TENANT, CASE, 9))))


def test_a_recall_ends_open_leases_only_and_is_told_to_their_party(store: Store) -> None:
    put(store, LeaseRow, lease_row("l1", state="afgerond", ended_at=4), lease_row("l2"))
    store.commit(Change((calls.recall_case(TENANT, CASE, 9),)))
    with store.read() as connection:
        assert [row["lease_id"] for row in calls.recalled(connection, TENANT, BELTEAM, 8)] == ["l2"]
        assert calls.recalled(connection, TENANT, BELTEAM, 9) == []
        assert calls.recalled(connection, TENANT, PartyId("ander"), 0) == []


def test_a_state_of_a_signal_moves_only_from_where_it_was(store: Store) -> None:
    put(store, SignalRow, signal_row())
    store.commit(Change((signals.set_state(TENANT, "s1", "ingetrokken", was="gevalideerd"),)))
    with pytest.raises(Conflict):
        store.commit(Change((signals.set_state(TENANT, "s1", "gekoppeld", was="gevalideerd"),)))


@pytest.mark.parametrize("count", [1, 400, 401])
def test_many_signals_move_together_or_not_at_all(store: Store, count: int) -> None:
    ids = [f"s{n}" for n in range(count)]
    put(store, SignalRow, *(signal_row(one, line_tag=one.encode()) for one in ids))
    store.commit(Change((signals.set_state(TENANT, ids[-1], "ingetrokken", was="gevalideerd"),)))
    with pytest.raises(Conflict):
        store.commit(Change(tuple(signals.set_states(TENANT, ids, "gekoppeld", was="gevalideerd"))))
    moved = signals.set_states(TENANT, ids[:-1], "gekoppeld", was="gevalideerd")
    store.commit(Change(tuple(moved)))
    with store.read() as connection:
        states = [row["state"] for row in signals.signals_by_id(connection, TENANT, ids)]
    assert sorted(states) == sorted(["ingetrokken", *["gekoppeld"] * (count - 1)])


def test_the_same_line_of_a_partner_is_stored_once(store: Store) -> None:
    put(store, SignalRow, signal_row("s1", line_tag=b"line"))
    with pytest.raises(Conflict):
        put(store, SignalRow, signal_row("s2", line_tag=b"line"))
    put(store, SignalRow, signal_row("s3", line_tag=b"line", party_id="waterbedrijf"))


def test_a_line_that_was_taken_back_leaves_room_for_itself(store: Store) -> None:
    put(store, SignalRow, signal_row("s1", line_tag=b"line"))
    store.commit(Change((signals.set_state(TENANT, "s1", "ingetrokken", was="gevalideerd"),)))
    put(store, SignalRow, signal_row("s2", line_tag=b"line"))
    with pytest.raises(Conflict):
        put(store, SignalRow, signal_row("s3", line_tag=b"line"))


def test_a_reference_counts_once_a_month(store: Store) -> None:
    put(store, SignalRow, signal_row("s1", ref_tag=b"ref", state="gekoppeld"))
    with pytest.raises(Conflict):
        put(store, SignalRow, signal_row("s2", ref_tag=b"ref"))
    put(store, SignalRow, signal_row("s3", ref_tag=b"ref", month="2026-12"))
    put(store, SignalRow, signal_row("s4", ref_tag=b"ref", state="vervangen"))
    put(store, SignalRow, signal_row("s5", ref_tag=b"ref", party_id="waterbedrijf"))


def test_a_reference_stands_for_the_signal_of_its_newest_month(store: Store) -> None:
    put(store, SignalRow, signal_row("s1", ref_tag=b"ref", month="2026-10"))
    put(store, SignalRow, signal_row("s2", ref_tag=b"ref", state="ingetrokken"))
    put(store, SignalRow, signal_row("s3", ref_tag=b"ref", state="vervangen"))
    with store.read() as connection:
        found = signals.named(connection, TENANT, PartyId("woonstichting"), [b"ref"])
    assert found == {b"ref": signals.Named("2026-11", None, taken_back=True)}
    put(store, SignalRow, signal_row("s4", ref_tag=b"ref"))
    with store.read() as connection:
        found = signals.named(connection, TENANT, PartyId("woonstichting"), [b"ref"])
    assert found == {b"ref": signals.Named("2026-11", SignalId("s4"))}


def test_an_idempotency_key_belongs_to_one_delivery_of_a_party(store: Store) -> None:
    def delivery(name: str, **changes: Any) -> dict[str, Any]:
        own = {"tenant": TENANT, "delivery_id": name, "party_id": "woonstichting", "received_at": 1}
        more = {"idempotency_key": "k", "fingerprint": b"f", "count": 0, "accepted": 0, "results": "[]"}
        return own | more | changes

    put(store, DeliveryRow, delivery("d1"))
    with pytest.raises(Conflict):
        put(store, DeliveryRow, delivery("d2"))
    put(store, DeliveryRow, delivery("d3", party_id="waterbedrijf"))
    put(store, DeliveryRow, delivery("d4", idempotency_key=None), delivery("d5", idempotency_key=None))


def test_an_assertion_is_used_once(store: Store) -> None:
    store.commit(Change((parties.use_assertion("client", "jti", 9),)))
    with pytest.raises(Conflict):
        store.commit(Change((parties.use_assertion("client", "jti", 9),)))
    store.commit(Change((parties.use_assertion("another", "jti", 9),)))


def test_a_proposal_is_decided_once_and_told_apart_for_good(store: Store) -> None:
    row = {
        "tenant": TENANT,
        "proposal_id": "p",
        "a": "s1",
        "b": "s2",
        "reasons": "[]",
        "text": "",
        "run_id": "r",
    }
    put(store, ProposalRow, row | {"at": 1})
    with store.read() as connection:
        asked = work.find_proposal(connection, TENANT, "p")
        assert asked is not None
        assert work.told_apart(connection, TENANT, ["s1"]) == frozenset()
    decided = work.decide_proposal(asked, decision="ander", decided_by="olga", decided_at=2)
    store.commit(Change((decided,)))
    with pytest.raises(Conflict):
        store.commit(Change((work.decide_proposal(asked, decision="zelfde", decided_by="o", decided_at=3),)))
    with store.read() as connection:
        assert work.told_apart(connection, TENANT, []) == {("s1", "s2")}
        assert work.told_apart(connection, OTHER, ["s1"]) == frozenset()


def link_row(link: str, a: str, b: str, **changes: Any) -> dict[str, Any]:
    own = {"tenant": TENANT, "link_id": link, "a": a, "b": b, "kind": "same_person", "rule": "A1"}
    return own | {"evidence": "0", "ruleset": "1", "run_id": "r", "actor": "olga", "at": 1} | changes


def test_a_person_is_found_by_walking_standing_links_both_ways(store: Store) -> None:
    rows = [
        link_row("l1", "s1", "s2"),
        link_row("l2", "s3", "s2"),
        link_row("l3", "s3", "s4", revoked_at=5),
        link_row("l4", "s1", "s5", kind="same_address"),
    ]
    put(store, LinkRow, *rows)
    with store.read() as connection:
        assert work.same_person(connection, TENANT, ["s1"]) == {"s1", "s2", "s3"}
        assert work.same_person(connection, TENANT, ["s4"]) == {"s4"}
        assert work.same_person(connection, OTHER, ["s1"]) == {"s1"}


def test_a_link_that_was_undone_by_a_person_keeps_its_ends_apart(store: Store) -> None:
    put(store, LinkRow, link_row("l1", "s1", "s2"), link_row("l2", "s3", "s4", kind="same_address"))
    for name in ("l1", "l2"):
        with store.read() as connection:
            found = work.find_link(connection, TENANT, name)
        assert found is not None
        store.commit(Change((work.revoke_link(found, by="olga", now=9),)))
        with pytest.raises(Conflict):
            store.commit(Change((work.revoke_link(found, by="olga", now=9),)))
    with store.read() as connection:
        for end in ("s1", "s2"):
            assert work.told_apart(connection, TENANT, [end, "s3"]) == {("s1", "s2")}


@pytest.mark.parametrize("count", [1, 399, 400, 401, 1_201])
def test_many_fingerprints_are_looked_up_in_portions(store: Store, count: int) -> None:
    rows = [signal_row(f"s{n}", ref_tag=f"r{n}".encode()) for n in range(count)]
    put(store, SignalRow, *rows)
    tags = [row["line_tag"] for row in rows]
    refs = [row["ref_tag"] for row in rows]
    ids = [row["signal_id"] for row in rows]
    with store.read() as connection:
        partner = PartyId("woonstichting")
        assert signals.known_lines(connection, TENANT, partner, [*tags, b"none"]) == set(tags)
        assert len(signals.named(connection, TENANT, partner, refs)) == count
        assert len(signals.signals_by_id(connection, TENANT, ids)) == count
        assert signals.known_lines(connection, TENANT, PartyId("waterbedrijf"), tags) == frozenset()
        assert signals.known_lines(connection, OTHER, partner, tags) == frozenset()


def test_a_question_about_more_subjects_than_a_statement_holds_is_answered(store: Store) -> None:
    """A first month of a large municipality; SQLite takes 32,766 parameters unless it was built to take more."""
    many = [f"{n:032x}" for n in range(33_000)]
    put(store, LinkRow, link_row("l1", many[0], many[-1]))
    put(store, CaseRow, case_row())
    put(store, CaseSignalRow, {"tenant": TENANT, "case_id": CASE, "signal_id": many[-1], "linked_at": 1})
    with store.read() as connection:
        assert [row["link_id"] for row in work.links_of(connection, TENANT, many)] == ["l1"]
        assert [row["case_id"] for row in cases.cases_of_signals(connection, TENANT, many)] == [CASE]


def test_a_partner_reference_finds_only_what_still_counts(store: Store) -> None:
    states = ("gevalideerd", "gekoppeld", "ingetrokken", "vervangen")
    put(store, SignalRow, *(signal_row(f"s{n}", state=s, ref_tag=s.encode()) for n, s in enumerate(states)))
    with store.read() as connection:
        tags = [s.encode() for s in states]
        found = signals.named(connection, TENANT, PartyId("woonstichting"), tags)
    assert {tag: one.signal for tag, one in found.items() if one.signal} == {
        b"gevalideerd": "s0",
        b"gekoppeld": "s1",
    }
    assert [tag for tag, one in found.items() if one.taken_back] == [b"ingetrokken"]


CALLERS = cases.Callers(TENANT, PartyId("belteam"), now=50, kept=40)


def test_least_called_and_longest_waiting_are_called_first(store: Store) -> None:
    rows = [
        case_row("a" * 32, attempts=2, opened_at=1),
        case_row("b" * 32, attempts=0, opened_at=9),
        case_row("c" * 32, attempts=0, opened_at=3),
        case_row("d" * 32, attempts=7),
        case_row("e" * 32, not_before=51),
        case_row("f" * 32, phone_blocked=True),
        case_row("1" * 32, state="brief"),
    ]
    put(store, CaseRow, *rows)
    with store.read() as connection:
        found = cases.callable_cases(connection, CALLERS, 10)
    assert [row["case_id"][0] for row in found] == ["c", "b", "a"]


def test_promised_calls_come_first_and_are_kept_for_who_promised_them(store: Store) -> None:
    rows = [
        case_row("a" * 32),
        case_row("b" * 32, promised_at=45, promised_to="belteam", attempts=5),
        case_row("c" * 32, promised_at=41, promised_to="belteam", attempts=6),
        case_row("d" * 32, promised_at=45, promised_to="ander"),
        case_row("e" * 32, promised_at=40, promised_to="ander"),
    ]
    put(store, CaseRow, *rows)
    with store.read() as connection:
        found = cases.callable_cases(connection, CALLERS, 10)
    assert [row["case_id"][0] for row in found] == ["e", "c", "b", "a"]


def test_a_help_request_is_taken_over_once(store: Store) -> None:
    row = {"tenant": TENANT, "case_id": CASE, "requested_at": 1, "verified": True, "threatening": False}
    store.commit(Change((work.request_help(row | {"first_talk_due": 9}),)))
    with store.read() as connection:
        asked = work.waiting_handovers(connection, TENANT)[0]
    store.commit(Change((work.acknowledge(asked, acknowledged_at=2, acknowledged_by="sanne"),)))
    with pytest.raises(Conflict):
        store.commit(Change((work.acknowledge(asked, acknowledged_at=2, acknowledged_by="tariq"),)))
    assert HandoverRow.__tablename__ == "gateway_handover"


def test_a_letter_that_was_done_is_not_done_again(store: Store) -> None:
    row = {"tenant": TENANT, "offer_id": "o", "case_id": CASE, "channel": "brief", "ordered_at": 1}
    store.commit(Change((work.order_offer(row | {"ordered_by": "olga"}),)))
    with store.read() as connection:
        ordered = work.open_offers(connection, TENANT, "brief")[0]
    store.commit(Change((work.update_offer(ordered, done_at=3, result="verzonden"),)))
    with pytest.raises(Conflict):
        store.commit(Change((work.update_offer(ordered, done_at=4, result="verzonden"),)))
    with store.read() as connection:
        assert work.open_offers(connection, TENANT, "brief") == []
    assert OfferRow.__tablename__ == "gateway_offer"


def test_a_tag_row_goes_without_its_neighbours(store: Store) -> None:
    rows = [{"tenant": TENANT, "name": "n", "tag": b"t", "pointer": p} for p in (b"1", b"2")]
    store.commit(Change((signals.add_tags(rows),)))
    store.commit(Change((signals.drop_tag(TENANT, "n", b"t", b"1"),)))
    with store.read() as connection:
        assert signals.tag_rows(connection, TENANT, "n", [b"t"]) == [(b"t", b"2")]
    assert TagRow.__tablename__ == "gateway_tag"


def test_a_running_assignment_ends_when_the_next_begins(store: Store) -> None:
    put(store, CaseRow, case_row())

    def assignment(name: str, user: str, at: int) -> dict[str, Any]:
        who = {"user_id": user, "assigned_by": "ineke", "reason": "verdeling"}
        return {"tenant": TENANT, "assignment_id": name, "case_id": CASE, "from_at": at} | who

    store.commit(Change(tuple(cases.assign(the_case(store), assignment("a1", "sanne", 5)))))
    store.commit(Change(tuple(cases.assign(the_case(store), assignment("a2", "tariq", 7)))))
    store.commit(Change(tuple(cases.release(the_case(store), 9))))
    with store.read() as connection:
        spans = [
            (a["user_id"], a["from_at"], a["until_at"]) for a in cases.assignments(connection, TENANT, CASE)
        ]
    assert spans == [("sanne", 5, 7), ("tariq", 7, 9)]
    assert the_case(store)["owner"] is None


def test_a_stand_in_stands_in_from_the_first_instant_and_not_at_the_last(store: Store) -> None:
    row = {
        "tenant": TENANT,
        "absence_id": "x",
        "user_id": "sanne",
        "replacement": "tariq",
        "recorded_by": "i",
    }
    store.commit(Change((parties.record_absence(row | {"from_at": 10, "until_at": 20}),)))
    with store.read() as connection:
        at = {now: parties.replaced_by(connection, TENANT, "tariq", now) for now in (9, 10, 19, 20)}
    assert at == {9: frozenset(), 10: {"sanne"}, 19: {"sanne"}, 20: frozenset()}


def test_a_client_that_lost_its_access_is_not_found(store: Store) -> None:
    party = {"tenant": TENANT, "party_id": BELTEAM, "kind": "callcenter", "name": "B", "number": "1"}
    client = {"tenant": TENANT, "client_id": "c", "party_id": BELTEAM, "jwk": "{}", "purposes": "bellen"}
    from gateway.store.tables import ClientRow, PartyRow  # noqa: PLC0415 (used by this test alone)

    put(store, PartyRow, party)
    put(store, ClientRow, client)
    with store.read() as connection:
        found = parties.find_client(connection, "c")
        assert found is not None
        assert found["kind"] == "callcenter"
    store.commit(Change((parties.end_client(TENANT, "c"),)))
    with store.read() as connection:
        assert parties.find_client(connection, "c") is None


def test_attempts_are_given_in_the_order_in_which_they_were_made(store: Store) -> None:
    """A resident who calls back takes no number of his own; time tells the order."""

    def attempt(name: str, number: int, at: int) -> dict[str, Any]:
        own = {
            "tenant": TENANT,
            "attempt_id": name,
            "case_id": CASE,
            "lease_id": f"l-{name}",
            "number": number,
        }
        how = {"at": at, "daypart": "ochtend", "outcome": "voicemail", "reached": False, "verified": False}
        return own | how | {"script_code": "s", "script_version": 1, "party_id": BELTEAM}

    put(store, AttemptRow, attempt("b", 1, 30), attempt("a", 1, 10), attempt("c", 0, 20))
    with store.read() as connection:
        assert [row["attempt_id"] for row in calls.attempts_of(connection, TENANT, CASE)] == ["a", "c", "b"]
        several = calls.attempts_of_cases(connection, TENANT, [CASE, "none"])
    assert [row["attempt_id"] for row in several[CASE]] == ["a", "c", "b"]
