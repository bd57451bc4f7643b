"""Appending: what comes back, what is stored, how time and years run."""

import json
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from audit.checkpoint import open_checkpoint
from audit.log import newest
from audit.tables import insert_rows, metadata
from audit.tree import grow, leaf_hash, root_of
from schemas.audit import Act
from tests.support.audit import NOON, TENANT, Ed25519, fresh, make_log, read_case, verify_ed25519

YEAR = 365 * 24 * 3_600_000


def entries_of(connection: Connection, tenant: str = TENANT, year: int = 2026) -> list[bytes]:
    rows = connection.execute(
        text("SELECT idx, entry FROM audit_log WHERE tenant = :t AND year = :y ORDER BY idx"),
        {"t": tenant, "y": year},
    ).all()
    assert [row[0] for row in rows] == list(range(len(rows)))
    return [row[1] for row in rows]


def last_note(connection: Connection, tenant: str = TENANT, year: int = 2026) -> bytes:
    note = connection.execute(
        text("SELECT note FROM audit_checkpoint WHERE tenant = :t AND year = :y ORDER BY size DESC"),
        {"t": tenant, "y": year},
    ).scalar()
    return note.encode()


def test_the_first_entry_of_a_log_names_the_key_that_signs_it() -> None:
    with fresh() as connection:
        make_log().append(connection, [read_case()], NOON)
        first = json.loads(entries_of(connection)[0])
    assert first["act"] == Act.LOG_OPENED
    assert first["key"] == str(Ed25519().vkey)
    assert "prev" not in first


def test_an_append_answers_with_index_leaf_and_origin() -> None:
    with fresh() as connection:
        appended = make_log().append(connection, [read_case(1), read_case(2)], NOON)
        stored = entries_of(connection)
    assert [one.index for one in appended] == [1, 2]
    assert [one.leaf for one in appended] == [leaf_hash(entry) for entry in stored[1:]]
    assert [one.entry_id for one in appended] == [json.loads(entry)["id"] for entry in stored[1:]]
    assert {(one.origin, one.year) for one in appended} == {("sluis.example/audit/GM0637/2026", 2026)}


