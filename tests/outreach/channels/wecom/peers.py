"""WeCom as its documents describe it: tokens that end, members who must confirm, limits, pages."""

from __future__ import annotations

from tests.outreach.channels.loopback import Loopback

CORP, SECRET = "wx5823bf96d3bd56c7", "the-secret"


class Wecom(Loopback):
    """A corporation with members, their customers, and tasks."""

    def __init__(self):
        super().__init__()
        self.tokens = {}
        self.fetched = 0
        self.friends = {}  # external_userid -> members, the last in touch first
        self.outside = set()  # members whom the application may not see
        self.tasks = {}
        self.received_today = {}
        self.confirmed = set()
        self.results = {}  # (msgid, external_userid) -> status
        self.page = 2
        self.created_at = 1_795_406_400
        self.dealing_out = set()

    @property
    def base_url(self):
        return f"{self.address}/cgi-bin"

    def answer(self, _method, path, query, _headers, said):
        name = path.removeprefix("/cgi-bin/")
        if name == "gettoken":
            return self._token(query)
        token = query.get("access_token")
        if token not in self.tokens:
            return 200, {"errcode": 40014, "errmsg": "invalid access_token"}
        if self.tokens[token] == "expired":
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}
        return 200, getattr(self, name.rpartition("/")[2])(said)

    def _token(self, query):
        if query.get("corpid") != CORP:
            return 200, {"errcode": 40013, "errmsg": "invalid corpid"}
        if query.get("corpsecret") != SECRET:
            return 200, {"errcode": 40001, "errmsg": "invalid credential"}
        valid = [token for token, state in self.tokens.items() if state == "valid"]
        if not valid:
            self.fetched += 1
            valid = [f"token-{self.fetched}"]
            self.tokens[valid[0]] = "valid"
        return 200, {"errcode": 0, "errmsg": "ok", "access_token": valid[0], "expires_in": 7200}

    def add_msg_template(self, said):
        text = said.get("text", {}).get("content", "")
        if len(text.encode()) > 4000:
            return {"errcode": 45002, "errmsg": "content size out of limit"}
        if not text:
            return {"errcode": 40063, "errmsg": "some parameters are empty"}
        sender = said.get("sender")
        if sender in self.outside:
            return {"errcode": 60011, "errmsg": "no privilege to access/modify contact/party/agent"}
        wanted = said.get("external_userid") or [
            one for one, members in self.friends.items() if sender in members
        ]
        known = [one for one in wanted if one in self.friends]
        if not known:
            return {"errcode": 40096, "errmsg": "invalid external userid"}
        if sender and not any(sender in self.friends[one] for one in known):
            return {"errcode": 84061, "errmsg": "not external contact"}
        free = [one for one in known if not self.received_today.get(one)]
        if not free:
            return {"errcode": 41048, "errmsg": "no customer to send"}
        msgid = f"msg{len(self.tasks) + 1}"
        dealt = {}
        for one in free:
            dealt.setdefault(sender or self.friends[one][0], []).append(one)
        self.tasks[msgid] = {"text": text, "dealt": dealt, "create_time": self.created_at}
        return {
            "errcode": 0,
            "errmsg": "ok",
            "msgid": msgid,
            "fail_list": [one for one in wanted if one not in self.friends],
        }

    def confirm(self, msgid):
        """Every member sends."""
        for members in self.tasks[msgid]["dealt"].values():
            for one in members:
                fate = 1
                if not self.friends.get(one):
                    fate = 2
                elif self.received_today.get(one):
                    fate = 3
                else:
                    self.received_today[one] = 1
                self.results[msgid, one] = fate
        self.confirmed.add(msgid)

    def _paged(self, items, said, field):
        start = int(said.get("cursor") or 0)
        end = start + min(self.page, int(said.get("limit", self.page)))
        return {
            "errcode": 0,
            "errmsg": "ok",
            "next_cursor": str(end) if end < len(items) else "",
            field: items[start:end],
        }

    def get_groupmsg_task(self, said):
        if said["msgid"] not in self.tasks:
            return {"errcode": 41047, "errmsg": "invalid msgid"}
        if said["msgid"] in self.dealing_out:
            return {"errcode": 41063, "errmsg": "message is being dispatched"}
        status = 2 if said["msgid"] in self.confirmed else 0
        members = [{"userid": one, "status": status} for one in self.tasks[said["msgid"]]["dealt"]]
        return self._paged(members, said, "task_list")

    def get_groupmsg_send_result(self, said):
        dealt = self.tasks[said["msgid"]]["dealt"][said["userid"]]
        found = [
            {
                "external_userid": one,
                "userid": said["userid"],
                "status": self.results.get((said["msgid"], one), 0),
                **({"send_time": 1_795_406_460} if (said["msgid"], one) in self.results else {}),
            }
            for one in dealt
        ]
        return self._paged(found, said, "send_list")

    def get_groupmsg_list_v2(self, said):
        if said["end_time"] - said["start_time"] > 31 * 86400:
            return {"errcode": 40058, "errmsg": "invalid time range"}
        found = [
            {"msgid": msgid, "create_time": task["create_time"], "text": {"content": task["text"]}}
            for msgid, task in self.tasks.items()
            if said["start_time"] <= task["create_time"] <= said["end_time"]
        ]
        return self._paged(found, said, "group_msg_list")
