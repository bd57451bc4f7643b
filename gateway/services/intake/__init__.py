"""Receiving a partner's delivery: judge each line, seal what is accepted, answer line by line.

Nothing that the receipt says depends on whether a person lives here or is known (domain: no probing).
"""

from gateway.services.intake.receive import Intake, Received

__all__ = ["Intake", "Received"]
