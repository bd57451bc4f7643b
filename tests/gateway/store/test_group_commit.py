"""The single writer: one commit for many, one failure for one, and nobody waits for ever."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from gateway.store.change import Change, Delete, Insert, Update, Write
from gateway.store.commit import GROUP, Store
from gateway.store.tables import RunRow, UserRow
from schemas.errors import Broken, Conflict, KeyDestroyed, Sealed, Unavailable
from tests.support.stores import (
    PATIENCE,
    TENANT,
    Clumsy,
    Gate,
    Notebook,
    Refusing,
    a_store,
    hiring,
    in_one_group,
    run,
    told,
    user,
    users,
)

MISTAKES: list[BaseException] = [TypeError("mistake"), KeyError("mistake"), RecursionError("mistake")]


def clumsy(error: BaseException) -> Write:
    return cast("Write", Clumsy(error))


def quiet_about(mistakes: list[object]) -> Callable[[threading.ExceptHookArgs], None]:
    """Catch what a dying thread says, so that a test can look at it."""
    return lambda said: mistakes.append(said.exc_value)


@pytest.fixture
def last_words(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", quiet_about(said))
    return said


def test_changes_that_wait_together_share_one_commit_and_one_checkpoint(tmp_path: Path) -> None:
    gate = Gate()
    with a_store(tmp_path, gate) as store:
        with in_one_group(store, gate) as commit:
            waiting = [commit(hiring(f"u{n}")) for n in range(8)]
        for future in waiting:
            future.result(PATIENCE)
        assert [len(batch) for batch in gate.batches] == [1, 8]


def test_each_change_gets_its_own_entries_in_order(tmp_path: Path) -> None:
    gate = Gate()
    with a_store(tmp_path, gate) as store:
        with in_one_group(store, gate) as commit:
            two = commit(Change((user("a"),), (told("a1"), told("a2"))))
            none = commit(Change((user("b"),)))
            one = commit(Change((user("c"),), (told("c1"),)))
        assert [entry.index for entry in two.result(PATIENCE).entries] == [1, 2]
        assert none.result(PATIENCE).entries == ()
        assert [entry.index for entry in one.result(PATIENCE).entries] == [3]
        assert users(store) == ["a", "b", "c"]


def test_a_group_commit_keeps_one_failing_change_out_and_the_others_in(tmp_path: Path) -> None:
    gate = Gate()
    with a_store(tmp_path, gate) as store:
        store.commit(Change((user("taken"),)))
        with in_one_group(store, gate) as commit:
            before = commit(hiring("a"))
            failing = commit(Change((user("x"), user("taken")), (told("x"),)))
            after = commit(hiring("b"))
        assert before.result(PATIENCE).entries
        assert after.result(PATIENCE).entries
        with pytest.raises(Conflict):
            failing.result(PATIENCE)
        assert users(store) == ["a", "b", "taken"]
        assert [event.reason for event in gate.batches[-1]] == ["a", "b"]


def test_a_change_sees_what_an_earlier_one_of_its_group_wrote(tmp_path: Path) -> None:
    gate = Gate()
    with a_store(tmp_path, gate) as store:
        with in_one_group(store, gate) as commit:
            first, second = commit(hiring("a")), commit(hiring("a"))
        assert first.result(PATIENCE).entries
        with pytest.raises(Conflict):
            second.result(PATIENCE)


def test_a_write_that_the_database_refuses_fails_alone(tmp_path: Path) -> None:
    """A unique value hurt by an update, a missing column: not the fault of those who wait beside it."""
    gate = Gate()
    with a_store(tmp_path, gate) as store:
        store.commit(Change((user("a"), user("b"))))
        with in_one_group(store, gate) as commit:
            doubling = commit(
                Change((Update(UserRow, {"tenant": TENANT, "user_id": "a"}, {"user_id": "b"}),))
            )
            unreadable = commit(Change((user("d", role=object()),)))
            good = commit(hiring("c"))
        for future in (doubling, unreadable):
            with pytest.raises(Unavailable):
                future.result(PATIENCE)
        assert good.result(PATIENCE).entries
        assert users(store) == ["a", "b", "c"]


def test_more_than_one_group_waits_and_all_of_it_is_written(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        names = [f"u{n:04d}" for n in range(GROUP + 40)]
        with ThreadPoolExecutor(24) as pool:
            list(pool.map(lambda name: store.commit(hiring(name)), names))
        assert users(store) == names


@pytest.mark.parametrize("error", [KeyDestroyed, Sealed, Broken])
def test_an_entry_that_the_log_refuses_takes_only_its_own_change_along(
    tmp_path: Path, error: type[Broken | Sealed]
) -> None:
    class GatedRefusal(Gate):
        def append(self, connection: Connection, events: Any, now_ms: int) -> Any:
            if any(event.reason == "kapot" for event in events):
                raise error
            return super().append(connection, events, now_ms)

    gate = GatedRefusal()
    with a_store(tmp_path, gate) as store:
        with in_one_group(store, gate) as commit:
            before, bad = commit(hiring("a")), commit(hiring("x", "kapot"))
            after, late = commit(hiring("b")), commit(hiring("b"))
        assert before.result(PATIENCE).entries
        assert after.result(PATIENCE).entries
        with pytest.raises(error):
            bad.result(PATIENCE)
        with pytest.raises(Conflict):
            late.result(PATIENCE)
        assert users(store) == ["a", "b"]


def test_nothing_is_stored_when_the_log_raises(tmp_path: Path) -> None:
    with a_store(tmp_path, Refusing(KeyDestroyed)) as store:
        with pytest.raises(KeyDestroyed):
            store.commit(hiring("a", "kapot"))
        assert users(store) == []


@pytest.mark.parametrize("driver", [False, True])
def test_a_disk_error_is_unavailable_and_nothing_is_stored(tmp_path: Path, *, driver: bool) -> None:
    def full() -> BaseException:
        error = sqlite3.OperationalError("database or disk is full")
        return error if driver else OperationalError("INSERT", {}, error)

    with a_store(tmp_path, Refusing(full)) as store:
        with pytest.raises(Unavailable):
            store.commit(hiring("a", "kapot"))
        assert users(store) == []
        assert store.commit(hiring("b")).entries
        assert users(store) == ["b"]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: type(mistake).__name__)
def test_a_mistake_of_the_program_leaves_no_lock_and_a_new_writer_serves(
    tmp_path: Path, mistake: BaseException, last_words: list[object]
) -> None:
    with a_store(tmp_path) as store:
        with pytest.raises(Unavailable):
            store.commit(Change((user("a"), clumsy(mistake))))
        assert store.commit(hiring("b")).entries
        assert users(store) == ["b"]
        assert store.alive
    assert last_words == [mistake]


def test_everybody_who_waits_behind_a_mistake_is_answered(tmp_path: Path, last_words: list[object]) -> None:
    """Also those who came too late for the group in which it happened: none may hang."""
    gate = Gate()
    with a_store(tmp_path, gate) as store:
        with in_one_group(store, gate) as commit:
            futures = [commit(hiring(f"u{n}")) for n in range(4)]
            futures.append(commit(Change((clumsy(TypeError("mistake")),))))
        answers = [future.exception(PATIENCE) for future in futures]
        assert all(isinstance(answer, Unavailable) for answer in answers)
        with ThreadPoolExecutor(8) as pool:
            broken = [pool.submit(store.commit, Change((clumsy(TypeError("m")),))) for _ in range(20)]
            good = [pool.submit(store.commit, hiring(f"v{n}")) for n in range(20)]
            assert all(isinstance(one.exception(PATIENCE), Unavailable) for one in broken)
            assert all(
                one.exception(PATIENCE) is None or isinstance(one.exception(), Unavailable) for one in good
            )
        store.commit(hiring("last"))
        assert "last" in users(store)
    assert len(last_words) > 1


def test_a_mistake_in_the_log_fails_the_group_and_leaves_no_lock(
    tmp_path: Path, last_words: list[object]
) -> None:
    with a_store(tmp_path, Refusing(lambda: TypeError("mistake"))) as store:
        with pytest.raises(Unavailable):
            store.commit(hiring("a", "kapot"))
        assert store.commit(hiring("b")).entries
        assert users(store) == ["b"]
    assert len(last_words) == 1


def test_a_savepoint_that_was_released_does_not_survive_the_rollback_of_its_group(tmp_path: Path) -> None:
    """The trap of the driver's default: a released savepoint stayed committed after the outer ROLLBACK."""

    def gone() -> BaseException:
        return OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    with a_store(tmp_path, Refusing(gone)) as store:
        with pytest.raises(Unavailable):
            store.commit(Change((user("a"), run("r")), (told("kapot"),)))
        assert users(store) == []


