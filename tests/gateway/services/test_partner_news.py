"""What a partner hears back: at once that help began, the rest at month end, in words that hide who refused."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.services.feedback import Feedback, News
from gateway.services.handover import Handovers, Helping
from gateway.services.month_end import MonthEndUndo
from schemas.audit import Act
from schemas.call import Outcome
from schemas.errors import Denied
from schemas.ids import CaseId
from schemas.moments import local_day
from schemas.signal import HINTS, LineCode
from schemas.transforms import FEEDBACK_CODES
from tests.support.erasure import Archive
from tests.support.installation import Town, an_installation


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


def news(town: Town, partner: str = "woonstichting", since: int = 0) -> list[News]:
    return Feedback(town.house, town.codes).news(town.as_party(partner), since)


def ended(town: Town, outcome: Outcome) -> CaseId:
    """Let somebody be called with an outcome, or never be reached and get a letter, and close the month."""
    case = town.person()
    town.call(outcome)
    return case


# --- At once ------------------------------------------------------------------------------------------------------


def test_a_partner_hears_at_once_that_help_began_and_how_long_to_pause(town: Town) -> None:
    case = town.help_request()
    (told,) = news(town)
    assert (told.code, told.line) == ("hulp_gestart", 1)
    assert told.pause_until == (local_day(town.clock()) + timedelta(days=30)).isoformat()
    assert town.behind(town.as_party("woonstichting"), told.ref) == case


def test_of_a_yes_by_who_did_not_show_who_it_was_nothing_is_told_before_the_first_talk(town: Town) -> None:
    case, sanne = town.person(), town.as_user("sanne")
    town.call(Outcome.HULPVRAAG, verified=False)
    assert news(town) == []
    Archive(town).close_month()
    assert news(town) == []
    ref = town.ref(sanne, case)
    Handovers(town.house, town.door, town.codes).acknowledge(sanne, ref)
    assert news(town) == []
    Helping(town.house, town.door, town.codes).record_first_talk(sanne, ref, town.clock().date())
    assert [told.code for told in news(town)] == ["hulp_gestart"]


def test_the_pause_counts_from_the_yes_and_not_from_the_question(town: Town) -> None:
    town.help_request()
    said = local_day(town.clock())
    town.clock.forward(days=9)
    assert news(town)[0].pause_until == (said + timedelta(days=30)).isoformat()


def test_every_partner_of_the_person_hears_it_and_nobody_else(town: Town) -> None:
    row = town.someone(bedrag="100,00")
    town.deliver([{**row, "signaal_ref": "W-1"}], "waterbedrijf")
    town.bring([row])
    town.person("energiebedrijf", telefoon_1="")
    town.call(Outcome.HULPVRAAG, omschrijving="Graag")
    assert [len(news(town, who)) for who in ("woonstichting", "waterbedrijf", "energiebedrijf")] == [1, 1, 0]


def test_it_is_told_once_and_stays_to_be_read(town: Town) -> None:
    town.help_request()
    first = news(town)
    town.clock.forward(days=3)
    assert news(town) == first


def test_two_questions_at_once_tell_it_once(town: Town) -> None:
    town.help_request()
    house, _, codes = town.jostled(lambda: news(town))
    assert Feedback(house, codes).news(town.as_party("woonstichting")) == news(town)


# --- At month end, and never before -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "outcome", [Outcome.GEVERIFIEERD_GEWEIGERD, Outcome.ZELF_BETAALD, Outcome.VOICEMAIL, Outcome.BEZWAAR]
)
def test_nothing_else_is_told_before_month_end(town: Town, outcome: Outcome) -> None:
    ended(town, outcome)
    assert news(town) == []


def test_who_refused_who_paid_and_who_was_never_reached_are_one_word(town: Town) -> None:
    cases = [ended(town, Outcome.GEVERIFIEERD_GEWEIGERD), ended(town, Outcome.ZELF_BETAALD)]
    unreached = town.person()
    now = town.house.now_ms()
    town.change(unreached, state="onbereikt", offer_at=now, offer_channel="brief")
    Archive(town).close_month()
    told = {town.behind(town.as_party("woonstichting"), one.ref): one for one in news(town)}
    assert set(told) == {*cases, unreached}
    same = {replace(one, line=0, ref="", delivery=one.delivery.__class__("")) for one in told.values()}
    assert len(same) == 1
    assert next(iter(same)).code == "geen_hulp_gestart"


def test_every_word_that_is_told_is_of_the_closed_list(town: Town) -> None:
    town.help_request()
    ended(town, Outcome.GEVERIFIEERD_GEWEIGERD)
    Archive(town).close_month()
    assert {one.code for one in news(town)} <= set(FEEDBACK_CODES)


def test_a_month_end_that_is_undone_takes_its_words_back_and_leaves_the_pause(town: Town) -> None:
    ended(town, Outcome.GEVERIFIEERD_GEWEIGERD)
    town.help_request()
    Archive(town).close_month()
    assert {one.code for one in news(town)} == {"geen_hulp_gestart", "hulp_gestart"}
    with town.house.store.read() as connection:
        plan = connection.exec_driver_sql("SELECT plan_id FROM gateway_month_end").scalar_one()
    MonthEndUndo(town.house).undo(town.as_user("olga"), plan)
    (left,) = news(town)
    assert (left.code, left.pause_until is not None) == ("hulp_gestart", True)


def test_no_answer_to_an_upload_can_tell_where_somebody_lives_or_who_is_known(town: Town) -> None:
    """Residency is told later, with everything else: the answers to a line are about the line alone."""
    words = " ".join([*LineCode, *HINTS.values()]).lower()
    assert not any(word in words for word in ("inwoner", "woont", "bekend", "overleden", "verhuisd"))
    known = town.someone()
    town.bring([known])
    again = town.deliver([{**known, "signaal_ref": "W-9"}], "waterbedrijf")
    stranger = town.deliver([town.someone()], "waterbedrijf")
    assert [r.code for r in again.results] == [r.code for r in stranger.results]


# --- How long, and who --------------------------------------------------------------------------------------------


def test_after_ninety_days_there_is_nothing_to_read(town: Town) -> None:
    town.help_request()
    assert news(town)
    town.clock.forward(days=91)
    assert news(town) == []


def test_only_what_is_new_is_listed(town: Town) -> None:
    town.help_request()
    (first,) = news(town)
    town.clock.forward(days=1)
    town.help_request()
    (second,) = news(town, since=first.at + 1)
    assert second != first


def test_what_a_partner_reads_is_told_per_signal_with_grant_and_field(town: Town) -> None:
    case = town.help_request()
    news(town)
    (entry,) = town.log(Act.FEEDBACK_READ, subject=town.subject(case))
    assert (entry["gr"], entry["cat"], entry["org"]) == ("SP02", ["terugkoppeling"], "woonstichting")
    assert "seal" not in entry


def test_nobody_but_a_partner_hears_it(town: Town) -> None:
    town.help_request()
    with pytest.raises(Denied):
        Feedback(town.house, town.codes).news(town.as_party("callcenter"))


def test_a_signal_that_was_taken_back_is_not_paused(town: Town) -> None:
    case = town.help_request()
    town.withdraw(case)
    assert news(town) == []
