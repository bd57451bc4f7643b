"""One resident as five parties see him: the same fields side by side, values and blanks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.demo.client import PartyClient

_WIDTH = 17
_ROWS = (
    ("achternaam", "Achternaam"),
    ("geboortedatum", "Geboortedatum"),
    ("postcode", "Postcode"),
    ("huisnummer", "Huisnummer"),
    ("telefoonnummers", "Telefoon"),
    ("signaaltype", "Soort signaal"),
    ("partnernaam", "Schuldeiser"),
    ("bedrag", "Bedrag"),
    ("signaalRef", "Kenmerk partner"),
    ("pogingen", "Belpogingen"),
    ("omschrijving", "Wat is gezegd"),
    ("besteMoment", "Beste moment"),
    ("dossierkenmerk", "Kenmerk"),
)


@dataclass(frozen=True, slots=True)
class Face:
    """What one party got: a view, or the reason why not."""

    party: str
    view: Mapping[str, Any]
    refusal: str = ""


def ask(party: str, client: PartyClient, ref: str, purpose: str) -> Face:
    """Ask a party's view of a case for its purpose, as any client may."""
    answer = client.get(f"/dossiers/{ref}/weergaven/{purpose}")
    if answer.is_success:
        return Face(party, answer.json())
    return Face(party, {}, str(answer.json()["detail"]))


def table(faces: Sequence[Face]) -> list[str]:
    """Lay the faces side by side; a blank is what that party cannot see."""
    lines = ["  " + "".join(f"{text:{_WIDTH}}" for text in ("", *(face.party for face in faces)))]
    for name, label in _ROWS:
        cells = [_cell(face.view, name) for face in faces]
        if any(cells):
            lines.append("  " + "".join(f"{text:{_WIDTH}}" for text in (label, *(c or "·" for c in cells))))
    lines.extend(f"  {face.party}: {face.refusal}" for face in faces if face.refusal)
    return lines


def _cell(view: Mapping[str, Any], name: str) -> str:
    value = view.get(name)
    if value is None:
        value = [signal[name] for signal in view.get("signalen", ()) if signal.get(name) is not None]
    if name == "bedrag":
        value = [f"€ {cents / 100:.2f}".replace(".", ",") for cents in value]
    if name == "pogingen":
        return f"{len(value)} keer" if value else ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) < _WIDTH else text[: _WIDTH - 2] + "…"
