"""The reference page of the register: who sees what, how coarse, when and why (docs/reference/doelbinding.md).

Made from the register and nothing else; ``./sluis docs`` writes it and a test holds the committed page to it.
"""

from collections.abc import Iterator, Sequence

from gateway.policy.explain import when
from gateway.policy.register import Register
from schemas.grounds import Ground
from schemas.parties import PartyKind
from schemas.purposes import Grant
from schemas.transforms import Transform

_SHORT = {
    Transform.VOLLEDIG: "●",
    Transform.PSEUDONIEM: "kenmerk",
    Transform.CONTROLE: "ja/nee",
}
_HEADS = {
    PartyKind.SIGNAALPARTNER: "partner",
    PartyKind.MATCHING: "match",
    PartyKind.VERRIJKING: "verrijk",
    PartyKind.CALLCENTER: "callc.",
    PartyKind.SOCIAAL_WERK: "soc. werk",
    PartyKind.BRIEFDIENST: "brief",
    PartyKind.MELDPUNT: "meldp.",
    PartyKind.CRISISTEAM: "crisis",
    PartyKind.PRIVACY_OFFICER: "priv. off.",
    PartyKind.WOO: "Woo",
    PartyKind.MANAGEMENT: "mgt",
    PartyKind.CBS: "CBS",
    PartyKind.BETROKKENE: "inwoner",
    PartyKind.BEHEER: "beheer",
    PartyKind.SCHULDHULP: "schuldh.",
}


def render(register: Register) -> str:
    """Write the whole page as Markdown."""
    parts = (
        _intro(register),
        _matrix(register),
        _grants(register),
        _guardrails(register),
        _conditions(register),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _intro(register: Register) -> Iterator[str]:
    yield "# Doelbinding: wie mag wat zien"
    yield ""
    yield "Deze pagina is gemaakt uit `schemas/register/*.yaml` en wordt door een test gelijk gehouden; wijzig"
    yield f"het register, niet deze pagina. Vingerafdruk van het register: `{register.digest[:16]}`."
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _matrix(register: Register) -> Iterator[str]:
    yield "## Veld per partij"
    yield ""
    yield "Het meeste dat een partij ooit kan zien, als aan alle voorwaarden is voldaan. ● volledig · ja/nee:"
    yield "alleen een antwoord laten controleren · kenmerk: een eigen pseudoniem · leeg: nooit."
    yield ""
    yield _row(["Veld", *_HEADS.values()])
    yield _row(["---"] * (len(_HEADS) + 1))
    for name in register.fields:
        yield _row([name, *(_cell(register, party, name) for party in _HEADS)])
    yield ""


def _cell(register: Register, party: PartyKind, field: str) -> str:
    """Show a field's transform for a party; every purpose of a party is told apart below."""
    shown = dict.fromkeys(g.velden[field] for g in register.grants if g.partij is party and field in g.velden)
    return ", ".join(_SHORT.get(transform, transform) for transform in shown)


def _grants(register: Register) -> Iterator[str]:
    yield "## De grants, een voor een"
    yield ""
    for grant in register.grants:
        yield from _grant(register, grant)


def _grant(register: Register, grant: Grant) -> Iterator[str]:
    purpose = register.purposes[grant.doel]
    activity = register.activities[purpose.verwerking]
    yield f"### {grant.id} · {grant.partij} · {grant.doel}"
    yield ""
    yield grant.zin
    yield ""
    yield f"- **Wanneer:** {when(register, grant)}."
    yield f"- **Ziet:** {', '.join(_said(name, how) for name, how in grant.velden.items())}."
    yield f"- **Grondslag:** {register.legal_grounds[grant.grondslag].naam}."
    yield f"- **Verwerking:** {purpose.verwerking} {activity.naam} (versie {activity.versie})."
    yield f"- **Bewaren:** {grant.bewaartermijn}. **Eigenaar:** {grant.eigenaar}. **Herzien:** {grant.herzien_op}."
    yield ""


def _said(name: str, how: Transform) -> str:
    return name if how is Transform.VOLLEDIG else f"{name} ({how})"


def _guardrails(register: Register) -> Iterator[str]:
    yield "## Waarborgen: wat nooit mag"
    yield ""
    yield "Wijzigen kan alleen met handtekening van het college en de privacy officer, na advies van de FG."
    yield ""
    yield from (f"- **{rule.id}** {rule.zin}" for rule in register.guardrails)
    yield ""


def _conditions(register: Register) -> Iterator[str]:
    yield "## Voorwaarden"
    yield ""
    yield _row(
        ["Voorwaarde", "Waar als", "Wat de gebruiker leest als het niet klopt", "Wat de toezichthouder leest"]
    )
    yield _row(["---"] * 4)
    for name, spec in register.conditions.items():
        yield _row([f"`{name}`", spec.betekenis, spec.gebruiker, spec.toezicht])


def render_grounds(register: Register) -> str:
    """Write the page of the register of grounds (docs/reference/grondslagen.md) as Markdown."""
    return "\n".join(_grounds(register)) + "\n"


def _grounds(register: Register) -> Iterator[str]:
    yield "# Grondslagenregister: wie mag wat signaleren"
    yield ""
    yield "Gemaakt uit `schemas/register/grounds.yaml`. Een signaal zonder geldige grondslag wordt geweigerd met"
    yield "`E_GRONDSLAG`; een signaal waarvan de partner zijn eigen plicht niet bevestigt met `E_ATTEST`. Een leeg"
    yield "vakje geldt als niet gedaan. Weigerde de inwoner dat gegevens worden doorgegeven"
    yield "(`att_geen_afwijzing` is nee), dan wordt het signaal in elke sector geweigerd. Een intrekking heeft geen"
    yield "grondslag nodig."
    yield ""
    yield "## Grondslagen"
    yield ""
    yield _row(["Sector", "Schuldeisers", "Gemeenten", "Vanaf bedrag", "Vanaf dagen", "Geldig", "Bron"])
    yield _row(["---"] * 7)
    yield from (_ground(ground) for ground in register.grounds.grondslagen)
    yield ""
    yield "## Plichten per sector"
    yield ""
    yield _row(["Sector", "Vereist", "Herinneringen", "Bron"])
    yield _row(["---"] * 4)
    for sector, duty in register.grounds.plichten.items():
        asked = ", ".join(f"`{name}`" for name in duty.vereist)
        yield _row([sector, asked, f"ten minste {duty.min_herinneringen}", duty.bron])


def _ground(ground: Ground) -> str:
    until = f" tot en met {ground.geldig_tot}" if ground.geldig_tot else ""
    return _row(
        [
            ground.sector,
            ", ".join(ground.schuldeisers) or "alle",
            ", ".join(ground.gemeenten) or "alle",
            f"€ {ground.min_bedrag // 100}",
            str(ground.min_dagen),
            f"vanaf {ground.geldig_van}{until}",
            ground.bron,
        ]
    )
