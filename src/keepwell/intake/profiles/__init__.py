"""Exports that are recognised by their columns, one file each."""

from __future__ import annotations

from keepwell.intake.profiles import cdnow, olist, online_retail, shopify, woocommerce
from keepwell.intake.profiles.base import Profile
from keepwell.intake.reading.chunks import Source

PROFILES: tuple[Profile, ...] = (
    shopify.SHOPIFY,
    woocommerce.WOOCOMMERCE,
    online_retail.FULL,
    online_retail.SECOND,
    online_retail.REDUCED,
    olist.ORDERS,
    olist.ITEMS,
    olist.PAYMENTS,
    olist.CUSTOMERS,
    cdnow.SAMPLE,
    cdnow.MASTER,
)


def recognise(source: Source) -> Profile | None:
    """The first profile that knows this table, or None."""
    return next((profile for profile in PROFILES if profile.recognises(source)), None)


__all__ = ["PROFILES", "Profile", "recognise"]
