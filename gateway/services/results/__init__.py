"""Results of calls: what an agent reports, what that means for the case, and for the numbers that were called."""

from gateway.services.results.call import GRACE_MS, LATE_MS
from gateway.services.results.recording import Recorded, Results

__all__ = ["GRACE_MS", "LATE_MS", "Recorded", "Results"]
