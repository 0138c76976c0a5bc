"""Facts: what happened, appended to the tables of the history."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema
from pydantic import AwareDatetime, create_model

from keepwell.accounts.contracts import Permission
from keepwell.api import auth, idempotency
from keepwell.api.app import operation
from keepwell.api.fields import CustomerId, Key, Said2000, Text2000
from keepwell.api.problems import ApiError
from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.history.schemas import FACT_TABLES, Column, FactTable
from keepwell.integrations import services as integrations

TAG = "Facts"
FACTS_MAX = 1000
TYPES: dict[str, Any] = {
    "timestamp": AwareDatetime,
    "money": Annotated[Decimal, Field(max_digits=18, decimal_places=4)],
    "int": Annotated[int, Field(ge=-(2**53), le=2**53)],
    "float": Annotated[float, Field(allow_inf_nan=False)],
    "bool": bool,
    "json": dict[str, Any],
}


class Recorded(Schema):
    """The facts are there for good; one that was known already is not counted again in any report."""

    recorded: int


class TableInfo(Schema):
    """A table of the history."""

    name: str
    key: list[str]
    facts: int = Field(description="How many it holds")


class Tables(Schema):
    """The tables of the history."""

    data: list[TableInfo]


@operation("GET", "/api/v1/facts", permission=Permission.VIEW_DATA, tag=TAG, response=Tables)
def list_fact_tables(request: HttpRequest) -> Tables:
    """List the tables of the history and how much they hold"""
    auth.require(request, Permission.VIEW_DATA)
    counts = history.counts()
    return Tables(
        data=[
            TableInfo(name=table.name, key=list(table.key), facts=counts.get(table.name, 0))
            for table in FACT_TABLES.values()
        ]
    )


def _field(table: FactTable, column: Column) -> tuple[Any, Any]:
    kind: Any
    if column.choices:
        kind = Literal[column.choices]
    elif column.name == "customer_id":
        kind = CustomerId
    elif column.name == "currency":
        kind = Annotated[str, Field(pattern="^[A-Z]{3}$")]
    elif column.name in table.key and column.type == "string":
        kind = Key
    else:
        kind = TYPES.get(column.type) or (Said2000 if column.required else Text2000)
    if column.required or column.name in table.key:
        return kind, ...
    return kind | None, None


def _declare(table: FactTable) -> None:
    title = "".join(part.title() for part in table.name.split("_"))
    fields: dict[str, Any] = {column.name: _field(table, column) for column in table.columns}
    row = create_model(f"{title}Fact", __base__=Schema, __doc__=f"A row of {table.name}.", **fields)
    row.model_config = {**row.model_config, "extra": "forbid"}
    row.model_rebuild(force=True)
    # The row's type is made from the table just before.
    several: Any = Annotated[list[row], Field(min_length=1, max_length=FACTS_MAX)]  # type: ignore[valid-type]
    more: dict[str, Any] = {
        "facts": (several, ...),
        "live": (bool, Field(True, description="False for history: it sets nothing in motion")),
    }
    batch = create_model(f"{title}Facts", __base__=Schema, __doc__=f"Rows of {table.name}.", **more)

    def view(request: HttpRequest, body: Any) -> HttpResponse:
        auth.require(request, Permission.IMPORT_DATA)
        return idempotency.once(request, 200, lambda: _append(request, table.name, body))

    view.__annotations__["body"] = batch
    view.__name__ = f"append_{table.name}"
    view.__doc__ = f"""Append facts to {table.name}

    All or none, for good when this answers. A fact is known by {" and ".join(table.key)}: the same again is
    one fact, another with the same key corrects it.
    """
    operation(
        "POST", f"/api/v1/facts/{table.name}", permission=Permission.IMPORT_DATA, tag=TAG, response=Recorded
    )(view)


def _append(request: HttpRequest, table: str, body: Any) -> dict[str, int]:
    who = auth.caller(request)
    facts = [one.model_dump() for one in body.facts]
    try:
        done = integrations.append(
            table=table, facts=facts, source=who.source, live=body.live, actor=who.name, now=clock.now()
        )
    except ValueError as error:
        raise ApiError(422, str(error), errors=[{"pointer": "/facts", "detail": str(error)}]) from None
    return {"recorded": done}


for _table in FACT_TABLES.values():
    if _table.name != "scores":
        _declare(_table)
