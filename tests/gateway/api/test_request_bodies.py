"""Every request body of the contract: its documented names and nothing else, and days that are written as days."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from gateway.api.resources import Dag, Tijdstip
from gateway.app import routers
from gateway.usecases import use_cases
from tests.support.api import CANARY, ISSUER, Api, problem, wrong
from tests.support.installation import Town

NO_DAY = (20_000, 1.5, "20000", "2026-11-03T00:00:00", "03-11-2026", "2026-13-01", "2026-W45-2", CANARY, True)
NO_INSTANT = (
    1_793_697_300,
    "1793697300",
    "2026-11-03",
    "2026-11-03T10:00:00",
    "2026-11-03 10:00:00Z",
    CANARY,
)


def models(kind: Any) -> Iterator[type[BaseModel]]:
    """Give a model and every model inside it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models(field.annotation)
    for part in get_args(kind):
        yield from models(part)


@pytest.fixture(scope="module")
def bodies(town: Town) -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    made = routers(town.gateway, use_cases(town.gateway, ISSUER))
    for route in (route for one in made for route in one.routes):
        if isinstance(route, APIRoute) and route.body_field is not None:
            for model in models(route.body_field.field_info.annotation):
                found[model.__name__] = model
    return found


def test_there_are_bodies_to_look_at(bodies: Mapping[str, type[BaseModel]]) -> None:
    assert {
        "Belresultaat",
        "Uitkomst",
        "Verificatie",
        "Afwezigheid",
        "Verzending",
        "Intrekking",
    } <= bodies.keys()


def test_a_body_is_read_by_the_names_of_the_contract_alone(bodies: Mapping[str, type[BaseModel]]) -> None:
    for name, model in bodies.items():
        for field, info in model.model_fields.items():
            alias = info.alias or field
            if alias != field:
                with pytest.raises(ValidationError) as refused:
                    model.model_validate({field: None})
                kinds = {(error["type"], error["loc"][0]) for error in refused.value.errors()}
                assert ("extra_forbidden", field) in kinds, (name, field)


def test_a_body_takes_no_member_that_it_does_not_know(bodies: Mapping[str, type[BaseModel]]) -> None:
    for name, model in bodies.items():
        assert model.model_config.get("extra") == "forbid", name
        assert model.model_config.get("hide_input_in_errors"), name


def _form(model: type[BaseModel], info: FieldInfo, field: str) -> set[str]:
    member = model.model_json_schema()["properties"][info.alias or field]
    return {part["format"] for part in (member, *member.get("anyOf", ())) if "format" in part}


def test_a_day_or_a_moment_in_a_body_is_never_a_number(bodies: Mapping[str, type[BaseModel]]) -> None:
    dated = 0
    for name, model in bodies.items():
        for field, info in model.model_fields.items():
            if _form(model, info, field) & {"date", "date-time"}:
                dated += 1
                with pytest.raises(ValidationError) as refused:
                    model.model_validate({info.alias or field: 20_000})
                assert (info.alias or field) in {e["loc"][0] for e in refused.value.errors()}, (name, field)
    assert dated >= 7


def _types(member: Mapping[str, Any]) -> set[tuple[str, bool]]:
    """Give every type in a member of a body, and whether it stands in a list."""
    alone = {(part["type"], False) for part in (member, *member.get("anyOf", ())) if "type" in part}
    lists = (part["items"] for part in (member, *member.get("anyOf", ())) if "items" in part)
    return alone | {(part["type"], True) for part in lists if "type" in part}


NOT = {"integer": ("1", "1.0", 1.0, True), "boolean": ("true", "ja", 1, 0.0)}
"""What JSON does not count among whole numbers and truth values."""


def test_a_number_and_a_yes_in_a_body_are_written_as_json_writes_them(
    bodies: Mapping[str, type[BaseModel]],
) -> None:
    looked = 0
    for name, model in bodies.items():
        for field, member in model.model_json_schema(by_alias=True)["properties"].items():
            for kind, listed in _types(member):
                for value in NOT.get(kind, ()):
                    looked += 1
                    with pytest.raises(ValidationError) as refused:
                        model.model_validate({field: [value] if listed else value})
                    assert field in {e["loc"][0] for e in refused.value.errors()}, (name, field, value)
    assert looked >= 4 * 12


@pytest.mark.parametrize("value", NO_DAY, ids=repr)
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Dag).validate_python(value)


def test_a_day_is_a_day() -> None:
    assert TypeAdapter(Dag).validate_python("2026-11-03").isoformat() == "2026-11-03"


@pytest.mark.parametrize("value", NO_INSTANT, ids=repr)
def test_what_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Tijdstip).validate_python(value)


@pytest.mark.parametrize(
    "value", ["2026-11-03T10:00:00Z", "2026-11-03T11:00+01:00", "2026-11-03t10:00:00.000z"]
)
def test_an_instant_has_its_offset(value: str) -> None:
    assert TypeAdapter(Tijdstip).validate_python(value).timestamp() == 1793700000


def test_our_own_names_are_refused_over_the_wire_without_being_said(town: Town, api: Api) -> None:
    body = {"medewerker": "sanne", "vervanger": "tariq", "eerste_dag": CANARY, "laatste_dag": CANARY}
    assert wrong(api.post(town.as_user("ineke"), "/afwezigheden", body)) == {"eersteDag", "laatsteDag", "*"}


def test_a_number_is_no_day_over_the_wire(town: Town, api: Api) -> None:
    body = {"medewerker": "sanne", "vervanger": "tariq", "eersteDag": 20_000, "laatsteDag": "20000"}
    assert wrong(api.post(town.as_user("ineke"), "/afwezigheden", body)) == {"eersteDag", "laatsteDag"}


def test_an_answer_to_a_call_takes_the_documented_names(town: Town, api: Api) -> None:
    asker = town.as_user("farid")
    town.person()
    path = f"/belrecords/{town.lease().ref}/belresultaten"
    body = {"uitkomst": "terugbellen", "terugbellenOp": 1_793_697_300}
    assert wrong(api.post(asker, path, body)) == {"terugbellenOp"}
    assert wrong(api.post(asker, path, {"uitkomst": "voicemail", "tips_gegeven": True})) == {"*"}
    good = {"uitkomst": "terugbellen", "terugbellenOp": "2026-11-05T10:00:00+01:00", "tipsGegeven": True}
    assert api.post(asker, path, good).status_code == 201


def test_the_moment_in_a_query_is_no_number_either(town: Town, api: Api) -> None:
    asker = town.as_user("farid")
    assert wrong(api.get(asker, "/terugroepingen?sinds=1793697300")) == {"sinds"}
    assert api.get(asker, "/terugroepingen?sinds=2026-11-03T10:00:00Z").status_code == 200
    assert problem(api.get(town.as_user("sanne"), "/terugroepingen"))[0] == 403
