"""Queries stay quick when a municipality grows: no statement of the service reads all rows of one."""

import re
import sqlite3
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from gateway.services.casework import Worklists
from gateway.services.reporting import Reports
from gateway.settings import Settings
from tests.support.installation import START, TENANT, BusinessClock, Town, an_installation

OURS = re.compile(r"\s*(SELECT|UPDATE|DELETE)\b(?!.*(sqlite_|pragma_|_alembic_version|keys_))", re.DOTALL)
VALUES = re.compile(r"x'[0-9a-f]*'|'[^']*'|\b\d+\b|NULL", re.IGNORECASE)
WHOLE = re.compile(
    r"SCAN (?!gateway_client)(gateway|audit)_"
    r"|^SEARCH (?!audit_state|audit_checkpoint).*\(tenant=\?( AND year=\?)?\)$"
)
"""A table that is read from end to end, or all that one municipality has in it.

A log's states are one a year, of its checkpoints the first in order is asked, and clients are few, read once at start.
"""


@pytest.fixture
def said() -> Iterator[set[str]]:
    """Every statement that is run, on any connection that is opened meanwhile."""
    heard: set[str] = set()

    def listen(raw: sqlite3.Connection, _record: object) -> None:
        raw.set_trace_callback(heard.add)

    event.listen(Engine, "connect", listen)
    yield heard
    event.remove(Engine, "connect", listen)


def forget(town: Town) -> None:
    """Take away what the planner was taught."""
    with sqlite3.connect(town.house.store.files[0]) as database:
        database.execute("DELETE FROM sqlite_stat1")
    database.close()


def plans(town: Town, statements: set[str]) -> dict[str, list[str]]:
    """How SQLite runs each of these, values left out."""
    kinds = {VALUES.sub("?", one): one for one in statements if OURS.match(one)}
    database = sqlite3.connect(town.house.store.files[0])
    found = {
        kind: [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {kinds[kind]}")] for kind in kinds
    }
    database.close()
    return found


def live(town: Town) -> None:
    """One life of a signal after another."""
    asked = town.help_request()
    town.withdraw(town.person())
    town.letter_person()
    town.give(town.urgent_person(), "sanne")
    lists = Worklists(town.house, town.door, town.codes)
    lists.caseload(town.as_user("sanne"))
    lists.waiting(town.as_user("ineke"))
    assert town.told(asked)
    town.clock.at = START.replace(year=START.year + 1, month=1, day=2)
    town.change(asked, month="2026-12")
    Reports(town.house, town.door, lambda _asker, _month: None).lay_down(
        town.as_party("management"), "2026-12"
    )


def test_no_statement_reads_everything_that_a_municipality_has(tmp_path: Path, said: set[str]) -> None:
    with an_installation(tmp_path) as town:
        live(town)
        found = plans(town, said)
    assert len(found) > 30
    assert {kind: plan for kind, plan in found.items() if any(map(WHOLE.search, plan))} == {}


def statistics(town: Town) -> list[tuple[str, str, str]]:
    with town.house.store.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM sqlite_stat1")]


def test_without_what_the_planner_is_taught_it_would(tmp_path: Path, said: set[str]) -> None:
    with an_installation(tmp_path) as town:
        live(town)
        forget(town)
        assert any(map(WHOLE.search, chain(*plans(town, said).values())))


def test_the_planner_knows_the_same_whatever_is_in_the_tables_and_after_every_start(tmp_path: Path) -> None:
    with an_installation(tmp_path) as town:
        first = statistics(town)
        town.person()
        home = town.house.settings.home
    with Town(Settings(home=home, tenant=TENANT, demo=True), BusinessClock()) as again:
        assert statistics(again) == first
    assert ("gateway_signal", "gateway_signal", "1000000 1000000 1") in first
    assert ("gateway_signal", "ix_gateway_signal_state", "1000000 1000000 100000 10000") in first
