"""Social work's lists in a town, as a member of staff sees them."""

from gateway.services.casework import CaseLine, Sift, Worklist, Worklists
from tests.support.installation import Town


def lists(town: Town) -> Worklists:
    """Give the lists of a town."""
    return Worklists(town.house, town.door, town.codes)


def caseload(town: Town, user: str) -> list[CaseLine]:
    """Give the own caseload of somebody."""
    return lists(town).caseload(town.as_user(user)).lines


def waiting(town: Town, user: str = "tariq") -> list[CaseLine]:
    """Give the work of the team that nobody has yet."""
    return lists(town).waiting(town.as_user(user)).lines


def sifted(town: Town, user: str = "tariq", **by: object) -> Worklist:
    """Give the work that waits, sifted."""
    return lists(town).waiting(town.as_user(user), Sift(**by))  # type: ignore[arg-type]  # as the test says
