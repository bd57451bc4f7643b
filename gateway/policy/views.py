"""Views: an open record made to fit a decision, and the type that refuses anything finer.

One response model per party and purpose, generated from the grants: a field no grant names, or a value that was
not coarsened, is a type error. A record is flat, but for ``signalen``: a sequence with one mapping per signal.
JSON in camelCase; a value that is not there is left out. Source: AVG art. 5(1)(c) and 25.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import GenericAlias
from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, create_model
from pydantic.alias_generators import to_camel

from gateway.policy.register import Decision, Register, Step
from schemas.errors import Broken
from schemas.parties import PartyKind
from schemas.purposes import FieldSpec, Shape
from schemas.transforms import (
    AGE_BANDS,
    AMOUNT_BANDS,
    AS_IS,
    COUNT_BANDS,
    EFFECTS,
    FEEDBACK_CODES,
    UNSEEN,
    Transform,
    apply,
    output_name,
)

SIGNALS: Final = "signalen"
"""The one nested part of a record and a view: what belongs to each signal, in the order they came in."""


def _without_defaults(schema: dict[str, Any]) -> None:
    """A value that is not there is left out, so the schema promises no null."""
    for member in schema.get("properties", {}).values():
        member.pop("default", None)


class View(BaseModel):
    """Ground of every generated view: strict, closed, silent about its content."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
        json_schema_extra=_without_defaults,
    )


def _described(kind: Any, **rules: Any) -> Any:
    return Annotated[kind, Field(**rules)]


def _one_of(words: Sequence[str]) -> Any:
    return Literal[tuple(words)]


def _many(kind: Any) -> Any:
    """A list or tuple of ``kind``: strict about what is in it, not about which of the two it is."""
    return Annotated[GenericAlias(tuple, (kind, ...)), Field(strict=False)]


def _counts(kind: Any) -> Any:
    return GenericAlias(dict, (str, kind))


_TEXT = _described(str, min_length=1, max_length=500)
_CODE = _described(str, min_length=1, max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9_@./-]*$")
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_DATE = Annotated[
    str, Field(pattern=_DAY), WithJsonSchema({"type": "string", "format": "date", "pattern": _DAY})
]
_PHONE = _described(str, pattern=r"^\+[1-9]\d{6,14}$")
_COUNT = _described(int, ge=0)

_PLAIN: Mapping[Shape, Any] = {
    Shape.TEKST: _TEXT,
    Shape.CODE: _CODE,
    Shape.DATUM: _DATE,
    Shape.GETAL: _described(int, ge=0),
    Shape.CENTEN: _described(int, ge=0, description="Bedrag in centen"),
    Shape.JANEE: bool,
    Shape.POSTCODE: _described(str, pattern=r"^[1-9]\d{3}[A-Z]{2}$"),
    Shape.TELEFOONS: _many(_PHONE),
    Shape.PSEUDONIEM: _described(str, pattern=r"^[0-9A-Z]{2,8}(-[0-9A-Z]{1,8}){1,4}$"),
    Shape.TERUGKOPPELCODE: _one_of(FEEDBACK_CODES),
    Shape.TELLING: _counts(_COUNT),
}
_COARSE: Mapping[Transform, Any] = {
    Transform.INITIALEN: _described(str, pattern=r"^([^\W\d_]\.)+$"),
    Transform.MAAND: _described(str, pattern=r"^\d{4}-\d{2}$"),
    Transform.GEBOORTEJAAR: _described(str, pattern=r"^\d{4}$"),
    Transform.LEEFTIJDSKLASSE: _one_of(AGE_BANDS.names),
    Transform.POSTCODE4: _described(str, pattern=r"^[1-9]\d{3}$"),
    Transform.BEDRAGKLASSE: _one_of(AMOUNT_BANDS.names),
    Transform.TELEFOON_GEMASKEERD: _many(_described(str, pattern=r"^\*{8}\d{2}$")),
    Transform.TERUGKOPPELCODE: _one_of(FEEDBACK_CODES),
    Transform.AANTALKLASSE: _one_of(COUNT_BANDS.names),
    Transform.EFFECT: _one_of(EFFECTS),
    Transform.AANWEZIG: bool,
}


def value_type(name: str, field: FieldSpec, transform: Transform) -> Any:
    """Give the type of a field's value in a view: only what the transform can produce fits."""
    if transform is Transform.AANTALKLASSE and field.soort is Shape.TELLING:
        return _counts(_COARSE[transform])
    if transform in _COARSE:
        return _COARSE[transform]
    if field.soort is Shape.LIJST:
        return _many(_item_model(name, field))
    return _PLAIN[field.soort]


