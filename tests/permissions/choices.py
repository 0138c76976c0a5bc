"""What single rows of the table choose: the parts of an address, its parameters, and what its form says.

`%(x)s` is the shop's own x, see `things`. A row "address/variant" asks the same address for something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

NOTE = {"kind": "note", "item_id": "%(note_id)s"}
SENSITIVE_NOTE = {"kind": "note", "item_id": "%(sensitive_note_id)s"}
PROMISE = {"item_id": "%(promise_id)s"}
LIST = {"name": "customers"}
MERGE = {"kept": "%(kept)s", "merged": "%(merged)s"}
NOBODYS = {"customer_id": "%(nobodys)s"}
NEW = {"customer_id": "NEW-1"}
PRIVATE = {"segment_id": "%(private_segment_id)s"}
AGENTS = {"task_id": "%(agents_task_id)s"}
SMTP = {"sender": "shop@shop.example", "host": "127.0.0.1", "port": "9", "tls": ""}
MAILING = {
    "name": "Spring",
    "revision": "%(mailing_revision)s",
    "segment_id": "%(mailing_segment)s",
    "template_code": "win_back_email",
    "keep_trying_days": "3",
    "priority": "30",
}
PLAY = {
    "name": "Spring",
    "version": "%(play_version)s",
    "whom": "segment:%(mailing_segment)s",
    "starts_on": "2026-01-01",
    "ends_on": "2026-12-31",
    "outcome_days": "60",
    "control_share": "20",
    "primary": "retention",
    "arm_name": "Call",
    "arm_kind": "task",
    "arm_weight": "1",
    "arm_task_kind": "call",
}
TOUCHPOINT = {"name": "Poster", "stage_id": "%(stage_id)s"}
FRICTION = {
    "name": "Not seen",
    "touchpoint_id": "%(touchpoint_id)s",
    "severity": "1",
    "within_hours": "0",
    "due_hours": "8",
    "again_days": "30",
}
LETTER = {"code": "%(letter_code)s", "text_id": "%(text_id)s"}
ACTIVITY = {"activity_id": "%(care_activity_id)s"}
PACKAGE = {"name": "Corner", "item_name": "Chair", "item_quantity": "1", "item_price": "9", "item_cost": "5"}
APPROVED = {"account_id": "%(approved_account_id)s", "approved_id": "%(approved_id)s"}
ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "add_standard": {"kind": "problem"},
    "care_act": {"act_id": "%(care_act_id)s", "action": "skip"},
    "care_activity": ACTIVITY,
    "care_activity_act": {**ACTIVITY, "action": "check"},
    "care_guest": {"guest_id": "%(care_guest_id)s"},
    "care_guests_export": ACTIVITY,
    "care_package": {"package_id": "%(care_package_id)s"},
    "care_plan_act": {"action": "add"},
    "care_settings_save": {"action": "gift"},
    "calendar_ics": {"secret": "%(feed_secret)s"},
    "certificate": {"request_id": "%(done_request_id)s"},
    "channel_act": {"account_id": "%(account_id)s", "action": "use"},
    "journey_act": {"journey_id": "%(journey_id)s", "action": "approve"},
    "journey_at": {"journey_id": "%(passing_id)s", "step": "pause"},
    "journey_person": {"journey_id": "%(passing_id)s"},
    "journey_map_act": {"kind": "friction", "number": "%(friction_id)s", "action": "off"},
    "strategy": {"stage": "mature"},
    "mailing_act": {"mailing_id": "%(mailing_id)s", "action": "discard"},
    "click": {"token": "%(click_token)s"},
    "channel_template_remove": APPROVED,
    "channel_templates": APPROVED,
    "content_act": {**LETTER, "action": "archive"},
    "content_check": LETTER,
    "content_check/customer": LETTER,
    "content_decide": {**LETTER, "action": "approve"},
    "content_draft": LETTER,
    "content_draft_undo": LETTER,
    "content_heads": LETTER,
    "content_template": LETTER,
    "content_test": LETTER,
    "content_text": LETTER,
    "content_text/customer": LETTER,
    "content_text_add": LETTER,
    "content_text_remove": {"code": "%(letter_code)s", "text_id": "%(second_text_id)s"},
    "content_version": {**LETTER, "number": "1"},
    "culture_entry": {"code": "%(culture_code)s"},
    "culture_reset": {"code": "%(culture_code)s"},
    "customer/nobodys": NOBODYS,
    "customer_attachment": {"item_id": "%(attachment_id)s"},
    "customer_attachment/sensitive": {"item_id": "%(sensitive_attachment_id)s"},
    "customer_field": {"name": "occupation"},
    "customer_item": NOTE,
    "customer_item/sensitive": SENSITIVE_NOTE,
    "customer_item_add": NOTE,
    "customer_item_remove": NOTE,
    "customer_item_remove/sensitive": SENSITIVE_NOTE,
    "customer_item_restore": NOTE,
    "customer_mail": {"item_id": "%(mail_id)s"},
    "customer_mail/sensitive": {"item_id": "%(sensitive_mail_id)s"},
    "customer_promise_break": PROMISE,
    "customer_promise_keep": PROMISE,
    "customer_promise_reopen": {"item_id": "%(kept_promise_id)s"},
    "customer_tag": {"action": "add"},
    "data_missing": {"field": "email"},
    "handover_decide": {"action": "withdraw"},
    "handover_decide/confirm": {"action": "confirm"},
    "import_act": {"action": "check"},
    "import_rejected": {"job_id": "%(done_job_id)s", "name": "%(rejected)s"},
    "lesson_take_back": {"lesson_id": "1"},
    "letter_ship": {"task_id": "%(letter_task_id)s"},
    "list_change": LIST,
    "list_change/owner": LIST,
    "list_change/tasks": LIST,
    "list_columns": LIST,
    "list_view_delete": LIST,
    "list_views": LIST,
    "notice_group": {"group_id": "%(group_id)s"},
    "notice_group_act": {"group_id": "%(group_id)s", "action": "remove"},
    "onsite_act": {"notice_id": "%(site_notice_id)s", "action": "stop"},
    "onsite_add": {"account_id": "%(site_id)s"},
    "onsite_sample": {"account_id": "%(site_id)s"},
    "onsite_sample_notice": {"account_id": "%(site_id)s"},
    "open_picture": {"token": "%(open_token)s"},
    "password_link": {"secret": "%(link_secret)s"},
    "play_act": {"action": "withdraw"},
    "play_decide": {"action": "approve"},
    "preferences": {"token": "%(wishes_token)s"},
    "questions": {"token": "%(questions_token)s"},
    "segment/private": PRIVATE,
    "social_account": {"account_id": "%(social_id)s"},
    "social_keep": {"account_id": "%(social_id)s", "what": "followers"},
    "standards_of": {"kind": "problem"},
    "task/agents": AGENTS,
    "task_act": {"action": "postpone"},
    "task_act/agents": {"action": "postpone", **AGENTS},
    "unsubscribe": {"token": "%(wishes_token)s"},
    "webhook_act": {"action": "ping"},
    "winback_act": {"action": "lose"},
    "api:complete_task/agents": AGENTS,
    "api:get_customer/nobodys": NOBODYS,
    "api:get_segment/private": PRIVATE,
    "api:put_customer/new": NEW,
}
# What stands behind the question mark.
QUERIES: Mapping[str, Mapping[str, str]] = {
    "content_customers": {"who": "Customer"},
    "content_text/customer": {"customer": "%(customer_id)s"},
    "handover_add": {"customer": "%(customer_id)s"},
    "merge": MERGE,
    "segment_why": {"customer": "%(customer_id)s"},
}
HEADS = {"name": "Greeting", "purpose": "service", "content_type": "care"}
CULTURE = {"topic": "taboo", "places": "NO", "text_en": "No jokes."}
DAY = "%(tomorrow)sT09:00"
STANDARD = {"title": "Late parcels", "problem": "they come late"}
# What the form of a page says beside the customer.
FORMS: Mapping[str, Mapping[str, str]] = {
    "add_standard": STANDARD,
    "add_wording": {
        "purpose": "survey",
        **{
            f"{language}.{part}": "x"
            for language in ("en", "zh-hans", "zh-hant")
            for part in ("purpose", "scope", "use")
        },
    },
    "care_act": {"reason": "away"},
    "care_activities": {
        "name": "Evening",
        "kind": "lecture",
        "at": "%(tomorrow)sT19:00",
        "capacity": "9",
        "channel": "email",
    },
    "care_assign": {"segment": "%(segment_id)s", "template": "regular"},
    "care_guest": {"state": "yes"},
    "care_package": PACKAGE,
    "care_package_new": PACKAGE,
    "care_plan_act": {"act": "call", "due_on": "%(tomorrow)s"},
    "care_settings_save": {"name": "Jam", "low": "5", "high": "9"},
    "change_consent": {
        "channel": "email",
        "purpose": "marketing",
        "given": "yes",
        "wording": "marketing/1",
    },
    "change_team": {"name": "South"},
    "close_standard": {"solution": "done"},
    "confidentiality": {"version": "%(confidentiality)s"},
    "channel_account": SMTP,
    "channel_new": SMTP,
    "journey_act": {"revision": "%(journey_revision)s"},
    "journey_draw": {"revision": "%(journey_revision)s", "panel": "start", "do": "look"},
    "journey_dry_run": {"days": "30"},
    "journey_new": {"name": "Drawn"},
    "journey_map_friction": FRICTION,
    "journey_map_friction_new": FRICTION,
    "journey_map_stage": {"name": "Awareness"},
    "journey_map_stage_new": {"name": "Advocacy"},
    "journey_map_touchpoint": TOUCHPOINT,
    "journey_map_touchpoint_new": TOUCHPOINT,
    "reply_times": {"channel": "email", "hours": "4"},
    "strategy": {"most": "2", "days": "30"},
    "mailing": MAILING,
    "mailing_new": MAILING,
    "mailing_confirm": {"revision": "%(mailing_revision)s", "typed": "0"},
    "message_settle": {"went": "yes"},
    "content_brand": {"version": "0", "company_name": "Tea"},
    "content_check": {"customer": ""},
    "content_check/customer": {"customer": "%(customer_id)s"},
    "content_decide": {"revision": "%(draft_revision)s"},
    "content_draft": {"goal": "Say that the shop opens on Sundays", "length": "short", "do": "show"},
    "content_draft_undo": {"revision": "%(text_revision)s"},
    "content_drafting": {
        "base_url": "https://api.openai.com/v1",
        "model": "small",
        "key": "k",
        "timeout_seconds": "30",
    },
    "content_heads": HEADS,
    "content_new": {**HEADS, "code": "greeting", "kind": "sms", "language": "en"},
    "content_test": {"customer": ""},
    "content_text": {"revision": "%(text_revision)s", "body": "Hello", "do": "save", "customer": ""},
    "content_text_add": {"language": "de"},
    "create_team": {"name": "South"},
    "create_token": {"name": "till", "scope": "figures.view"},
    "channel_templates": {
        "text": "letter|fr",
        "category": "notice",
        "provider_code": "SMS_1",
        "state": "approved",
    },
    "create_webhook": {"url": "http://127.0.0.1:9/", "event_types": "order.recorded"},
    "culture_add": CULTURE,
    "culture_entry": CULTURE,
    "customer_field": {"value": "baker", "source": "conversation"},
    "customer_promise_break": {"reason": "forgotten", "remedy": "flowers"},
    "customer_tag": {"name": "regular"},
    "day_done": {"key": "%(day_key)s"},
    "decide_approval": {"decision": "approve", "reason": "fair"},
    "handover_add": {"to_owner": "%(receiver_id)s", "due_on": "%(tomorrow)s", "reason": "leave"},
    "invite_person": {"username": "newcomer", "role": "analyst"},
    "letter_ship": {"state": "packed"},
    "list_change": {"kind": "add_tag", "tag": "regular"},
    "list_change/owner": {"kind": "assign_owner", "owner": "%(receiver_id)s"},
    "list_change/tasks": {"kind": "tasks"},
    "list_views": {"name": "Regulars"},
    "merge": {**MERGE, "reason": "twice"},
    "play_decide": {"reason": "good"},
    "play_edit": PLAY,
    "play_new": PLAY,
    "play_start": {"typed": "1"},
    "notice_group": {"name": "Team", "language": "en", "kind": "cycle_done"},
    "notice_group_new": {
        "name": "Other team",
        "address": "tgram://123456789:abcdefg_hijklmnop/-100123/",
        "language": "en",
        "kind": "cycle_done",
    },
    "onsite_add": {
        "template": "site_banner",
        "starts_on": "%(tomorrow)s",
        "ends_on": "%(tomorrow)s",
        "priority": "30",
    },
    "preferences": {"save": "1"},
    "retention": {"days.exports": "7"},
    "retention/limit": {"unmask_limit": "100"},
    "rights": {"right": "erase", "confirmation": "%(customer_id)s"},
    "questions": {"satisfaction": "3"},
    "save_limit": {"max_cost": "10", "max_value_share": "5"},
    "save_treatment": {"unit_cost": "3"},
    "set_holdout": {"share": "20", "reason": "x"},
    "set_person_roles": {"role": "analyst"},
    "social_account": {"platform": "weibo", "name": "Tea House", "active": "1"},
    "social_keep": {"on_date": "%(tomorrow)s", "followers": "3"},
    "social_new": {"platform": "douyin", "name": "Tea"},
    "social_take": {"lines": "platform,name"},
    "standard": STANDARD,
    "tag_save": {"name": "Regular", "is_active": "on"},
    "tags": {"name": "Rare"},
    "task_act": {"until": DAY},
    "task_act/agents": {"until": DAY},
    "task_add": {"kind": "call", "at": DAY},
    "task_bulk": {"action": "postpone", "task": "%(task_id)s", "until": DAY},
    "task_undo": {"token": "%(undo_token)s"},
    "unsubscribe": {"List-Unsubscribe": "One-Click"},
    "winback_act": {"result": "decided"},
    "winback_rules": {"active.service": "on", "measure.service.1": "fix_problem"},
}


def chosen(table: Mapping[str, Mapping[str, str]], name: str, place: Mapping[str, Any]) -> dict[str, str]:
    """What `table` says of a row, with what `place` names; a variant without a line does as its row."""
    things = defaultdict(lambda: "1", place)
    said = table.get(name) or table.get(name.partition("/")[0], {})
    return {key: value % things for key, value in said.items()}
