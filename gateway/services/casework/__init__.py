"""Reading cases: the baskets of work, the own caseload, one case in full, any party's view, and late clocks.

A list shows references, codes and terms, never a person; a case in full is shown to its owner alone.
"""

from gateway.services.casework.escalations import Escalated, Escalations
from gateway.services.casework.lines import LISTED, CaseLine
from gateway.services.casework.lists import Sift, Worklist, Worklists
from gateway.services.casework.reading import Casework

__all__ = ["LISTED", "CaseLine", "Casework", "Escalated", "Escalations", "Sift", "Worklist", "Worklists"]
