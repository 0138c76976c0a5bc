"""WeChat as its documents describe it: tokens that workers share, windows that are counted, templates."""

from __future__ import annotations

from tests.outreach.channels.loopback import Loopback

APP, SECRET = "wx5823bf96d3bd56c7", "the-app-secret"


class Wechat(Loopback):
    """An official account; `windows` counts what may still be written to whom."""

    def __init__(self):
        super().__init__()
        self.followers = {"oMei", "oHan"}
        self.windows = {}
        self.closed_full = set()  # whose window is open, but used up
        self.templates = {"T1": {"first", "date"}}
        self.ticked = {}
        self.taken = []
        self.tokens = {}
        self.fetched = 0
        self.seen_names = set()

    @property
    def base_url(self):
        return f"{self.address}/cgi-bin"

    def answer(self, method, path, query, _headers, said):
        name = path.removeprefix("/cgi-bin/")
        if name == "stable_token":
            if method != "POST" or said.get("grant_type") != "client_credential":
                return 200, {"errcode": 40002, "errmsg": "invalid grant_type"}
            if said.get("appid") != APP:
                return 200, {"errcode": 40013, "errmsg": "invalid appid"}
            if said.get("secret") != SECRET:
                return 200, {"errcode": 40125, "errmsg": "invalid appsecret"}
            valid = [token for token, state in self.tokens.items() if state == "valid"]
            if not valid:
                self.fetched += 1
                valid = [f"stable-{self.fetched}"]
                self.tokens[valid[0]] = "valid"
            return 200, {"access_token": valid[0], "expires_in": 7200}
        if self.tokens.get(query.get("access_token")) != "valid":
            return 200, {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid"}
        return 200, getattr(self, name.replace("/", "_"))(said)

    def _who(self, said):
        return (
            None if said.get("touser") in self.followers else {"errcode": 40003, "errmsg": "invalid openid"}
        )

    def message_custom_send(self, said):
        wrong = self._who(said)
        if wrong:
            return wrong
        to = said["touser"]
        if len(said["text"]["content"].encode()) > 2048:
            return {"errcode": 45002, "errmsg": "content size out of limit"}
        if to not in self.windows:
            return {"errcode": 45015, "errmsg": "response out of time limit or subscription is canceled"}
        if self.windows[to] == 0:
            return {"errcode": 45047, "errmsg": "out of response count limit"}
        self.windows[to] -= 1
        self.taken.append(said)
        return {"errcode": 0, "errmsg": "ok"}

    def message_template_send(self, said):
        wrong = self._who(said)
        if wrong:
            return wrong
        wanted = self.templates.get(said.get("template_id"))
        if wanted is None:
            return {"errcode": 40037, "errmsg": "invalid template_id"}
        if set(said["data"]) != wanted:
            return {"errcode": 47003, "errmsg": "argument invalid!"}
        if said["client_msg_id"] not in self.seen_names:
            self.seen_names.add(said["client_msg_id"])
            self.taken.append(said)
        return {"errcode": 0, "errmsg": "ok", "msgid": 200228332}

    def message_subscribe_bizsend(self, said):
        if not self.ticked.get(said["touser"]):
            return {"errcode": 43101, "errmsg": "user refuse to accept the msg"}
        self.ticked[said["touser"]] -= 1
        self.taken.append(said)
        return {"errcode": 0, "errmsg": "ok"}
