"""Who came in and who did not stands in the log, and a stranger cannot fill it."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest

from audit import query
from gateway.services.admissions import Admissions
from gateway.settings import Settings
from keys.details import DetailSealer
from keys.tokens import Assertion
from schemas.audit import Act
from schemas.errors import Sealed, Unauthenticated
from tests.support.installation import PASSPHRASE, TENANT, BusinessClock, Town, an_installation


@dataclass
class Desk:
    """The admissions of a town, on a wall clock that the test moves."""

    town: Town
    now: int = 1_790_000_000_000
    told: Admissions = field(init=False)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.told = Admissions(self.town.house, lambda: self.now)

    def proof(self, jti: str = "", exp: int = 1_790_000_060) -> Assertion:
        """Give an assertion of Farid's, a new one each time unless it is named."""
        return Assertion("bel-farid", jti or f"nummer-{next(self.numbers)}", exp)

    def give(self, proof: Assertion | None = None) -> None:
        """Tell of a token for Farid."""
        self.told.issued(self.town.as_user("farid"), ["bellen"], proof or self.proof())

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
    desk.give()
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
    desk.give()
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
    desk.told.withheld(desk.town.as_user("farid"), desk.proof())
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
        desk.give()
    desk.town.gateway.unseal(PASSPHRASE)
    desk.now += 60_000
    desk.told.refused([])
    assert desk.refusals() == [4]


# --- Assertions -----------------------------------------------------------------------------------------------------


def test_an_assertion_gives_one_token_however_many_come_with_it_at_once(desk: Desk) -> None:
    proof, together = desk.proof(), Barrier(8)

    def one(_: int) -> bool:
        together.wait()
        try:
            desk.give(proof)
        except Unauthenticated:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1
    assert len(desk.lines(Act.TOKEN_ISSUED)) == 1
    desk.now += 60_000
    desk.give()
    assert sum(desk.refusals()) == 7, "and the others are counted as refused, each once"


def test_a_token_and_the_use_of_its_assertion_are_one_commit(desk: Desk) -> None:
    before = checkpoints(desk)
    desk.give(proof := desk.proof())
    assert checkpoints(desk) == before + 1
    assert desk.told.spent(proof.client_id, proof.jti)


def checkpoints(desk: Desk) -> int:
    """Every commit that tells something signs one."""
    with closing(sqlite3.connect(desk.town.house.store.files[0])) as database:
        found: int = database.execute("SELECT count(*) FROM audit_checkpoint").fetchone()[0]
    return found


def test_an_assertion_whose_token_could_not_be_told_is_not_used_up(desk: Desk) -> None:
    proof = desk.proof()
    desk.town.gateway.keyring.seal()
    with pytest.raises(Sealed):
        desk.give(proof)
    desk.town.gateway.unseal(PASSPHRASE)
    assert not desk.told.spent(proof.client_id, proof.jti)
    desk.give(proof)


def test_asking_too_much_uses_the_assertion_up(desk: Desk) -> None:
    proof = desk.proof()
    desk.told.withheld(desk.town.as_user("farid"), proof)
    with pytest.raises(Unauthenticated):
        desk.give(proof)


def test_an_assertion_is_used_once_also_after_a_restart(tmp_path: Path) -> None:
    with an_installation(tmp_path) as town:
        desk = Desk(town)
        desk.give(proof := desk.proof())
        home = town.house.settings.home
    with Town(Settings(home=home, tenant=TENANT, demo=True), BusinessClock()) as again:
        desk = Desk(again)
        assert desk.told.spent(proof.client_id, proof.jti)
        with pytest.raises(Unauthenticated):
            desk.give(proof)


def test_expired_assertions_are_dropped_a_few_with_every_use(desk: Desk) -> None:
    now = desk.now // 1000
    for _ in range(30):
        desk.give(desk.proof(exp=now - 601))
    kept = [desk.proof(exp=now + 60) for _ in range(5)]
    for proof in kept:
        desk.give(proof)
    with closing(sqlite3.connect(desk.town.house.store.files[0])) as database:
        left = {jti for (jti,) in database.execute("SELECT jti FROM gateway_assertion")}
    assert left == {proof.jti for proof in kept}
