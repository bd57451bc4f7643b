"""What social work recorded after each contact, in order."""

from sqlalchemy import Connection, bindparam, select

from gateway.store.change import Insert, Row, Write, table_of
from gateway.store.prepared import Prepared
from gateway.store.tables import HelpRecordRow
from schemas.ids import CaseId, Tenant

_RECORD = table_of(HelpRecordRow)
_OF_CASE = Prepared(
    select(_RECORD)
    .where(_RECORD.c.tenant == bindparam("tenant"), _RECORD.c.case_id == bindparam("case"))
    .order_by(_RECORD.c.at, _RECORD.c.record_id)
)


def records_of(connection: Connection, tenant: Tenant, case: CaseId) -> list[Row]:
    """Give what was recorded about a case, oldest first; notes are sealed as they are."""
    return _OF_CASE.all(connection, {"tenant": tenant, "case": case})


def add_record(row: Row) -> Write:
    """Put the end of a contact on record (columns of ``gateway_help_record``)."""
    return Insert(HelpRecordRow, [row])
