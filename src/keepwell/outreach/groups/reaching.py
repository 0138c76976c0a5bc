"""Reach a group: which addresses there may be, and how one is told.

Only services whose hosts are their own are called, and a system of your own where it is on the public
internet: its name is looked up before every call, and no redirect is followed.
"""

from __future__ import annotations

import base64
import hmac
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from keepwell.foundation import addresses, clock
from keepwell.outreach.groups.contracts import SERVICES

TIMEOUT_SECONDS = 10.0
ADDRESS_MAX = 1_000
# Whose host stands in the address: everything else goes where the service's own documents say.
PLUGINS = {
    "dingtalk": ("dingtalk", "NotifyDingTalk"),
    "slack": ("slack", "NotifySlack"),
    "workflows": ("workflows", "NotifyWorkflows"),
    "tgram": ("telegram", "NotifyTelegram"),
    "jsons": ("custom_json", "NotifyJSON"),
}
# Those that can read the address as the service itself shows it.
NATIVE = ("dingtalk", "slack", "workflows")
NAMES_HOST = frozenset({"workflows", "jsons"})
WORKFLOW_HOSTS = (".logic.azure.com", ".powerplatform.com", ".azure-apihub.net")
UNREACHABLE = "unreachable"


def service_of(address: str) -> str:
    """The service of an address; raises ValueError with a code where it may not be called."""
    return _service(_opened(address))


def send(address: str, *, title: str, body: str) -> str:
    """Tell a group; "" or why it was not told: a code of `words.PROBLEM`."""
    try:
        one = _opened(address)
        _service(one, resolved=True)
    except ValueError as error:
        return str(error)
    if isinstance(one, _plugin("dingtalk")):
        return _tell_dingtalk(one, f"{title}\n{body}")
    if isinstance(one, _plugin("jsons")):
        return _tell_own(one, title, body)
    return "" if one.notify(body=body, title=title) else UNREACHABLE


def _tell_own(one: Any, title: str, body: str) -> str:
    """Tell a system of one's own, in apprise's form, at the very address that was looked at.

    Whoever names the host may also answer for its name: looked up a second time it could lead inside.
    """
    import httpx  # half a second that other commands need not pay

    path = one.fullpath if one.fullpath.startswith("/") else f"/{one.fullpath}"
    try:
        found = addresses.target(_url(one, path), allow_private=settings.KEEPWELL_WEBHOOKS_PRIVATE)
        with httpx.Client(
            auth=(one.user, one.password or "") if one.user else None,
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
        ) as client:
            answer = client.post(
                found.url,
                params=one.params or None,
                json={"version": "1.0", "title": title, "message": body, "attachments": [], "type": "info"},
                headers={**one.headers, "Host": found.host_header},
                extensions={"sni_hostname": found.server_name},
            )
    except addresses.AddressError:
        return "not_public"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return UNREACHABLE
    return "" if answer.is_success else UNREACHABLE


def _url(one: Any, path: str = "/") -> str:
    scheme = "https" if one.secure else "http"
    host = f"[{one.host}]" if ":" in one.host else one.host
    return f"{scheme}://{host}{f':{one.port}' if one.port else ''}{path}"


def _tell_dingtalk(one: Any, text: str) -> str:
    """Tell a robot of DingTalk, as its documents say.

    It says no with status 200 and an errcode, which apprise takes for a yes, and apprise quotes the signature
    twice; so only the address is apprise's here. Source: DingTalk, custom robots (errcode, sign).
    """
    params = {}
    if one.secret:
        timestamp = str(round(clock.now().timestamp() * 1000))
        proof = hmac.digest(one.secret.encode(), f"{timestamp}\n{one.secret}".encode(), "sha256")
        params = {"timestamp": timestamp, "sign": base64.b64encode(proof).decode()}
    import httpx  # half a second that other commands need not pay

    try:
        answer = httpx.post(
            one.notify_url.format(token=one.token),
            params={"access_token": one.token, **params},
            json={"msgtype": "text", "text": {"content": text}},
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
        )
        told = answer.json()
    except (httpx.HTTPError, ValueError):
        return UNREACHABLE
    return "" if answer.status_code == 200 and told.get("errcode") == 0 else "refused"


def _opened(address: str) -> Any:
    """Apprise's object of an address; raises ValueError where it is none of the services."""
    import apprise

    if not address or len(address) > ADDRESS_MAX or not address.isprintable() or "://" not in address:
        raise ValueError("not_an_address")
    asset = apprise.AppriseAsset(
        app_id="Keepwell", app_desc="Keepwell", app_url="", async_mode=False, http_redirects=False
    )
    plugin, read = _read(address)
    try:
        one = plugin(**read, asset=asset)
    except (TypeError, ValueError) as error:
        raise ValueError("not_an_address") from error
    one.redirects = False
    one.verify_certificate = True
    one.socket_connect_timeout = one.socket_read_timeout = TIMEOUT_SECONDS
    return one


def _read(address: str) -> tuple[Any, dict[str, Any]]:
    """The plugin of an address and what it reads there; only these few are ever loaded."""
    parts = urlsplit(address)
    if parts.hostname == "oapi.dingtalk.com" and parts.scheme == "https":
        # As DingTalk shows it; apprise does not read it.
        address = f"dingtalk://{parse_qs(parts.query).get('access_token', [''])[0]}/"
    scheme = address.partition("://")[0].lower()
    if scheme in ("https", "http"):
        for name in NATIVE:
            plugin = _plugin(name)
            if read := plugin.parse_native_url(address):
                return plugin, read
        raise ValueError("no_such_service")
    if scheme not in PLUGINS and not (scheme == "json" and settings.KEEPWELL_WEBHOOKS_PRIVATE):
        raise ValueError("no_such_service")
    plugin = _plugin("jsons" if scheme == "json" else scheme)
    read = plugin.parse_url(address)
    if not read:
        raise ValueError("not_an_address")
    return plugin, read


def _plugin(service: str) -> Any:
    module, name = PLUGINS[service]
    return getattr(import_module(f"apprise.plugins.{module}"), name)


def _service(one: Any, *, resolved: bool = False) -> str:
    """Its service; raises ValueError where it leads to where nothing may be called."""
    service = next(name for name in SERVICES if isinstance(one, _plugin(name)))
    private = settings.KEEPWELL_WEBHOOKS_PRIVATE
    if service in NAMES_HOST:
        scheme = "https" if service != "jsons" or one.secure else "http"
        host = f"[{one.host}]" if ":" in one.host else one.host
        url = f"{scheme}://{host}{f':{one.port}' if one.port else ''}/"
        if service == "workflows" and not host.endswith(WORKFLOW_HOSTS):
            raise ValueError("no_such_service")
        try:
            addresses.check_form(url, allow_private=private)
            if resolved:
                addresses.target(url, allow_private=private)
        except addresses.AddressError:
            raise ValueError("not_public") from None
    return service
