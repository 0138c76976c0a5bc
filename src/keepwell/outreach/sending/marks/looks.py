"""How the shop shows itself on its public pages: as in its e-mails."""

from __future__ import annotations

from dataclasses import dataclass

from keepwell.outreach.content import queries as content
from keepwell.outreach.content.core.email import colour, readable_on


@dataclass(frozen=True)
class Look:
    """Colours are `#rrggbb`; the rest is "" where the shop has not said it."""

    company_name: str
    legal_address: str
    phone: str
    email: str
    website: str
    logo_url: str
    logo_alt: str
    accent: str
    on_accent: str


def look() -> Look:
    """The brand as it is now."""
    values = content.brand().values
    accent = colour(values, "accent")
    said = {
        name: values.get(name, "")
        for name in ("company_name", "legal_address", "phone", "email", "website", "logo_url", "logo_alt")
    }
    return Look(**said, accent=accent, on_accent=readable_on(accent))
