"""Whose number it is: found by blind tags, without opening anything."""

from sqlalchemy import Connection

from gateway.installation import Installation
from gateway.store import signals
from schemas.ids import Tenant

CALLER = "beller"
"""The index of callers' numbers that intake fills."""


def behind_number(house: Installation, connection: Connection, tenant: Tenant, number: str) -> frozenset[str]:
    """Give the signals in which a number (E.164) was reported."""
    parts = (number,)
    hits = [
        (CALLER, tag, parts, pointer)
        for wanted in house.tags.search(tenant, CALLER, parts)
        for tag, pointer in signals.tag_rows(connection, tenant, CALLER, [wanted])
    ]
    return frozenset(subject for subject in house.tags.resolve_many(tenant, hits) if subject is not None)
