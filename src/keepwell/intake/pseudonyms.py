"""Customer numbers that are an e-mail address or phone number, replaced by pseudonyms."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from keepwell.foundation.crypto import pseudonym
from keepwell.intake import contactdata


def kind_of(value: str) -> str | None:
    """`email`, `phone`, or None for a customer number that is neither."""
    if "@" in value:
        return "email"
    if re.fullmatch(
        r"\+[0-9][0-9 ()./-]{6,}|(?:\+?86)?1[3-9][0-9]{9}|\(?[0-9]{2,4}\)?[ .-][0-9]{3,4}[ .-][0-9]{3,4}",
        value,
    ):
        return "phone"
    return None


def stand_in(value: str, *, country: str | None = None) -> tuple[str, str, str]:
    """(pseudonym, kind, normalised contact value) of a customer number that is contact data."""
    kind = kind_of(value)
    if kind == "email":
        normal = value.strip().casefold()
    else:
        kind = "phone"
        normal = contactdata.phone(value, country) or re.sub(r"[^\d+]", "", value)
    return pseudonym(normal), kind, normal


CONTACTS = pa.schema([("customer_id", pa.string()), ("kind", pa.string()), ("value", pa.string())])


def replace_contacts(table: pa.Table, *, country: str | None) -> tuple[pa.Table, pa.Table]:
    """`table` with pseudonyms where customer_id is contact data, and the originals (schema CONTACTS)."""
    encoded = table["customer_id"].combine_chunks().dictionary_encode()
    replaced = encoded.dictionary.to_pylist()
    originals = []
    for n, value in enumerate(replaced):
        if value is not None and kind_of(value):
            number, kind, normal = stand_in(value, country=country)
            replaced[n] = number
            originals.append({"customer_id": number, "kind": kind, "value": normal})
    column = pc.take(pa.array(replaced, pa.string()), encoded.indices)
    position = table.schema.get_field_index("customer_id")
    return table.set_column(position, "customer_id", column), pa.Table.from_pylist(originals, CONTACTS)
