"""The end of a month: a plan that changes nothing, a second person who agrees, the run, and its undoing.

Every case of the month stands in the plan with one action and one reason (``schemas.month_end``).
"""

from gateway.services.month_end.planning import Line, MonthEndPlans
from gateway.services.month_end.running import MonthEndRuns
from gateway.services.month_end.summary import Summary
from gateway.services.month_end.undoing import MonthEndUndo

__all__ = ["Line", "MonthEndPlans", "MonthEndRuns", "MonthEndUndo", "Summary"]
