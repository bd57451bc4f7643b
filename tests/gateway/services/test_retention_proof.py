"""Reading back: what the proof of an erasure looks at, and what makes it fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.services.retention.erasing import CHUNK
from gateway.services.retention.proof import sealed_under, shredded
from gateway.store import cases
from gateway.store.change import Change
from keys.dekcache import HEADER
from keys.shred import Erasure
from schemas.errors import Conflict, NotFound
from schemas.retention import Terms
from schemas.signal import LineCode
from tests.support.erasure import Archive, claims
from tests.support.installation import TENANT, Town, an_installation

KEY = bytes(range(16))
BLOCK = 2**20


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("at", [0, 5, BLOCK - 19, BLOCK - 1, BLOCK, 2 * BLOCK - 3])
def test_a_sealed_value_is_found_wherever_it_stands(tmp_path: Path, at: int) -> None:
    file = tmp_path / "some.db"
    file.write_bytes(bytes(at) + HEADER + KEY + b"rest" * 30)
    assert list(sealed_under(file)) == [KEY]


def test_a_key_id_with_line_ends_in_it_is_found(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    file.write_bytes(HEADER + b"\n" * 16)
    assert list(sealed_under(file)) == [b"\n" * 16]


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert list(sealed_under(tmp_path / "none")) == []


def test_the_digest_of_the_keys_is_the_same_in_any_order() -> None:
    lines = [Erasure(TENANT, bytes([n]) * 16, "contact", "x", 1000 + n) for n in range(3)]
    assert shredded(lines, 0, 14) == shredded(lines[::-1], 0, 14)
    assert shredded(lines, 0, 14).digest != shredded(lines[:2], 0, 14).digest
    assert shredded(lines, 0, 14).beyond_use_ms == 1002 + 14 * 86_400_000
    assert shredded([], 5, 1).beyond_use_ms == 5 + 86_400_000


def test_deleted_rows_leave_the_disk_with_the_checkpoint(town: Town) -> None:
    archive = Archive(town)
    store, code = town.house.store, "KANARIE-9413-X"
    row = {"tenant": TENANT, "party_id": "x", "code": code, "purpose": "x", "period": "x", "pointer": b"x"}
    store.commit(Change((cases.remember_code(row),)))
    assert archive.on_disk(code.encode())
    store.commit(Change((cases.forget_code(TENANT, archive.rosa.party, code),)))
    store.checkpoint()
    assert archive.on_disk(code.encode())
    store.commit(Change((cases.forget_code(TENANT, row["party_id"], code),)))  # type: ignore[arg-type]
    store.checkpoint()
    assert archive.on_disk(code.encode()) == []
    assert store.files[1].stat().st_size == 0


def test_compacting_keeps_what_is_there(town: Town) -> None:
    case = town.person()
    before = town.row(case)
    town.house.store.compact()
    assert town.row(case) == before


def test_a_month_of_more_than_one_chunk_goes_whole_under_one_certificate(town: Town) -> None:
    archive = Archive(town)
    archive.decide()
    made = town.bring([town.someone() for _ in range(CHUNK + 20)])
    blobs = [archive.blobs(case)[0] for case in made[:: CHUNK // 4]]
    for case in made:
        town.change(
            case, state="gesloten", closed_at=town.house.now_ms(), close_reason="definitief_geen_contact"
        )
    bystander = town.person()
    town.clock.forward(days=190)
    erased = archive.run()
    assert erased.counts["dossiers"] == erased.counts["signalen"] == len(made)
    assert erased.keys == 3 * len(made)
    assert claims(erased.certificate)["gewist"] == erased.counts
    assert archive.on_disk(*blobs) == []
    assert [row["case_id"] for row in archive.rows("gateway_case")] == [bystander]
    assert len(archive.rows("gateway_certificate")) == 1


def test_after_erasure_the_same_arrear_may_be_signalled_anew(town: Town) -> None:
    archive = Archive(town)
    archive.decide()
    case = archive.ended_case()
    line = town.written[case]
    town.clock.forward(days=190)
    assert [result.code for result in town.deliver([line]).results] == [LineCode.DUPLICATE]
    archive.run()
    (fresh,) = town.bring([line])
    assert (fresh != case, town.row(fresh)["samenloop"], town.row(fresh)["previous"]) == (
        True, "enkelvoudig", None,
    )  # fmt: skip


def test_nobody_reads_a_case_whose_keys_are_gone(town: Town) -> None:
    archive = Archive(town)
    archive.decide()
    case = archive.ended_case()
    ref = town.ref(town.as_user("sanne"), case)
    town.clock.forward(days=190)
    archive.run()
    with pytest.raises(NotFound):
        town.behind(town.as_user("sanne"), ref)
    with pytest.raises(AssertionError):
        town.row(case)


def test_a_zero_term_still_waits_for_the_undo_of_month_end(town: Town) -> None:
    archive = Archive(town)
    archive.decide(Terms(zonder_hulp_maanden=0))
    archive.ended_case()
    town.clock.forward(days=2)
    assert archive.plans.plan(archive.rosa).due == {}
    town.clock.forward(days=1)
    assert archive.plans.plan(archive.rosa).due == {"zonder_hulp": 1}


def test_two_runs_of_one_plan_make_one_certificate(town: Town) -> None:
    archive = Archive(town)
    archive.decide()
    archive.ended_case()
    town.clock.forward(days=190)
    plan = archive.plans.plan(archive.rosa)
    other: list[object] = []
    with pytest.raises(Conflict):
        archive.interrupted(1, lambda: other.append(archive.runs.run(archive.rosa, plan.plan_id))).run(
            archive.rosa, plan.plan_id
        )
    assert len(other) == len(archive.rows("gateway_certificate")) == 1
