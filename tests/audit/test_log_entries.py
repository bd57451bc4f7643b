"""What an entry may hold: codes and commitments for ever, persons only in the part that can be erased."""

import json
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from audit.entry import (
    MAX_ENTRY,
    check_detail,
    commitment,
    draft,
    finish,
    naming,
    read,
    sealed_hashes,
    subjects_root,
)
from audit.erasure import erase
from audit.query import entry_at, sealed_detail
from schemas.audit import ACTS, Act, ActType
from schemas.errors import Broken, KeyDestroyed, LogBroken
from tests.support.audit import NOON, TENANT, Sealer, fresh, make_log, read_case

CANARIES = {
    "subject": "canary-subject-0001",
    "user": "canary-user-0002",
    "client": "canary-client-0003",
    "case": "canary-case-0004",
    "why": ("canary-why-0005",),
    "detail": {"naam": "canary-name-0006", "bsn": "canary-bsn-0007"},
    "sealed": (b"canary-sealed-0008",),
}
RANDOM = bytes(range(106))


def written(**changes: Any) -> dict[str, Any]:
    made = draft(read_case(**changes), NOON, 0, RANDOM)
    return read(finish(made.leaf, b""))


def test_no_canary_stands_in_any_table_but_the_erasable_index() -> None:
    with fresh() as connection:
        make_log().append(connection, [read_case(**CANARIES)], NOON)
        for table in ("audit_log", "audit_state", "audit_tile", "audit_checkpoint", "audit_detail"):
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                assert b"canary" not in b"|".join(
                    value if isinstance(value, bytes) else str(value).encode() for value in row
                )
        indexed = connection.execute(
            text("SELECT subject FROM audit_subject UNION ALL SELECT actor FROM audit_actor ORDER BY 1")
        ).scalars()
        assert sorted(indexed) == ["canary-client-0003", "canary-subject-0001", "canary-user-0002"]


@pytest.mark.parametrize("field", ["role", "purpose", "grant", "ground", "reason"])
@pytest.mark.parametrize(
    "value", ["Jan de Vries", "+31612345678", "123456789", "jan@example.nl", "é", " x", "a\n"]
)
def test_free_text_and_long_numbers_cannot_settle_in_the_immutable_part(field: str, value: str) -> None:
    with pytest.raises(Broken) as raised:
        written(**{field: value})
    assert value not in str(raised.value)


@pytest.mark.parametrize("field", ["party", "register", "trace", "span", "parent"])
def test_ids_in_the_immutable_part_hold_no_spaces(field: str) -> None:
    with pytest.raises(Broken):
        written(**{field: "Jan de Vries"})


def test_a_field_name_cannot_smuggle_text() -> None:
    with pytest.raises(Broken):
        written(fields=("achternaam", "Jan de Vries"))


def test_an_entry_is_canonical_ascii_without_nulls_floats_or_empties() -> None:
    made = draft(read_case(trace="ab" * 16, span="cd" * 8), NOON, 0, RANDOM)
    entry = finish(made.leaf, b"sealed")
    leaf = json.loads(entry)
    assert entry == json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    assert all(leaf.values())
    assert not any(isinstance(value, float) for value in leaf.values())
    assert leaf["detc"] == sha256(b"sealed").hexdigest()
    assert (leaf["tr"], leaf["sp"]) == ("ab" * 16, "cd" * 8)


def test_what_is_absent_is_left_out() -> None:
    leaf = written(
        party="", role="", user="", client="", purpose="", grant="", ground="", register="", decision="none",
        subject=None, case=None, fields=(), sealed=(), why=(), n=0, detail={},
    )  # fmt: skip
    assert set(leaf) == {"v", "id", "typ", "act", "crud", "t"}


def test_the_id_is_a_uuid_of_version_7_with_the_time_in_front() -> None:
    identity = written()["id"]
    assert int(identity[:12], 16) == NOON
    assert identity[12] == "7"
    assert identity[16] in "89ab"
    assert identity != read(finish(draft(read_case(), NOON, 0, bytes(106)).leaf, b""))["id"]


