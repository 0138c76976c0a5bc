"""Ask an endpoint for chat completions, as OpenAI documents them and many others speak them.

The whole call, from connecting to the last byte, takes no longer than it may; the name of the host is looked
up once and must be public, no redirect is followed, and no proxy or key of the environment is used.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from keepwell.foundation import addresses
from keepwell.outreach.content.contracts import ContentError, Prompt

PATH = "/chat/completions"
TIMEOUT_SECONDS_MAX = 60
ANSWER_BYTES_MAX = 1_000_000
STATUS = {401: "model_key", 403: "model_key", 404: "model_not_there", 429: "model_busy"}


@dataclass(frozen=True)
class Endpoint:
    """Where a model is asked, and with what."""

    base_url: str
    model: str
    key: str
    timeout_seconds: int
    json_mode: bool


def complete(endpoint: Endpoint, prompt: Prompt) -> str:
    """The model's words; raises ContentError "model_…" for whatever kept it from answering."""
    import httpx  # half a second that other commands need not pay

    try:
        target = addresses.target(
            endpoint.base_url.rstrip("/") + PATH, allow_private=settings.KEEPWELL_WEBHOOKS_PRIVATE
        )
    except addresses.AddressError:
        raise ContentError("model_address", "base_url") from None
    said: dict[str, Any] = {
        "model": endpoint.model,
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ],
    }
    if endpoint.json_mode:
        said["response_format"] = {"type": "json_object"}
    try:
        status, body = asyncio.run(_post(endpoint, target, orjson.dumps(said)))
    except (TimeoutError, httpx.TimeoutException):
        raise ContentError("model_slow", seconds=endpoint.timeout_seconds) from None
    except httpx.HTTPError as error:
        raise ContentError("model_unreachable", detail=type(error).__name__) from None
    if status != 200:
        raise ContentError(STATUS.get(status, "model_failed"), status=status)
    return _words(body)


async def _post(endpoint: Endpoint, target: addresses.Target, body: bytes) -> tuple[int, bytes]:
    import httpx

    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Host": target.host_header,
        "User-Agent": "Keepwell-Drafting/1",
    }
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    seconds = min(endpoint.timeout_seconds, TIMEOUT_SECONDS_MAX)
    found = bytearray()
    async with asyncio.timeout(seconds):
        async with httpx.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False) as client:
            request = client.build_request(
                "POST",
                target.url,
                content=body,
                headers=headers,
                extensions={"sni_hostname": target.server_name},
            )
            answer = await client.send(request, stream=True)
            try:
                async for part in answer.aiter_bytes():
                    found += part
                    if len(found) > ANSWER_BYTES_MAX:
                        raise ContentError("model_too_long")
            finally:
                await answer.aclose()
            return answer.status_code, bytes(found)


def _words(body: bytes) -> str:
    """What the first choice says; raises ContentError where it says nothing, refuses or was cut off."""
    try:
        (choice, *_others) = orjson.loads(body)["choices"]
        message = choice["message"]
        refused = message.get("refusal") or choice.get("finish_reason") == "content_filter"
        content = message.get("content")
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise ContentError("model_bad_answer") from None
    if refused:
        raise ContentError("model_refused")
    if choice.get("finish_reason") == "length":
        raise ContentError("model_too_long")
    if not isinstance(content, str) or not content.strip():
        raise ContentError("model_bad_answer")
    return content