def test_a_full_disk_refuses_before_any_answer_and_space_brings_the_service_back(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        store.commit(hiring("a"))
        pages = store._raw.execute("PRAGMA page_count").fetchone()[0]
        store._raw.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(Unavailable):
            store.commit(Change(tuple(user(f"u{n}", role="r" * 4000) for n in range(40)), (told(),)))
        assert users(store) == ["a"]
        store._raw.execute(f"PRAGMA max_page_count={pages * 100}")
        assert store.commit(hiring("b")).entries
        assert users(store) == ["a", "b"]


def test_a_lock_of_another_process_is_unavailable_and_the_writer_lives(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        store._raw.execute("PRAGMA busy_timeout=1")
        other = sqlite3.connect(tmp_path / "sluis.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            store.commit(hiring("a"))
        other.execute("ROLLBACK")
        other.close()
        store.commit(hiring("b"))
        assert users(store) == ["b"]


def test_two_readings_in_one_block_see_one_state(tmp_path: Path) -> None:
    """The trap of the driver's default: no BEGIN before SELECT, so that two readings saw 1 and then 2."""
    query = "SELECT count(*) FROM gateway_user"
    with a_store(tmp_path) as store, store.read() as connection:
        first = connection.exec_driver_sql(query).scalar_one()
        store.commit(hiring("a"))
        assert connection.exec_driver_sql(query).scalar_one() == first
        assert users(store) == ["a"]


def test_a_write_of_nothing_is_fine(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        assert store.commit(Change()).entries == ()
        assert store.commit(Change((Insert(RunRow, []), Delete(RunRow, {"run_id": "x"})))).entries == ()


def test_what_was_queued_before_closing_is_written_and_what_comes_after_is_refused(tmp_path: Path) -> None:
    gate = Gate()
    with a_store(tmp_path, gate) as store:
        with ThreadPoolExecutor(4) as pool:
            first = pool.submit(store.commit, hiring("a"))
            assert gate.reached.wait(PATIENCE)
            second = pool.submit(store.commit, hiring("b"))
            while store._queue.qsize() < 1:
                threading.Event().wait(0.001)
            closing = pool.submit(store.close)
            gate.opened.set()
            assert first.result(PATIENCE).entries
            assert second.result(PATIENCE).entries
            closing.result(PATIENCE)
        assert not store.alive
        with pytest.raises(Unavailable) as refused:
            store.commit(hiring("c"))
        assert refused.value.code == "opslag_gesloten"


def test_closing_after_a_mistake_writes_what_still_waits(tmp_path: Path, last_words: list[object]) -> None:
    with a_store(tmp_path) as store:
        with pytest.raises(Unavailable):
            store.commit(Change((clumsy(TypeError("mistake")),)))
        store.commit(hiring("a"))
        store.close()
        assert not store.alive
    assert len(last_words) == 1


def test_the_entries_are_made_in_the_transaction_of_the_rows(tmp_path: Path) -> None:
    class Looking(Notebook):
        def append(self, connection: Connection, events: Any, now_ms: int) -> Any:
            found = connection.exec_driver_sql("SELECT user_id FROM gateway_user").scalars()
            seen.extend(found)
            return super().append(connection, events, now_ms)

    seen: list[str] = []
    with a_store(tmp_path, Looking()) as store:
        store.commit(hiring("a"))
    assert seen == ["a"]


def test_the_answer_comes_after_the_commit_and_not_before(tmp_path: Path) -> None:
    """Whoever has a receipt finds its rows with another connection."""
    with a_store(tmp_path) as store:
        for n in range(20):
            store.commit(hiring(f"u{n:02d}"))
            assert len(_seen_from_outside(tmp_path)) == n + 1


def _seen_from_outside(folder: Path) -> list[Any]:
    outside = sqlite3.connect(f"file:{folder / 'sluis.db'}?mode=ro", uri=True)
    try:
        return outside.execute("SELECT user_id FROM gateway_user").fetchall()
    finally:
        outside.close()


def test_a_store_that_never_wrote_closes(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        assert isinstance(store, Store)
