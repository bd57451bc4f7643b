"""Erase what the log can be made to forget: the sealed details, and the way back to a person.

The keys are destroyed elsewhere; the leaves stay as they are and every proof keeps verifying.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select

from audit.query import first_since
from audit.tables import actor, detail, subject

_YEAR = 2**40
"""More entries than a year can have, so that year and index make one number that grows with time."""


def expired(connection: Connection, tenant: str, until: int) -> list[str]:
    """Give the subjects of whom the log has told nothing since ``until`` (ms UTC), by id."""
    year, index = first_since(connection, tenant, until)
    newest = func.max(_number(subject))
    query = select(subject.c.subject).where(subject.c.tenant == tenant).group_by(subject.c.subject)
    return list(connection.execute(query.having(newest < year * _YEAR + index)).scalars())


def erase(connection: Connection, tenant: str, subjects: Iterable[str]) -> int:
    """Delete the sealed details and the index rows of subjects, in the caller's transaction.

    A detail that was sealed for the municipality (a machine comparison of many) stays; only the subject's row in
    the index goes.

    Returns:
        The number of details deleted.
    """
    erased = 0
    for one in subjects:
        own = (subject.c.tenant == tenant, subject.c.subject == one)
        places = connection.execute(select(subject.c.year, subject.c.idx).where(*own, subject.c.sole)).all()
        for year, index in places:
            place = (detail.c.tenant == tenant, detail.c.year == year, detail.c.idx == index)
            erased += connection.execute(delete(detail).where(*place)).rowcount
        connection.execute(delete(subject).where(*own))
    return erased


def erase_unowned(connection: Connection, tenant: str, until: int) -> None:
    """Delete, of entries before ``until`` (ms UTC), the details that are nobody's own, and who acted.

    In the caller's transaction. What belongs to a subject goes by :func:`erase` alone, so that it is never half gone.
    """
    owned = select(_number(subject)).where(subject.c.tenant == tenant, subject.c.sole)
    theirs = _number(detail).in_(owned)
    connection.execute(delete(detail).where(*_before(connection, detail, tenant, until), ~theirs))
    connection.execute(delete(actor).where(*_before(connection, actor, tenant, until)))


def _number(table: Any) -> ColumnElement[int]:
    place: ColumnElement[int] = table.c.year * _YEAR + table.c.idx
    return place


def _before(connection: Connection, table: Any, tenant: str, until: int) -> tuple[ColumnElement[bool], ...]:
    year, index = first_since(connection, tenant, until)
    return table.c.tenant == tenant, _number(table) < year * _YEAR + index
