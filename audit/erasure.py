"""Erase what the log can be made to forget: the sealed details of a subject and the way back to him.

The keys are destroyed elsewhere; the leaves stay as they are and every proof keeps verifying.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from audit.tables import detail, subject


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
