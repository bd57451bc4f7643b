"""What one installation consists of, put together by the wiring and handed to every use case."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.policy.calendar import Calendar
from gateway.policy.register import Register
from gateway.policy.routing import Rules
from gateway.settings import Settings
from gateway.store.commit import Store
from keys.envelope import Vault
from keys.fingerprint import Fingerprints
from keys.pseudonym import Pseudonyms
from keys.tags import TagBook
from schemas.ids import Tenant
from schemas.moments import millis


@dataclass(frozen=True, slots=True)
class Installation:
    """The parts that use cases work with; ``now`` is the business clock, ``new_id`` makes 32-hex ids.

    ``ended`` are the clients whose access was taken away; it is the one part that changes, and only grows.
    """

    settings: Settings
    store: Store
    vault: Vault
    tags: TagBook
    fingerprints: Fingerprints
    pseudonyms: Pseudonyms
    register: Register
    rules: Rules
    calendar: Calendar
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    ended: set[str]

    @property
    def tenant(self) -> Tenant:
        """The municipality."""
        return Tenant(self.settings.tenant)

    def now_ms(self) -> int:
        """Give the business time in milliseconds UTC."""
        return millis(self.now())

    def hidden(self, label: str, text: str) -> bytes:
        """Give what stands in a row for a code or a number that is recognised again and never read; by kind, keyed.

        Of the class ``pseudoniem``: a process that only calls needs no identities for it.
        """
        return self.pseudonyms.machine(self.settings.tenant, "", label, "", text).encode()
