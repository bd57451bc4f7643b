"""The service: every front door over one open installation."""

import logging
import time
from collections.abc import Callable, Sequence

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from audit.note import VerifierKey
from connectors.ris.mapping import ris_map
from gateway.api.billing import billing_routes
from gateway.api.callcenter import callcenter_routes
from gateway.api.callteam import callteam_routes
from gateway.api.casemessages import message_routes
from gateway.api.contract import API_VERSION, About, document
from gateway.api.dossiers import dossier_routes
from gateway.api.emergencies import emergency_routes
from gateway.api.exchange import exchange_routes
from gateway.api.feedback import feedback_routes
from gateway.api.frame import BodyLimits, Frame, create_api
from gateway.api.governance import month_end_routes, retention_routes
from gateway.api.help import help_routes
from gateway.api.incidents import incident_routes
from gateway.api.letters import letter_routes
from gateway.api.limits import Limits
from gateway.api.municipality import matching_routes
from gateway.api.oauth import PATH, token_route
from gateway.api.oversight import receipt_routes
from gateway.api.partners import partner_routes
from gateway.api.principals import Gate
from gateway.api.register import register_routes
from gateway.api.reports import report_routes
from gateway.api.routes import OutsideRoute
from gateway.api.shielding import shielding_routes
from gateway.api.speech import speech_routes
from gateway.api.visits import visit_routes
from gateway.api.wellknown import proof_routes, wellknown_routes
from gateway.api.worklists import worklist_routes
from gateway.settings import Settings
from gateway.usecases import UseCases, use_cases
from gateway.wiring import Gateway
from keys.signing import Es256
from schemas.ids import PartyId
from schemas.parties import PartyKind
from schemas.purposes import Purpose

CONTRACT_ORIGIN = "https://sluis.example"
"""The origin that the contract names: TLS ends at a proxy, and the rules ask an absolute https address."""


def create_app(gateway: Gateway, issuer: str) -> Frame:
    """Build the ASGI application of an installation; ``issuer`` is its public origin."""
    cases = use_cases(gateway, issuer)
    settings = gateway.house.settings
    limits = Limits(settings.requests_per_minute, time.monotonic)
    return create_api(
        _about(settings),
        routers(gateway, cases),
        outside=[
            token_route(cases.tokens, limits),
            *wellknown_routes(issuer, list(Purpose), cases.tokens.jwks),
            *proof_routes(Es256(gateway.keyring, settings.tenant).jwks, lambda: _log_keys(gateway)),
            *_health(gateway),
        ],
        gate=Gate(cases.tokens, limits),
        log=logging.getLogger("sluis.verzoek"),
        ticks=time.monotonic,
        limits=BodyLimits(body_bytes=settings.max_body_bytes),
    )


def routers(gateway: Gateway, cases: UseCases) -> Sequence[APIRouter]:
    """Make every router of ``/v1``."""
    settings = gateway.house.settings
    return [
        partner_routes(cases.intake, cases.routing, cases.feedback),
        *feedback_routes(cases.feedback, cases.scorecards),
        *matching_routes(cases.matching, cases.review, cases.links, cases.routing),
        *callcenter_routes(
            cases.dialling,
            cases.results,
            cases.callback,
            Limits(settings.searches_per_minute, time.monotonic),
        ),
        *worklist_routes(cases.worklists, cases.escalations),
        *speech_routes(cases.control, Limits(settings.checks_per_minute, time.monotonic)),
        incident_routes(cases.incidents),
        callteam_routes(cases.call_team),
        *dossier_routes(cases.casework, cases.assignments),
        shielding_routes(cases.restrictions, cases.protections),
        *emergency_routes(cases.emergencies),
        *help_routes(cases.handovers, cases.helping),
        visit_routes(cases.visits),
        *billing_routes(cases.billing),
        exchange_routes(cases.exchange.delivery),
        message_routes(cases.exchange.inbox, cases.handovers, cases.helping, ris_map(settings.ris_map)),
        *letter_routes(cases.billing, cases.letters.orders, cases.letters.printing, cases.letters.post),
        month_end_routes(cases.month_end.plans, cases.month_end.runs, cases.month_end.undo),
        report_routes(cases.reports),
        *retention_routes(
            cases.retention_decisions, cases.retention_plans, cases.retention_runs, cases.holds
        ),
        receipt_routes(cases.oversight),
        register_routes(gateway.house.register, _about(gateway.house.settings), _kinds(gateway, cases)),
    ]


def _kinds(gateway: Gateway, cases: UseCases) -> Callable[[PartyId], PartyKind]:
    return lambda party: cases.administration.party(gateway.house.settings.tenant, party).kind


def contract(gateway: Gateway) -> bytes:
    """Write the OpenAPI contract of ``/v1`` as JSON, without starting a server."""
    cases = use_cases(gateway, CONTRACT_ORIGIN)
    routes = [route for router in routers(gateway, cases) for route in router.routes]
    return orjson.dumps(document(_about(gateway.house.settings), routes), option=orjson.OPT_INDENT_2)


def _about(settings: Settings) -> About:
    origin = settings.origin if settings.origin.startswith("https://") else CONTRACT_ORIGIN
    return About(
        version=API_VERSION,
        server=f"{origin}/v1",
        token_endpoint=origin + PATH,
        contact_name=f"Gemeente {settings.tenant}",
        contact_url=origin,
        contact_email=settings.contact_email,
    )


def _log_keys(gateway: Gateway) -> list[str]:
    return [str(VerifierKey(gateway.signer.name, key)) for key in gateway.signer.public_keys]


def _health(gateway: Gateway) -> list[OutsideRoute]:
    """Say whether the process lives, and whether it can serve: keys open, writer there."""

    async def live(_request: Request) -> Response:
        return Response(b'{"status":"leeft"}', media_type="application/json")

    async def ready(_request: Request) -> Response:
        if gateway.keyring.sealed:
            return Response(b'{"status":"verzegeld"}', 503, media_type="application/json")
        if not gateway.house.store.alive:
            return Response(b'{"status":"opslag"}', 503, media_type="application/json")
        return Response(b'{"status":"klaar"}', media_type="application/json")

    return [
        OutsideRoute("/gezondheid/leeft", live, methods=["GET"]),
        OutsideRoute("/gezondheid/klaar", ready, methods=["GET"]),
    ]
