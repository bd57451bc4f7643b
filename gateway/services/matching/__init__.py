"""Matching as a use case: a person starts the run, doubts wait for a person, every link can be undone."""

from gateway.services.matching.links import Links
from gateway.services.matching.review import Review
from gateway.services.matching.run import MatchRun, RunReport

__all__ = ["Links", "MatchRun", "Review", "RunReport"]
