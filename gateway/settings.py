"""Every setting of an installation, read once by the wiring and passed on; never read from anywhere else.

Contested legal points are settings with the strict side as default (docs/reference/settings.md).
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.ids import Tenant

_CLOCK: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
_DAY: Final = "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
Hours = Annotated[str, StringConstraints(pattern=rf"^{_CLOCK}-{_CLOCK}$")]
"""A window in local time: opening and closing."""
Days = Annotated[str, StringConstraints(pattern=rf"^({_DAY}(,{_DAY})*)?$")]
"""Days, with commas between them."""

_CLASS: Final = "(identiteit|contact|financien|notities|zoeken|pseudoniem)"
Classes = Annotated[str, StringConstraints(pattern=rf"^({_CLASS}(,{_CLASS})*)?$")]
"""Key classes (``schemas.person.DataClass``), with commas between them."""

_OF_THE_MACHINE: Final = {
    "home",
    "host",
    "port",
    "origin",
    "passphrase_file",
    "ris_folder",
    "ris_token_file",
}
"""Settings that say where things are, not what happens to residents."""

_CONFIDENTIAL: Final = {"call_tariff_cent", "call_budget_cent"}
"""Company data: what the municipality pays stands in no log, not even sealed."""


class Settings(BaseSettings):
    """Settings come from ``SLUIS_…`` variables or ``settings.env`` in the home folder."""

    model_config = SettingsConfigDict(env_prefix="SLUIS_", frozen=True, extra="ignore")

    home: Path = Field(description="Folder of the installation: databases, key file, anchor.")
    tenant: Tenant = Field(Tenant("GM0637"), description="Gemeentecode (CBS) of the municipality.")
    municipality: str = Field("", description="Name of the municipality on documents; empty: its code.")
    host: str = Field("127.0.0.1", description="Address the server listens on; TLS ends at a proxy.")
    port: int = Field(8080, description="Port the server listens on; 0 takes a free one.")
    origin: str = Field("", description="Public origin (https://…); empty means http://host:port.")
    log_origin: str = Field("sluis.example", description="Host name that begins the origin of every log.")
    contact_email: str = Field("privacy@example.nl", description="Contact address in the API contract.")
    demo: bool = Field(
        default=False,
        description="Demo: opens homes that were founded as a demo and no others, on this machine only.",
    )
    passphrase_file: Path | None = Field(None, description="File with the passphrase; empty: starts sealed.")
    max_body_bytes: int = Field(25_000_000, description="Largest request body (413 above).")
    max_lines: int = Field(50_000, description="Most lines in one delivery (413 above).")
    expected_subjects: int = Field(
        20_000, description="Subjects expected at once; sets the width of blind tags."
    )
    calling_weekdays: Hours = Field("08:30-21:00", description="When may be called, Monday to Friday.")
    calling_saturday: Hours = Field("09:00-17:00", description="When may be called on Saturday.")
    calling_closed: Days = Field(
        "", description="Days without calls beside Sundays and holidays (2026-12-24,2026-12-31)."
    )
    lease_size: int = Field(5, description="Most dial records in one lease.")
    lease_minutes: int = Field(15, description="Minutes after which an unused dial record returns.")
    open_leases: int = Field(10, description="Most dial records one agent may hold.")
    call_tariff_cent: int = Field(
        0, ge=0, repr=False, description="Price of a delivered dial record (cents); 0 counts without a limit."
    )
    call_budget_cent: int = Field(
        1_850_000, ge=0, repr=False, description="What is reserved for calling (cents)."
    )
    call_budget_period: Literal["maand", "jaar"] = Field("jaar", description="What the budget is for.")
    call_budget_spent: Literal["stop", "brief"] = Field(
        "stop", description="When the budget is used up: lease no new case, or send the rest a letter."
    )
    ris_url: str = Field("", description="Case system of social work (https://…); empty: none by REST.")
    ris_token_file: Path | None = Field(None, description="File with the credential for the case system.")
    ris_folder: Path | None = Field(None, description="Folder for dossiers, for a case system by file.")
    ris_map: str = Field("voorbeeld", description="Names and codes of the case system, one of the maps.")
    verify_tries: int = Field(3, description="Verification questions per dial record.")
    callable_limit_cent: int = Field(200_000, description="Arrears above this go to social work (cents).")
    callable_limit_scope: Literal["persoon", "signaal"] = Field(
        "persoon", description="Whether the limit counts all open signals of the person or each signal."
    )
    several_to_social_work: bool = Field(
        default=False, description="Meervoudige signalen naar sociaal werk in plaats van naar het callcenter."
    )
    recurrence: Literal["geen", "geweigerd_of_onbereikt", "alle"] = Field(
        "geweigerd_of_onbereikt", description="Which recurring signals go to social work."
    )
    floor_cent: int = Field(0, description="Arrears below this get a letter only (cents); 0 is off.")
    matching: Literal["standard", "strict"] = Field("standard", description="Rules for automatic links.")
    key_classes: Classes = Field(
        "",
        description="Only these classes of keys are loaded (identiteit,contact,financien,notities,zoeken,pseudoniem); "
        "empty: all. What needs another is answered 503.",
    )
    phone_enrichment: bool = Field(default=False, description="Look up missing numbers (contested, Wgs 8b).")
    name_creditor: bool = Field(
        default=False, description="Callers may name the creditor, to whom showed who he is (contested)."
    )
    four_eyes_month_end: bool = Field(default=True, description="Month end needs a second person.")
    month_end_undo_hours: int = Field(48, description="Hours in which a month end can be undone.")
    first_talk_days: int = Field(28, description="Days to the first talk after a help request (Wgs 4(1)).")
    threatening_workdays: int = Field(3, description="Working days when the situation threatens (Wgs 4(2)).")
    offer_days: int = Field(28, description="Days in which the offer should be made.")
    accepted_before_least: int = Field(
        0, description="Residents who accepted help in the leanest month before calling began (report)."
    )
    accepted_before_most: int = Field(
        0, description="The same for the best month; 0 leaves the comparison out of the report."
    )
    keystore_backup_days: int = Field(14, description="Days that backups of the key store are kept.")
    checks_per_minute: int = Field(
        60, description="Checks of a call that fail per minute, of everybody together, before 429."
    )
    searches_per_minute: int = Field(
        60, description="Callers' numbers that one client may look up per minute before 429."
    )
    requests_per_minute: int = Field(6_000, description="Requests per client and minute before 429.")

    @property
    def maps(self) -> Path:
        """The folder with column maps of this installation; they go before those that come with the product."""
        return self.home / "maps"

    def in_force(self) -> dict[str, Any]:
        """Give every setting that decides what happens to residents' data, as the log keeps it at every start."""
        return self.model_dump(mode="json", exclude=_OF_THE_MACHINE | _CONFIDENTIAL)
