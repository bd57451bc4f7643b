"""Sealing of the log's details under audit keys of their own (class ``logboek``), one per subject.

Erasing a person erases what the log says about him, while the log's hashes still verify. Details about nobody in
particular are sealed under the municipality's key for actors.
"""

from collections.abc import Sequence
from typing import Final

from keys.envelope import Context, Vault
from schemas.person import DataClass

ACTOR: Final = "@actor"


class DetailSealer:
    """Seals and opens details; fits the protocol of the same name of the log without knowing it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, tenant: str, subject: str | None, detail: bytes) -> bytes:
        """One detail, under the audit key of its subject (None: of the municipality's actors)."""
        return self.seal_many(tenant, [(subject, detail)])[0]

    def seal_many(self, tenant: str, details: Sequence[tuple[str | None, bytes]]) -> list[bytes]:
        """Many details in order; missing audit keys are made in one transaction."""
        subjects = [subject or ACTOR for subject, _ in details]
        keys = self._vault.keys_for(tenant, [(subject, DataClass.LOGBOEK) for subject in subjects])
        seal = self._vault.seal
        return [
            seal(key, _place(tenant, subject), detail)
            for key, subject, (_, detail) in zip(keys, subjects, details, strict=True)
        ]

    def open(self, tenant: str, subject: str | None, blob: bytes) -> bytes:
        """Open a detail for the overseer.

        Raises:
            SealBroken: altered, or of another subject or municipality.
            KeyDestroyed: the subject was erased.
        """
        return self._vault.open_detail(_place(tenant, subject or ACTOR), blob)


def _place(tenant: str, subject: str) -> Context:
    return Context(tenant, "audit_details", "detail", "", subject, DataClass.LOGBOEK)
