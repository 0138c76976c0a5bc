"""A small OpenID Connect provider on loopback: code flow with PKCE, signed id tokens, userinfo."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "keepwell"
CLIENT_SECRET = "a secret of the client"


class Provider:
    """Knows one person, `claims`; a context manager."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {}
        self.refuses = False
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.post(self)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Provider:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        """Discovery, keys, authorization, userinfo."""
        parts = urlsplit(handler.path)
        if parts.path == "/.well-known/openid-configuration":
            _json(handler, self._discovery())
        elif parts.path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            _json(handler, {"keys": [{**public, "kid": "k1", "alg": "RS256", "use": "sig"}]})
        elif parts.path == "/authorize":
            self._authorize(handler, dict(parse_qsl(parts.query)))
        elif parts.path == "/userinfo":
            token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
            _json(
                handler, self.claims if token in self._tokens else {}, 200 if token in self._tokens else 401
            )
        else:
            _json(handler, {}, 404)

    def _discovery(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        names["userinfo_endpoint"] = "userinfo"
        found: dict[str, Any] = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return {
            "issuer": self.issuer,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **found,
        }

    def _authorize(self, handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        answer = {"error": "access_denied"} if self.refuses else {"code": code}
        handler.send_response(302)
        handler.send_header(
            "Location", asked["redirect_uri"] + "?" + urlencode({**answer, "state": asked["state"]})
        )
        handler.end_headers()

    def post(self, handler: BaseHTTPRequestHandler) -> None:
        """The token endpoint: the code once, with the client's secret and the PKCE verifier."""
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self._codes.pop(given.get("code", ""), None)
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET)
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != given.get("redirect_uri")
        ):
            _json(handler, {"error": "invalid_grant"}, 400)
            return
        now, access = int(time.time()), secrets.token_urlsafe(16)
        self._tokens.add(access)
        identity = {**self.claims, "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        signed = jwt.encode(identity, self.key, algorithm="RS256", headers={"kid": "k1"})
        _json(
            handler,
            {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed},
        )


def _json(handler: BaseHTTPRequestHandler, body: dict[str, Any], status: int = 200) -> None:
    data = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)
