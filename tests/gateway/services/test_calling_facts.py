"""What holds about a case for a caller: the limit whatever the category, and the talk that began in time."""

from datetime import datetime, timedelta

import pytest

from gateway.disclosure import load
from gateway.disclosure.dossier import facts_of
from gateway.policy.facts import Facts
from gateway.services.dialling import Dialling
from gateway.services.routing import Routing
from gateway.store import calls
from gateway.store.change import Change
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM, millis
from tests.support.deliveries import line
from tests.support.installation import TENANT, Town

HIGH = {"bedrag": "2.000,01"}
LATE = datetime(2026, 11, 3, 20, 55, tzinfo=AMSTERDAM)
"""Five minutes before the window closes on a weekday."""


def facts(town: Town, case: CaseId, agent: str = "farid") -> Facts:
    asker = town.as_user(agent)
    with town.house.store.read() as connection:
        return facts_of(connection, town.house, asker, load(connection, asker, case))


@pytest.mark.parametrize(
    ("changes", "category", "under"),
    [
        ({}, "bellen", True),
        ({"bedrag": "2.000,00"}, "bellen", True),
        (HIGH, "hoge_achterstand", False),
        ({"crisissignaal": "ja"}, "spoed", True),
        ({"crisissignaal": "ja", **HIGH}, "spoed", False),
        ({"telefoon_1": ""}, "brief", True),
    ],
)
def test_the_limit_holds_whatever_the_category(
    town: Town, changes: dict[str, str], category: str, *, under: bool
) -> None:
    case = town.person(**changes)
    assert town.row(case)["category"] == category
    assert facts(town, case).onder_bedraggrens is under


def test_a_case_that_was_not_weighed_is_under_no_limit(town: Town) -> None:
    town.deliver([town.someone()])
    (case,) = town.match().opened
    assert not facts(town, case).onder_bedraggrens


def test_a_case_is_weighed_again_also_when_it_keeps_its_way(town: Town) -> None:
    row = town.someone(crisissignaal="ja")
    (case,) = town.bring([row])
    assert facts(town, case).onder_bedraggrens
    town.deliver([line(**{**row, "signaal_ref": "S-erbij", "bedrag": "1.999,00"})], "waterbedrijf")
    town.match()
    Routing(town.house).route(town.as_user("olga"), [case])
    assert not facts(town, case).onder_bedraggrens
    assert town.state(case) == "sociaal_werk"


def test_a_talk_that_began_in_time_may_be_finished(town: Town) -> None:
    case = town.person()
    town.clock.at = LATE
    record = town.lease()
    assert town.behind(town.as_user("farid"), record.ref) == case
    town.clock.forward(minutes=10)
    held = facts(town, case)
    assert (held.geleend, held.binnen_belvenster) == (True, True)
    assert not facts(town, case, "noor").binnen_belvenster
    written = town.written[case]
    dialling = Dialling(town.house, town.door, town.codes)
    answer = dialling.verify(
        town.as_user("farid"), record.ref, written["geboortedatum"], int(written["huisnummer"])
    )
    assert answer.confirmed


def test_but_not_longer_than_the_record_lasts(town: Town) -> None:
    case = town.person()
    town.clock.at = LATE
    town.lease()
    town.clock.forward(minutes=town.house.settings.lease_minutes)
    held = facts(town, case)
    assert (held.geleend, held.binnen_belvenster) == (False, False)


def test_a_record_taken_outside_the_window_opens_nothing(town: Town) -> None:
    case = town.person()
    town.clock.at = LATE
    town.lease()
    at_night = millis(LATE + timedelta(hours=2))
    with town.house.store.read() as connection:
        lease = calls.lease_on(connection, TENANT, "farid-client", case)
    assert lease is not None
    ended = calls.end_lease(lease, "verlopen", at_night)
    other = {**lease, "lease_id": "f" * 32, "leased_at": at_night, "expires_at": at_night + 600_000}
    town.house.store.commit(Change((ended, calls.lease(other))))
    town.clock.at = LATE + timedelta(hours=2, minutes=1)
    held = facts(town, case)
    assert (held.geleend, held.binnen_belvenster) == (True, False)
