"""What SQLite's planner must know of our tables: that one municipality is no selection.

Every key begins with the municipality, and an embedded database holds one. Left alone, SQLite takes it for a fine
selection and reads whole tables by it: with 200,000 signals a matching run took 8.5 s of CPU instead of 0.6 (measured).
Statistics of the rows themselves would change the plans with the day on which they were taken; these are the same
for everybody, so what was tested is what runs (sqlite.org/queryplanner-ng.html, "fixed statistics").
"""

from typing import Final

from sqlalchemy import Connection

_ROWS: Final = 1_000_000
_NO_SELECTION: Final = frozenset({"tenant", "year"})
_FEW_VALUES: Final = frozenset(
    {"act", "channel", "decision", "month", "name", "org", "party_id", "pur", "state"}
)
_NARROW: Final = 10
"""A column of few values leaves one row in so many; any other leaves at most so many rows."""

_INDEXES: Final = """
    SELECT t.name, CASE l.origin WHEN 'pk' THEN t.name ELSE l.name END, l."unique", i.name
    FROM sqlite_master AS t, pragma_index_list(t.name) AS l, pragma_index_info(l.name) AS i
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
    ORDER BY t.name, l.name, i.seqno
"""
"""Table, index (a primary key goes by the name of its table), whether it is unique, and column by column."""


def teach(connection: Connection) -> None:
    """Tell SQLite about every index; connections that are opened from now on plan by it.

    ``connection`` is the writing one, outside a transaction.
    """
    wanted = _statistics(connection)
    run = connection.exec_driver_sql
    run("ANALYZE sqlite_schema")  # makes the table of statistics, and reads no row of ours
    if {tuple(row) for row in run("SELECT tbl, idx, stat FROM sqlite_stat1")} == wanted:
        return
    run("BEGIN IMMEDIATE")
    run("DELETE FROM sqlite_stat1")
    for row in sorted(wanted):
        run("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", row)
    run("COMMIT")
    run("ANALYZE sqlite_schema")  # and now this connection knows


def _statistics(connection: Connection) -> set[tuple[str, str, str]]:
    """Give table, index and its numbers: the rows, and how many of them each further column leaves."""
    left: dict[tuple[str, str], list[int]] = {}
    unique: set[tuple[str, str]] = set()
    for table, index, single, column in connection.exec_driver_sql(_INDEXES):
        numbers = left.setdefault((table, index), [_ROWS])
        numbers.append(_leaves(column, numbers[-1]))
        if single:
            unique.add((table, index))
    for place in unique:
        left[place][-1] = 1
    return {(table, index, " ".join(map(str, numbers))) for (table, index), numbers in left.items()}


def _leaves(column: str, rows: int) -> int:
    if column in _NO_SELECTION:
        return rows
    return max(1, rows // _NARROW) if column in _FEW_VALUES else min(rows, _NARROW)
