"""Whose number it is: found by blind tags, without opening anything."""

from sqlalchemy import Connection

from gateway.disclosure.blind import traces
from gateway.installation import Installation
from gateway.matching.candidates import CALLER
from schemas.ids import Tenant


def behind_number(house: Installation, connection: Connection, tenant: Tenant, number: str) -> frozenset[str]:
    """Give the signals in which a number (E.164) was reported."""
    return frozenset(one.subject for one in traces(house, connection, tenant, [(CALLER, (number,))]))
