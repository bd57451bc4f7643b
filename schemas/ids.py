"""Opaque identities of the domain, so that a case can never be passed where a subject is meant.

Every id but a tenant is 32 lowercase hex digits (a UUIDv7 without dashes), made by the injected id source.
"""

from typing import NewType

Tenant = NewType("Tenant", str)
"""A municipality by its CBS code, e.g. ``GM0637``; the first column of every key."""

PartyId = NewType("PartyId", str)
"""An organisation that exchanges data, or a desk of the municipality itself."""

UserId = NewType("UserId", str)
"""A member of staff of a party, as known to that party's identity provider."""

ClientId = NewType("ClientId", str)
"""An OAuth client: the machine (or, in the demo, the person) that holds a key."""

SubjectId = NewType("SubjectId", str)
"""A person as reported in one signal; links join subjects, they are never rewritten (decision 28)."""

DeliveryId = NewType("DeliveryId", str)
"""One upload of a partner."""

SignalId = NewType("SignalId", str)
"""One accepted line of a delivery."""

CaseId = NewType("CaseId", str)
"""One person's dossier for one matching round."""

LeaseId = NewType("LeaseId", str)
"""One dial record in the hands of one agent for a few minutes."""

RunId = NewType("RunId", str)
"""One batch started by a person: matching, month end or retention."""
