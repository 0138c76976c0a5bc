"""The operations of the Segment HTTP tracking API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema

from keepwell.accounts.contracts import Permission
from keepwell.api.app import operation
from keepwell.api.tracking import take


class Success(Schema):
    """The message is there for good."""

    success: bool


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT = {"type": "string"}
OBJECT = {"type": "object"}
MESSAGE: dict[str, Any] = {
    "messageId": {**TEXT, "description": "Unique: the same message again changes nothing"},
    "userId": {"type": ["string", "integer"], "description": "Your customer number"},
    "anonymousId": {**TEXT, "description": "A visitor who is not known yet"},
    "timestamp": {**TEXT, "format": "date-time"},
    "sentAt": {**TEXT, "format": "date-time", "description": "The sender's clock, to correct timestamps"},
    "context": OBJECT,
    "writeKey": {**TEXT, "description": "The token, where no header can be sent"},
}
TYPES = {
    "identify": {"traits": OBJECT},
    "track": {"event": TEXT, "properties": OBJECT},
    "page": {"name": TEXT, "properties": OBJECT},
    "screen": {"name": TEXT, "properties": OBJECT},
    "group": {"groupId": TEXT, "traits": OBJECT},
    "alias": {"previousId": TEXT},
}
BATCH = _object(
    batch={"type": "array", "items": {"type": "object"}, "maxItems": 2000},
    sentAt=MESSAGE["sentAt"],
    writeKey=MESSAGE["writeKey"],
)
BATCH["required"] = ["batch"]
WRITE_KEY: list[dict[str, list[str]]] = [{"WriteKey": []}, {"BearerToken": []}]


def _declare(name: str, kind: str | None, schema: dict[str, Any], about: str) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return take(request, kind)

    view.__name__, view.__doc__ = f"tracking_{name}", about
    extra = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "security": WRITE_KEY,
    }
    operation(
        "POST",
        f"/v1/{name}",
        permission=Permission.SEND_EVENTS,
        tag="Tracking",
        response=Success,
        errors=(401, 403),
        auth=None,
        extra=extra,
    )(view)


for _kind, _own in TYPES.items():
    _declare(_kind, _kind, _object(**_own, **MESSAGE), f"Take one message: {_kind}")
_declare("batch", None, BATCH, "Take many messages in one durable step")
_declare("import", None, BATCH, "The same as batch, for libraries that import")
