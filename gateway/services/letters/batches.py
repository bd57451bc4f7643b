"""The batch that orders, prints and post have in common, and who may ask for it."""

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection

from gateway.disclosure import Door
from gateway.installation import Installation
from gateway.policy.register import NO_GRANT
from gateway.store import work
from gateway.store.change import Row
from schemas.errors import Conflict, NotFound
from schemas.help import Channel
from schemas.principal import Principal

KIND: Final = "brieven"
"""The kind of run that a batch of letters is."""

PURPOSE: Final = "aanschrijven"
TRIES: Final = 4
RACES: Final = frozenset({Conflict.code, "bestaat_al"})
"""Conflicts with somebody who was quicker; after any other, trying again cannot help."""

T = TypeVar("T")


def again(work_on_it: Callable[[], T]) -> T:
    """Repeat a batch when one of its many cases moved meanwhile, on what is there then.

    Raises:
        Conflict: cases kept moving; nothing of the batch was done.
    """
    for _ in range(TRIES):
        try:
            return work_on_it()
        except Conflict as moved:
            if moved.code not in RACES:
                raise
    raise Conflict


def insist_on_service(house: Installation, door: Door, principal: Principal) -> None:
    """Let only a party pass that has a grant to send letters.

    Raises:
        Denied: it has none; the refusal is in the log.
    """
    if not house.register.pair(principal.kind, PURPOSE):
        door.refuse(principal, PURPOSE, [NO_GRANT])


def open_letters(connection: Connection, principal: Principal, batch: str) -> list[Row]:
    """Give the letters of a batch that are not sent, returned or lapsed.

    Raises:
        NotFound: no such batch.
    """
    run = work.find_run(connection, principal.tenant, batch)
    if run is None or run["kind"] != KIND:
        raise NotFound
    return work.open_offers(connection, principal.tenant, Channel.BRIEF, batch=batch)
