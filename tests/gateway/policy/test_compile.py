"""A register that is wrong in any way does not load, and says in which file on which line."""

from pathlib import Path

import pytest
import yaml

from gateway.policy.compile import load
from gateway.policy.decide import decide
from gateway.policy.explain import prove
from schemas.errors import Invalid
from schemas.purposes import Grant
from tests.support.register import HOME, changed, facts, packaged_register, replaced

REMOVABLE = [(grant.id, name) for grant in packaged_register().grants for name in grant.voorwaarden]


def refusal(folder: Path) -> Invalid:
    with pytest.raises(Invalid) as wrong:
        load(folder)
    assert wrong.value.code == "register_ongeldig"
    return wrong.value


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


MISTAKES = {
    "a condition nobody knows": ("grants.yaml", "[eigen_signaal, geaccepteerd]", "[eigen_signaal, goedgekeurd]"),
    "a field nobody knows": ("grants.yaml", "aantallen: aantalklasse", "schuldenlast: aantalklasse"),
    "a transform nobody knows": ("grants.yaml", "uitkomst: terugkoppelcode", "uitkomst: een_beetje"),
    "a transform that does not fit": ("grants.yaml", "uitkomst: terugkoppelcode", "uitkomst: postcode4"),
    "a party nobody knows": ("grants.yaml", "partij: woo", "partij: journalist"),
    "a purpose nobody knows": ("grants.yaml", "doel: openbaarmaken", "doel: nieuwsgierig"),
    "a purpose of another party": ("grants.yaml", "doel: openbaarmaken", "doel: sturen"),
    "a legal ground nobody knows": ("grants.yaml", "grondslag: hulp_op_verzoek", "grondslag: gewoonte"),
    "a legal ground of another purpose": ("grants.yaml", "grondslag: hulp_op_verzoek", "grondslag: vitaal_belang"),
    "an unknown key": ("grants.yaml", "eigenaar: Woo-coordinator", "baas: Woo-coordinator"),
    "a review date that is no date": ("grants.yaml", "herzien_op: 2027-11-01", "herzien_op: ooit"),
    "no condition at all": ("grants.yaml", "voorwaarden: [cbs_levering_aan]", "voorwaarden: []"),
    "a double grant": ("grants.yaml", "id: SP02", "id: SP01"),
    "a broken guardrail": ("grants.yaml", "geboortedatum: controle", "geboortedatum: volledig"),
    "a guardrail on a missing condition": ("grants.yaml", "voorwaarden: [melding_toegekend]", "voorwaarden: [toezichtsvraag]"),
    "a guardrail about unknown fields": ("guardrails.yaml", "velden: [toegangslog]", "velden: [inloglog]"),
    "a double guardrail": ("guardrails.yaml", "id: NOOIT-02", "id: NOOIT-01"),
    "a guardrail that forbids nothing": ("guardrails.yaml", "  hoogstens: controle\n", ""),
    "a fact without text": ("conditions.yaml", "geleend:\n", "uitgeleend:\n"),
    "an exclusion of an unknown word": ("conditions.yaml", "sluit_uit: [telefoon_ontbreekt", "sluit_uit: [telefoon_weg"),
    "a list without keys": ("fields.yaml", "  vorm: {maand: tekst, uitkomst: code}\n", ""),
    "a field of an unknown form": ("fields.yaml", "soort: centen", "soort: dukaten"),
    "a purpose without activity": ("purposes.yaml", "verwerking: VA-09", "verwerking: VA-99"),
    "a purpose on a ground nobody knows": ("purposes.yaml", "grondslagen: [hulp_op_verzoek]", "grondslagen: [hulp_op_verzoek, gewoonte]"),
    "an IRI outside the vocabulary": ("purposes.yaml", "iri: https://w3id.org/dpv#LegalCompliance", "iri: https://example.nl/x"),
    "a ground with a wrong municipality": ("grounds.yaml", "GM0363", "0363"),
    "an unknown attestation": ("grounds.yaml", "vereist: [att_herinneringen]", "vereist: [att_beloofd]"),
    "a key twice": ("fields.yaml", "plaats: {naam", "straat: {naam"),
    "a tag that makes an object": ("grants.yaml", "zin: De Woo", "zin: !!python/name:os.system De Woo"),
    "broken YAML": ("grants.yaml", "velden: {signaal_ref", "velden: {{signaal_ref"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_at_its_file_and_line(tmp_path: Path, mistake: str) -> None:
    file, old, new = MISTAKES[mistake]
    folder = replaced(tmp_path, file, old, new)
    problems = refusal(folder).fields
    assert problems
    assert all(problem.veld.split(":")[1].isdigit() for problem in problems)
    assert any(problem.veld.startswith(file) for problem in problems) or "fact" in mistake


@pytest.mark.parametrize(
    ("file", "old", "new", "mark"),
    [
        ("grants.yaml", "uitkomst: terugkoppelcode", "uitkomst: postcode4", "uitkomst: postcode4"),
        ("grants.yaml", "[eigen_signaal, geaccepteerd]", "[eigen_signaal, gek]", "[eigen_signaal, gek]"),
        ("grants.yaml", "eigenaar: Woo-coordinator", "baas: Woo-coordinator", "baas: Woo"),
        ("guardrails.yaml", "velden: [toegangslog]", "velden: [inloglog]", "id: NOOIT-20"),
        ("fields.yaml", "soort: centen", "soort: dukaten", "soort: dukaten"),
    ],
)
def test_the_line_named_is_the_line_to_mend(tmp_path: Path, file: str, old: str, new: str, mark: str) -> None:
    folder = replaced(tmp_path, file, old, new)
    wanted = f"{file}:{line_of(folder, file, mark)}"
    assert wanted in {problem.veld for problem in refusal(folder).fields}


def without_block(text: str, start: str, end: str) -> str:
    before, rest = text.split(start, 1)
    return before + end + rest.split(end, 1)[1]


def test_every_purpose_of_the_product_must_be_described(tmp_path: Path) -> None:
    folder = changed(
        tmp_path, "purposes.yaml", lambda text: without_block(text, "  openbaarmaken:\n", "  sturen:\n")
    )
    assert "doel 'openbaarmaken' ontbreekt" in {problem.hint for problem in refusal(folder).fields}


def test_a_purpose_without_any_grant_is_refused(tmp_path: Path) -> None:
    folder = changed(
        tmp_path, "grants.yaml", lambda text: without_block(text, "- id: WO01\n", "- id: MG01\n")
    )
    assert "doel 'openbaarmaken' heeft geen grant" in {problem.hint for problem in refusal(folder).fields}


def test_a_missing_review_date_is_named_at_its_grant(tmp_path: Path) -> None:
    folder = replaced(tmp_path, "grants.yaml", "  herzien_op: 2027-11-01\n", "")
    problem = refusal(folder).fields[0]
    assert problem.veld == f"grants.yaml:{line_of(folder, 'grants.yaml', 'id: SP01')}"
    assert "herzien_op" in problem.hint


def test_overlapping_grants_must_agree_on_what_they_share(tmp_path: Path) -> None:
    folder = replaced(
        tmp_path,
        "grants.yaml",
        "    omschrijving: volledig\n  bewaartermijn: 24",
        "    omschrijving: aanwezig\n  bewaartermijn: 24",
    )
    problem = refusal(folder).fields[0]
    assert problem.code == "overlap"
    assert problem.veld == f"grants.yaml:{line_of(folder, 'grants.yaml', 'omschrijving: aanwezig')}"


def test_a_grant_that_can_never_hold_is_refused(tmp_path: Path) -> None:
    folder = replaced(
        tmp_path, "grants.yaml", "[in_werkvoorraad, geaccepteerd,", "[in_werkvoorraad, belbaar,"
    )
    assert {problem.code for problem in refusal(folder).fields} == {"onbereikbaar"}


def test_a_grant_that_adds_nothing_is_refused(tmp_path: Path) -> None:
    more = "\n- id: MB02\n  partij: meldpunt\n  doel: zorgmelden\n  grondslag: vitaal_belang\n  zin: Nog eens hetzelfde.\n"
    more += "  voorwaarden: [melding_toegekend, dossier_open]\n  velden: {achternaam: volledig}\n"
    more += "  bewaartermijn: 72 uur\n  eigenaar: Privacy officer\n  herzien_op: 2027-05-01\n"
    folder = changed(tmp_path, "grants.yaml", lambda text: text + more)
    problem = refusal(folder).fields[0]
    assert (problem.code, problem.hint) == ("overbodig", "MB02 voegt niets toe aan MB01")


def test_a_field_that_only_the_resident_sees_is_not_to_be_collected(tmp_path: Path) -> None:
    folder = changed(
        tmp_path, "grants.yaml", lambda text: text.replace("    warme_overdracht: volledig\n", "")
    )
    problem = refusal(folder).fields[0]
    assert problem.code == "ongezien"
    assert problem.veld == f"fields.yaml:{line_of(folder, 'fields.yaml', 'warme_overdracht')}"


def test_a_field_that_may_not_exist_cannot_be_added(tmp_path: Path) -> None:
    bsn = "bsn: {naam: BSN, soort: tekst, klasse: identiteit, bron: partner}\n"
    folder = changed(tmp_path, "fields.yaml", lambda text: text + bsn)
    assert "waarborg" in {problem.code for problem in refusal(folder).fields}


def test_all_problems_of_one_reading_are_told_together(tmp_path: Path) -> None:
    def break_twice(text: str) -> str:
        return text.replace("aantallen: aantalklasse", "aantallen: postcode4").replace(
            "id: SP02", "id: SP01", 1
        )

    assert {problem.code for problem in refusal(changed(tmp_path, "grants.yaml", break_twice)).fields} >= {
        "dubbel",
        "past_niet",
    }


def test_an_empty_file_does_not_load(tmp_path: Path) -> None:
    assert refusal(changed(tmp_path, "grants.yaml", lambda _: "")).fields[0].veld == "grants.yaml:1"


@pytest.mark.parametrize(("grant_id", "condition"), REMOVABLE)
def test_removing_one_condition_breaks_a_guardrail_or_is_seen_in_the_table(
    tmp_path: Path, grant_id: str, condition: str
) -> None:
    def drop(text: str) -> str:
        grants = yaml.load(text, Loader=yaml.CSafeLoader)
        grant = next(item for item in grants if item["id"] == grant_id)
        grant["voorwaarden"] = [name for name in grant["voorwaarden"] if name != condition]
        return str(yaml.dump(grants, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False))

    folder = changed(tmp_path, "grants.yaml", drop)
    try:
        looser = load(folder)
    except Invalid as wrong:
        codes = {problem.code for problem in wrong.fields}
        assert codes & {"waarborg", "overbodig", "ongebruikt", "too_short"}
        return
    grant = next(item for item in looser.grants if item.id == grant_id)
    state = facts(*grant.voorwaarden)
    before = decide(packaged_register(), grant.partij, grant.doel, state)
    after = decide(looser, grant.partij, grant.doel, state)
    assert looser.digest != packaged_register().digest
    assert grant_id in after.grant.split("+")
    assert grant_id not in before.grant.split("+")


@pytest.mark.parametrize(
    ("grant_id", "condition"),
    [pair for pair in REMOVABLE if pair[0] in {"CC01", "MB01", "CT01", "SH01", "IN01", "VR01"}],
)
def test_the_grants_that_matter_most_cannot_lose_a_condition(grant_id: str, condition: str) -> None:
    """Each condition of these grants is held by a guardrail, except what only says that the purpose still runs."""
    register = packaged_register()
    grant = next(item for item in register.grants if item.id == grant_id)
    loose = grant.model_copy(update={"voorwaarden": tuple(c for c in grant.voorwaarden if c != condition)})
    held = [rule for rule in register.guardrails if condition in (*rule.alleen_als, *rule.alleen_als_een_van)]
    spoken = [rule for rule in held if any(rule.concerns(loose.partij, field) for field in loose.velden)]
    assert spoken or condition in {"telefoon_ontbreekt", "dossier_open"}


def test_the_digest_ignores_comments_and_order_but_not_content(tmp_path: Path) -> None:
    same = changed(tmp_path / "a", "grants.yaml", lambda text: "# nieuw commentaar\n" + text)
    other = replaced(tmp_path / "b", "grants.yaml", "bewaartermijn: 14 dagen", "bewaartermijn: 15 dagen")
    assert load(same).digest == packaged_register().digest
    assert load(other).digest != packaged_register().digest
    assert len(packaged_register().digest) == 64


def test_the_register_is_frozen() -> None:
    register = packaged_register()
    with pytest.raises(TypeError):
        register.fields["bsn"] = register.fields["straat"]  # type: ignore[index]
    grant: Grant = register.grants[0]
    with pytest.raises(ValueError, match="frozen"):
        grant.id = "XX99"


def test_the_register_is_written_without_aliases_or_tags() -> None:
    """A privacy officer reads a grant where it stands; nothing refers to another place in the file."""
    for file in HOME.glob("*.yaml"):
        text = file.read_text("utf-8")
        assert not any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text))


def test_every_guardrail_speaks_about_something() -> None:
    silent = [p.guardrail for p in prove(packaged_register()) if not p.checked]
    capped = {
        rule.id for rule in packaged_register().guardrails if rule.hoogstens is not None or rule.bestaat_niet
    }
    assert set(silent) <= capped
