"""Messages from the case system of social work are dealt with once, also when they come twice or break off half-way.

A message is taken in hand before anything is done with it and ended after. One that broke off in between is not tried
again by the machine: whether it took effect is in the dossier, and a person can look.
"""

from typing import Final

from gateway.installation import Installation
from gateway.store import outbox
from gateway.store.change import Change
from schemas.errors import Conflict
from schemas.principal import Principal
from schemas.ris import MessageCode

_LABEL: Final = "ris_bericht"


class Inbox:
    """Remembers which messages were dealt with."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def begin(self, principal: Principal, number: str) -> MessageCode | None:
        """Take a message in hand; gives the answer when it was here before, and None when it is to be dealt with."""
        tenant, mark = principal.tenant, self._mark(principal, number)
        try:
            self._house.store.commit(Change((outbox.begin_message(tenant, mark, self._house.now_ms()),)))
        except Conflict:
            with self._house.store.read() as connection:
                earlier = outbox.message_known(connection, tenant, mark)
            return MessageCode.HERHAALD if earlier else MessageCode.E_ONZEKER
        return None

    def end(self, principal: Principal, number: str, code: MessageCode) -> None:
        """Keep that a message was dealt with; one that was refused is forgotten, so that it can be mended."""
        tenant, mark = principal.tenant, self._mark(principal, number)
        done = code is MessageCode.VERWERKT
        write = outbox.end_message(tenant, mark, code) if done else outbox.forget_message(tenant, mark)
        self._house.store.commit(Change((write,)))

    def _mark(self, principal: Principal, number: str) -> bytes:
        """Know a message again by a keyed fingerprint: its number is the other system's and may say something."""
        return self._house.fingerprints.of(principal.tenant, _LABEL, principal.party, number)