def test_the_entry_names_what_was_allowed_and_what_may_be_opened() -> None:
    with fresh() as connection:
        make_log().append(connection, [read_case(sealed=(b"b", b"a", b"b"))], NOON)
        entry = json.loads(entries_of(connection)[1])
    hashes = sorted([sha256(b"a").digest(), sha256(b"b").digest()])
    assert entry["seal"] == sha256(b"".join(hashes)).hexdigest()
    assert entry["sealn"] == 2
    assert (entry["pur"], entry["gr"], entry["leg"], entry["dec"]) == (
        "hulpverlenen",
        "V07",
        "Wgs:3.1.b",
        "permit",
    )
    assert entry["cat"] == ["achternaam", "telefoonnummers", "bedrag_cent"]
    assert entry["t"] == NOON


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_append_in_any_batches_equals_a_tree_over_all_entries(batches: list[int]) -> None:
    log = make_log()
    with fresh() as connection:
        for batch in batches:
            log.append(connection, [read_case(number) for number in range(batch)], NOON)
        stored = entries_of(connection)
        note = last_note(connection)
        tiles = connection.execute(text("SELECT level, n, hashes FROM audit_tile ORDER BY level, n")).all()
    leaves = [leaf_hash(entry) for entry in stored]
    growth = grow(0, (), leaves)
    point = open_checkpoint(note, Ed25519().vkey, verify_ed25519)
    assert (point.size, point.root) == (sum(batches) + 1, root_of(growth.edge))
    for level, hashes in enumerate(growth.levels):
        whole = b"".join(hashes)
        if level == 0:
            whole = whole[: len(whole) // 8192 * 8192]
        assert b"".join(row.hashes for row in tiles if row.level == level) == whole


def test_one_group_commit_may_hold_events_of_many_municipalities() -> None:
    other = "GM0344"
    events = [read_case(1), read_case(2, tenant=other), read_case(3), read_case(4, tenant=other)]
    with fresh() as connection:
        appended = make_log().append(connection, events, NOON)
        assert len(entries_of(connection)) == len(entries_of(connection, other)) == 3
        for tenant in (TENANT, other):
            point = open_checkpoint(last_note(connection, tenant), Ed25519().vkey, verify_ed25519)
            assert point.origin == f"sluis.example/audit/{tenant}/2026"
    assert [one.index for one in appended] == [1, 1, 2, 2]
    assert [one.origin.split("/")[2] for one in appended] == [TENANT, other, TENANT, other]


def test_time_never_runs_back_and_the_entry_says_how_late_the_clock_was() -> None:
    log = make_log()
    with fresh() as connection:
        log.append(connection, [read_case()], NOON)
        log.append(connection, [read_case()], NOON - 1500)
        log.append(connection, [read_case()], NOON + 1)
        told = [(json.loads(entry)["t"], json.loads(entry).get("clk")) for entry in entries_of(connection)]
    assert told == [(NOON, None), (NOON, None), (NOON, 1500), (NOON + 1, None)]


def test_a_new_year_opens_a_log_that_names_the_end_of_the_old_one() -> None:
    log = make_log()
    with fresh() as connection:
        log.append(connection, [read_case(number) for number in range(300)], NOON)
        last_year = open_checkpoint(last_note(connection), Ed25519().vkey, verify_ed25519)
        appended = log.append(connection, [read_case()], NOON + YEAR)
        first = json.loads(entries_of(connection, year=2027)[0])
        assert len(entries_of(connection)) == 301
    assert (appended[0].index, appended[0].year) == (1, 2027)
    assert first["prev"] == {
        "origin": last_year.origin,
        "size": 301,
        "root": last_year.root.hex(),
    }


def test_a_clock_back_over_new_year_cannot_reopen_a_closed_log() -> None:
    log = make_log()
    with fresh() as connection:
        log.append(connection, [read_case()], NOON + YEAR)
        appended = log.append(connection, [read_case()], NOON)
        assert appended[0].year == 2027
        assert entries_of(connection, year=2026) == []


def test_nothing_is_written_when_nothing_happened() -> None:
    with fresh() as connection:
        assert make_log().append(connection, [], NOON) == []
        assert newest(connection, TENANT) is None


def test_a_rolled_back_transaction_leaves_no_trace_and_the_next_takes_its_place() -> None:
    log = make_log()
    with fresh() as connection:
        first = log.append(connection, [read_case()], NOON)
        inner = connection.begin_nested()
        lost = log.append(connection, [read_case()], NOON)
        inner.rollback()
        kept = log.append(connection, [read_case()], NOON)
        assert [first[0].index, lost[0].index, kept[0].index] == [1, 2, 2]
        assert len(entries_of(connection)) == 3
        grown = grow(0, (), [leaf_hash(entry) for entry in entries_of(connection)])
        assert open_checkpoint(last_note(connection), Ed25519().vkey, verify_ed25519).root == root_of(
            grown.edge
        )


def test_an_event_without_a_person_has_no_sealed_detail() -> None:
    with fresh() as connection:
        plain = read_case(subject=None, user="", client="", case=None, why=(), detail={}, sealed=())
        make_log().append(connection, [plain], NOON)
        entry = json.loads(entries_of(connection)[1])
        assert not {"detc", "subc", "actc", "casc", "seal"} & set(entry)
        for table in ("audit_detail", "audit_subject", "audit_actor"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_a_machine_comparison_is_one_entry_that_commits_to_everybody_in_it() -> None:
    subjects = tuple(f"{number:032x}" for number in range(50))
    with fresh() as connection:
        run = read_case(act=Act.MATCH_RUN, subject=None, case=None, subjects=subjects, n=50)
        make_log().append(connection, [run], NOON)
        entry = json.loads(entries_of(connection)[1])
        assert entry["n"] == 50
        assert len(entry["subr"]) == 64
        found = connection.execute(text("SELECT subject FROM audit_subject ORDER BY subject")).scalars().all()
    assert found == list(subjects)


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_table_carries_the_municipality_first(table: str) -> None:
    columns = metadata.tables[table].primary_key.columns.keys()
    assert table.startswith("audit_")
    assert columns[0] == "tenant"


def test_inserting_nothing_asks_the_database_nothing() -> None:
    with fresh() as connection:
        insert_rows(connection, metadata.tables["audit_log"], [])
        assert connection.execute(text("SELECT count(*) FROM audit_log")).scalar() == 0
