"""Who came in and who did not stands in the log, and a stranger cannot fill it."""

from dataclasses import dataclass, field

import pytest

from audit import query
from gateway.services.admissions import Admissions
from keys.details import DetailSealer
from schemas.audit import Act
from schemas.errors import Sealed
from tests.support.installation import PASSPHRASE, TENANT, Town


@dataclass
class Desk:
    """The admissions of a town, on a wall clock that the test moves."""

    town: Town
    now: int = 1_790_000_000_000
    told: Admissions = field(init=False)

    def __post_init__(self) -> None:
        self.told = Admissions(self.town.house, lambda: self.now)

    def lines(self, act: Act) -> list[query.Line]:
        """Give the entries of an act, oldest first."""
        with self.town.house.store.read() as connection:
            return query.lines(connection, query.Slice(tenant=TENANT, act=act), 1_000)[::-1]

    def refusals(self) -> list[int]:
        """Give the count of every entry about refusals."""
        return [line.entry["n"] for line in self.lines(Act.TOKEN_REFUSED)]


@pytest.fixture
def desk(town: Town) -> Desk:
    return Desk(town)


def test_a_token_is_told_with_its_purpose_and_its_client_as_a_commitment(desk: Desk) -> None:
    farid = desk.town.as_user("farid")
    desk.told.issued(farid, ["bellen"])
    (line,) = desk.lines(Act.TOKEN_ISSUED)
    assert (line.entry["org"], line.entry["pur"], line.entry["dec"]) == ("belteam", "bellen", "permit")
    assert farid.client not in str(line.entry)


def test_refusals_are_counted_and_told_once_a_minute(desk: Desk) -> None:
    for _ in range(500):
        desk.told.refused([])
    assert desk.refusals() == [1], "the first at once"
    desk.now += 60_000
    for _ in range(500):
        desk.told.refused([])
    assert desk.refusals() == [1, 500]


def test_what_was_counted_is_told_with_the_next_token_too(desk: Desk) -> None:
    for _ in range(3):
        desk.told.refused(["bel-farid"])
    desk.now += 60_000
    desk.told.issued(desk.town.as_user("farid"), ["bellen"])
    assert desk.refusals() == [1, 2]


def test_the_registered_clients_that_were_named_stand_in_the_sealed_detail(desk: Desk) -> None:
    desk.told.refused(["bel-farid"])
    (line,) = desk.lines(Act.TOKEN_REFUSED)
    assert "bel-farid" not in str(line.entry)
    with desk.town.house.store.read() as connection:
        blob = query.sealed_detail(connection, TENANT, line.year, line.index)
    assert blob is not None
    assert b'"systemen":{"bel-farid":1}' in DetailSealer(desk.town.house.vault).open(TENANT, None, blob)


def test_a_known_client_that_asks_too_much_is_told_by_itself(desk: Desk) -> None:
    desk.told.withheld(desk.town.as_user("farid"))
    (line,) = desk.lines(Act.TOKEN_REFUSED)
    assert (line.entry["org"], line.entry["dec"], line.entry["rsn"]) == (
        "belteam",
        "deny",
        "doel_niet_toegekend",
    )


def test_while_sealed_refusals_wait_and_tokens_are_not_given(desk: Desk) -> None:
    desk.town.gateway.keyring.seal()
    for _ in range(3):
        desk.told.refused([])
        desk.now += 60_000
    with pytest.raises(Sealed):
        desk.told.issued(desk.town.as_user("farid"), ["bellen"])
    desk.town.gateway.unseal(PASSPHRASE)
    desk.now += 60_000
    desk.told.refused([])
    assert desk.refusals() == [4]
