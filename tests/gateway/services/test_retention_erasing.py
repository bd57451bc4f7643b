"""Erasing what is due: decided first, keys then rows, read back, certified, and the log still verifies."""

import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from jose import jws

from audit import query
from gateway.cli import signed
from gateway.services.intake import Intake
from gateway.services.oversight import Oversight
from gateway.store import calls, cases, signals, work
from gateway.store.change import Change, Update
from gateway.store.tables import AttemptRow, SignalRow
from keys import shred
from keys.details import DetailSealer
from keys.envelope import Context, Permit
from schemas.audit import Act
from schemas.call import Outcome
from schemas.errors import Broken, Conflict, Denied, KeyDestroyed, NotFound
from schemas.ids import DeliveryId
from schemas.person import DataClass
from schemas.retention import HoldReason, Terms
from tests.support.erasure import Archive, PowerCut, claims, power_cut
from tests.support.installation import TENANT, Town, an_installation


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


@pytest.fixture
def archive(town: Town) -> Archive:
    return Archive(town)


# --- The decision -----------------------------------------------------------------------------------------------


def test_without_a_recorded_decision_nothing_is_erased_but_everything_is_planned(
    town: Town, archive: Archive
) -> None:
    case = archive.ended_case()
    town.clock.forward(days=200)
    plan = archive.plans.plan(archive.rosa)
    assert (plan.due, plan.decided) == ({"zonder_hulp": 1}, False)
    with pytest.raises(Conflict) as refused:
        archive.runs.run(archive.rosa, plan.plan_id)
    assert refused.value.code == "geen_besluit"
    assert town.state(case) == "gesloten"


def test_a_plan_runs_under_the_terms_that_it_was_made_with(town: Town, archive: Archive) -> None:
    archive.ended_case()
    town.clock.forward(days=200)
    plan = archive.plans.plan(archive.rosa)
    archive.decide(Terms(zonder_hulp_maanden=1))
    with pytest.raises(Conflict) as refused:
        archive.runs.run(archive.rosa, plan.plan_id)
    assert refused.value.code == "termijnen_veranderd"


