"""What the brand setting holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BrandField:
    """A value of the brand: line, text, colour, or url."""

    name: str
    form: str
    length_max: int = 200


FIELDS: dict[str, BrandField] = {
    one.name: one
    for one in (
        BrandField("company_name", "line", 120),
        BrandField("legal_address", "line", 300),
        BrandField("phone", "line", 40),
        BrandField("email", "line", 120),
        BrandField("website", "url", 300),
        BrandField("logo_url", "url", 500),
        BrandField("logo_alt", "line", 120),
        BrandField("accent", "colour", 7),
        BrandField("ink", "colour", 7),
        BrandField("background", "colour", 7),
        BrandField("footer_note", "line", 300),
    )
}
