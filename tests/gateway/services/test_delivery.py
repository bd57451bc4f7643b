"""Delivery to the case system of social work: an outage loses nothing, nothing arrives twice, erasing reaches it too."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ris.client import Ris
from connectors.ris.folder import RisFolder
from connectors.ris.mapping import inward, ris_map
from gateway.services.delivery import CLAIM, Delivery, Round, wait_after
from gateway.store import erasure, outbox
from gateway.store.change import Change
from schemas.audit import Act
from schemas.errors import Conflict, Invalid
from schemas.ids import CaseId
from schemas.ris import Fate
from tests.support.erasure import Interrupted, PowerCut, power_cut
from tests.support.installation import TENANT, Town, an_installation
from tests.support.ris import TOKEN, CaseSystem, a_case_system

MAP = ris_map("voorbeeld")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def ris() -> Iterator[CaseSystem]:
    with a_case_system() as system:
        yield system


@pytest.fixture(autouse=True)
def empty(ris: CaseSystem) -> None:
    ris.dossiers.clear()
    ris.faults.clear()
    ris.seen.clear()


def go(town: Town, ris: CaseSystem, house: Any = None) -> Round:
    parts = (house or town.house, town.door, town.codes)
    with closing(Ris(ris.origin, TOKEN)) as system:
        return Delivery(*parts).round(town.as_party("beheer"), system, MAP)


def owned(town: Town, user: str = "sanne") -> CaseId:
    case = town.urgent_person()
    town.give(case, user)
    return case


def waits(town: Town, case: CaseId) -> list[str]:
    with town.house.store.read() as connection:
        return [row["state"] for row in outbox.messages_of(connection, TENANT, case)]


# --- What arrives -------------------------------------------------------------------------------------------------


def test_a_dossier_arrives_in_the_words_of_the_other_system_and_reads_back_as_it_was(
    town: Town, ris: CaseSystem
) -> None:
    case = owned(town)
    assert go(town, ris) == Round(1, Counter({Fate.BEZORGD: 1}), 0)
    (reference,) = ris.dossiers
    assert town.behind(town.as_user("sanne"), reference) == case
    body = ris.dossiers[reference].body
    assert body["Geslachtsnaam"] == town.written[case]["achternaam"]
    assert body["Meldingen"][0]["SoortMelder"] == "WONEN"
    back = inward(MAP, dict(body))
    assert isinstance(back, dict)
    assert back["geboortedatum"] == town.written[case]["geboortedatum"]
    assert back["dossierkenmerk"] == reference


def test_nothing_changed_is_nothing_sent(town: Town, ris: CaseSystem) -> None:
    owned(town)
    go(town, ris)
    before = ris.asked
    assert go(town, ris) == Round(0, Counter(), 0)
    assert ris.asked == before


def test_a_case_that_changed_is_sent_again_and_the_newer_one_stays(town: Town, ris: CaseSystem) -> None:
    case = owned(town)
    go(town, ris)
    town.change(case, urgent=False)
    assert go(town, ris).put == 1
    (there,) = ris.dossiers.values()
    assert there.version == town.row(case)["version"]
    assert len(there.keys) == 2


def test_a_case_without_an_owner_stays_inside(town: Town, ris: CaseSystem) -> None:
    town.urgent_person()
    town.person()
    assert go(town, ris) == Round(0, Counter(), 0)
    assert ris.dossiers == {}


def test_the_system_sees_what_the_owner_may_see_and_the_log_tells_of_it(town: Town, ris: CaseSystem) -> None:
    case = owned(town)
    go(town, ris)
    told = [e for e in town.log(subject=town.subject(case)) if e["act"] in {"case.read", *EXCHANGE}]
    assert [entry["act"] for entry in told] == ["case.read", *EXCHANGE]
    assert told[0]["gr"].startswith("SW01")
    assert told[2]["sealn"] == 1
    assert told[3]["rsn"] == "bezorgd"


EXCHANGE = ("exchange.queued", "exchange.sent", "exchange.settled")


def test_what_waits_is_sealed_and_what_arrived_is_gone(town: Town, ris: CaseSystem) -> None:
    case = owned(town)
    ris.faults.append(503)
    go(town, ris)
    name = town.written[case]["achternaam"].encode()
    with town.house.store.read() as connection:
        (row,) = outbox.messages_of(connection, TENANT, case)
    assert row["payload"] is not None
    assert name not in row["payload"]
    town.clock.forward(hours=1)
    go(town, ris)
    with town.house.store.read() as connection:
        (row,) = outbox.messages_of(connection, TENANT, case)
    assert (row["state"], row["payload"]) == ("bezorgd", None)


# --- Outages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [500, 502, 503, 429, 408, 401, 403, 302, "weg", "zwijgt"])
def test_an_outage_delays_and_never_loses_or_doubles(town: Town, ris: CaseSystem, fault: int | str) -> None:
    cases = [owned(town) for _ in range(3)]
    ris.faults.extend([fault] * 2)
    first = go(town, ris)
    assert (first.fates[Fate.LATER], first.left) == (1, 3)
    for _ in range(4):
        town.clock.forward(hours=1)
        go(town, ris)
    assert len(ris.dossiers) == 3
    assert set(ris.seen.values()) == {1}
    assert [waits(town, case) for case in cases] == [["bezorgd"]] * 3


def test_an_outage_is_asked_once_a_round_and_ever_less_often(town: Town, ris: CaseSystem) -> None:
    for _ in range(3):
        owned(town)
    ris.faults.extend([503] * 5)
    before = ris.asked
    go(town, ris)
    assert ris.asked == before + 1
    waits_for = [wait_after(n) for n in range(40)]
    assert waits_for == sorted(waits_for)
    assert waits_for[0] == timedelta(minutes=1)
    assert waits_for[-1] == timedelta(hours=6)


def test_a_dossier_that_the_other_side_does_not_want_is_not_offered_again(
    town: Town, ris: CaseSystem
) -> None:
    case = owned(town)
    ris.faults.append(422)
    assert go(town, ris).fates == Counter({Fate.GEWEIGERD: 1})
    town.clock.forward(days=1)
    assert go(town, ris).fates == Counter()
    assert waits(town, case) == ["geweigerd"]


def test_a_newer_version_goes_in_the_place_of_one_that_waits(town: Town, ris: CaseSystem) -> None:
    case = owned(town)
    ris.faults.append(503)
    go(town, ris)
    town.change(case, urgent=False)
    town.clock.forward(hours=1)
    go(town, ris)
    assert waits(town, case) == ["vervallen", "bezorgd"]
    assert len(next(iter(ris.dossiers.values())).keys) == 1


@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("after", [False, True])
def test_a_power_cut_anywhere_loses_nothing_and_doubles_nothing(
    town: Town, ris: CaseSystem, at: int, *, after: bool
) -> None:
    case = owned(town)
    store: Any = Interrupted(town.house.store, at, power_cut, after=after)
    broken = replace(town.house, store=store)
    delivery = Delivery(broken, type(town.door)(broken), type(town.codes)(broken))
    with closing(Ris(ris.origin, TOKEN)) as system, suppress(PowerCut):
        delivery.round(town.as_party("beheer"), system, MAP)
    town.clock.at += CLAIM
    go(town, ris)
    assert len(ris.dossiers) == 1
    assert set(ris.seen.values()) == {1}
    assert waits(town, case) == ["bezorgd"]


def test_two_workers_at_once_send_it_once(town: Town, ris: CaseSystem) -> None:
    owned(town)
    house, door, codes = town.jostled(lambda: go(town, ris))
    with closing(Ris(ris.origin, TOKEN)) as system:
        Delivery(house, door, codes).round(town.as_party("beheer"), system, MAP)
    assert set(ris.seen.values()) == {1}
    assert len(ris.dossiers) == 1


faults = st.sampled_from([500, 503, 429, "weg", "zwijgt", 0])


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(faults, max_size=6), st.lists(st.booleans(), max_size=4))
def test_whatever_fails_in_whatever_order_every_dossier_arrives_once_in_its_last_version(
    town: Town, ris: CaseSystem, failing: list[int | str], changes: list[bool]
) -> None:
    ris.dossiers.clear()
    ris.seen.clear()
    case = owned(town)
    ris.faults.extend(fault for fault in failing if fault)
    for changed in [*changes, False]:
        if changed:
            town.change(case, urgent=not town.row(case)["urgent"])
        go(town, ris)
        town.clock.forward(hours=7)
    ris.faults.clear()
    town.clock.forward(hours=7)
    assert go(town, ris).left == 0
    reference = town.ref(town.as_user("sanne"), case)
    assert ris.dossiers[reference].version == town.row(case)["version"]
    assert set(ris.seen.values()) == {1}


# --- Erasing, files, settings -------------------------------------------------------------------------------------


def test_erasing_a_case_takes_it_out_of_the_outbox(town: Town, ris: CaseSystem) -> None:
    case = owned(town)
    ris.faults.append(503)
    go(town, ris)
    town.house.store.commit(Change(tuple(erasure.delete_all(TENANT, [case], []))))
    assert waits(town, case) == []


def test_a_system_by_file_gets_one_whole_private_file_per_dossier(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "uit"
    folder.mkdir()
    case = owned(town)
    delivery = Delivery(town.house, town.door, town.codes)
    asker, system = town.as_party("beheer"), RisFolder(folder)
    assert delivery.round(asker, system, MAP).fates == Counter({Fate.BEZORGD: 1})
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    found = json.loads(file.read_bytes())
    assert found["dossier"]["Geslachtsnaam"] == town.written[case]["achternaam"]
    town.change(case, urgent=False)
    delivery.round(asker, system, MAP)
    assert json.loads(file.read_bytes())["versie"] == found["versie"] + 1


def test_a_folder_that_is_away_delays(town: Town, tmp_path: Path) -> None:
    owned(town)
    delivery, asker = Delivery(town.house, town.door, town.codes), town.as_party("beheer")
    assert delivery.round(asker, RisFolder(tmp_path / "weg"), MAP).left == 1
    town.clock.forward(hours=1)
    assert delivery.round(asker, RisFolder(tmp_path), MAP).left == 0


def test_without_a_system_there_is_nothing_to_run(town: Town) -> None:
    with pytest.raises(Conflict) as caught:
        Delivery(town.house, town.door, town.codes).run(town.as_party("beheer"))
    assert caught.value.code == "geen_ris"


@pytest.mark.parametrize(
    "address",
    [
        "http://ris.example",
        "ftp://ris.example",
        "ris.example",
        "http://127.0.0.1@ris.example",
        "http://127.0.0.1.example",
        "https://",
        "https://[",
        "https://u:p@ris.example",
        "https://ris.example?x=1",
    ],
)
def test_an_address_without_https_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        Ris(address, TOKEN)


def test_the_settings_name_the_system_and_its_credential(tmp_path: Path, ris: CaseSystem) -> None:
    secret = tmp_path / "sleutel"
    secret.write_text(TOKEN + "\n", encoding="utf-8")
    with an_installation(tmp_path, ris_url=ris.origin, ris_token_file=secret) as town:
        owned(town)
        assert Delivery(town.house, town.door, town.codes).run(town.as_party("beheer")).left == 0
        assert TOKEN not in str(town.house.settings.in_force())
    assert len(ris.dossiers) == 1


def test_every_act_of_the_exchange_is_of_the_vocabulary() -> None:
    assert {Act.EXCHANGE_QUEUED, Act.EXCHANGE_SENT, Act.EXCHANGE_SETTLED} == set(EXCHANGE)
