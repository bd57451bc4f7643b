"""Letters from order to post: who orders, what the letter service sees, and when a letter counts as an offer."""

import csv
import io
import json
from datetime import date, datetime, timedelta

import pytest

from gateway.services.letters import Batch, LetterOrders, Post, PrintFile, Printing
from schemas.audit import Act
from schemas.call import Outcome
from schemas.errors import Conflict, Denied, Invalid, NotFound
from schemas.ids import CaseId
from schemas.letters import PRINT_COLUMNS, Template
from schemas.moments import AMSTERDAM, instant, local_day, millis
from tests.support.installation import START, Town

TODAY = START.date()
SERVICE = "briefdienst"


class Mail:
    """The three desks that a letter passes, with their askers."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.orders = LetterOrders(town.house, town.door, town.codes)
        self.printing = Printing(town.house, town.door, town.codes)
        self.post = Post(town.house, town.door, town.codes)
        self.service = town.as_party(SERVICE)

    def order(self) -> Batch:
        return self.orders.order(self.town.as_user("olga"))

    def printed(self) -> tuple[str, PrintFile]:
        batch = self.order().batch_id
        assert batch is not None
        return batch, self.printing.print_file(self.service, batch)

    def sent(self) -> str:
        batch, _ = self.printed()
        self.post.confirm_sent(self.service, batch, local_day(self.town.clock()))
        return batch

    def ref(self, case: CaseId) -> str:
        return self.town.ref(self.service, case, "aanschrijven")


@pytest.fixture
def mail(town: Town) -> Mail:
    return Mail(town)


def noon(day: date) -> int:
    return millis(datetime(day.year, day.month, day.day, 12, tzinfo=AMSTERDAM))


# --- Ordering -----------------------------------------------------------------------------------------------------


def test_every_case_whose_way_is_a_letter_gets_one_ordered(town: Town, mail: Mail) -> None:
    waiting = [town.letter_person() for _ in range(3)]
    town.person()
    town.urgent_person()
    batch = mail.order()
    assert (batch.count, batch.skipped) == (3, 0)
    for case in waiting:
        (offer,) = town.offers(case)
        assert (offer["channel"], offer["batch_id"]) == ("brief", batch.batch_id)
        assert (offer["template"], offer["ordered_by"]) == ("eerste_aanbod@1", "olga")
        assert (offer["done_at"], offer["result"]) == (None, None)


def test_an_ordered_letter_is_no_offer_yet(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    mail.printed()
    assert (town.row(case)["offer_at"], town.row(case)["notice_at"]) == (None, None)


def test_ordering_again_orders_nothing_twice(town: Town, mail: Mail) -> None:
    town.letter_person()
    mail.order()
    assert mail.order() == Batch(None, 0, 1)
    assert len(town.log(Act.LETTER_ORDERED)) == 1


def test_with_nobody_to_write_to_there_is_no_batch(town: Town, mail: Mail) -> None:
    town.person()
    before = len(town.log())
    assert mail.order() == Batch(None, 0, 0)
    assert len(town.log()) == before


def test_the_letter_fits_what_went_before(town: Town, mail: Mail) -> None:
    called = town.person()
    town.call(Outcome.FOUT_NUMMER, verified=False)
    assert town.state(called) == "brief"
    mail.sent()
    town.change(called, state="brief")
    mail.order()
    assert [offer["template"] for offer in town.offers(called)] == ["na_onbereikt@1", "herinnering@1"]


def test_a_protected_case_gets_no_letter(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    town.change(case, protected=True)
    assert mail.order() == Batch(None, 0, 1)
    assert town.offers(case) == []


def test_a_social_worker_orders_a_letter_for_an_own_case(town: Town, mail: Mail) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    batch = mail.orders.order(town.as_user("sanne"), [ref, ref], Template.NA_HUISBEZOEK)
    assert batch.count == 1
    assert [offer["template"] for offer in town.offers(case)] == ["na_huisbezoek@1"]


def test_a_social_worker_orders_for_nobody_elses_case(town: Town, mail: Mail) -> None:
    ref = town.give(town.urgent_person(), "tariq")
    with town.nothing_changes(), pytest.raises(Denied):
        mail.orders.order(town.as_user("sanne"), [ref])
    with pytest.raises(Invalid) as nothing:
        mail.orders.order(town.as_user("sanne"))
    assert [problem.veld for problem in nothing.value.fields] == ["dossiers"]
    assert town.log(Act.ACCESS_DENIED)[-1]["rsn"] == "brief_bestellen"


@pytest.mark.parametrize("kind", ["callcenter", "briefdienst", "management", "woonstichting"])
def test_nobody_else_orders_letters(town: Town, mail: Mail, kind: str) -> None:
    town.letter_person()
    with town.nothing_changes(), pytest.raises(Denied):
        mail.orders.order(town.as_party(kind))
    assert town.log(Act.ACCESS_DENIED)[-1]["dec"] == "deny"


def test_a_case_named_that_cannot_get_a_letter_stops_the_whole_order(town: Town, mail: Mail) -> None:
    asker = town.as_user("olga")
    letter, call = (town.ref(asker, case, "matchen") for case in (town.letter_person(), town.person()))
    with town.nothing_changes(), pytest.raises(Conflict) as refused:
        mail.orders.order(asker, [letter, call])
    assert refused.value.code == "geen_brief_mogelijk"
    assert mail.orders.order(asker, [letter]).count == 1


def test_an_order_overtaken_by_one_case_is_made_on_what_is_there_then(town: Town) -> None:
    first, second = town.letter_person(), town.letter_person()
    parts = town.jostled(lambda: town.change(first, state="sociaal_werk"))
    batch = LetterOrders(*parts).order(town.as_user("olga"))
    assert batch.count == 1
    assert (len(town.offers(first)), len(town.offers(second))) == (0, 1)


def test_two_orders_at_once_write_nobody_two_letters(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    parts = town.jostled(mail.order)
    assert LetterOrders(*parts).order(town.as_user("olga")) == Batch(None, 0, 1)
    assert len(town.offers(case)) == 1


# --- Printing -----------------------------------------------------------------------------------------------------


def test_the_letter_service_sees_name_address_and_template_and_nothing_of_the_arrear(
    town: Town, mail: Mail
) -> None:
    case = town.letter_person(
        achternaam="Zwaan", voorvoegsel="de", voorletters="A.", straat="Vijver", plaats="Zoetermeer"
    )
    _, file = mail.printed()
    (row,) = file.rows()
    assert row.pop("dossierkenmerk") == mail.ref(case)
    assert row == {
        "aanhef": "heer of mevrouw",
        "voorletters": "A.",
        "voorvoegsel": "de",
        "achternaam": "Zwaan",
        "straat": "Vijver",
        "huisnummer": 1,
        "huisletter": "A",
        "toevoeging": "2",
        "postcode": "2700AB",
        "plaats": "Zoetermeer",
        "script": "eerste_aanbod@1",
        "envelop": "neutraal",
    }
    assert json.loads(file.letters[0].body)["achternaam"] == "Zwaan"


def test_the_print_file_is_one_entry_per_subject(town: Town, mail: Mail) -> None:
    waiting = [town.letter_person() for _ in range(3)]
    _, file = mail.printed()
    log = town.log()
    indexes = [letter.entry.index for letter in file.letters]
    assert indexes == list(range(len(log) - 3, len(log)))
    for case in waiting:
        entry = town.log(Act.LETTER_BATCHED, town.subject(case))[-1]
        assert (entry["gr"], entry["pur"], entry["org"]) == ("BD01", "aanschrijven", "drukkerij")
        assert "straat" in entry["cat"]
        assert "bedrag" not in entry["cat"]


def test_until_it_is_confirmed_the_same_file_comes_again_with_an_entry_again(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch, first = mail.printed()
    again = mail.printing.print_file(mail.service, batch)
    assert again.rows() == first.rows()
    shown = [e for e in town.log(Act.LETTER_BATCHED, town.subject(case)) if e.get("gr") == "BD01"]
    assert len(shown) == 2


def test_a_letter_lapses_when_its_case_was_answered_or_withdrawn(town: Town, mail: Mail) -> None:
    kept, helped, gone = (town.letter_person() for _ in range(3))
    batch = mail.order().batch_id
    assert batch is not None
    town.change(helped, state="geweigerd")
    town.withdraw(gone)
    file = mail.printing.print_file(mail.service, batch)
    assert [row["dossierkenmerk"] for row in file.rows()] == [mail.ref(kept)]
    assert file.lapsed == 2
    for case in (helped, gone):
        (offer,) = town.offers(case)
        assert offer["result"] == "vervallen"
        assert town.log(Act.LETTER_BATCHED, town.subject(case))[-1]["rsn"] == "vervallen"


def test_a_batch_of_which_every_letter_lapsed_is_an_empty_file(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch = mail.order().batch_id
    assert batch is not None
    town.change(case, state="betaald")
    file = mail.printing.print_file(mail.service, batch)
    assert (file.rows(), file.lapsed) == ([], 1)
    with pytest.raises(Conflict) as over:
        mail.printing.print_file(mail.service, batch)
    assert over.value.code == "partij_afgerond"


def test_a_case_that_was_closed_after_printing_is_not_printed_again(town: Town, mail: Mail) -> None:
    town.letter_person()
    gone = town.letter_person()
    batch, first = mail.printed()
    town.withdraw(gone)
    again = mail.printing.print_file(mail.service, batch)
    assert (len(first.rows()), len(again.rows()), again.lapsed) == (2, 1, 0)


def test_the_csv_opens_in_a_spreadsheet_and_runs_nothing(town: Town, mail: Mail) -> None:
    town.letter_person(achternaam="O'Neill; Sr", voorvoegsel="", straat='Lange "Nieuwe" Weg')
    _, file = mail.printed()
    header, row = csv.reader(io.StringIO(file.csv()), delimiter=";")
    assert header == [*PRINT_COLUMNS, "envelop"]
    cells = dict(zip(header, row, strict=True))
    assert cells["achternaam"] == "O'Neill; Sr"
    assert cells["straat"] == 'Lange "Nieuwe" Weg'
    assert (cells["voorvoegsel"], cells["huisnummer"], cells["envelop"]) == ("", "1", "neutraal")
    assert file.csv().endswith("\r\n")


@pytest.mark.parametrize("evil", ["=1+1", "+31", "-2", "@SUM", "\tx", "\rx"])
def test_no_cell_of_a_print_file_is_a_formula(evil: str) -> None:
    from gateway.services.letters.printing import _cell  # noqa: PLC0415 (the private half of a public promise)

    assert _cell(evil) == f"'{evil}"
    assert _cell(f"a{evil}") == f"a{evil}"


@pytest.mark.parametrize("kind", ["callcenter", "matching", "sociaal_werk", "woonstichting", "cbs"])
def test_only_a_letter_service_prints_and_reports(town: Town, mail: Mail, kind: str) -> None:
    town.letter_person()
    batch, _ = mail.printed()
    asker = town.as_party(kind)
    tries = [
        lambda: mail.printing.batches(asker),
        lambda: mail.printing.print_file(asker, batch),
        lambda: mail.printing.print_file(asker, "0" * 32),
        lambda: mail.post.confirm_sent(asker, batch, TODAY),
        lambda: mail.post.returned(asker, batch, []),
    ]
    for attempt in tries:
        with town.nothing_changes(), pytest.raises(Denied) as refused:
            attempt()
        assert refused.value.failing[0].condition == "geen_grant"
    assert len(town.log(Act.ACCESS_DENIED)) == len(tries)


def test_an_unknown_batch_is_not_found(town: Town, mail: Mail) -> None:
    town.letter_person()
    run = town.row(town.letter_person())["run_id"]
    for batch in ("0" * 32, run):
        with pytest.raises(NotFound):
            mail.printing.print_file(mail.service, batch)


def test_the_letter_service_finds_its_open_batches(town: Town, mail: Mail) -> None:
    town.letter_person()
    town.letter_person()
    first, _ = mail.printed()
    town.letter_person()
    second, _ = mail.printed()
    assert mail.printing.batches(mail.service) == {first: 2, second: 1}
    mail.post.confirm_sent(mail.service, first, TODAY)
    assert mail.printing.batches(mail.service) == {second: 1}


def test_printers_who_race_get_the_same_letters(town: Town, mail: Mail) -> None:
    town.letter_person()
    batch = mail.order().batch_id
    assert batch is not None
    parts = town.jostled(lambda: mail.printing.print_file(mail.service, batch))
    assert len(Printing(*parts).print_file(mail.service, batch).rows()) == 1


# --- Sent ---------------------------------------------------------------------------------------------------------


def test_a_letter_sent_is_an_offer_with_notice_on_its_day(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch, _ = mail.printed()
    town.clock.forward(days=2)
    sent = TODAY + timedelta(days=1)
    assert mail.post.confirm_sent(mail.service, batch, sent) == 1
    row, (offer,) = town.row(case), town.offers(case)
    assert (offer["result"], offer["done_at"], offer["notice"]) == ("verzonden", noon(sent), True)
    assert (row["offer_at"], row["offer_channel"], row["notice_at"]) == (noon(sent), "brief", noon(sent))
    assert row["state"] == "onbereikt"
    assert local_day(instant(row["offer_at"])) == sent
    assert town.told(case)[-2:] == ["letter.sent", "case.transition"]
    assert town.log(Act.LETTER_SENT)[-1]["rsn"] == "eerste_aanbod"


def test_a_letter_of_social_work_leaves_the_case_with_social_work(town: Town, mail: Mail) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    batch = mail.orders.order(town.as_user("sanne"), [ref]).batch_id
    assert batch is not None
    mail.printing.print_file(mail.service, batch)
    mail.post.confirm_sent(mail.service, batch, TODAY)
    assert (town.state(case), town.row(case)["owner"]) == ("sociaal_werk", "sanne")
    assert town.row(case)["offer_channel"] == "brief"


def test_an_earlier_offer_keeps_its_day_and_channel(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    earlier = town.house.now_ms() - 1
    town.change(case, offer_at=earlier, offer_channel="telefoon", notice_at=earlier)
    mail.sent()
    row = town.row(case)
    assert (row["offer_at"], row["offer_channel"], row["notice_at"]) == (earlier, "telefoon", earlier)


def test_what_was_not_printed_cannot_be_confirmed(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch = mail.order().batch_id
    assert batch is not None
    with town.nothing_changes(), pytest.raises(Conflict) as early:
        mail.post.confirm_sent(mail.service, batch, TODAY)
    assert early.value.code == "niets_gedrukt"
    assert town.row(case)["offer_at"] is None


def test_confirming_twice_is_a_conflict_and_changes_nothing(town: Town, mail: Mail) -> None:
    town.letter_person()
    batch = mail.sent()
    with town.nothing_changes(), pytest.raises(Conflict):
        mail.post.confirm_sent(mail.service, batch, TODAY)
    assert len(town.log(Act.LETTER_SENT)) == 1


@pytest.mark.parametrize("days", [-1, 1], ids=["before the order", "still to come"])
def test_letters_are_sent_between_the_order_and_today(town: Town, mail: Mail, days: int) -> None:
    town.letter_person()
    batch, _ = mail.printed()
    with town.nothing_changes(), pytest.raises(Invalid) as wrong:
        mail.post.confirm_sent(mail.service, batch, TODAY + timedelta(days=days))
    assert [problem.veld for problem in wrong.value.fields] == ["datum"]


def test_a_resident_who_asked_for_help_meanwhile_keeps_that_state(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch, _ = mail.printed()
    town.change(case, state="hulp_gevraagd")
    mail.post.confirm_sent(mail.service, batch, TODAY)
    assert town.state(case) == "hulp_gevraagd"
    assert [offer["result"] for offer in town.offers(case)] == ["verzonden"]


def test_a_confirmation_overtaken_by_a_help_request_counts_on_what_is_there_then(
    town: Town, mail: Mail
) -> None:
    asked, silent = town.letter_person(), town.letter_person()
    batch, _ = mail.printed()
    parts = town.jostled(lambda: town.change(asked, state="hulp_gevraagd"))
    assert Post(*parts).confirm_sent(mail.service, batch, TODAY) == 2
    assert (town.state(asked), town.state(silent)) == ("hulp_gevraagd", "onbereikt")
    assert len(town.log(Act.LETTER_SENT)) == 2


# --- Returned -----------------------------------------------------------------------------------------------------


def test_a_letter_that_came_back_is_no_offer_and_social_work_goes_on(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch = mail.sent()
    town.clock.forward(days=6)
    assert mail.post.returned(mail.service, batch, [mail.ref(case)]) == 1
    row, (offer,) = town.row(case), town.offers(case)
    assert (row["state"], row["category"], row["owner"]) == ("sociaal_werk", "onbestelbaar", None)
    assert (row["offer_at"], row["offer_channel"], row["notice_at"]) == (None, None, None)
    assert (offer["result"], offer["done_at"], offer["notice"]) == ("onbestelbaar", noon(TODAY), False)
    assert town.log(Act.LETTER_SENT, town.subject(case))[-1]["rsn"] == "onbestelbaar"


def test_a_letter_that_could_not_even_be_sent_is_returned_before_the_rest_is_confirmed(
    town: Town, mail: Mail
) -> None:
    bad, good = town.letter_person(), town.letter_person()
    batch, _ = mail.printed()
    mail.post.returned(mail.service, batch, [mail.ref(bad)])
    assert mail.post.confirm_sent(mail.service, batch, TODAY) == 1
    assert (town.state(bad), town.state(good)) == ("sociaal_werk", "onbereikt")
    assert town.row(bad)["offer_at"] is None


def test_an_offer_made_in_another_way_stands_when_the_letter_comes_back(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch = mail.sent()
    town.change(case, state="sociaal_werk")
    ref = town.give(case, "sanne")
    town.clock.forward(days=1)
    second = mail.orders.order(town.as_user("sanne"), [ref]).batch_id
    assert second is not None
    mail.printing.print_file(mail.service, second)
    mail.post.confirm_sent(mail.service, second, TODAY + timedelta(days=1))
    mail.post.returned(mail.service, batch, [mail.ref(case)])
    row = town.row(case)
    assert row["offer_at"] == row["notice_at"] == noon(TODAY + timedelta(days=1))
    assert (row["offer_channel"], row["state"]) == ("brief", "sociaal_werk")
    assert (row["owner"], row["category"]) == ("sanne", "brief")


def test_who_answered_before_the_letter_came_back_is_left_in_peace(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch = mail.sent()
    town.change(case, state="geweigerd")
    mail.post.returned(mail.service, batch, [mail.ref(case)])
    assert town.state(case) == "geweigerd"
    assert [offer["result"] for offer in town.offers(case)] == ["onbestelbaar"]


def test_a_letter_comes_back_once(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch = mail.sent()
    ref = mail.ref(case)
    assert mail.post.returned(mail.service, batch, [ref, ref]) == 1
    with town.nothing_changes(), pytest.raises(NotFound):
        mail.post.returned(mail.service, batch, [ref])


def test_a_reference_of_another_batch_stops_the_whole_report(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch = mail.sent()
    stranger = town.letter_person()
    mail.sent()
    refs = [mail.ref(case), mail.ref(stranger)]
    with town.nothing_changes(), pytest.raises(NotFound):
        mail.post.returned(mail.service, batch, refs)


def test_a_case_closed_before_its_letter_came_back_stays_closed(town: Town, mail: Mail) -> None:
    case = town.letter_person()
    batch = mail.sent()
    town.change(case, state="gesloten", close_reason="definitief_geen_contact")
    mail.post.returned(mail.service, batch, [mail.ref(case)])
    assert town.state(case) == "gesloten"
    assert [offer["result"] for offer in town.offers(case)] == ["onbestelbaar"]