def _item_model(name: str, field: FieldSpec) -> type[View]:
    members = {key: _member(_PLAIN[shape], key) for key, shape in field.vorm.items()}
    return _model(f"{_class_name(name)}Regel", members)


def _class_name(*words: str) -> str:
    return "".join(part.capitalize() for word in words for part in word.split("_"))


def _member(kind: Any, title: str) -> tuple[Any, Any]:
    return kind, Field(default=None, title=title)


def _model(name: str, members: Mapping[str, tuple[Any, Any]]) -> type[View]:
    made = create_model(name, __base__=View, **cast("dict[str, Any]", members))
    return cast("type[View]", made)


_Known = tuple[tuple[str, str, str], tuple[tuple[str, Transform], ...]]


class Views:
    """The response models of a register, made when first asked for.

    A decision's own model is narrower than the model of its party and purpose: it knows only what the grants
    that hold now may show.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._models: dict[_Known, type[View]] = {}

    def model(self, party: PartyKind, purpose: str) -> type[View]:
        """Give the response model of a party and purpose: every field any of its grants can ever show."""
        grants = self._register.pair(party, purpose)
        shown = {field: how for grant in grants for field, how in grant.velden.items()}
        return self._model((party, purpose, ""), shown)

    def typed(self, decision: Decision, minimised: Mapping[str, Any]) -> View:
        """Check a minimised record against the model of the decision.

        Raises:
            Broken: a value is finer than the decision allows, or a field is not in it; names fields only.
        """
        model = self._model((decision.party, decision.purpose, decision.grant or "geen"), decision.fields)
        try:
            return model.model_validate(minimised)
        except ValidationError as wrong:
            fields = sorted({str(error["loc"][-1]) for error in wrong.errors(include_input=False)})
            raise Broken(f"De weergave past niet bij het register: {', '.join(fields)}") from None

    def serialise(self, decision: Decision, minimised: Mapping[str, Any]) -> bytes:
        """Check a minimised record and write it as JSON; what is absent is left out.

        Raises:
            Broken: see ``typed``.
        """
        return self.typed(decision, minimised).model_dump_json(by_alias=True, exclude_unset=True).encode()

    def _model(self, key: tuple[str, str, str], shown: Mapping[str, Transform]) -> type[View]:
        """Give the model of these very fields: a decision may have been narrowed to some of its grant's."""
        known = (key, tuple(shown.items()))
        if known not in self._models:
            self._models[known] = self._make(_class_name(*key), shown)
        return self._models[known]

    def _make(self, name: str, shown: Mapping[str, Transform]) -> type[View]:
        top, nested = self._members(shown, "dossier"), self._members(shown, "signaal")
        if nested:
            top[SIGNALS] = _member(_many(_model(f"{name}Signaal", nested)), "Signalen")
        return _model(f"{name}Weergave", top)

    def _members(self, shown: Mapping[str, Transform], per: str) -> dict[str, tuple[Any, Any]]:
        return {
            output_name(name, shown[name]): _member(value_type(name, spec, shown[name]), spec.naam)
            for name, spec in self._register.fields.items()
            if spec.per == per and shown.get(name, Transform.VERBORGEN) not in UNSEEN
        }


def minimise(decision: Decision, record: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Make an open record as coarse as the decision says; only fields the decision shows come out.

    ``record`` holds open values by field name and, under ``signalen``, one mapping per signal; ``on`` is the
    business date. What is absent stays absent. A refusal gives an empty view.
    """
    view = _coarsened(decision.per_case, record, on)
    if decision.per_signal and SIGNALS in record:
        view[SIGNALS] = tuple(_coarsened(decision.per_signal, signal, on) for signal in record[SIGNALS])
    return view


def _coarsened(steps: Sequence[Step], record: Mapping[str, Any], on: date) -> dict[str, Any]:
    view: dict[str, Any] = {}
    for name, output, how in steps:
        if name in record:
            value = record[name] if how in AS_IS else apply(how, record[name], on)
            if value is not None:
                view[output] = _without_blanks(value) if isinstance(value, list | tuple) else value
    return view


def _without_blanks(items: Sequence[Any]) -> Sequence[Any]:
    """Leave out of each object of a list what is not there; plain items stay as they are."""
    return [
        {key: value for key, value in item.items() if value is not None} if isinstance(item, dict) else item
        for item in items
    ]
