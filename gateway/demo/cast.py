"""Who plays in the demo: parties, staff and clients of a synthetic town, each client with a key of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.services.administration import Administration, operator
from keys.client_keys import new_client_jwk
from schemas.ids import ClientId, PartyId, Tenant, UserId
from schemas.parties import PartnerType, Party, PartyKind


@dataclass(frozen=True, slots=True)
class Role:
    """One client of the demo: the party it belongs to, the person behind it, and what it may ask for."""

    party: str
    kind: PartyKind
    purposes: tuple[str, ...]
    user: str | None = None
    role: str = "medewerker"
    name: str = ""
    partner_type: PartnerType | None = None

    @property
    def client_id(self) -> str:
        """The client's id: the person's, else the party's."""
        return f"client-{self.user or self.party}"


_PARTNER = ("aanleveren", "terugkoppelen")
_P, _T = PartyKind, PartnerType

ROLES: tuple[Role, ...] = (
    Role("woonstichting", _P.SIGNAALPARTNER, _PARTNER, name="Woonstichting De Sluis", partner_type=_T.HUUR),
    Role("zorgverzekeraar", _P.SIGNAALPARTNER, _PARTNER, name="Zorgverzekeraar Polder", partner_type=_T.ZORG),
    Role("energie", _P.SIGNAALPARTNER, _PARTNER, name="Energie Waterland", partner_type=_T.ENERGIE),
    Role("waterbedrijf", _P.SIGNAALPARTNER, _PARTNER, name="Waterbedrijf Peil", partner_type=_T.WATER),
    Role("gemeente", _P.MATCHING, ("matchen",), "gem-anna", "regisseur", "Gemeente Sluisstad, schulden"),
    Role("gemeente", _P.MATCHING, ("matchen",), "gem-bram", "regisseur"),
    Role("callcenter", _P.CALLCENTER, ("bellen",), "bel-cem", "agent", "Callcenter De Lijn"),
    Role("callcenter", _P.CALLCENTER, ("bellen",), "bel-dina", "agent"),
    Role("callcenter", _P.CALLCENTER, ("bellen",), "bel-gijs", "teamleider"),
    Role("sociaalwerk", _P.SOCIAAL_WERK, ("hulpverlenen",), "sw-eva", "teamleider", "Sociaal werk De Kade"),
    Role("sociaalwerk", _P.SOCIAAL_WERK, ("hulpverlenen",), "sw-farid", "hulpverlener"),
    Role("sociaalwerk", _P.SOCIAAL_WERK, ("hulpverlenen",), "sw-greet", "hulpverlener"),
    Role("briefdienst", _P.BRIEFDIENST, ("aanschrijven",), name="Postkamer Sluisstad"),
    Role("opzoekdienst", _P.VERRIJKING, ("verrijken",), name="Opzoekdienst Nummer"),
    Role("meldpunt", _P.MELDPUNT, ("zorgmelden",), "mp-hans", name="Meldpunt Bezorgd"),
    Role("crisisteam", _P.CRISISTEAM, ("crisishulp",), "ct-ida", name="Crisisteam"),
    Role("privacy", _P.PRIVACY_OFFICER, ("toezien",), "po-jan", name="Privacy officer"),
    Role("woodesk", _P.WOO, ("openbaarmaken",), "woo-kim", name="Woo-team"),
    Role("management", _P.MANAGEMENT, ("sturen",), "mt-lex", name="Afdelingshoofd"),
    Role("cbs", _P.CBS, ("statistiek",), name="Statistiekbureau"),
    Role("inwonersbalie", _P.BETROKKENE, ("inzien",), name="Inwonersbalie"),
    Role("beheer", _P.BEHEER, ("beheren",), "be-mo", name="Technisch beheer"),
    Role("schuldhulp", _P.SCHULDHULP, ("schuldhulp",), "sh-noa", name="Schuldhulpverlening"),
)


@dataclass(slots=True)
class Cast:
    """The roles with the private keys that their clients hold."""

    tenant: Tenant
    keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def register(self, administration: Administration) -> None:
        """Put everybody on record."""
        by = operator(self.tenant)
        parties: set[str] = set()
        for number, role in enumerate(ROLES, 1):
            if role.party not in parties:
                parties.add(role.party)
                administration.register_party(by, self._party(role, number))
            self._register_client(administration, role)

    def _register_client(self, administration: Administration, role: Role) -> None:
        by = operator(self.tenant)
        party, user = PartyId(role.party), UserId(role.user) if role.user else None
        if user is not None:
            administration.register_user(by, party, user, role.role)
        jwk = new_client_jwk()
        self.keys[role.client_id] = jwk
        client = ClientId(role.client_id)
        administration.register_client(by, party, client, role.purposes, jwk, user=user)

    def _party(self, role: Role, number: int) -> Party:
        return Party(
            tenant=self.tenant,
            party_id=PartyId(role.party),
            kind=role.kind,
            name=role.name or role.party,
            number=f"9000{number:04d}",
            partner_type=role.partner_type,
        )

    def credentials(self, origin: str, vkey: str) -> dict[str, object]:
        """Describe every client for an outside program; it holds private keys, so the file is mode 0600.

        ``vkey`` is the public key of the log, with which it checks receipts offline.
        """
        return {
            "base_url": origin,
            "openapi_url": f"{origin}/v1/openapi.json",
            "issuer": origin,
            "token_endpoint": f"{origin}/oauth/token",
            "gemeentecode": self.tenant,
            "vkey": vkey,
            "parties": list(self._parties()),
        }

    def _parties(self) -> Iterator[dict[str, object]]:
        for role in ROLES:
            yield {
                "party": role.party,
                "kind": role.kind.value,
                "user": role.user,
                "client_id": role.client_id,
                "scope": " ".join(role.purposes),
                "purposes": list(role.purposes),
                "jwk": self.keys[role.client_id],
            }
