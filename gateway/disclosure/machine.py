"""What the machine opens by itself: named in an entry first like any other look, and shown to nobody.

Matching, routing, sifting by district, verification, a wrong number and retention look this way. The permit is made
here for the door as well, and nowhere else: of an entry that is durable, for the sealed values which it names.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from audit.entry import Event, sealed_hashes
from audit.log import Appended
from gateway.disclosure.record import SealedValue
from gateway.events import tell
from gateway.policy.register import Decision
from keys.envelope import Permit, Vault
from schemas.audit import Act
from schemas.ids import SubjectId
from schemas.principal import Principal


def permit(event: Event, entry: Appended) -> Permit:
    """Allow to open what the entry of this event names, and nothing else."""
    return Permit(entry.leaf, entry.index, frozenset(sealed_hashes(event.sealed)))


def naming(told: Event, fields: Sequence[str], values: Sequence[SealedValue], register: str) -> Event:
    """Name in an entry what is about to be opened: whose, which fields, every sealed value, by which register.

    An event about one subject stays so; any other gets all of them.
    """
    everybody = dict.fromkeys(SubjectId(value.context.subject) for value in values)
    return replace(
        told,
        subjects=() if told.subject else tuple(everybody),
        fields=tuple(fields),
        sealed=tuple(value.blob for value in values),
        register=register,
        n=1 if told.subject else len(everybody),
    )


def batch(
    principal: Principal,
    act: Act,
    decision: Decision,
    fields: Sequence[str],
    values: Sequence[SealedValue],
    why: str,
) -> Event:
    """Tell of one look at many residents that a decision allows, in one entry; ``why`` is sealed with it."""
    told = replace(
        tell(principal, act, decision.purpose, why=(why,)), grant=decision.grant, ground=decision.ground
    )
    return naming(told, fields, values, decision.register)


def opened(vault: Vault, event: Event, entry: Appended, values: Sequence[SealedValue]) -> list[Any]:
    """Open these values under the entry that names them, each as the JSON that was sealed, in order.

    Raises:
        PermitRefused: the entry does not name one of them. KeyDestroyed: the key of one is gone.
    """
    plain = vault.open_many(permit(event, entry), [(value.context, value.blob) for value in values])
    return [orjson.loads(one) for one in plain]
