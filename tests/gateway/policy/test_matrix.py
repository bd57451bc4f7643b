"""The purpose × party × field matrix, written here a second time, holds for every state of the table."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.decide import decide
from gateway.policy.facts import NAMES, Facts
from gateway.policy.register import Decision
from schemas.parties import PartyKind
from schemas.purposes import Purpose
from schemas.transforms import Transform, coarser
from tests.support.register import packaged_register, relevant, states

P, T = PartyKind, Transform
COLUMNS = (
    P.SIGNAALPARTNER,
    P.MATCHING,
    P.VERRIJKING,
    P.CALLCENTER,
    P.SOCIAAL_WERK,
    P.BRIEFDIENST,
    P.MELDPUNT,
    P.CRISISTEAM,
    P.PRIVACY_OFFICER,
    P.WOO,
    P.MANAGEMENT,
    P.CBS,
    P.BETROKKENE,
    P.BEHEER,
    P.SCHULDHULP,
)
# R reads · m minimised or derived · v verify only · g only through the gate · w supplies, may see its own · - never
MATRIX = """
aanhef            - - - a R R - - - - - - R - R
voorletters       - R R - R R g g - - - - R - R
voorvoegsel       - R R a R R g g - - - - R - R
achternaam        - R R a R R g g - - - - R - R
geboortedatum     - R - v R - g g - - - - R - R
straat            - R R - R R g g - - - - R - R
huisnummer        - R R v R R g g - - - d R - R
huisletter        - R R - R R g g - - - - R - R
toevoeging        - R R - R R g g - - - d R - R
postcode          - R R - R R g g - - - d R - R
wijk              - - - - R - - - - - - - R - -
plaats            - R R - R R g g - - - - R - R
telefoonnummers   - R - R R - g g - - - - R - R
email             - R - - R - g g - - - - R - R
klantnummer       w R - - m - - - - - - - R - R
signaal_ref       w R - - m - - - - - - - R - R
partnernaam       - R - n R - - - - - m - R - R
signaaltype       w R - s R - - - - - m d R - R
bedrag            w R - - R - - - - - m m R - R
oudste_vordering  w R - - R - - - - - m m R - R
peildatum         w R - - R - - - - - m m R - R
einde_levering    w R - - R - - g - - m m R - R
crisissignaal     w R - - R - - g - - m d R - R
warme_overdracht  w R - - R - - - - - m - R - R
attestaties       w R - - R - - - R - m - R - R
dossierkenmerk    p p p p p p p p p - - p p - p
categorie         - R - m R m - - m - m - R - R
route             - R - m R m - - m - m - R - R
samenloop         - R - - R - - - - - m - R - R
eerdere_dossiers  - R - - R - - - - - m - R - R
pogingen          - R - - R - - - m - m m R - R
beste_moment      - - - - R - - - - - - - R - R
omschrijving      - - - - R - - - - - - - R - R
notitie           - - - - R - - - - - - - R - R
overdracht        - - - - R - - - - - - - R - -
gegeven_hulp      - - - - R - - - - - - - R - R
uitkomst          c R - - R - - - m - m d R - R
weigering         - R - R R m - - R - m - R - R
veiligheid        - R - - R - - g R - - - - - -
brp_status        - R - m R m - - - - - - R - R
aanbod            - R - - R - - - - - - - R - R
termijnen         - R - - R - - - - - - - R - R
script            - - - R R R - - - - - - R - -
toegangslog       - - - - - - - - R - m - R m -
aantallen         m R - m R - - - R R R - R - R
terugkoppeling    w - - - R - - - - - - - R - R
"""
# a salutation and surname only · s, n after the identity is confirmed · p an own pseudonym · c feedback words
# d the national data set (postcode, number, codes), after release
CEILING = {
    "-": T.VERBORGEN,
    "v": T.CONTROLE,
    "c": T.TERUGKOPPELCODE,
    "p": T.PSEUDONIEM,
    **dict.fromkeys("Rwgansd", T.VOLLEDIG),
}
CELLS = {
    (party, line.split()[0]): cell
    for line in MATRIX.strip().splitlines()
    for party, cell in zip(COLUMNS, line.split()[1:], strict=True)
}


def allowed(cell: str, transform: Transform) -> bool:
    """Whether a cell lets a transform through; 'm' means anything but the full value."""
    if cell == "m":
        return transform is not T.VOLLEDIG
    return coarser(transform, CEILING[cell])


# what a cell, or a party as a whole, asks besides: the conditions column of the design
CELL_GATES: dict[str, Callable[[Facts], bool]] = {
    "g": lambda state: state.melding_toegekend,
    "s": lambda state: state.geverifieerd,
    "n": lambda state: state.geverifieerd and state.partnernaam_toegestaan,
    "d": lambda state: state.cbs_levering_aan,
}
PARTY_GATES: dict[PartyKind, Callable[[Facts], bool]] = {
    P.SOCIAAL_WERK: lambda state: (
        state.geen_belangenconflict
        and (state.toegewezen or state.noodtoegang or state.in_werkvoorraad or state.termijn_bij_teamleider)
    ),
    P.SCHULDHULP: lambda state: state.hulp_aanvaard and state.overgedragen_schuldhulp,
    P.VERRIJKING: lambda state: state.verrijking_aan and state.telefoon_ontbreekt and state.niet_beschermd,
    P.BETROKKENE: lambda state: state.verzoek_loopt and state.identiteit_vastgesteld,
    P.SIGNAALPARTNER: lambda state: state.eigen_signaal or state.zonder_persoon,
    P.MATCHING: lambda state: state.ronde_gestart,
    P.BRIEFDIENST: lambda state: state.brief_opdracht and state.dossier_open and state.niet_beschermd,
    P.WOO: lambda state: state.zonder_persoon and state.groep_groot_genoeg,
    P.MANAGEMENT: lambda state: state.zonder_persoon and state.groep_groot_genoeg,
    P.BEHEER: lambda state: state.zonder_persoon,
}


def gate(party: PartyKind, cell: str, state: Facts) -> bool:
    """Whether the conditions that the matrix adds to a cell hold in a state."""
    return all(asked(state) for asked in (CELL_GATES.get(cell), PARTY_GATES.get(party)) if asked)


def may_call(state: Facts) -> bool:
    """When a call center may have a number: the guard of the matrix' condition table."""
    return (
        state.geleend
        and state.belbaar
        and state.onder_bedraggrens
        and state.niet_geweigerd
        and state.geen_bezwaar
        and state.niet_beschermd
        and state.binnen_belvenster
        and state.pogingen_over
        and state.budget_beschikbaar
        and state.dossier_open
    )


