"""Let a model draft a text: set it up, try it out, ask it, take what it wrote back.

What comes of it is a draft like any other, marked as a model's: a person reads, changes and approves it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from keepwell.foundation import addresses
from keepwell.foundation.audit import services as audit
from keepwell.foundation.limits import Policy, Shared
from keepwell.outreach.content import completions
from keepwell.outreach.content.contracts import Brief, ContentError, Kind, Prompt, TemplateView, TextView
from keepwell.outreach.content.core import prompt as prompts
from keepwell.outreach.content.models import DraftingModel
from keepwell.outreach.content.queries import asking
from keepwell.outreach.content.rows import text_view
from keepwell.outreach.content.services import writing

PER_PERSON = Policy("content-drafting", 20, 3_600)
LIMITS = Shared()
URL_MAX, MODEL_MAX, KEY_MAX = 500, 120, 1_000
TIMEOUT_SECONDS_MIN = 5
TRIAL = Prompt("Answer with one JSON object and nothing else.", 'Say {"body": "ready"}.', "")
KEPT = ("subject", "body", "blocks", "drafted_with", "drafted_by")


def set_drafting(
    *,
    enabled: bool,
    base_url: str,
    model: str,
    key: str = "",
    forget_key: bool = False,
    timeout_seconds: int = 30,
    json_mode: bool = True,
    actor: str,
    now: datetime,
) -> None:
    """Set up the endpoint; an empty `key` keeps the stored one.

    Raises ContentError: "model_address", "model_name", "model_seconds", and "type_again" where the address
    changed and the key was not typed again: a stored key never goes to another place.
    """
    url, name, secret = base_url.strip().rstrip("/"), model.strip(), key.strip()
    _check(url, name, secret, timeout_seconds)
    with transaction.atomic():
        row = DraftingModel.objects.select_for_update().filter(pk=1).first()
        had = row.key if row and not forget_key else ""
        if row and had and not secret and row.base_url != url:
            raise ContentError("type_again", "key")
        row = row or DraftingModel(pk=1)
        row.enabled, row.base_url, row.model, row.key = enabled, url, name, secret or had
        row.has_key = bool(row.key)
        row.timeout_seconds, row.json_mode = timeout_seconds, json_mode
        row.updated_at, row.updated_by = now, actor
        row.save()
        details = {"host": addresses.host_of(url), "model": name, "enabled": enabled, "key": bool(row.key)}
        _audit(actor, "content.drafting.set", "drafting_model", "1", now, **details, key_changed=bool(secret))


def _check(url: str, name: str, key: str, seconds: int) -> None:
    try:
        addresses.check_form(url, allow_private=settings.KEEPWELL_WEBHOOKS_PRIVATE)
    except addresses.AddressError:
        raise ContentError("model_address", "base_url") from None
    if len(url) > URL_MAX or "?" in url or "#" in url:
        raise ContentError("model_address", "base_url")
    if not name or len(name) > MODEL_MAX or not name.isprintable():
        raise ContentError("model_name", "model", limit=MODEL_MAX)
    if len(key) > KEY_MAX or not key.isascii() or not key.isprintable():
        raise ContentError("model_key_form", "key")
    if not TIMEOUT_SECONDS_MIN <= seconds <= completions.TIMEOUT_SECONDS_MAX:
        limits = {"least": TIMEOUT_SECONDS_MIN, "most": completions.TIMEOUT_SECONDS_MAX}
        raise ContentError("model_seconds", "timeout_seconds", **limits)


def try_drafting(*, actor: str, now: datetime) -> None:
    """Ask the model for one word, also while it is switched off; raises ContentError."""
    row = DraftingModel.objects.filter(pk=1).first()
    if row is None:
        raise ContentError("model_missing")
    _take(actor)
    outcome = "done"
    try:
        prompts.read(completions.complete(_endpoint(row), TRIAL), Kind.CHAT)
    except ContentError as error:
        outcome = error.code
        raise
    finally:
        _audit(actor, "content.drafting.try", "drafting_model", "1", now, model=row.model, outcome=outcome)


def draft_text(
    *,
    template: TemplateView,
    text: TextView,
    brief: Brief,
    digest: str,
    actor: str,
    now: datetime,
) -> TextView:
    """Ask the model and put its words in place of the text of the draft; the text before is kept.

    `digest` is that of the prompt as it was shown. No transaction is open while the model is asked.
    Raises ContentError: "model_missing", "prompt_changed", "model_often", "model_…" for what the model did
    not do, "edited_meanwhile" where somebody saved the text while it was asked.
    """
    row = DraftingModel.objects.filter(pk=1, enabled=True).first()
    if row is None:
        raise ContentError("model_missing")
    if not template.draft:
        raise ContentError("no_draft")
    asked = asking.draft_prompt(template=template, text=text, brief=brief)
    if asked.digest != digest:
        raise ContentError("prompt_changed")
    _take(actor)
    told: dict[str, Any] = {
        "model": row.model,
        "language": text.language,
        "asked": len(asked.system + asked.user),
    }
    try:
        answer = completions.complete(_endpoint(row), asked)
        given = prompts.read(answer, template.kind)
        made = _land(template.code, text, given, row.model, actor, now, {**told, "answered": len(answer)})
    except ContentError as error:
        _audit(actor, "content.text.draft", "template", template.code, now, **told, outcome=error.code)
        raise
    return made


def _land(
    code: str,
    seen: TextView,
    given: dict[str, Any],
    model: str,
    actor: str,
    now: datetime,
    told: dict[str, Any],
) -> TextView:
    fields = dict(given)
    if "subject" in fields:
        fields["subject"] = writing.one_line(fields["subject"])
    if "body" in fields:
        fields["body"] = writing.clean_body(fields["body"])
    with transaction.atomic():
        version = writing.locked_draft(writing.locked_template(code))
        text = writing.locked_text(version, seen.text_id, seen.revision)
        text.before = {name: getattr(text, name) for name in KEPT} | {
            "drafted_at": text.drafted_at.isoformat() if text.drafted_at else None
        }
        for name, value in fields.items():
            setattr(text, name, value)
        text.drafted_with, text.drafted_by, text.drafted_at = model, actor, now
        text.revision += 1
        text.save()
        writing.touch(version, actor, now)
        _audit(
            actor, "content.text.draft", "template", code, now, **told, outcome="done", version=version.number
        )
        return text_view(text)


def undo_draft(*, code: str, text_id: int, revision: int, actor: str, now: datetime) -> TextView:
    """Put the text back that stood there before the model's; raises ContentError "nothing_to_undo"."""
    with transaction.atomic():
        version = writing.locked_draft(writing.locked_template(code))
        text = writing.locked_text(version, text_id, revision)
        if text.before is None:
            raise ContentError("nothing_to_undo")
        kept = dict(text.before)
        at = kept.pop("drafted_at")
        for name in KEPT:
            setattr(text, name, kept[name])
        text.drafted_at = datetime.fromisoformat(at) if at else None
        text.before = None
        text.revision += 1
        text.save()
        writing.touch(version, actor, now)
        _audit(actor, "content.text.undraft", "template", code, now, version=version.number)
        return text_view(text)


def _take(actor: str) -> None:
    verdict = LIMITS.take(actor, PER_PERSON)
    if not verdict.allowed:
        raise ContentError("model_often", limit=PER_PERSON.quota, minutes=max(1, verdict.reset_seconds // 60))


def _endpoint(row: DraftingModel) -> completions.Endpoint:
    return completions.Endpoint(row.base_url, row.model, row.key, row.timeout_seconds, row.json_mode)


def _audit(actor: str, action: str, kind: str, number: str, now: datetime, **details: Any) -> None:
    audit.log(actor=actor, action=action, object_type=kind, object_id=number, details=details, at=now)
