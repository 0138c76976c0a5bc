"""What somebody did: track, page and screen as rows of `interactions`."""

from __future__ import annotations

import math
from typing import Any

import orjson

from keepwell.integrations.contracts import MessageError
from keepwell.integrations.tracking import scrub
from keepwell.integrations.tracking.messages import Message

PROPERTIES_BYTES_MAX = 32 * 1024

# Event of the e-commerce specification, or its older name -> interaction type, properties with the subject.
EVENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "products searched": ("search", ("query",)),
    "search performed": ("search", ("query",)),
    "product list viewed": ("view", ("category", "list_id")),
    "product list filtered": ("view", ("category", "list_id")),
    "viewed product category": ("view", ("category",)),
    "promotion viewed": ("view", ("promotion_id", "name")),
    "promotion clicked": ("click", ("promotion_id", "name")),
    "product clicked": ("click", ("product_id", "sku")),
    "product viewed": ("view", ("product_id", "sku", "id")),
    "viewed product": ("view", ("product_id", "sku", "id")),
    "product added": ("cart", ("product_id", "sku", "id")),
    "added product": ("cart", ("product_id", "sku", "id")),
    "product removed": ("cart", ("product_id", "sku", "id")),
    "removed product": ("cart", ("product_id", "sku", "id")),
    "cart viewed": ("cart", ("cart_id",)),
    "cart shared": ("referral", ("cart_id",)),
    "product shared": ("referral", ("product_id", "sku")),
    "checkout started": ("checkout", ("checkout_id", "order_id")),
    "checkout step viewed": ("checkout", ("checkout_id", "step")),
    "checkout step completed": ("checkout", ("checkout_id", "step")),
    "payment info entered": ("checkout", ("checkout_id", "order_id")),
    "product added to wishlist": ("wishlist", ("product_id", "sku")),
    "product removed from wishlist": ("wishlist", ("product_id", "sku")),
    "wishlist product added to cart": ("cart", ("product_id", "sku")),
    "product reviewed": ("review", ("product_id", "sku")),
    "coupon entered": ("coupon", ("coupon_id", "coupon_name")),
    "coupon applied": ("coupon", ("coupon_id", "coupon_name")),
    "coupon denied": ("coupon", ("coupon_id", "coupon_name")),
    "coupon removed": ("coupon", ("coupon_id", "coupon_name")),
    "signed up": ("login", ()),
    "signed in": ("login", ()),
    "signed out": ("logout", ()),
    "application opened": ("visit", ("referring_application",)),
    "application installed": ("visit", ()),
    "page left": ("dwell", ("path",)),
    "element clicked": ("click", ("element", "path")),
    "live chat conversation started": ("chat", ()),
    "email opened": ("event", ("campaign_id",)),
}
VALUES = ("value", "revenue", "total", "price", "seconds", "rating")


def interaction(message: Message, customer_id: str) -> dict[str, Any]:
    """The row of `interactions` for a track, page or screen message. Raises MessageError."""
    said = message.properties
    if message.type == "track":
        kind, subjects = EVENTS.get(message.event.casefold(), ("event", ()))
        subject = next((_plain(said[name]) for name in subjects if said.get(name) not in (None, "")), "")
        about = {"event": scrub.text(message.event)}
    else:
        kind, subject = "visit", _place(message)
        about = {message.type: scrub.text(message.name)} if message.name else {}
    properties = scrub.properties(said, names=kind not in ("login", "event")) if said else {}
    properties.update(about)
    _add_context(message.context, properties)
    if len(orjson.dumps(properties)) > PROPERTIES_BYTES_MAX:
        raise MessageError("too_large", f"properties must have at most {PROPERTIES_BYTES_MAX} bytes")
    return {
        "interaction_id": f"m_{message.digest}",
        "customer_id": customer_id,
        "at": message.at,
        "channel": channel(message),
        "type": kind,
        "subject": scrub.text(subject or about.get("event", ""), phones=kind in ("search", "event"))[:400]
        or None,
        "value": _value(said),
        "properties": properties or None,
    }


def channel(message: Message) -> str:
    """Where it happened: `app` on a phone or tablet, `web` in a browser, else `server`."""
    context = message.context
    if message.type == "screen" or isinstance(context.get("app"), dict):
        return "app"
    if message.type == "page" or isinstance(context.get("page"), dict):
        return "web"
    return "server"


def campaign(message: Message) -> str | None:
    """The marketing campaign that the visit came from."""
    said = message.context.get("campaign")
    name = said.get("name") if isinstance(said, dict) else None
    return scrub.text(name)[:200] if isinstance(name, str) and name else None


def _place(message: Message) -> str:
    said = message.properties
    for name in ("path", "url"):
        if isinstance(said.get(name), str):
            return scrub.address(said[name])
    page = message.context.get("page")
    if isinstance(page, dict) and isinstance(page.get("path"), str):
        return scrub.address(page["path"])
    return scrub.text(message.name)


def _add_context(context: dict[str, Any], properties: dict[str, Any]) -> None:
    """The path and campaign of the visit; what tells one device from another is left out."""
    page = context.get("page")
    if isinstance(page, dict) and isinstance(page.get("path"), str):
        properties.setdefault("path", scrub.address(page["path"]))
    campaign = context.get("campaign")
    if isinstance(campaign, dict):
        properties["campaign"] = scrub.properties(campaign, names=True)


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _value(said: dict[str, Any]) -> float | None:
    """The first amount among the properties; price times quantity where a quantity is given."""
    for name in VALUES:
        value = number(said.get(name))
        if value is not None:
            quantity = number(said.get("quantity")) if name == "price" else None
            return value * quantity if quantity is not None and math.isfinite(value * quantity) else value
    return None


def number(value: Any) -> float | None:
    """A finite number, also one written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
