"""Was it really the municipality? The answer holds for the number that was called, for two days, and tells nothing else."""

from datetime import timedelta

import pytest

from gateway.services.callback import Callback, CallControl
from gateway.services.callback.control import Checked
from schemas.audit import Act
from schemas.errors import Invalid
from tests.support.installation import TENANT, Town


@pytest.fixture
def control(town: Town) -> CallControl:
    return CallControl(town.house)


def test_a_code_with_the_number_that_was_called_gives_the_day_and_nothing_else(
    town: Town, control: CallControl
) -> None:
    case = town.person()
    code = town.lease().control
    assert control.check(code, town.written[case]["telefoon_1"]) == Checked(town.clock.at.date())
    assert Checked.__slots__ == ("day",)
    assert town.told(case)[-1] == Act.CALL_CONFIRMED


def test_whoever_was_called_himself_cannot_show_his_code_to_others(town: Town, control: CallControl) -> None:
    """A swindler who is known to us has a code of today; it confirms nothing on the telephone of his victim."""
    swindler, victim = town.person(), town.person()
    codes = {town.behind(town.as_user("farid"), one.ref): one.control for one in (town.lease(), town.lease())}
    assert control.check(codes[swindler], town.written[victim]["telefoon_1"]) == Checked(None)
    assert control.check(codes[swindler], "06-98765432") == Checked(None)
    assert control.check(codes[victim], town.written[victim]["telefoon_1"]).day is not None


def test_who_is_known_but_was_not_called_gets_the_same_no_as_who_is_not_known(
    town: Town, control: CallControl
) -> None:
    case = town.person()
    made_up = town.house.pseudonyms.spoken(TENANT, "belteam", "iets", "anders", "f" * 32)
    before = len(town.log())
    assert control.check(made_up, town.written[case]["telefoon_1"]) == Checked(None)
    assert control.check(made_up, "06-98765432") == Checked(None)
    assert len(town.log()) == before


def test_a_code_holds_for_two_days(town: Town, control: CallControl) -> None:
    case, called = town.person(), town.clock.at.date()
    code, number = town.lease().control, town.written[case]["telefoon_1"]
    town.clock.forward(hours=48)
    assert control.check(code, number) == Checked(called)
    town.clock.forward(milliseconds=1)
    assert control.check(code, number) == Checked(None)


def test_every_dial_record_has_a_code_of_its_own_and_none_stands_readable(
    town: Town, control: CallControl
) -> None:
    case = town.person()
    first = town.lease().control
    town.clock.forward(days=1)
    second = town.lease().control
    assert first != second
    home = town.house.settings.home
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert first.encode() not in kept
    number = town.written[case]["telefoon_1"]
    assert control.check(first, number) == Checked(town.clock.at.date() - timedelta(days=1))
    assert control.check(second, number) == Checked(town.clock.at.date())


def test_a_code_is_understood_as_people_type_it(town: Town, control: CallControl) -> None:
    town.person(telefoon_1="06-12345678")
    code = town.lease().control
    assert control.check(f" {code.lower().replace('-', ' ')} ", "+31 6 1234 5678").day is not None


@pytest.mark.parametrize(
    ("code", "number"), [("AAAA-AAAA-A", "06-12345678"), ("kanarie", "06-12345678"), ("", "06-12345678")]
)
def test_a_slip_in_the_code_is_told_without_looking_anybody_up(
    town: Town, control: CallControl, code: str, number: str
) -> None:
    with pytest.raises(Invalid) as refused:
        control.check(code, number)
    assert "kanarie" not in str(refused.value)


def test_a_resident_who_rings_us_needs_no_code_and_gets_none(town: Town) -> None:
    case = town.person()
    town.lease()
    town.clock.forward(minutes=20)
    found = Callback(town.house, town.codes).search(town.as_user("noor"), town.written[case]["telefoon_1"])
    assert not hasattr(found, "control")
