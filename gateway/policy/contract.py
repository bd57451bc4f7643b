"""The OpenAPI contract of one party for one purpose, generated from the grants.

A party that reads only its own contract cannot learn that other fields exist. Follows the NL API Design Rules
2.2.1: https server with a major version, contact, API-Version on success, problem documents (RFC 9457).
"""

from collections.abc import Mapping
from typing import Any

from gateway.policy.register import Register
from gateway.policy.views import Views
from schemas.errors import NotFound
from schemas.parties import PartyKind

JSON = dict[str, Any]

_PROBLEMS: Mapping[str, str] = {
    "400": "De aanvraag klopt niet",
    "401": "Niet of niet geldig aangemeld",
    "403": "Geen grondslag: zegt welke voorwaarde ontbreekt en wat u kunt doen",
    "404": "Niet gevonden, of niet van u",
    "429": "Te veel aanvragen",
    "503": "Tijdelijk niet beschikbaar: er is niets getoond",
}
_PROBLEM_SCHEMA: JSON = {
    "type": "object",
    "required": ["status", "title", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def openapi(
    register: Register,
    party: PartyKind,
    purpose: str,
    *,
    server: str,
    token_endpoint: str,
    contact: Mapping[str, str],
    version: str,
) -> JSON:
    """Write the contract of ``party`` for ``purpose``; ``server`` ends in ``/v1``, ``version`` is semver.

    ``server`` is written as https whatever it was, because a contract is for use behind the TLS proxy.

    Raises:
        NotFound: the party has no grant for the purpose, so there is no contract.
    """
    if not register.pair(party, purpose):
        raise NotFound("Voor deze partij en dit doel is er geen contract")
    return {
        "openapi": "3.1.0",
        "info": _info(register, party, purpose, contact, version),
        "servers": [{"url": f"https://{server.split('://', 1)[-1]}"}],
        "tags": [{"name": "weergaven", "description": "Wat u voor dit doel mag zien"}],
        "paths": {f"/dossiers/{{ref}}/weergaven/{purpose}": {"get": _operation(party, purpose)}},
        "components": _components(register, party, purpose, token_endpoint),
    }


def _info(
    register: Register, party: PartyKind, purpose: str, contact: Mapping[str, str], version: str
) -> JSON:
    spec = next(spec for key, spec in register.purposes.items() if key == purpose)
    sentences = "\n".join(f"- {grant.id}: {grant.zin}" for grant in register.pair(party, purpose))
    return {
        "title": f"Sluis voor {party.replace('_', ' ')}: {purpose}",
        "version": version,
        "description": f"{spec.naam}.\n\n{sentences}\n\nRegister {register.digest[:16]}.",
        "contact": dict(contact),
        "x-doel": spec.iri,
        "x-register": register.digest,
    }


def _operation(party: PartyKind, purpose: str) -> JSON:
    return {
        "operationId": f"weergave_{party}_{purpose}",
        "summary": f"Het dossier zoals u het voor '{purpose}' mag zien",
        "tags": ["weergaven"],
        "security": [{"oauth2": [purpose]}],
        "parameters": [
            {
                "name": "ref",
                "in": "path",
                "required": True,
                "description": "Het dossierkenmerk dat alleen u kent",
                "schema": {"type": "string", "minLength": 8, "maxLength": 40},
            }
        ],
        "responses": {"200": _seen(), **{code: _problem(text) for code, text in _PROBLEMS.items()}},
    }


def _seen() -> JSON:
    headers = {
        "API-Version": "Volledige versie van deze API",
        "Link": 'Bewijs van de logregel, rel="log-receipt"',
        "Cache-Control": "Altijd no-store",
    }
    return {
        "description": "De weergave; wat er niet is of u nu niet mag zien, ontbreekt",
        "headers": {
            name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
        },
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Weergave"}}},
    }


def _problem(text: str) -> JSON:
    schema = {"$ref": "#/components/schemas/Probleem"}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}


def _components(register: Register, party: PartyKind, purpose: str, token_endpoint: str) -> JSON:
    flow = {"tokenUrl": token_endpoint, "scopes": {purpose: "Alleen dit doel"}}
    return {
        "schemas": {**_schemas(register, party, purpose), "Probleem": _PROBLEM_SCHEMA},
        "securitySchemes": {"oauth2": {"type": "oauth2", "flows": {"clientCredentials": flow}}},
    }


def _schemas(register: Register, party: PartyKind, purpose: str) -> JSON:
    model = Views(register).model(party, purpose)
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    nested = schema.pop("$defs", {})
    return {"Weergave": schema, **nested}
