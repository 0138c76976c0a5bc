"""UCI Online Retail (CSV, Excel or Parquet): one line per item; invoices that begin with C are cancellations.

The reduced file has neither invoice nor stock code: lines of one customer and minute are one order, returned
lines another.
"""

from __future__ import annotations

from keepwell.intake.profiles.base import Profile, has_columns
from keepwell.intake.shapes import ORDER_LINES

_COLUMNS = {
    "customer_id": "CustomerID",
    "ordered_at": "InvoiceDate",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
    "name": "Description",
    "country": "Country",
}

FULL = Profile(
    name="uci-online-retail",
    source="online-retail",
    recognises=has_columns("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"),
    shape=ORDER_LINES,
    columns={**_COLUMNS, "order_id": "InvoiceNo", "product_id": "StockCode"},
    currency="GBP",
    date_order="MDY",
    cancelled_prefix="C",
)

REDUCED = Profile(
    name="uci-online-retail-reduced",
    source="online-retail",
    recognises=has_columns("Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"),
    shape=ORDER_LINES,
    columns=_COLUMNS,
    currency="GBP",
    date_order="MDY",
)

SECOND = Profile(
    name="uci-online-retail-ii",
    source="online-retail",
    recognises=has_columns("Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID"),
    shape=ORDER_LINES,
    columns={
        **_COLUMNS,
        "order_id": "Invoice",
        "product_id": "StockCode",
        "customer_id": "Customer ID",
        "unit_price": "Price",
    },
    currency="GBP",
    date_order="MDY",
    cancelled_prefix="C",
)