def test_an_event_with_too_many_fields_is_refused_before_it_reaches_the_log() -> None:
    with pytest.raises(Broken, match="te veel velden"):
        read_case(fields=tuple(f"veld_{number}" for number in range(400)))


def test_the_largest_event_there_can_be_fits_an_entry() -> None:
    long = dict.fromkeys(("party", "register", "trace", "span", "parent"), "x" * 128)
    codes = dict.fromkeys(("role", "purpose", "grant", "ground", "reason"), "x" * 128)
    largest = read_case(
        **long, **codes, fields=("y" * 100,) * 14, subjects=("a", "b"), n=2**53, act=max(Act, key=len)
    )
    made = draft(largest, 2**47, 2**47, RANDOM)
    assert len(finish(made.leaf, b"sealed")) <= MAX_ENTRY


def test_details_that_are_no_json_are_refused_before_they_reach_the_log() -> None:
    with pytest.raises(Broken, match="JSON"):
        read_case(detail={"when": object()})


def test_the_same_person_twice_gives_two_commitments_that_nobody_can_link() -> None:
    first = read(finish(draft(read_case(), NOON, 0, bytes(106)).leaf, b""))
    second = read(finish(draft(read_case(), NOON, 0, RANDOM).leaf, b""))
    for key in ("subc", "actc", "casc"):
        assert first[key] != second[key]


def test_a_commitment_keeps_subject_actor_and_case_apart() -> None:
    assert len({commitment(tag, bytes(32), "same") for tag in ("subject", "actor", "case")}) == 3


def test_the_order_of_sealed_values_does_not_matter_and_each_counts_once() -> None:
    assert sealed_hashes([b"b", b"a", b"b"]) == sealed_hashes([b"a", b"b"])
    assert written(sealed=(b"b", b"a", b"b"))["seal"] == written(sealed=(b"a", b"b"))["seal"]
    assert written(sealed=(b"a",))["seal"] != written(sealed=(b"a", b"b"))["seal"]


def test_an_opened_detail_proves_who_is_behind_the_commitments() -> None:
    sealer = Sealer()
    with fresh() as connection:
        make_log(sealer).append(connection, [read_case(**CANARIES)], NOON)
        entry, blob = entry_at(connection, TENANT, 2026, 1), sealed_detail(connection, TENANT, 2026, 1)
    assert blob is not None
    opened = sealer.open(TENANT, CANARIES["subject"], blob)
    detail = check_detail(entry, blob, opened)
    assert detail["subject"] == CANARIES["subject"]
    assert detail["user"] == CANARIES["user"]
    assert detail["detail"] == CANARIES["detail"]
    assert detail["why"] == ["canary-why-0005"]


@pytest.mark.parametrize("key", ["subject", "user", "client", "case", "id"])
def test_a_detail_about_somebody_else_is_not_accepted(key: str) -> None:
    made = draft(read_case(), NOON, 0, RANDOM)
    entry = finish(made.leaf, made.detail)
    assert check_detail(entry, made.detail, made.detail)["subject"] == f"{1:032x}"
    changed = orjson.dumps(orjson.loads(made.detail) | {key: f"{9:032x}"})
    with pytest.raises(LogBroken):
        check_detail(entry, made.detail, changed)
    with pytest.raises(LogBroken):
        check_detail(entry, made.detail + b" ", made.detail)


def test_a_detail_that_leaves_a_person_out_is_not_accepted() -> None:
    made = draft(read_case(), NOON, 0, RANDOM)
    without = {key: value for key, value in orjson.loads(made.detail).items() if key != "case"}
    with pytest.raises(LogBroken):
        check_detail(finish(made.leaf, made.detail), made.detail, orjson.dumps(without))


