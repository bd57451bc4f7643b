"""When the term of the log is over it forgets people, on the disk as well, and every line still verifies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import query
from gateway.services.oversight import Oversight
from keys.details import DetailSealer
from keys.shred import journal
from schemas.errors import Conflict, KeyDestroyed
from schemas.ids import CaseId
from schemas.person import DataClass
from schemas.retention import HoldReason, Terms
from tests.support.erasure import Archive, PowerCut, claims, power_cut
from tests.support.installation import TENANT, Town, an_installation

HALF_A_YEAR, SIX_YEARS = 190, 6 * 366


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


@pytest.fixture
def archive(town: Town) -> Archive:
    return Archive(town)


def erased_long_ago(town: Town, archive: Archive) -> str:
    """Somebody whose case was erased; then the years pass. Gives the subject."""
    archive.decide()
    subject = town.subject(archive.ended_case())
    town.clock.forward(days=HALF_A_YEAR)
    archive.run()
    town.clock.forward(days=SIX_YEARS)
    return subject


def details(archive: Archive, subject: str) -> list[bytes]:
    """Give what is sealed in the log under the key of a subject; every one of them opens."""
    own = [row for row in archive.rows("audit_subject") if row["subject"] == subject and row["sole"]]
    with archive.town.house.store.read() as connection:
        found = [query.sealed_detail(connection, TENANT, row["year"], row["idx"]) for row in own]
    assert all(opens(archive.town, subject, blob) for blob in found if blob)
    return [blob for blob in found if blob]


def opens(town: Town, subject: str, blob: bytes) -> bool:
    return bool(DetailSealer(town.house.vault).open(TENANT, subject, blob))


def test_after_its_term_the_log_forgets_a_person_and_still_verifies(town: Town, archive: Archive) -> None:
    subject = erased_long_ago(town, archive)
    blobs, lines = details(archive, subject), len(town.log())
    assert len(blobs) > 3
    assert archive.on_disk(*blobs)
    before = archive.rows("audit_log")[:lines]
    plan = archive.plans.plan(archive.rosa)
    assert (plan.logged, plan.due) == (1, {})
    done = archive.runs.run(archive.rosa, plan.plan_id)
    assert done.counts == {"personen_in_logboek": 1}
    assert done.keys == claims(done.certificate)["sleutels"]["aantal"] == 1
    assert archive.on_disk(*blobs) == []
    with pytest.raises(KeyDestroyed):
        opens(town, subject, blobs[0])
    assert town.log(subject=subject) == []
    assert archive.rows("audit_log")[:lines] == before
    assert Oversight(town.house, town.gateway.signer).check(TENANT)


def test_who_acted_and_what_was_nobodys_own_goes_with_it(town: Town, archive: Archive) -> None:
    erased_long_ago(town, archive)
    assert archive.rows("audit_actor")
    archive.run()
    (kept_since,) = {row["year"] for row in archive.rows("audit_log")}
    told = [row["idx"] for row in archive.rows("audit_log") if row["act"] == "retention.run"]
    assert {row["year"] for row in archive.rows("audit_detail")} <= {kept_since}
    assert all(row["idx"] >= told[-2] for row in archive.rows("audit_detail"))
    assert all(row["idx"] >= told[-2] for row in archive.rows("audit_actor"))


def test_what_a_log_forgets_is_told_in_it_as_a_count(town: Town, archive: Archive) -> None:
    subject = erased_long_ago(town, archive)
    archive.run()
    told = [entry for entry in town.log() if entry.get("rsn") == "termijn_logboek"]
    assert [(entry["act"], entry["n"]) for entry in told] == [("key.destroyed", 1), ("subject.erased", 1)]
    assert subject not in str(told)


def test_a_day_before_its_term_the_log_forgets_nobody(town: Town, archive: Archive) -> None:
    archive.decide(Terms(logboek_jaren=7))
    subject = town.subject(archive.ended_case())
    town.clock.forward(days=HALF_A_YEAR)
    archive.run()
    town.clock.forward(days=SIX_YEARS)
    assert archive.plans.plan(archive.rosa).logged == 0
    archive.run()
    assert details(archive, subject)


def test_without_a_recorded_decision_the_log_forgets_nobody(town: Town, archive: Archive) -> None:
    case = archive.ended_case()
    town.clock.forward(days=SIX_YEARS)
    plan = archive.plans.plan(archive.rosa)
    with pytest.raises(Conflict):
        archive.runs.run(archive.rosa, plan.plan_id)
    assert details(archive, town.subject(case))


def held(town: Town, archive: Archive) -> CaseId:
    case = archive.ended_case()
    archive.holds.place(archive.rosa, town.ref(archive.rosa, case, "toezien"), HoldReason.KLACHT)
    return case


def test_a_legal_hold_on_a_case_keeps_what_the_log_says_of_its_people(town: Town, archive: Archive) -> None:
    archive.decide()
    case = held(town, archive)
    town.clock.forward(days=SIX_YEARS)
    assert archive.plans.plan(archive.rosa).logged == 0
    archive.run()
    assert details(archive, town.subject(case))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("commit", range(1, 6))
def test_a_run_that_breaks_off_is_finished_by_the_next(
    town: Town, archive: Archive, commit: int, *, after: bool
) -> None:
    subject = erased_long_ago(town, archive)
    blobs = details(archive, subject)
    plan = archive.plans.plan(archive.rosa)
    with pytest.raises(PowerCut):
        archive.interrupted(commit, power_cut, after=after).run(archive.rosa, plan.plan_id)
    archive.decide(Terms(logboek_jaren=20))
    archive.run()
    if commit > 2:
        assert archive.on_disk(*blobs) == []
    assert Oversight(town.house, town.gateway.signer).check(TENANT)


def test_the_keys_that_a_log_loses_stand_in_the_journal(town: Town, archive: Archive) -> None:
    erased_long_ago(town, archive)
    done = archive.run()
    lost = [line for line in journal(town.gateway.keyring) if line.data_class == DataClass.LOGBOEK.value]
    assert [line.ground for line in lost] == [f"bewaartermijn:{done.plan_id}"]