def assert_within(decision: Decision, party: PartyKind, state: Facts) -> None:
    for field, transform in decision.fields.items():
        cell = CELLS[party, field]
        assert allowed(cell, transform), (party, field, transform)
        assert gate(party, cell, state), (party, field, decision.grant)


PAIRS = [(party, purpose) for party in P for purpose in Purpose]


def test_the_matrix_names_every_party_and_every_field_of_the_register() -> None:
    assert {party for party, _ in CELLS} == set(P)
    assert {field for _, field in CELLS} == set(packaged_register().fields)
    assert len(CELLS) == 15 * 46


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_no_state_shows_a_party_what_the_matrix_forbids(party: PartyKind, purpose: Purpose) -> None:
    register = packaged_register()
    for state in states(relevant(register, party, purpose)):
        assert_within(decide(register, party, purpose, state), party, state)


def test_the_call_center_has_a_number_only_when_it_may_call() -> None:
    register = packaged_register()
    seen = set()
    for state in states(relevant(register, P.CALLCENTER, Purpose.BELLEN)):
        has_number = "telefoonnummers" in decide(register, P.CALLCENTER, Purpose.BELLEN, state).shown
        assert has_number == may_call(state)
        seen.add(has_number)
    assert seen == {True, False}


@settings(max_examples=300)
@given(st.sampled_from(PAIRS), st.sets(st.sampled_from(NAMES)))
def test_no_mixture_of_facts_opens_more_than_the_matrix(
    pair: tuple[PartyKind, Purpose], held: set[str]
) -> None:
    party, purpose = pair
    state = Facts(**dict.fromkeys(held, True))
    assert_within(decide(packaged_register(), party, purpose, state), party, state)


@settings(max_examples=200)
@given(st.sampled_from(PAIRS), st.sets(st.sampled_from(NAMES)), st.sampled_from(NAMES))
def test_a_fact_more_never_takes_a_right_away(
    pair: tuple[PartyKind, Purpose], held: set[str], extra: str
) -> None:
    register = packaged_register()
    before = decide(register, *pair, Facts(**dict.fromkeys(held, True)))
    after = decide(register, *pair, Facts(**dict.fromkeys({*held, extra}, True)))
    assert dict(before.fields).items() <= dict(after.fields).items()


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_nothing_proven_means_nothing_shown(party: PartyKind, purpose: Purpose) -> None:
    decision = decide(packaged_register(), party, purpose, Facts())
    assert not decision.allow
    assert not decision.fields
    assert decision.failing


@pytest.mark.parametrize("party", P)
def test_every_party_has_at_least_one_purpose_in_which_it_can_see_something(party: PartyKind) -> None:
    register = packaged_register()
    everything = Facts(**dict.fromkeys(NAMES, True))
    assert any(decide(register, party, purpose, everything).allow for purpose in Purpose)


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_a_party_gets_nothing_under_the_purpose_of_another(party: PartyKind, purpose: Purpose) -> None:
    register = packaged_register()
    everything = Facts(**dict.fromkeys(NAMES, True))
    decision = decide(register, party, purpose, everything)
    assert decision.allow == (register.purposes[purpose].partij is party)
