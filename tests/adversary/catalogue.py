"""Every operation of the contract with a request that works, per kind of party that may use it.

A recipe brings the service into the state in which its request is a good one, and gives that request. The tests of
this folder send it as it is, as somebody else, or with something wrong in it. An operation without a recipe, and a
recipe without an operation, fail ``test_matrix``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.registry import JSON
from schemas.moments import AMSTERDAM
from schemas.parties import PartyKind
from tests.support.deliveries import as_json
from tests.support.service import Service, staff

_P = PartyKind
NOTE = "De kanarie zingt zacht in de kelder"
"""What everybody says who asks for help: nothing else in the service sounds like it."""

YES = {"uitkomst": "hulpvraag", "besteMoment": "na zessen", "omschrijving": NOTE}


@dataclass(frozen=True)
class Call:
    """A good request: who sends it, where, and with what; ``body`` is JSON, ``content`` raw bytes."""

    client: str
    path: str
    body: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, service: Service, method: str, client: str | None = None, **more: Any) -> Any:
        """Send it, as somebody else if need be."""
        given: dict[str, Any] = {"headers": dict(self.headers)}
        if self.content is not None:
            given["content"] = self.content
        elif self.body is not None:
            given["json"] = self.body
        return service.ask(client or self.client, method, self.path, **(given | more))


Recipe = Callable[[Service], Call]


def pass_time(service: Service) -> None:
    """Let what lies open lapse, and stay inside calling hours."""
    clock, calendar = service.stage.clock, service.stage.gateway.house.calendar
    clock.forward(minutes=16)
    if not calendar.is_open(clock() + timedelta(minutes=1)):
        clock.set(calendar.next_opening(clock()))


def _today(service: Service) -> str:
    return service.stage.clock().date().isoformat()


# --- Partners -------------------------------------------------------------------------------------------------------


def _delivery(service: Service) -> Call:
    rows = [service.someone(), service.someone(postcode="onbekend")]
    return Call("woonstichting", "/leveringen", content=as_json(rows), headers={"Content-Type": JSON})


def _of_delivery(suffix: str = "", body: Any = None) -> Recipe:
    def recipe(service: Service) -> Call:
        delivery = service.deliver([service.someone()])["leveringId"]
        service.match()
        return Call("woonstichting", f"/leveringen/{delivery}{suffix}", body)

    return recipe


def _card(client: str, query: str = "") -> Recipe:
    def recipe(service: Service) -> Call:
        service.deliver([service.someone() for _ in range(5)])
        return Call(client, f"/kwaliteitskaarten{query}")

    return recipe


def _news(service: Service) -> Call:
    asked_for_help(service)
    return Call("woonstichting", "/terugkoppelingen")


# --- The municipality -----------------------------------------------------------------------------------------------


def _round(service: Service) -> Call:
    service.deliver([service.someone()])
    return Call("gem-anna", "/matchrondes")


def proposal(service: Service) -> str:
    """Let two partners report somebody, one of them without a birth date; gives the doubt that comes of it."""
    row = service.someone()
    service.deliver([row])
    service.deliver(
        [row | {"signaal_ref": f"{row['signaal_ref']}-z", "geboortedatum": ""}], "zorgverzekeraar"
    )
    service.match()
    return str(service.get("gem-anna", "/koppelvoorstellen")["voorstellen"][-1]["voorstelId"])


def _proposals(service: Service) -> Call:
    proposal(service)
    return Call("gem-anna", "/koppelvoorstellen")


def _compare(service: Service) -> Call:
    return Call("gem-anna", f"/koppelvoorstellen/{proposal(service)}")


def _judge(service: Service) -> Call:
    return Call("gem-anna", f"/koppelvoorstellen/{proposal(service)}/beoordelingen", {"zelfdePersoon": True})


def _unlink(service: Service) -> Call:
    judged = service.post(
        "gem-anna", f"/koppelvoorstellen/{proposal(service)}/beoordelingen", {"zelfdePersoon": True}
    )
    return Call("gem-anna", f"/koppelingen/{judged['koppelingId']}")


def _linked(service: Service) -> str:
    """Let two partners report somebody of whom the computer is certain; gives the round that links them."""
    row = service.someone()
    service.deliver([row])
    service.deliver([row | {"signaal_ref": f"{row['signaal_ref']}-k"}], "zorgverzekeraar")
    return str(service.match()["rondeId"])


def _links_of_run(service: Service) -> Call:
    return Call("gem-anna", f"/matchrondes/{_linked(service)}/koppelingen")


def _link(service: Service) -> Call:
    (link,) = service.get("gem-anna", f"/matchrondes/{_linked(service)}/koppelingen")["koppelingen"]
    return Call("gem-anna", f"/koppelingen/{link['koppelingId']}")


def _links_of_case(service: Service) -> Call:
    _linked(service)
    ref = service.reference("gem-anna", "matchen", service.newest_case())
    return Call("gem-anna", f"/dossiers/{ref}/koppelingen")


def plan(service: Service) -> str:
    """Plan the end of the month."""
    month = {"maand": f"{service.stage.clock():%Y-%m}"}
    return str(service.post("gem-anna", "/maandafsluitingen", month)["maandafsluitingId"])


def _month(service: Service) -> Call:
    return Call("gem-anna", "/maandafsluitingen", {"maand": f"{service.stage.clock():%Y-%m}"})


def _of_plan(suffix: str = "", client: str = "gem-anna") -> Recipe:
    return lambda service: Call(client, f"/maandafsluitingen/{plan(service)}{suffix}")


def _confirmed(service: Service) -> str:
    path = f"/maandafsluitingen/{plan(service)}"
    service.post("gem-bram", f"{path}/bevestigingen")
    return path


def _run_plan(service: Service) -> Call:
    return Call("gem-bram", f"{_confirmed(service)}/uitvoeringen")


def _undo_plan(service: Service) -> Call:
    path = _confirmed(service)
    service.post("gem-bram", f"{path}/uitvoeringen")
    return Call("gem-anna", f"{path}/herroepingen")


# --- The call center ------------------------------------------------------------------------------------------------


def leased(service: Service) -> tuple[str, Mapping[str, str]]:
    """Hand out the dial record of a new person; gives its reference and what the partner reported.

    Whoever else comes up does not pick up the phone, so that the next one who asks is not kept waiting either.
    """
    pass_time(service)
    row, found = service.person(), None
    while found is None:
        records = service.lease()
        assert records, "the new person cannot be called"
        for record in records:
            if record["achternaam"] == row["achternaam"]:
                found = str(record["ref"])
            else:
                missed = {"uitkomst": "niet_opgenomen"}
                service.post("bel-cem", f"/belrecords/{record['ref']}/belresultaten", missed)
    return found, row


def _lease(service: Service) -> Call:
    pass_time(service)
    service.person()
    return Call("bel-cem", "/belrecords/_lease", {"aantal": 1})


def _verify(service: Service) -> Call:
    ref, row = leased(service)
    said = {"geboortedatum": row["geboortedatum"], "huisnummer": int(row["huisnummer"])}
    return Call("bel-cem", f"/belrecords/{ref}/verificaties", said)


def _result(service: Service) -> Call:
    ref, row = leased(service)
    assert service.verify(ref, row)
    return Call("bel-cem", f"/belrecords/{ref}/belresultaten", YES)


def _step_aside(service: Service) -> Call:
    return Call("bel-cem", f"/belrecords/{leased(service)[0]}/belangenconflicten")


def _incident(service: Service) -> Call:
    ref, _ = leased(service)
    service.post("bel-cem", f"/belrecords/{ref}/belresultaten", {"uitkomst": "fout_nummer"})
    waiting = service.get("po-jan", "/incidenten")["incidenten"]
    return Call(
        "po-jan", f"/incidenten/{waiting[-1]['incidentId']}/beoordelingen", {"oordeel": "geen_datalek"}
    )


def _results_file(service: Service) -> Call:
    ref, _ = leased(service)
    at = service.stage.clock().astimezone(AMSTERDAM)
    text = f"ref;tijdstip;uitkomst\r\n{ref};{at:%Y-%m-%d %H:%M};voicemail\r\n"
    return Call("bel-cem", "/belresultaten", content=text.encode(), headers={"Content-Type": "text/csv"})


def _release(service: Service) -> Call:
    return Call("bel-cem", f"/belrecords/{leased(service)[0]}")


def _callback(service: Service) -> Call:
    ref, row = leased(service)
    service.post("bel-cem", f"/belrecords/{ref}/belresultaten", {"uitkomst": "voicemail"})
    return Call("bel-cem", "/terugbellers/_zoek", {"nummer": row["telefoon_1"]})


# --- Social work ----------------------------------------------------------------------------------------------------


def _at(client: str, path: str) -> Recipe:
    return lambda _service: Call(client, path)


def _own(suffix: str = "", body: Any = None) -> Recipe:
    return lambda service: Call("sw-farid", f"/dossiers/{service.owned()}{suffix}", body)


def _own_today(suffix: str, **body: Any) -> Recipe:
    def recipe(service: Service) -> Call:
        ref = service.owned()
        return Call("sw-farid", f"/dossiers/{ref}{suffix}", {"datum": _today(service), **body})

    return recipe


def asked_for_help(service: Service) -> str:
    """Call somebody who says yes; gives the reference under which social work knows the case."""
    ref, row = leased(service)
    assert service.verify(ref, row)
    before = {one["ref"] for one in service.get("sw-farid", "/hulpvragen")["hulpvragen"]}
    service.post("bel-cem", f"/belrecords/{ref}/belresultaten", YES)
    (fresh,) = {one["ref"] for one in service.get("sw-farid", "/hulpvragen")["hulpvragen"]} - before
    return str(fresh)


def _requests(service: Service) -> Call:
    asked_for_help(service)
    return Call("sw-farid", "/hulpvragen")


def _warm_card(service: Service) -> Call:
    return Call("sw-farid", f"/hulpvragen/{asked_for_help(service)}")


def _late(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        service.owned()
        return Call(client, "/escalaties")

    return recipe


def _restrict(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        ref = service.waiting()
        ref = ref if client == "sw-eva" else service.reference(client, "matchen", service.newest_case())
        given = {"reden": "collega", "medewerkers": ["sw-farid"]}
        return Call(client, f"/dossiers/{ref}/afschermingen", given)

    return recipe


def _open_up(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        closed = _restrict(client)(service)
        service.post(client, closed.path, closed.body)
        return Call(client, closed.path)

    return recipe


def _protect(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        ref = service.waiting()
        ref = ref if client == "sw-eva" else service.reference(client, "matchen", service.newest_case())
        return Call(client, f"/dossiers/{ref}/beschermingen", {"reden": "curatele"})

    return recipe


def _emergency(service: Service) -> Call:
    ref = service.owned("sw-greet")
    return Call("sw-farid", f"/dossiers/{ref}/noodtoegangen", {"reden": "acuut_gevaar"})


def _emergencies(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        used = _emergency(service)
        service.post("sw-farid", used.path, used.body)
        return Call(client, "/noodtoegangen")

    return recipe


def _judge_emergency(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        listed = _emergencies(client)(service)
        waits = service.get(client, listed.path)["noodtoegangen"][-1]["noodtoegangId"]
        return Call(client, f"/noodtoegangen/{waits}/beoordelingen", {"oordeel": "terecht"})

    return recipe


def _take_over(service: Service) -> Call:
    return Call("sw-farid", f"/hulpvragen/{asked_for_help(service)}/overnames")


def _talk(service: Service) -> Call:
    ref = service.owned()
    service.post("sw-farid", f"/dossiers/{ref}/hulpvragen", {"kanaal": "telefoon", "geinformeerd": True})
    return Call("sw-farid", f"/dossiers/{ref}/eerste-gesprekken", {"datum": _today(service)})


def _visited(service: Service) -> Call:
    ref, today = service.owned(), _today(service)
    service.post("sw-farid", f"/dossiers/{ref}/huisbezoeken", {"datum": today, "reden": "spoed"})
    went = {"datum": today, "uitkomst": "gesproken", "geinformeerd": True}
    return Call("sw-farid", f"/dossiers/{ref}/huisbezoeken/uitkomsten", went)


def _assign(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        ref = service.waiting()
        ref = ref if client == "sw-eva" else service.reference(client, "matchen", service.newest_case())
        given = {"medewerker": "sw-farid", "reden": "verdeling"}
        return Call(client, f"/dossiers/{ref}/toewijzingen", given)

    return recipe


def _take_back(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        ref = service.owned()
        ref = ref if client == "sw-eva" else service.reference(client, "matchen", service.newest_case())
        return Call(client, f"/dossiers/{ref}/toewijzingen")

    return recipe


def _absence(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        day = (service.stage.clock() + timedelta(days=90)).date().isoformat()  # nobody stands in meanwhile
        away = {"medewerker": "sw-farid", "vervanger": "sw-greet", "eersteDag": day, "laatsteDag": day}
        return Call(client, "/afwezigheden", away)

    return recipe


def _view(client: str, purpose: str) -> Recipe:
    """Ask for a view that is there: social work of its own case, the municipality after a round."""

    def recipe(service: Service) -> Call:
        ref = service.owned()
        ref = ref if purpose == "hulpverlenen" else service.reference(client, purpose, service.newest_case())
        return Call(client, f"/dossiers/{ref}/weergaven/{purpose}")

    return recipe


# --- Letters --------------------------------------------------------------------------------------------------------


def ordered(service: Service) -> str:
    """Order the letters of everybody who has no telephone; gives the batch."""
    service.person(telefoon_1="")
    return str(service.post("gem-anna", "/briefopdrachten", {})["briefopdrachtId"])


def _order_all(service: Service) -> Call:
    service.person(telefoon_1="")
    return Call("gem-anna", "/briefopdrachten", {})


def _order_own(service: Service) -> Call:
    return Call("sw-farid", "/briefopdrachten", {"dossiers": [service.owned()], "sjabloon": "eerste_aanbod"})


def _batches(service: Service) -> Call:
    ordered(service)
    return Call("briefdienst", "/briefopdrachten")


def _addresses(service: Service) -> Call:
    return Call("briefdienst", f"/briefopdrachten/{ordered(service)}/adressen")


def printed(service: Service) -> tuple[str, str]:
    """Print letters; gives the batch and the reference on the last letter."""
    batch = ordered(service)
    letters = service.get("briefdienst", f"/briefopdrachten/{batch}/adressen")["brieven"]
    return batch, letters[-1]["dossierkenmerk"]


def _sent(service: Service) -> Call:
    batch, _ = printed(service)
    return Call("briefdienst", f"/briefopdrachten/{batch}/verzendingen", {"datum": _today(service)})


def _returned(service: Service) -> Call:
    batch, letter = printed(service)
    service.post("briefdienst", f"/briefopdrachten/{batch}/verzendingen", {"datum": _today(service)})
    return Call("briefdienst", f"/briefopdrachten/{batch}/retouren", {"dossiers": [letter]})


# --- Retention ------------------------------------------------------------------------------------------------------

DECISION = {"kenmerk": "Collegebesluit 2026-12"}


def retention_plan(service: Service) -> str:
    """Decide, and plan what may be erased."""
    service.post("po-jan", "/bewaarbesluiten", DECISION)
    return str(service.post("po-jan", "/bewaarplannen")["bewaarplanId"])


def _erase(service: Service) -> Call:
    return Call("po-jan", f"/bewaarplannen/{retention_plan(service)}/uitvoeringen")


def _certificate(service: Service) -> Call:
    made = retention_plan(service)
    service.post("po-jan", f"/bewaarplannen/{made}/uitvoeringen")
    return Call("po-jan", f"/vernietigingsverklaringen/{made}")


def _of_the_officer(body: Any = None) -> Recipe:
    def recipe(service: Service) -> Call:
        service.person()
        ref = service.reference("po-jan", "toezien", service.newest_case())
        return Call("po-jan", f"/dossiers/{ref}/bewaarplichten", body)

    return recipe


def _lift(service: Service) -> Call:
    place = _of_the_officer({"reden": "klacht"})(service)
    placed = service.post("po-jan", place.path, place.body)["bewaarplichtId"]
    return Call("po-jan", f"/bewaarplichten/{placed}")


def _proof(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        pass_time(service)
        service.person()
        answer = service.ask("bel-cem", "POST", "/belrecords/_lease", json={"aantal": 1})
        link = answer.headers["link"].partition("<")[2].partition(">")[0]
        return Call(client, link)

    return recipe


# --- Exchange -------------------------------------------------------------------------------------------------------


def _exchange(service: Service) -> Call:
    service.owned()
    return Call(staff(_P.BEHEER)[0], "/bezorgingen")


def _message(service: Service) -> Call:
    ref = service.owned()
    told = {"bericht": f"R-{ref}", "ZaakNummer": ref, "soort": "hulpvraag", "Kanaal": "telefoon"}
    return Call("sw-farid", "/dossierberichten", [told])


# --- Money ----------------------------------------------------------------------------------------------------------


def _last_month(service: Service) -> Call:
    last = service.stage.clock().replace(day=1) - timedelta(days=1)
    return Call("mt-lex", "/maandrapportages", {"maand": f"{last:%Y-%m}"})


def _monthly(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        laid = _last_month(service)
        service.post(laid.client, laid.path, laid.body)
        return Call(client, f"{laid.path}/{laid.body['maand']}")

    return recipe


def _bill(client: str) -> Recipe:
    def recipe(service: Service) -> Call:
        leased(service)
        return Call(client, "/rekeningen", {"maand": f"{service.stage.clock():%Y-%m}"})

    return recipe


# --- The catalogue --------------------------------------------------------------------------------------------------

_SP, _MA, _CC, _SW, _BD, _PO, _MG = (
    _P.SIGNAALPARTNER, _P.MATCHING, _P.CALLCENTER, _P.SOCIAAL_WERK, _P.BRIEFDIENST, _P.PRIVACY_OFFICER,
    _P.MANAGEMENT,
)  # fmt: skip

RECIPES: Mapping[str, Mapping[PartyKind, Recipe]] = {
    "POST /leveringen": {_SP: _delivery},
    "GET /leveringen/{ref}": {_SP: _of_delivery()},
    "GET /leveringen/{ref}/signalen": {_SP: _of_delivery("/signalen")},
    "POST /leveringen/{ref}/intrekkingen": {_SP: _of_delivery("/intrekkingen", {"regels": [1]})},
    "GET /terugkoppelingen": {_SP: _news},
    "GET /kwaliteitskaarten": {_SP: _card("woonstichting"), _MG: _card("mt-lex", "?partner=woonstichting")},
    "POST /matchrondes": {_MA: _round},
    "GET /koppelvoorstellen": {_MA: _proposals},
    "GET /koppelvoorstellen/{ref}": {_MA: _compare},
    "POST /koppelvoorstellen/{ref}/beoordelingen": {_MA: _judge},
    "GET /matchrondes/{ref}/koppelingen": {_MA: _links_of_run},
    "GET /dossiers/{ref}/koppelingen": {_MA: _links_of_case},
    "GET /koppelingen/{ref}": {_MA: _link},
    "DELETE /koppelingen/{ref}": {_MA: _unlink},
    "POST /maandafsluitingen": {_MA: _month},
    "GET /maandafsluitingen/{ref}": {_MA: _of_plan()},
    "GET /maandafsluitingen/{ref}/dossiers": {_MA: _of_plan("/dossiers")},
    "POST /maandafsluitingen/{ref}/bevestigingen": {_MA: _of_plan("/bevestigingen", "gem-bram")},
    "POST /maandafsluitingen/{ref}/uitvoeringen": {_MA: _run_plan},
    "POST /maandafsluitingen/{ref}/herroepingen": {_MA: _undo_plan},
    "POST /belrecords/_lease": {_CC: _lease},
    "POST /belrecords/{ref}/verificaties": {_CC: _verify},
    "POST /belrecords/{ref}/belresultaten": {_CC: _result},
    "POST /belrecords/{ref}/belangenconflicten": {_CC: _step_aside},
    "POST /belresultaten": {_CC: _results_file},
    "DELETE /belrecords/{ref}": {_CC: _release},
    "POST /terugbellers/_zoek": {_CC: _callback},
    "GET /terugroepingen": {_CC: _at("bel-cem", "/terugroepingen")},
    "GET /belscripts/{ref}": {_CC: _at("bel-cem", "/belscripts/eerste_aanbod-2")},
    "GET /belmaand": {_CC: _at("bel-gijs", "/belmaand")},
    "GET /tipkaarten": {_CC: _at("bel-cem", "/tipkaarten")},
    "GET /tipkaarten/{ref}": {_CC: _at("bel-cem", "/tipkaarten/huur-1")},
    "GET /dossiers": {_SW: _at("sw-farid", "/dossiers")},
    "GET /dossiers/{ref}": {_SW: _own()},
    "GET /dossiers/{ref}/weergaven/{doel}": {
        _SW: _view("sw-farid", "hulpverlenen"),
        _MA: _view("gem-anna", "matchen"),
    },
    "GET /werkvoorraden": {_SW: _at("sw-farid", "/werkvoorraden")},
    "POST /dossiers/{ref}/toewijzingen": {_SW: _assign("sw-eva"), _MA: _assign("gem-anna")},
    "DELETE /dossiers/{ref}/toewijzingen": {_SW: _take_back("sw-eva"), _MA: _take_back("gem-anna")},
    "POST /afwezigheden": {_SW: _absence("sw-eva"), _MA: _absence("gem-anna")},
    "GET /escalaties": {_SW: _late("sw-eva"), _MA: _late("gem-anna")},
    "POST /dossiers/{ref}/afschermingen": {_SW: _restrict("sw-eva"), _MA: _restrict("gem-anna")},
    "DELETE /dossiers/{ref}/afschermingen": {_SW: _open_up("sw-eva"), _MA: _open_up("gem-anna")},
    "POST /dossiers/{ref}/beschermingen": {_SW: _protect("sw-eva"), _MA: _protect("gem-anna")},
    "POST /dossiers/{ref}/noodtoegangen": {_SW: _emergency},
    "GET /noodtoegangen": {_SW: _emergencies("sw-eva"), _PO: _emergencies("po-jan")},
    "POST /noodtoegangen/{ref}/beoordelingen": {
        _SW: _judge_emergency("sw-eva"),
        _PO: _judge_emergency("po-jan"),
    },
    "POST /dossiers/{ref}/belangenconflicten": {_SW: _own("/belangenconflicten")},
    "GET /hulpvragen": {_SW: _requests},
    "GET /hulpvragen/{ref}": {_SW: _warm_card},
    "POST /hulpvragen/{ref}/overnames": {_SW: _take_over},
    "POST /dossiers/{ref}/hulpvragen": {
        _SW: _own("/hulpvragen", {"kanaal": "telefoon", "geinformeerd": True})
    },
    "POST /dossiers/{ref}/eerste-gesprekken": {_SW: _talk},
    "POST /dossiers/{ref}/uitkomsten": {_SW: _own("/uitkomsten", {"uitkomst": "geen_hulp_nodig"})},
    "POST /dossiers/{ref}/huisbezoeken": {_SW: _own_today("/huisbezoeken", reden="spoed")},
    "POST /dossiers/{ref}/huisbezoeken/uitkomsten": {_SW: _visited},
    "POST /maandrapportages": {_MG: _last_month},
    "GET /maandrapportages/{maand}": {_P.WOO: _monthly("woo-kim"), _MG: _monthly("mt-lex")},
    "POST /bezorgingen": {_P.BEHEER: _exchange},
    "POST /dossierberichten": {_SW: _message},
    "POST /rekeningen": {_MA: _bill("gem-anna"), _MG: _bill("mt-lex")},
    "GET /belbudget": {_MA: _at("gem-anna", "/belbudget"), _MG: _at("mt-lex", "/belbudget")},
    "POST /briefopdrachten": {_MA: _order_all, _SW: _order_own},
    "GET /briefopdrachten": {_BD: _batches},
    "GET /briefopdrachten/{ref}/adressen": {_BD: _addresses},
    "POST /briefopdrachten/{ref}/verzendingen": {_BD: _sent},
    "POST /briefopdrachten/{ref}/retouren": {_BD: _returned},
    "POST /bewaarbesluiten": {_PO: lambda _service: Call("po-jan", "/bewaarbesluiten", DECISION)},
    "POST /bewaarplannen": {_PO: _at("po-jan", "/bewaarplannen")},
    "POST /bewaarplannen/{ref}/uitvoeringen": {_PO: _erase},
    "GET /vernietigingsverklaringen/{ref}": {_PO: _certificate},
    "POST /dossiers/{ref}/bewaarplichten": {_PO: _of_the_officer({"reden": "klacht"})},
    "GET /dossiers/{ref}/bewaarplichten": {_PO: _of_the_officer()},
    "DELETE /bewaarplichten/{ref}": {_PO: _lift},
    "GET /incidenten": {_PO: _at("po-jan", "/incidenten")},
    "POST /incidenten/{ref}/beoordelingen": {_PO: _incident},
    "GET /logontvangsten/{jaar}/{index}": {_CC: _proof("bel-cem"), _PO: _proof("po-jan")},
}
