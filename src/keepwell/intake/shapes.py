"""What a file can hold: the fact tables, customers, and order lines that become orders and items."""

from __future__ import annotations

from dataclasses import dataclass, replace

from keepwell.history.schemas import FACT_TABLES, Column


@dataclass(frozen=True)
class Shape:
    """The columns that rows of one kind of file are checked against.

    `key` names the columns that identify a row; `generated` those of them that intake makes where the file
    has none; `defaults` are values for required columns that a file may leave out.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str | None = None
    generated: tuple[str, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column:
        """The column called `name`; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def has(self, name: str) -> bool:
        """Whether there is a column called `name`."""
        return any(column.name == name for column in self.columns)


SOURCE = Column("source")


def _fact(table: str, generated: tuple[str, ...] = (), **defaults: str) -> Shape:
    schema = FACT_TABLES[table]
    columns = tuple(
        replace(c, required=c.required and c.name not in generated and c.name != "currency")
        for c in schema.columns
    )
    return Shape(table, (*columns, SOURCE), schema.key, schema.time, generated, tuple(defaults.items()))


CUSTOMERS = Shape(
    "customers",
    (
        Column("customer_id", required=True),
        Column("name"),
        Column("email"),
        Column("phone"),
        Column("gender"),
        Column("birth_on"),
        Column("country"),
        Column("region"),
        Column("city"),
        Column("language"),
        Column("time_zone"),
        Column("occupation"),
        Column("income"),
        Column("company"),
        Column("industry"),
        Column("acquired_at", "timestamp"),
        Column("acquisition_channel"),
        Column("acquisition_cost", "money"),
        Column("tags"),
        Column("wecom"),
        Column("wechat"),
        Column("whatsapp"),
        SOURCE,
    ),
    ("customer_id",),
)

STATUSES = FACT_TABLES["orders"].column("status").choices

ORDER_LINES = Shape(
    "order_lines",
    (
        Column("order_id"),
        Column("line", "int"),
        Column("customer_id", required=True),
        Column("ordered_at", "timestamp", required=True),
        Column("product_id"),
        Column("name"),
        Column("category"),
        Column("quantity", "float", required=True),
        Column("unit_price", "money", required=True),
        Column("discount", "money"),
        Column("amount", "money"),
        Column("order_discount", "money"),
        Column("cost", "money"),
        Column("currency"),
        Column("channel"),
        Column("store"),
        Column("campaign"),
        Column("status", choices=STATUSES),
        Column("refunded", "money"),
        Column("cancelled_at", "timestamp"),
        Column("country"),
        SOURCE,
    ),
    ("order_id", "line"),
    "ordered_at",
    ("order_id", "line"),
)

CARRIED_LINES = replace(
    ORDER_LINES,
    name="carried_order_lines",
    columns=tuple(
        replace(c, required=c.name in ("order_id", "quantity", "unit_price")) for c in ORDER_LINES.columns
    ),
    generated=("line",),
)
"""Order lines of exports that say what holds for the whole order on its first line only."""

OLIST_ORDERS = Shape(
    "olist_orders",
    (
        Column("order_id", required=True),
        Column("customer_id", required=True),
        Column("status", required=True, choices=STATUSES),
        Column("ordered_at", "timestamp", required=True),
        SOURCE,
    ),
    ("order_id",),
    "ordered_at",
)
OLIST_ITEMS = Shape(
    "olist_items",
    (
        Column("order_id", required=True),
        Column("line", "int", required=True),
        Column("product_id", required=True),
        Column("unit_price", "money", required=True),
        Column("freight", "money"),
        SOURCE,
    ),
    ("order_id", "line"),
)
OLIST_PAYMENTS = Shape(
    "olist_payments",
    (
        Column("order_id", required=True),
        Column("line", "int", required=True),
        Column("amount", "money", required=True),
        SOURCE,
    ),
    ("order_id", "line"),
)
OLIST_CUSTOMERS = Shape(
    "olist_customers",
    (
        Column("customer_id", required=True),
        Column("unique_id", required=True),
        Column("city"),
        Column("region"),
        SOURCE,
    ),
    ("customer_id",),
)

SHAPES: dict[str, Shape] = {
    "orders": _fact("orders", ("order_id",), status="paid"),
    "order_items": _fact("order_items", ("line",)),
    "subscriptions": _fact("subscriptions"),
    "interactions": _fact("interactions", ("interaction_id",), type="visit"),
    "contacts": _fact("contacts", ("contact_id",), status="sent"),
    "tickets": _fact("tickets", (), event="opened"),
    "answers": _fact("answers", ("answer_id",), metric="other"),
    "ledger": _fact("ledger", ("entry_id",), account="points"),
    "costs": _fact("costs", ("cost_id",)),
    "products": _fact("products"),
    "customers": CUSTOMERS,
    "order_lines": ORDER_LINES,
}
