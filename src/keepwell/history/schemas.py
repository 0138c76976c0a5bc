"""The fact tables: the contract of import, API and science.

Times are UTC with microseconds, money is decimal(18,4) with an ISO 4217 currency, ids are strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import pyarrow as pa

ColumnType = Literal["string", "timestamp", "money", "int", "float", "bool", "json"]

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "money": pa.decimal128(18, 4),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "json": pa.string(),
}


@dataclass(frozen=True)
class Column:
    """One column of a fact table; `choices` are the values it may hold, where they are closed.

    `since` names the release that gave the column to a table that was there before: files, staged batches
    and facts in the outbox may lack it, and mean that it is empty.
    """

    name: str
    type: ColumnType = "string"
    required: bool = False
    choices: tuple[str, ...] = ()
    since: str = ""


@dataclass(frozen=True)
class FactTable:
    """One fact table: `key` identifies a fact, `time` says when it happened."""

    name: str
    key: tuple[str, ...]
    time: str | None
    columns: tuple[Column, ...]
    category: str

    def __post_init__(self) -> None:
        """Raise ValueError for a column that a table which is there already cannot be given."""
        for place, column in enumerate(self.columns):
            if column.since and (column.required or column.name in self.key or column.name == self.time):
                raise ValueError(f"{self.name}.{column.name}: a column of a later release is optional")
            if not column.since and any(earlier.since for earlier in self.columns[:place]):
                raise ValueError(f"{self.name}.{column.name}: columns of later releases stand at the end")

    def column(self, name: str) -> Column:
        """The column called `name`; raises KeyError."""
        for column in self.all_columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")

    @cached_property
    def all_columns(self) -> tuple[Column, ...]:
        """The table's own columns, then those that every table has."""
        return self.columns + COMMON

    @cached_property
    def later(self) -> frozenset[str]:
        """The columns that files of earlier releases lack."""
        return frozenset(column.name for column in self.columns if column.since)

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The schema in the lake."""
        return pa.schema(
            [pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in self.all_columns]
        )

    @property
    def has_customer(self) -> bool:
        """Whether its facts belong to a customer."""
        return any(column.name == "customer_id" for column in self.columns)


COMMON = (
    Column("source", required=True),
    Column("recorded_at", "timestamp", required=True),
    Column("live", "bool", required=True),
    Column("revises", "bool", required=True),
)

CUSTOMER = Column("customer_id", required=True)

_TABLES = (
    FactTable(
        "orders",
        ("order_id",),
        "ordered_at",
        (
            Column("order_id", required=True),
            CUSTOMER,
            Column("ordered_at", "timestamp", required=True),
            Column("amount", "money", required=True),
            Column("currency", required=True),
            Column("cost", "money"),
            Column("discount", "money"),
            Column("channel"),
            Column("store"),
            Column("campaign"),
            Column("status", required=True, choices=("placed", "paid", "refunded", "cancelled")),
        ),
        "consumption",
    ),
    FactTable(
        "order_items",
        ("order_id", "line"),
        "ordered_at",
        (
            Column("order_id", required=True),
            Column("line", "int", required=True),
            Column("customer_id"),
            Column("ordered_at", "timestamp"),
            Column("product_id", required=True),
            Column("category"),
            Column("quantity", "float", required=True),
            Column("unit_price", "money", required=True),
            Column("discount", "money"),
        ),
        "consumption",
    ),
    FactTable(
        "subscriptions",
        ("subscription_id", "started_at"),
        "started_at",
        (
            Column("subscription_id", required=True),
            CUSTOMER,
            Column("started_at", "timestamp", required=True),
            Column("plan"),
            Column("amount", "money", required=True),
            Column("currency", required=True),
            Column("period", required=True, choices=("day", "week", "month", "quarter", "year")),
            Column("ended_at", "timestamp"),
            Column("end_reason"),
        ),
        "consumption",
    ),
    FactTable(
        "interactions",
        ("interaction_id",),
        "at",
        (
            Column("interaction_id", required=True),
            CUSTOMER,
            Column("at", "timestamp", required=True),
            Column("channel"),
            Column("type", required=True),
            Column("subject"),
            Column("value", "float"),
            Column("properties", "json"),
        ),
        "interaction",
    ),
    FactTable(
        "contacts",
        ("contact_id",),
        "at",
        (
            Column("contact_id", required=True),
            CUSTOMER,
            Column("at", "timestamp", required=True),
            Column("channel", required=True),
            Column("play"),
            Column("journey"),
            Column("campaign"),
            Column("arm"),
            Column("propensity", "float"),
            Column(
                "status",
                required=True,
                choices=(
                    "queued",
                    "sent",
                    "delivered",
                    "opened",
                    "clicked",
                    "bounced",
                    "complained",
                    "unsubscribed",
                    "answered",
                    "refused",
                    "withheld",
                ),
            ),
            Column("cost", "money"),
            Column("purpose", since="0.2.0"),
            Column("content", since="0.2.0"),
            Column("reason", since="0.2.0"),
        ),
        "interaction",
    ),
    FactTable(
        "tickets",
        ("ticket_id", "at"),
        "at",
        (
            Column("ticket_id", required=True),
            CUSTOMER,
            Column("at", "timestamp", required=True),
            Column(
                "event",
                required=True,
                choices=("opened", "responded", "escalated", "resolved", "reopened", "closed"),
            ),
            Column("category"),
            Column("priority"),
            Column("channel"),
            Column("satisfaction", "float"),
        ),
        "feedback",
    ),
    FactTable(
        "answers",
        ("answer_id",),
        "at",
        (
            Column("answer_id", required=True),
            CUSTOMER,
            Column("at", "timestamp", required=True),
            Column("survey"),
            Column("metric", required=True, choices=("nps", "csat", "ces", "other")),
            Column("score", "float"),
            Column("topic"),
            Column("sentiment", "float"),
        ),
        "feedback",
    ),
    FactTable(
        "ledger",
        ("entry_id",),
        "at",
        (
            Column("entry_id", required=True),
            CUSTOMER,
            Column("at", "timestamp", required=True),
            Column("account", required=True),
            Column("points", "int", required=True),
            Column("reason"),
            Column("expires_at", "timestamp"),
        ),
        "consumption",
    ),
    FactTable(
        "costs",
        ("cost_id",),
        "at",
        (
            Column("cost_id", required=True),
            Column("customer_id"),
            Column("at", "timestamp", required=True),
            Column("kind", required=True, choices=("acquisition", "retention", "service", "reward")),
            Column("amount", "money", required=True),
            Column("currency", required=True),
        ),
        "consumption",
    ),
    FactTable(
        "products",
        ("product_id",),
        None,
        (
            Column("product_id", required=True),
            Column("name"),
            Column("category"),
            Column("price", "money"),
            Column("cost", "money"),
            Column("currency"),
            Column("url", since="0.2.0"),
            Column("image", since="0.2.0"),
            Column("availability", choices=("available", "out_of_stock", "withdrawn"), since="0.2.0"),
        ),
        "profile",
    ),
    FactTable(
        "scores",
        ("cycle_id", "customer_id"),
        "as_of",
        (
            Column("cycle_id", required=True),
            CUSTOMER,
            Column("as_of", "timestamp", required=True),
            Column("status", required=True),
            Column("tier", required=True),
            Column("risk_level", required=True),
            Column("churn_risk", "float", required=True),
            Column("p_alive", "float", required=True),
            Column("expected_purchases", "float", required=True),
            Column("clv", "money", required=True),
            Column("formula_clv", "money"),
            Column("expected_loss", "money", required=True),
            Column("life_stage"),
            Column("communication_group"),
            Column("rfm_segment"),
            Column("currency"),
            Column("reasons", "json"),
            Column("action"),
            Column("model_version", required=True),
        ),
        "profile",
    ),
)

FACT_TABLES: dict[str, FactTable] = {table.name: table for table in _TABLES}
