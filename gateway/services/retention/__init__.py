"""Keeping nothing longer than needed: what is due, the controller's decision, erasing it and the proof.

Keys go first, then rows, then both are read back (docs/how-to/erase-what-is-due.md); the log of who saw what keeps
its own, longer term under keys of its own, and still verifies.
"""

from gateway.services.retention.decisions import Decision, RetentionDecisions
from gateway.services.retention.erasing import Erased, RetentionRuns
from gateway.services.retention.planning import DueLine, HeldLine, RetentionPlan, RetentionPlans

__all__ = [
    "Decision",
    "DueLine",
    "Erased",
    "HeldLine",
    "RetentionDecisions",
    "RetentionPlan",
    "RetentionPlans",
    "RetentionRuns",
]