def test_a_run_proves_its_set_of_subjects_whatever_their_order() -> None:
    assert subjects_root(bytes(32), ["a", "b"]) == subjects_root(bytes(32), ["b", "a"])
    assert subjects_root(bytes(32), ["a", "b"]) != subjects_root(bytes(32), ["a", "c"])


def test_erasing_a_subject_takes_detail_and_index_and_leaves_others() -> None:
    sealer = Sealer()
    one, other = f"{1:032x}", f"{2:032x}"
    with fresh() as connection:
        run = read_case(3, act=Act.MATCH_RUN, subject=None, case=None, subjects=(one, other))
        make_log(sealer).append(connection, [read_case(1), read_case(2), read_case(1), run], NOON)
        before = [entry_at(connection, TENANT, 2026, index) for index in range(5)]
        blob = sealed_detail(connection, TENANT, 2026, 1)
        sealer.destroy(TENANT, one)
        assert erase(connection, TENANT, [one]) == 2
        left = [sealed_detail(connection, TENANT, 2026, index) is not None for index in range(1, 5)]
        assert left == [False, True, False, True]
        subjects = connection.execute(text("SELECT DISTINCT subject FROM audit_subject")).scalars().all()
        assert subjects == [other]
        assert [entry_at(connection, TENANT, 2026, index) for index in range(5)] == before
    with pytest.raises(KeyDestroyed):
        sealer.open(TENANT, one, blob or b"")


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"[]",
        b"1",
        b'{"t":1,"v":2}',
        b'{"t":1,"v":1.0}',
        b'{"t":1.5,"v":1}',
        b'{"t":null,"v":1}',
        b'{"v":1}',
        b'{ "t":1,"v":1}',
        b'{"v":1,"t":1}',
        b'{"t":1,"t":1,"v":1}',
        b'{"t":1,"v":1}\n',
        b'{"a":"\\u0041","t":1,"v":1}',
        b"\xff",
        b'{"a":"' + b"x" * MAX_ENTRY + b'","t":1,"v":1}',
    ],
)
def test_bytes_that_are_no_canonical_entry_are_refused(entry: bytes) -> None:
    assert read(b'{"t":1,"v":1}') == {"t": 1, "v": 1}
    with pytest.raises(LogBroken):
        read(entry)


@given(st.binary(max_size=60), st.integers(0, 10**9))
@settings(max_examples=100, deadline=None)
def test_an_altered_entry_is_named_without_repeating_its_content(entry: bytes, index: int) -> None:
    assert naming(index, entry) == f"Logregel {index} (onleesbaar)"


@pytest.mark.parametrize(
    "leaf", [{"t": 1e300, "act": "case.read"}, {"t": 1, "act": "Jan"}, {"t": "x"}, {"t": None}]
)
def test_an_entry_with_an_impossible_time_or_act_is_named_as_unreadable(leaf: dict[str, Any]) -> None:
    assert naming(3, orjson.dumps(leaf)) == "Logregel 3 (onleesbaar)"


def test_the_vocabulary_is_complete_and_every_code_stands_once() -> None:
    assert list(ACTS) == list(Act)
    assert len({act.value for act in Act}) == len(Act)
    assert {row.typ for row in ACTS.values()} == set(ActType)
    for act, row in ACTS.items():
        subject, _, verb = act.value.partition(".")
        assert subject
        assert verb
        assert act.name == act.value.upper().replace(".", "_")
        assert row.crud in set("CRUDE")
        assert row.sentence.endswith(".")
        assert row.sentence[0].isupper()
    with pytest.raises(TypeError):
        ACTS[Act.CASE_READ] = ACTS[Act.CASE_LISTED]  # type: ignore[index]


def test_an_act_is_read_back_from_its_code_with_its_row() -> None:
    assert Act("case.read") is Act.CASE_READ
    assert ACTS[Act("case.read")].typ is ActType.ACCESS
    with pytest.raises(ValueError, match=r"case\.peek"):
        Act("case.peek")
