"""The Cloud API as its documents describe it: windows, templates and their parameters, codes."""

from __future__ import annotations

import hashlib
import hmac
import json

from tests.outreach.channels.loopback import Loopback

NUMBER, TOKEN, SECRET = "106540352242922", "EAAJB", "It's a Secret to Everybody"


class Whatsapp(Loopback):
    """One business number; `windows` are the people who wrote within 24 hours."""

    def __init__(self):
        super().__init__()
        self.windows = set()
        self.templates = {("spring", "zh_CN"): 2, ("order_sent", "en"): 1}
        self.nobody = set()
        self.taken = []

    @property
    def base_url(self):
        return f"{self.address}/v23.0"

    def answer(self, method, path, _query, headers, said):
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.error(190, "Access token has expired", status=401)
        if (method, path) == ("GET", f"/v23.0/{NUMBER}"):
            return 200, {"id": NUMBER}
        if (method, path) != ("POST", f"/v23.0/{NUMBER}/messages"):
            return self.error(100, "Unsupported post request")
        return self.messages(said)

    def error(self, code, message, status=400, details=""):
        data = {"messaging_product": "whatsapp", "details": details}
        error = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code}
        return status, {"error": {**error, "error_data": data, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam"}}

    def messages(self, said):
        to = said.get("to", "")
        if said.get("messaging_product") != "whatsapp":
            return self.error(100, "The parameter messaging_product is required.")
        if not to.isdecimal() or to in self.nobody:
            return self.error(131026, "Message undeliverable")
        if said["type"] == "text":
            if len(said["text"]["body"]) > 4096:
                return self.error(100, "Invalid parameter")
            if to not in self.windows:
                return self.error(131047, "Re-engagement message")
        else:
            problem = self.template_problem(said["template"])
            if problem:
                return problem
        self.taken.append(said)
        return 200, {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": f"wamid.{len(self.taken)}"}],
        }

    def template_problem(self, template):
        wanted = self.templates.get((template["name"], template["language"]["code"]))
        if wanted is None:
            return self.error(132001, "Template name does not exist in the translation", status=404)
        body = [part for part in template.get("components", ()) if part["type"] == "body"]
        given = len(body[0]["parameters"]) if body else 0
        if given != wanted:
            return self.error(132000, "Number of parameters does not match the expected number of params")
        return None


def signed(value, *, secret=SECRET, field="messages", number=NUMBER):
    """Body and headers of a webhook as Meta makes it: non-ASCII characters escaped, signed byte for byte."""
    about = {"display_phone_number": "15550783881", "phone_number_id": number}
    full = {"messaging_product": "whatsapp", "metadata": about, **value}
    said = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"value": full, "field": field}]}],
    }
    body = json.dumps(said).replace("/", "\\/").encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"x-hub-signature-256": f"sha256={digest}"}