def test_what_came_due_after_the_plan_waits_for_the_next(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    plan = archive.plans.plan(archive.rosa)
    town.clock.forward(days=200)
    assert archive.runs.run(archive.rosa, plan.plan_id).counts.get("dossiers") is None
    assert town.state(case) == "gesloten"


# --- What is gone -----------------------------------------------------------------------------------------------


def test_after_a_run_neither_rows_nor_bytes_nor_keys_are_left(town: Town, archive: Archive) -> None:
    archive.decide()
    case, bystander = archive.ended_case(telefoon_1="06-12983457"), town.person()
    subjects = [row["signal_id"] for row in town.signals(case)]
    blobs, tags = archive.blobs(case), archive.rows("gateway_tag")
    kept = archive.blobs(bystander)
    assert len(blobs) == 4
    assert archive.on_disk(*blobs)
    town.clock.forward(days=190)
    erased = archive.run()
    assert archive.remaining(case, subjects) == {}
    assert archive.on_disk(*blobs) == []
    assert archive.blobs(bystander) == kept
    left = archive.rows("gateway_tag")
    assert len(tags) - len(left) == erased.counts["zoeksleutels"] == 7
    assert {"dossiers": 1, "signalen": 1, "pogingen": 1, "aanbiedingen": 1}.items() <= erased.counts.items()
    for subject in subjects:
        with pytest.raises(KeyDestroyed):
            _open(town, subject, blobs[0])


def _open(town: Town, subject: str, blob: bytes) -> bytes:
    context = Context(TENANT, "gateway_signal", "identity", subject, subject, DataClass.IDENTITEIT)
    return town.house.vault.open(Permit(b"", 0, frozenset({sha256(blob).digest()})), context, blob)


def test_no_reference_leads_to_an_erased_case(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    refs = [(town.as_user("farid"), "bellen"), (archive.rosa, "toezien"), (town.as_user("olga"), "matchen")]
    spoken = [(asker, town.ref(asker, case, purpose)) for asker, purpose in refs]
    town.clock.forward(days=190)
    archive.run()
    for asker, ref in spoken:
        with pytest.raises(NotFound):
            town.behind(asker, ref)
    assert archive.rows("gateway_pseudonym") == []


def test_every_tag_of_an_erased_person_is_gone_and_nobody_elses(town: Town, archive: Archive) -> None:
    archive.decide()
    archive.ended_case()
    twin = town.someone()
    town.bring([twin])
    with_both = {(row["name"], row["tag"], row["pointer"]) for row in archive.rows("gateway_tag")}
    town.clock.forward(days=190)
    archive.run()
    left = {(row["name"], row["tag"], row["pointer"]) for row in archive.rows("gateway_tag")}
    assert left < with_both
    assert {name for name, _, _ in left} == {name for name, _, _ in with_both}
    again = town.bring([twin | {"signaal_ref": "S-nieuw", "bedrag": "300,00"}])
    assert town.row(again[0])["samenloop"] != "enkelvoudig"


def test_a_case_that_came_after_forgets_the_erased_one(town: Town, archive: Archive) -> None:
    archive.decide()
    first = archive.ended_case()
    later = town.person()
    town.change(later, previous=first)
    town.clock.forward(days=190)
    archive.run()
    assert town.row(later)["previous"] is None


def test_nothing_that_stays_names_who_was_erased(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    talked, later = archive.refused_case(), town.person()
    subject, follower = town.subject(case), town.subject(later)
    town.change(later, previous=case)
    town.house.store.commit(
        Change(
            (
                Update(SignalRow, {"tenant": TENANT, "signal_id": follower}, {"replaces": subject}),
                Update(AttemptRow, {"tenant": TENANT, "case_id": talked}, {"note_subject": subject}),
            )
        )
    )
    assert {"gateway_signal", "gateway_case", "gateway_attempt"} <= naming(archive, case, subject)
    town.clock.forward(days=190)
    archive.run()
    assert naming(archive, case, subject) == set()
    (attempt,) = town.attempts(talked)
    assert attempt["note"] is None, "whose key is gone, goes with it"


def naming(archive: Archive, *erased: str) -> set[str]:
    """The tables in which one of these ids stands, in whatever column and whatever text."""
    with archive.town.house.store.read() as connection:
        listed = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = [name for (name,) in listed if name.startswith("gateway_")]
    return {name for name in tables if any(one in str(archive.rows(name)) for one in erased)}


def test_a_subject_that_is_also_in_a_running_case_stays_until_that_is_due(
    town: Town, archive: Archive
) -> None:
    archive.decide()
    case, running = archive.ended_case(), town.person()
    subject = town.subject(case)
    town.house.store.commit(Change(tuple(cases.join(town.row(running), [subject], 0))))
    blobs = [row["identity"] for row in town.signals(case)]
    town.clock.forward(days=190)
    assert archive.run().counts["dossiers"] == 1
    assert subject in {row["signal_id"] for row in town.signals(running)}
    assert _open(town, subject, blobs[0])


def test_links_and_proposals_that_name_an_erased_person_go_with_him(town: Town, archive: Archive) -> None:
    archive.decide()
    case, other = archive.ended_case(), town.person()
    a, b = town.subject(case), town.subject(other)
    link = {
        "tenant": TENANT, "link_id": town.house.new_id(), "a": a, "b": b, "kind": "same_person", "rule": "x",
        "evidence": "0", "ruleset": "1", "run_id": "", "actor": "olga", "at": 0,
    }  # fmt: skip
    proposal = {
        "tenant": TENANT, "proposal_id": town.house.new_id(), "a": b, "b": a, "reasons": "[]", "text": "",
        "run_id": "", "at": 0, "decision": "ander",
    }  # fmt: skip
    town.house.store.commit(Change((work.add_links([link]), work.add_proposals([proposal]))))
    town.clock.forward(days=190)
    archive.run()
    assert archive.rows("gateway_link") == archive.rows("gateway_proposal") == []
    assert town.signals(other)


def test_a_withdrawn_signal_without_a_case_goes_after_thirty_days(town: Town, archive: Archive) -> None:
    archive.decide()
    delivery = town.deliver([town.someone()])
    Intake(town.house).withdraw(town.as_party("woonstichting"), delivery.delivery_id, [])
    town.clock.forward(days=29)
    assert archive.plans.plan(archive.rosa).strays == 0
    town.clock.forward(days=1)
    assert archive.plans.plan(archive.rosa).strays == 1
    assert archive.run().counts["signalen"] == 1
    assert archive.rows("gateway_signal") == archive.rows("gateway_tag") == []


def test_a_withdrawn_signal_of_a_person_under_a_hold_stays(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    archive.holds.place(archive.rosa, town.ref(archive.rosa, case, "toezien"), HoldReason.KLACHT)
    delivery = town.deliver([town.someone(), town.someone()])
    stray = _first_of(town, delivery.delivery_id)
    link = {
        "tenant": TENANT, "link_id": town.house.new_id(), "a": town.subject(case), "b": stray, "kind": "same_person",
        "rule": "x", "evidence": "0", "ruleset": "1", "run_id": "", "actor": "olga", "at": 0,
    }  # fmt: skip
    town.house.store.commit(Change((work.add_links([link]),)))
    Intake(town.house).withdraw(town.as_party("woonstichting"), delivery.delivery_id, [])
    town.clock.forward(days=31)
    assert archive.run().counts["signalen"] == 1
    assert stray in {row["signal_id"] for row in archive.rows("gateway_signal")}


def _first_of(town: Town, delivery: DeliveryId) -> str:
    with town.house.store.read() as connection:
        return str(signals.signals_of_delivery(connection, TENANT, delivery)[0]["signal_id"])


def test_what_goes_before_its_case_goes_on_its_own_day(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    town.ref(town.as_user("farid"), case, "bellen")
    town.ref(town.as_user("sanne"), case)
    town.clock.forward(days=8)
    assert archive.run().counts == {"belrecords": 1, "kenmerken": 1}
    assert [row["purpose"] for row in archive.rows("gateway_pseudonym")] == ["hulpverlenen"]
    assert len(archive.rows("gateway_feedback")) == 1
    town.clock.forward(days=82)
    assert archive.run().counts == {"terugkoppelingen": 1}
    assert town.state(case) == "gesloten"


def test_a_number_that_nobody_called_for_two_years_comes_off_the_list(town: Town, archive: Archive) -> None:
    archive.decide()
    town.person()
    town.call(Outcome.NIET_BELLEN, verified=False)
    town.clock.forward(days=729)
    archive.run()
    assert len(archive.rows("gateway_blocked_number")) == 1
    town.clock.forward(days=2)
    assert archive.run().counts["nummers"] == 1
    assert archive.rows("gateway_blocked_number") == []


# --- Holds ------------------------------------------------------------------------------------------------------


def test_a_legal_hold_beats_erasure_until_it_is_lifted(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    ref = town.ref(archive.rosa, case, "toezien")
    hold = archive.holds.place(archive.rosa, ref, HoldReason.BEZWAAR)
    town.clock.forward(days=190)
    plan = archive.plans.plan(archive.rosa)
    assert (dict(plan.due), plan.held) == ({}, 1)
    assert [(line.ref, line.reason) for line in plan.held_lines] == [(ref, HoldReason.BEZWAAR)]
    assert "dossiers" not in archive.run().counts
    assert town.state(case) == "gesloten"
    assert len(archive.rows("gateway_lease")) == 1
    archive.holds.lift(archive.rosa, hold.hold_id)
    assert archive.run().counts["dossiers"] == 1


def test_a_hold_placed_after_planning_wins_too(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    town.clock.forward(days=190)
    plan = archive.plans.plan(archive.rosa)
    archive.holds.place(archive.rosa, plan.lines[0].ref, HoldReason.KLACHT)
    archive.runs.run(archive.rosa, plan.plan_id)
    assert town.state(case) == "gesloten"


def test_a_hold_that_comes_while_a_run_reads_wins_too(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    town.clock.forward(days=190)
    plan = archive.plans.plan(archive.rosa)
    archive.interrupted(
        2, lambda: archive.holds.place(archive.rosa, plan.lines[0].ref, HoldReason.KLACHT)
    ).run(archive.rosa, plan.plan_id)
    assert town.state(case) == "gesloten"


def test_a_case_that_is_being_erased_can_no_longer_be_held(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    town.clock.forward(days=190)
    plan = archive.plans.plan(archive.rosa)
    refused: list[str] = []

    def too_late() -> None:
        with pytest.raises(Conflict) as late:
            archive.holds.place(archive.rosa, plan.lines[0].ref, HoldReason.KLACHT)
        refused.append(late.value.code)

    archive.interrupted(2, too_late, after=True).run(archive.rosa, plan.plan_id)
    assert refused == ["wordt_gewist"]
    assert archive.remaining(case, []) == {}


# --- The proof --------------------------------------------------------------------------------------------------


def test_the_certificate_verifies_with_a_tool_that_we_did_not_write(town: Town, archive: Archive) -> None:
    archive.decide()
    archive.ended_case()
    town.clock.forward(days=190)
    erased = archive.run()
    (key,) = archive.signer.jwks()["keys"]
    assert jws.get_unverified_header(erased.certificate) == {
        "alg": "ES256", "kid": key["kid"], "typ": "sluis-erasure+jwt",
    }  # fmt: skip
    content = orjson.loads(jws.verify(erased.certificate, key, algorithms=["ES256"]))
    assert content == claims(erased.certificate)
    trusted = signed.keys_of(orjson.dumps(archive.signer.jwks()))
    assert (
        signed.check(erased.certificate.encode(), trusted, town.house.settings.log_origin).claims == content
    )
    assert content["gewist"] == erased.counts
    assert content["sleutels"]["aantal"] == erased.keys == 4
    assert content["teruggelezen"] == {"rijen": 0, "sleutels": 0, "verzegelde_waarden": 0}
    assert content["besluit"]["kenmerk"] == "Collegebesluit 2026/123"
    assert content["buiten_gebruik_op"] == "2027-05-26"
    assert archive.runs.certificate(archive.rosa, erased.plan_id) == erased.certificate


def test_the_certificate_names_nobody(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    known = [case, town.subject(case), town.written[case]["achternaam"], "rosa", town.ref(archive.rosa, case)]
    town.clock.forward(days=190)
    text = orjson.dumps(claims(archive.run().certificate)).decode()
    assert [word for word in known if word in text] == []


def test_the_log_counts_erasures_without_naming_anybody_and_still_verifies(
    town: Town, archive: Archive
) -> None:
    archive.decide()
    subject = town.subject(archive.ended_case())
    before = town.log(subject=subject)
    town.clock.forward(days=190)
    erased = archive.run()
    (gone,) = town.log(Act.SUBJECT_ERASED)
    (keys,) = town.log(Act.KEY_DESTROYED)
    assert (gone["n"], keys["n"]) == (1, 4)
    assert {"sub", "cas"}.isdisjoint(gone)
    assert gone not in town.log(subject=subject)
    assert Oversight(town.house, town.gateway.signer).check(TENANT)
    told = claims(erased.certificate)["logboek"]
    assert town.log(Act.RETENTION_RUN)[-1]["n"] == 1
    assert told["oorsprong"].endswith("/audit/GM0637/2026") or told["oorsprong"].endswith("/2027")
    assert town.log(subject=subject)[: len(before)] == before


def test_who_saw_an_erased_person_can_still_be_told_until_the_term_of_the_log(
    town: Town, archive: Archive
) -> None:
    archive.decide()
    subject = town.subject(archive.ended_case())
    town.clock.forward(days=190)
    archive.run()
    sealer = DetailSealer(town.house.vault)
    with town.house.store.read() as connection:
        wanted = query.Slice(tenant=TENANT, subject=subject, act=Act.SIGNAL_RECEIVED)
        (line,) = query.lines(connection, wanted, 10)
        blob = query.sealed_detail(connection, TENANT, line.year, line.index)
    assert blob is not None
    assert sealer.open(TENANT, subject, blob)


def test_a_run_with_nothing_due_says_so_under_a_signature(town: Town, archive: Archive) -> None:
    archive.decide()
    town.person()
    erased = archive.run()
    assert (erased.counts, erased.keys) == ({}, 0)
    assert claims(erased.certificate)["gewist"] == {}


def test_a_plan_is_carried_out_once(town: Town, archive: Archive) -> None:
    archive.decide()
    plan = archive.plans.plan(archive.rosa)
    archive.runs.run(archive.rosa, plan.plan_id)
    with pytest.raises(Conflict) as refused:
        archive.runs.run(archive.rosa, plan.plan_id)
    assert refused.value.code == "al_uitgevoerd"


def test_a_plan_or_certificate_of_nobody_is_not_found(archive: Archive) -> None:
    archive.decide()
    for step in (archive.runs.run, archive.runs.certificate):
        with pytest.raises(NotFound):
            step(archive.rosa, "0" * 32)


def test_only_the_privacy_officer_decides_and_only_he_and_the_operator_erase(
    town: Town, archive: Archive
) -> None:
    archive.decide()
    case = archive.ended_case()
    town.clock.forward(days=190)
    operator, stranger = town.as_party("beheer"), town.as_user("sanne")
    plan = archive.plans.plan(operator)
    assert (dict(plan.due), plan.lines) == ({"zonder_hulp": 1}, ())
    refused: list[Callable[[], Any]] = [
        lambda: archive.decisions.decide(operator, Terms(), "Besluit 1"),
        lambda: archive.plans.plan(stranger),
        lambda: archive.runs.run(stranger, plan.plan_id),
        lambda: archive.runs.certificate(stranger, plan.plan_id),
        lambda: archive.holds.place(operator, "7K3P-9QX2-C", HoldReason.KLACHT),
        lambda: archive.holds.lift(stranger, "0" * 32),
    ]
    for step in refused:
        with pytest.raises(Denied):
            step()
    assert len(town.log(Act.ACCESS_DENIED)) == len(refused)
    assert archive.runs.run(operator, plan.plan_id).counts["dossiers"] == 1
    assert archive.remaining(case, []) == {}


# --- What breaks off --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("commit", range(1, 8))
def test_a_run_that_breaks_off_anywhere_is_finished_by_the_next(
    town: Town,
    archive: Archive,
    commit: int,
    after: bool,
) -> None:
    archive.decide()
    case = archive.ended_case()
    subject, blobs = town.subject(case), archive.blobs(case)
    town.clock.forward(days=190)
    broken = archive.plans.plan(archive.rosa).plan_id
    with pytest.raises(PowerCut):
        archive.interrupted(commit, power_cut, after=after).run(archive.rosa, broken)
    next_plan = archive.plans.plan(archive.rosa)
    archive.runs.run(archive.rosa, next_plan.plan_id)
    assert archive.remaining(case, [subject]) == {}
    assert archive.rows("gateway_tag") == archive.rows("gateway_expiry") == []
    assert archive.on_disk(*blobs) == []
    certified = [claims(row["jws"]) for row in archive.rows("gateway_certificate")]
    assert sum(content["gewist"].get("dossiers", 0) for content in certified) == 1
    assert sum(content["sleutels"]["aantal"] for content in certified) == 4
    assert Oversight(town.house, town.gateway.signer).check(TENANT)


def test_keys_that_a_restored_backup_brings_back_do_not_open(
    town: Town, archive: Archive, tmp_path: Path
) -> None:
    archive.decide()
    case = archive.ended_case()
    subject, identity = town.subject(case), archive.blobs(case)[0]
    home = town.house.settings.home
    town.house.store.checkpoint()
    town.gateway.keyring.database.checkpoint()
    for name in ("keys.db", "sluis.db"):
        shutil.copy(home / name, tmp_path / name)
    town.clock.forward(days=190)
    archive.run()
    lines = shred.journal(town.gateway.keyring)
    settings, clock = town.house.settings, town.clock
    town.close()
    for name in ("keys.db", "sluis.db"):
        shutil.copy(tmp_path / name, home / name)
    with Town(settings, clock) as restored:
        assert _open(restored, subject, identity)
        assert shred.replay(restored.gateway.keyring, lines) == 4
        with pytest.raises(KeyDestroyed):
            _open(restored, subject, identity)
        again = Archive(restored)
        again.run()
        assert again.remaining(case, [subject]) == {}


def test_bytes_that_stay_behind_give_no_certificate(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    (signal,) = town.signals(case)
    stray = {
        "tenant": TENANT, "attempt_id": town.house.new_id(), "case_id": "elders", "lease_id": "", "number": 1,
        "at": 0, "daypart": "ochtend", "outcome": "voicemail", "reached": False, "verified": False,
        "script_code": "", "script_version": 1, "party_id": "belteam", "note": signal["identity"],
    }  # fmt: skip
    town.house.store.commit(Change((calls.add_attempt(stray),)))
    town.clock.forward(days=190)
    with pytest.raises(Broken) as refused:
        archive.run()
    assert refused.value.code == "niet_gewist"
    assert archive.rows("gateway_certificate") == []
