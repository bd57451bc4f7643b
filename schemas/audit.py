"""The closed vocabulary of the log: everything that can happen, in one table.

A new act is one line: its code, its type, its CRUD letter and the Dutch sentence that a resident reads in the
report "wie zag mijn gegevens". Types follow NEN 7513 and the entry of docs/explanation/log.md; the CRUD letter
(Create, Read, Update, Delete, Execute) is NEN 7513's action code.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Self


class ActType(StrEnum):
    """The classes of acts; ``deny`` is an access that was refused."""

    ACCESS = "access"
    DENY = "deny"
    CHANGE = "change"
    EXPORT = "export"
    ADMIN = "admin"
    KEY = "key"
    LOG = "log"


_ACCESS, _DENY, _CHANGE, _EXPORT = ActType.ACCESS, ActType.DENY, ActType.CHANGE, ActType.EXPORT
_ADMIN, _KEY, _LOG = ActType.ADMIN, ActType.KEY, ActType.LOG


class Act(StrEnum):
    """What happened; the value stands in every entry for ever, so a code is never renamed or reused."""

    typ: ActType
    crud: str
    sentence: str

    def __new__(cls, code: str, typ: ActType = _LOG, crud: str = "", sentence: str = "") -> Self:
        """Make a member that is its code and carries its row; the defaults only let ``Act(code)`` type-check."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.typ, member.crud, member.sentence = typ, crud, sentence
        return member

    SIGNAL_RECEIVED = (
        "signal.received",
        _CHANGE,
        "C",
        "Een organisatie meldde een betalingsachterstand over u.",
    )
    SIGNAL_CORRECTED = "signal.corrected", _CHANGE, "U", "Een organisatie verbeterde haar melding over u."
    SIGNAL_WITHDRAWN = "signal.withdrawn", _CHANGE, "D", "Een organisatie trok haar melding over u in."
    DELIVERY_RECEIVED = (
        "delivery.received",
        _CHANGE,
        "C",
        "Een organisatie leverde een bestand met meldingen aan.",
    )
    DELIVERY_READ = (
        "delivery.read",
        _ACCESS,
        "R",
        "Een organisatie bekeek het ontvangstbewijs van haar bestand.",
    )
    DELIVERY_WITHDRAWN = (
        "delivery.withdrawn",
        _CHANGE,
        "D",
        "Een organisatie trok een bestand met meldingen in.",
    )
    MATCH_RUN = (
        "match.run",
        _ACCESS,
        "E",
        "De computer vergeleek meldingen om te zien welke bij elkaar horen.",
    )
    MATCH_PROPOSED = "match.proposed", _ACCESS, "R", "Een medewerker bekeek of twee meldingen over u gaan."
    MATCH_DECIDED = "match.decided", _CHANGE, "U", "Een medewerker besloot of twee meldingen over u gaan."
    MATCH_UNDONE = "match.undone", _CHANGE, "U", "Een koppeling tussen twee meldingen is teruggedraaid."
    CASE_OPENED = "case.opened", _CHANGE, "C", "De gemeente maakte een dossier voor u."
    CASE_ROUTED = "case.routed", _CHANGE, "U", "De gemeente koos hoe zij contact met u zoekt."
    EXCHANGE_QUEUED = (
        "exchange.queued",
        _EXPORT,
        "C",
        "Uw dossier is klaargezet voor het systeem waarin uw hulpverlener werkt.",
    )
    EXCHANGE_SENT = (
        "exchange.sent",
        _EXPORT,
        "R",
        "Uw dossier is verstuurd naar het systeem waarin uw hulpverlener werkt.",
    )
    EXCHANGE_SETTLED = (
        "exchange.settled",
        _CHANGE,
        "U",
        "Vastgelegd is of uw dossier aankwam in het systeem waarin uw hulpverlener werkt.",
    )
    CASE_READ = "case.read", _ACCESS, "R", "Een medewerker bekeek uw dossier."
    CASE_LISTED = "case.listed", _ACCESS, "R", "Uw dossier stond in een werklijst die een medewerker bekeek."
    CASE_ASSIGNED = "case.assigned", _CHANGE, "U", "Uw dossier is aan een medewerker toegewezen."
    CASES_SIFTED = (
        "cases.sifted",
        _ACCESS,
        "E",
        "De computer keek in welke wijk u woont, om de werklijst van een medewerker te verkleinen.",
    )
    CASE_RESTRICTED = (
        "case.restricted",
        _CHANGE,
        "U",
        "Uw dossier is afgeschermd: alleen wie daarvoor is aangewezen, ziet het.",
    )
    CASE_UNRESTRICTED = "case.unrestricted", _CHANGE, "U", "De afscherming van uw dossier is opgeheven."
    CASE_PROTECTED = (
        "case.protected",
        _CHANGE,
        "U",
        "De gemeente legde vast dat alleen de hulpverlening contact met u zoekt.",
    )
    EMERGENCY_OPENED = (
        "emergency.opened",
        _ACCESS,
        "R",
        "Een hulpverlener bekeek in een noodgeval uw gegevens; een ander beoordeelt achteraf of dat mocht.",
    )
    EMERGENCY_REVIEWED = (
        "emergency.reviewed",
        _CHANGE,
        "U",
        "Een tweede persoon beoordeelde de noodtoegang tot uw gegevens.",
    )
    CONFLICT_DECLARED = (
        "conflict.declared",
        _CHANGE,
        "U",
        "Een medewerker meldde dat hij of zij u kent, en werkt daarom niet aan uw dossier.",
    )
    CASE_TRANSITION = "case.transition", _CHANGE, "U", "Uw dossier ging naar een volgende stap."
    ABSENCE_RECORDED = "absence.recorded", _ADMIN, "C", "Een medewerker was afwezig en is vervangen."
    DIAL_LEASED = "dial.leased", _ACCESS, "R", "Het belteam kreeg uw naam en telefoonnummer om u te bellen."
    DIAL_RELEASED = "dial.released", _CHANGE, "U", "Het belteam gaf uw belgegevens terug."
    DIAL_VERIFIED = (
        "dial.verified",
        _ACCESS,
        "R",
        "Het belteam controleerde of het met de juiste persoon sprak.",
    )
    CALLBACK_SEARCHED = "callback.searched", _ACCESS, "R", "U belde terug en het belteam zocht uw nummer op."
    CALL_RECORDED = "call.recorded", _CHANGE, "C", "Het belteam schreef op hoe een telefoontje met u afliep."
    CALL_CONFIRMED = (
        "call.confirmed",
        _ACCESS,
        "R",
        "Iemand ging met de code na of een telefoontje echt van de gemeente kwam.",
    )
    ACUTE_REPORTED = (
        "acute.reported",
        _CHANGE,
        "C",
        "Het belteam meldde acute nood; sociaal werk is ingeschakeld.",
    )
    NUMBER_COMPARED = (
        "number.compared",
        _ACCESS,
        "E",
        "De computer zocht uw telefoonnummer op om het niet meer te laten bellen.",
    )
    NUMBER_REMOVED = (
        "number.removed",
        _CHANGE,
        "D",
        "Een telefoonnummer bleek niet van u te zijn en is bij uw gegevens weggehaald.",
    )
    NUMBER_BLOCKED = (
        "number.blocked",
        _CHANGE,
        "C",
        "Uw telefoonnummer staat op de lijst van nummers die niet gebeld worden.",
    )
    CONFLICT_RECORDED = (
        "conflict.recorded",
        _CHANGE,
        "C",
        "Een medewerker van het belteam kent u en krijgt uw dossier niet meer.",
    )
    INCIDENT_JUDGED = (
        "incident.judged",
        _CHANGE,
        "C",
        "De privacy officer beoordeelde of er een datalek was.",
    )
    HELP_REQUESTED = "help.requested", _CHANGE, "C", "U vroeg om hulp en dat is doorgegeven."
    HANDOVER_ACKNOWLEDGED = "handover.acknowledged", _CHANGE, "U", "De hulpverlening bevestigde uw hulpvraag."
    TALK_RECORDED = "talk.recorded", _CHANGE, "C", "De hulpverlening had het eerste gesprek met u."
    HELP_RECORDED = "help.recorded", _CHANGE, "C", "De hulpverlening schreef op welke hulp u kreeg."
    OFFER_RECORDED = "offer.recorded", _CHANGE, "C", "De gemeente schreef op dat zij u hulp aanbood."
    LETTER_ORDERED = "letter.ordered", _CHANGE, "C", "De gemeente gaf opdracht u een brief te sturen."
    LETTER_BATCHED = "letter.batched", _EXPORT, "R", "Uw naam en adres zijn klaargezet voor een brief."
    LETTER_SENT = "letter.sent", _CHANGE, "C", "De gemeente stuurde u een brief."
    VISIT_PLANNED = "visit.planned", _CHANGE, "C", "Er is een huisbezoek bij u gepland."
    VISIT_DONE = "visit.done", _CHANGE, "U", "Er is een huisbezoek bij u geweest."
    MONTH_END_PLANNED = "month_end.planned", _ADMIN, "R", "De maandafsluiting is voorbereid."
    MONTH_END_CONFIRMED = (
        "month_end.confirmed",
        _ADMIN,
        "U",
        "Een tweede medewerker keurde de maandafsluiting goed.",
    )
    MONTH_END_RUN = "month_end.run", _CHANGE, "U", "Uw dossier is bij de maandafsluiting gesloten."
    MONTH_END_UNDONE = "month_end.undone", _CHANGE, "U", "De maandafsluiting is teruggedraaid."
    VIEW_READ = (
        "view.read",
        _ACCESS,
        "R",
        "Een organisatie kreeg de gegevens te zien die bij haar taak horen.",
    )
    ACCESS_DENIED = "access.denied", _DENY, "R", "Iemand wilde uw gegevens zien en is geweigerd."
    FEEDBACK_READ = "feedback.read", _ACCESS, "R", "Een organisatie zag wat er met haar melding is gedaan."
    SCORECARD_READ = (
        "scorecard.read",
        _ADMIN,
        "R",
        "Er is geteld hoe goed een organisatie meldt, zonder gegevens van inwoners.",
    )
    BILLING_DUE = (
        "billing.due",
        _CHANGE,
        "C",
        "Het belteam kreeg uw dossier deze maand voor het eerst; daarvoor betaalt de gemeente.",
    )
    BILLING_CREDITED = (
        "billing.credited",
        _CHANGE,
        "U",
        "De gemeente hoeft voor het bellen over uw dossier deze maand niet te betalen.",
    )
    BILLING_COUNTED = (
        "billing.counted",
        _ADMIN,
        "R",
        "Het aantal geleverde dossiers is geteld, zonder gegevens.",
    )
    REPORT_MADE = "report.made", _ADMIN, "C", "De cijfers van een maand zijn vastgesteld, zonder personen."
    REPORT_READ = "report.read", _ADMIN, "R", "Iemand las de cijfers van een maand, zonder personen."
    TOKEN_ISSUED = "token.issued", _ADMIN, "C", "Een systeem meldde zich aan."
    TOKEN_REFUSED = "token.refused", _DENY, "C", "Een systeem kon zich niet aanmelden."
    PARTY_REGISTERED = "party.registered", _ADMIN, "C", "De gemeente nam een organisatie op."
    CLIENT_REGISTERED = "client.registered", _ADMIN, "C", "De gemeente gaf een systeem toegang."
    USER_REGISTERED = "user.registered", _ADMIN, "C", "De gemeente gaf een medewerker toegang."
    CLIENT_ENDED = "client.ended", _ADMIN, "D", "De gemeente nam een systeem de toegang af."
    USER_ENDED = "user.ended", _ADMIN, "D", "De gemeente nam een medewerker de toegang af."
    POLICY_LOADED = "policy.loaded", _ADMIN, "E", "De regels wie wat mag zien zijn geladen."
    KEY_UNSEALED = "key.unsealed", _KEY, "E", "De beheerder opende de sleutels van het systeem."
    KEY_DESTROYED = "key.destroyed", _KEY, "D", "De sleutel van uw gegevens is vernietigd."
    SIGNALS_SET_APART = (
        "signals.set_apart",
        _KEY,
        "U",
        "Meldingen waarvan de sleutel ontbrak zijn apart gezet, of weer teruggezet.",
    )
    SUBJECT_ERASED = "subject.erased", _CHANGE, "D", "Gegevens van inwoners zijn gewist."
    RETENTION_PLANNED = (
        "retention.planned",
        _ADMIN,
        "R",
        "Er is nagegaan welke gegevens oud genoeg zijn om te wissen.",
    )
    RETENTION_DECIDED = (
        "retention.decided",
        _ADMIN,
        "C",
        "De gemeente besloot hoe lang gegevens bewaard worden.",
    )
    RETENTION_RUN = "retention.run", _ADMIN, "D", "Oude gegevens zijn gewist."
    HOLD_PLACED = (
        "hold.placed",
        _CHANGE,
        "C",
        "Het wissen van uw gegevens is uitgesteld om een wettelijke reden.",
    )
    HOLD_LIFTED = "hold.lifted", _CHANGE, "D", "Het uitstel van het wissen van uw gegevens is opgeheven."
    LOG_OPENED = "log.opened", _LOG, "C", "Een nieuw logboek is begonnen."
    LOG_EXPORTED = "log.exported", _LOG, "R", "Het logboek is uitgevoerd om het te laten controleren."
    LOG_VERIFIED = "log.verified", _LOG, "R", "Het logboek is gecontroleerd."


class ActRow(NamedTuple):
    """One row of the table as the reference page prints it."""

    typ: ActType
    crud: str
    sentence: str


ACTS: Mapping[Act, ActRow] = MappingProxyType({act: ActRow(act.typ, act.crud, act.sentence) for act in Act})
"""The whole vocabulary, in the order of the work; docs/reference is generated from it."""
