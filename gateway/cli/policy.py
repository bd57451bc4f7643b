"""``sluis policy``: who may see what, why a request gets yes or no, and whether every guardrail holds."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.speech import NO, Json, answering, document, one_of, show

if TYPE_CHECKING:
    from gateway.policy.explain import Possible
    from gateway.policy.facts import Facts
    from gateway.policy.register import Decision, Register

Folder = Annotated[
    Path | None,
    typer.Option("--register", exists=True, file_okay=False, help="Ander register dan dat van dit product."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Het register: wie voor welk doel wat mag zien.", no_args_is_help=True)
    group.command("show")(overview)
    group.command("explain")(explain)
    group.command("prove")(prove)
    app.add_typer(group, name="policy")


def _register(folder: Path | None) -> "Register":
    from gateway.policy.compile import load

    return load(folder)


def overview(
    party: Annotated[str | None, typer.Option(help="Soort partij; zonder: alle.")] = None,
    folder: Folder = None,
    *,
    as_json: Json = False,
) -> None:
    """Noem alles wat een partij ooit te zien kan krijgen, hoe grof en onder welke voorwaarden."""
    from gateway.policy.explain import possible
    from schemas.parties import PartyKind

    chosen = list(PartyKind) if party is None else [one_of(PartyKind, party, "--party")]
    with answering():
        register = _register(folder)
        for kind in chosen:
            for item in possible(register, kind):
                if as_json:
                    document({"party": kind, **asdict(item)})
                else:
                    show(_row(kind, item))


def _row(kind: str, item: "Possible") -> str:
    conditions = " en ".join(item.conditions)
    return f"{kind:16} {item.grant} {item.purpose:14} {item.field:28} {item.transform:20} als {conditions}"


def explain(
    party: Annotated[str, typer.Option(help="Soort partij.", show_default=False)],
    purpose: Annotated[str, typer.Option(help="Doel.", show_default=False)],
    fact: Annotated[list[str] | None, typer.Option(help="Feit dat waar is; herhaal voor meer.")] = None,
    folder: Folder = None,
    *,
    as_json: Json = False,
) -> None:
    """Zeg waarom een partij voor een doel iets wel of niet mag zien; het antwoord nee is afsluitcode 1."""
    from gateway.policy.decide import decide
    from schemas.parties import PartyKind
    from schemas.purposes import Purpose

    kind, doel = one_of(PartyKind, party, "--party"), one_of(Purpose, purpose, "--purpose")
    facts = _facts(fact or [])
    with answering():
        register = _register(folder)
        decision = decide(register, kind, doel, facts)
        _answer(register, decision, as_json=as_json)
    if not decision.allow:
        raise typer.Exit(NO)


def _facts(given: list[str]) -> "Facts":
    from gateway.policy.facts import NAMES, Facts

    for name in given:
        if name not in NAMES:
            raise typer.BadParameter(f"kies uit {', '.join(NAMES)}", param_hint="--fact")
    return Facts(**dict.fromkeys(given, True))


def _answer(register: "Register", decision: "Decision", *, as_json: bool) -> None:
    from gateway.policy.explain import explain as told

    said = told(register, decision)
    if not as_json:
        show(said.for_user)
        show(said.for_officer)
        return
    document(
        {
            "allow": decision.allow,
            "party": decision.party,
            "purpose": decision.purpose,
            "grant": decision.grant,
            "ground": decision.ground,
            "fields": dict(decision.fields),
            "failing": [asdict(item) for item in decision.failing],
            "for_user": said.for_user,
            "for_officer": said.for_officer,
            "register": decision.register,
        }
    )


def prove(folder: Folder = None, *, as_json: Json = False) -> None:
    """Bewijs van elke waarborg dat geen enkele grant haar breekt, in welke toestand dan ook."""
    from gateway.policy.explain import prove as proofs

    with answering():
        found = list(proofs(_register(folder)))
    for proof in found:
        if as_json:
            document(asdict(proof))
        else:
            verdict = "houdt" if proof.holds else f"GEBROKEN door {', '.join(proof.broken_by)}"
            show(f"{proof.guardrail} {verdict} (bekeken: {proof.checked}): {proof.sentence}")
    if not all(proof.holds for proof in found):
        raise typer.Exit(NO)
