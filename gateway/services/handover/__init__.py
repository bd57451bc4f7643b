"""From a resident's yes to help that was given.

The law counts from the yes: the first talk within four weeks, or three working days when home or supply is about
to be lost, and a decision within eight weeks of that talk (Wgs art. 4 and 4a).
"""

from gateway.services.handover.helping import Helping
from gateway.services.handover.requests import Handovers, HelpRequest

__all__ = ["Handovers", "HelpRequest", "Helping"]
