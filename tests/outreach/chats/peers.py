"""WeCom's groups of customers as its documents describe them: owners confirm, each group has its limit."""

from __future__ import annotations

from tests.outreach.channels.wecom.peers import Wecom


class WecomGroups(Wecom):
    """A corporation with groups: chat_id -> owner, name and members."""

    def __init__(self):
        super().__init__()
        self.groups = {}
        self.dissolved = set()
        self.too_many_owners = False
        self.sent_today = {}

    def group(self, chat_id, owner, people, *, name="Tea lovers", colleagues=1, status=0):
        self.groups[chat_id] = {
            "owner": owner, "name": name, "people": list(people), "colleagues": colleagues, "status": status
        }  # fmt: skip

    def list(self, said):
        if not 1 <= said.get("limit", 0) <= 1000:
            return {"errcode": 40058, "errmsg": "invalid limit"}
        owners = said.get("owner_filter", {}).get("userid_list")
        if self.too_many_owners and not owners:
            return {"errcode": 81017, "errmsg": "over the limit of owners"}
        if owners and len(owners) > 100:
            return {"errcode": 40058, "errmsg": "at most 100"}
        found = [
            {"chat_id": chat_id, "status": one["status"]}
            for chat_id, one in self.groups.items()
            if not owners or one["owner"] in owners
        ]
        return self._paged(found, said, "group_chat_list")

    def get(self, said):
        chat_id = said["chat_id"]
        if chat_id in self.dissolved:
            return {"errcode": 49008, "errmsg": "group chat is dissolved"}
        one = self.groups[chat_id]
        staff = [{"userid": f"staff{n}", "type": 1, "join_time": 1} for n in range(one["colleagues"])]
        people = [{"userid": user, "type": 2, "join_time": 1_790_000_000} for user in one["people"]]
        group = {
            "chat_id": chat_id, "name": one["name"], "owner": one["owner"], "create_time": 1_780_000_000,
            "member_list": staff + people,
        }  # fmt: skip
        return {"errcode": 0, "errmsg": "ok", "group_chat": group}

    def add_msg_template(self, said):
        if said.get("chat_type") != "group":
            return super().add_msg_template(said)
        text, sender, chats = said["text"]["content"], said.get("sender"), said.get("chat_id_list", [])
        if not sender or not text:
            return {"errcode": 40063, "errmsg": "some parameters are empty"}
        if len(text.encode()) > 4000:
            return {"errcode": 45002, "errmsg": "content size out of limit"}
        if len(chats) > 2000:
            return {"errcode": 40058, "errmsg": "at most 2000"}
        mine = [one for one in chats if self.groups.get(one, {}).get("owner") == sender]
        if not mine:
            return {"errcode": 41048, "errmsg": "no customer to send"}
        msgid = f"msg{len(self.tasks) + 1}"
        self.tasks[msgid] = {
            "text": text,
            "dealt": {sender: mine},
            "create_time": self.created_at,
            "group": 1,
        }
        failed = [one for one in chats if one not in mine]
        return {"errcode": 0, "errmsg": "ok", "msgid": msgid, "fail_list": failed}

    def confirm(self, msgid):
        if not self.tasks[msgid].get("group"):
            return super().confirm(msgid)
        for chats in self.tasks[msgid]["dealt"].values():
            for one in chats:
                self.results[msgid, one] = 3 if self.sent_today.get(one) else 1
                self.sent_today[one] = 1
        self.confirmed.add(msgid)
        return None

    def get_groupmsg_send_result(self, said):
        if said["msgid"] in self.dealing_out:
            return {"errcode": 41063, "errmsg": "message is being dispatched"}
        if not self.tasks[said["msgid"]].get("group"):
            return super().get_groupmsg_send_result(said)
        found = [
            {
                "chat_id": one,
                "userid": said["userid"],
                "status": self.results.get((said["msgid"], one), 0),
                **({"send_time": self.created_at + 60} if (said["msgid"], one) in self.results else {}),
            }
            for one in self.tasks[said["msgid"]]["dealt"][said["userid"]]
        ]
        return self._paged(found, said, "send_list")

    def get_groupmsg_list_v2(self, said):
        kind = {"group": 1, "single": None}[said["chat_type"]]
        every, self.tasks = self.tasks, {n: t for n, t in self.tasks.items() if t.get("group") == kind}
        try:
            return super().get_groupmsg_list_v2(said)
        finally:
            self.tasks = every
