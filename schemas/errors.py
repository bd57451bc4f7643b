"""Every error of the product, with a stable code and a Dutch title that never carries a value.

::

    SluisError
    ├── Invalid            the request is wrong; names fields, never values          (400)
    │   └── ForbiddenColumn  a delivery carries a column that nobody may see          (400)
    ├── Unauthenticated    no token, or one that does not hold                        (401)
    ├── Denied             the policy says no, with the failing condition             (403)
    ├── NotFound           unknown here, or not yours: the same answer                (404)
    ├── Conflict           the state has moved on                                     (409)
    │   └── IdempotencyMismatch  the same key with another content                    (409)
    ├── TooLarge           over a limit of the settings                               (413)
    ├── WrongMediaType     a body in a format this resource does not read             (415)
    ├── TooMany            a quota is used up                                         (429)
    ├── Unavailable        nothing was disclosed and nothing was stored; try again    (503)
    │   └── Sealed         the keys are not open yet                                  (503)
    └── Broken             an invariant does not hold; an operator must look          (500)
        ├── SealBroken     a sealed value does not open in this place
        ├── KeyDestroyed   the key was destroyed on purpose (retention, erasure)
        ├── PermitRefused  an envelope was asked to open without a fitting permit
        └── LogBroken      the log does not verify
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: where it stands, a stable code and a Dutch hint; never the value."""

    veld: str
    code: str
    hint: str


class SluisError(Exception):
    """Root of all errors; ``code`` is stable, ``title`` is Dutch and free of data."""

    code = "fout"
    title = "Er ging iets mis"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        if code is not None:
            self.code = code


class Invalid(SluisError):
    """The request does not fit its contract (RFC 9457 problem with ``errors``)."""

    code = "ongeldig"
    title = "De aanvraag klopt niet"

    def __init__(
        self, detail: str = "", *, fields: Sequence[FieldProblem] = (), code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.fields = tuple(fields)


class ForbiddenColumn(Invalid):
    """A delivery carries a column that no view may show (data minimisation at the door, AVG art. 5(1)(c))."""

    code = "verboden_kolom"
    title = "De levering bevat een kolom die niemand mag zien"


class Unauthenticated(SluisError):
    """No valid token; the same answer for every cause."""

    code = "niet_aangemeld"
    title = "Niet of niet geldig aangemeld"


@dataclass(frozen=True, slots=True)
class Failing:
    """A condition that did not hold: its key, a text for the user and one for the privacy officer."""

    condition: str
    for_user: str
    for_officer: str


class Denied(SluisError):
    """The policy refuses; carries what failed, for the user and for the officer."""

    code = "geen_grondslag"
    title = "Hiervoor is geen grondslag"

    def __init__(self, detail: str = "", *, code: str | None = None, failing: Sequence[Failing] = ()) -> None:
        super().__init__(detail, code=code)
        self.failing = tuple(failing)


class NotFound(SluisError):
    """Not here, or not yours."""

    code = "niet_gevonden"
    title = "Niet gevonden"


class Conflict(SluisError):
    """The state moved on since the caller looked."""

    code = "conflict"
    title = "De toestand is intussen veranderd"


class IdempotencyMismatch(Conflict):
    """An Idempotency-Key was reused with another content."""

    code = "idempotentiesleutel_hergebruikt"
    title = "Deze Idempotency-Key hoort bij een andere inhoud"


class TooLarge(SluisError):
    """Over a limit of the settings."""

    code = "te_groot"
    title = "De aanvraag is te groot"


class WrongMediaType(SluisError):
    """The body is in a format that this resource does not read."""

    code = "verkeerd_formaat"
    title = "Dit formaat wordt hier niet gelezen"


class TooMany(SluisError):
    """A quota is used up; ``retry_after`` is in seconds."""

    code = "te_vaak"
    title = "Te veel aanvragen"

    def __init__(self, detail: str = "", *, retry_after: int = 60, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after


class Unavailable(SluisError):
    """Nothing was disclosed and nothing was stored; the same request may be sent again."""

    code = "tijdelijk_niet_beschikbaar"
    title = "Tijdelijk niet beschikbaar"
    retry_after = 5


class Sealed(Unavailable):
    """The keys are not open yet: an operator has to unseal."""

    code = "verzegeld"
    title = "De sleutels zijn nog niet geopend"


class Broken(SluisError):
    """An invariant does not hold."""

    code = "intern"
    title = "Er ging iets mis bij ons"


class SealBroken(Broken):
    """A sealed value does not open here: it was moved, altered or belongs elsewhere."""

    code = "verzegeling_gebroken"


class KeyDestroyed(Broken):
    """The key was destroyed on purpose; what it sealed is gone for ever."""

    code = "sleutel_vernietigd"


class PermitRefused(Broken):
    """An envelope was asked to open without a permit that names it."""

    code = "geen_vergunning"


class LogBroken(Broken):
    """The log does not verify; the detail names the first wrong index."""

    code = "logboek_gebroken"
