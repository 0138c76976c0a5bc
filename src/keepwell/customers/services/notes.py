"""Notes, files and promises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.contracts import NOTE_FIELDS, NOTE_KINDS, URGENCIES
from keepwell.customers.files import folder, write_sealed
from keepwell.customers.models import Promise
from keepwell.customers.services.checks import require_choice, require_customer, text_of
from keepwell.customers.services.items import save_item
from keepwell.customers.staff import require_active
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.history import services as history

MAX_FILE_BYTES = 20 * 2**20
MAX_NOTE = 20_000
# What may be kept, by the end of its name: nothing that a browser or a desk would run.
FILE_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "heic": "image/heic",
    "txt": "text/plain",
    "csv": "text/csv",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "amr": "audio/amr",
}
# A note of one of these is also a fact: somebody spoke with the customer.
FACT_OF_NOTE = {
    "call": ("call", "phone"),
    "visit": ("meeting", "visit"),
    "chat": ("chat", "chat"),
    "interview": ("meeting", "visit"),
}
# What a colleague learnt of the customer's life; what is to be done about it is a journey's.
LEARNT = ("travel", "difficulty")


def save_note(
    *,
    customer_id: str,
    kind: str,
    text: str = "",
    fields: Mapping[str, str] | None = None,
    is_sensitive: bool = False,
    actor: str,
    source: str = "conversation",
    noted_at: datetime | None = None,
    note_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Write or change a note; `fields` by the names of `contracts.NOTE_FIELDS`; its id.

    A new note of a call, visit, chat or interview is recorded as an interaction too, without its words.
    Raises ValidationError where it says nothing.
    """
    at = at or clock.now()
    require_choice("kind", kind, NOTE_KINDS)
    given = {name: text_of(name, (fields or {}).get(name, "")) for name in NOTE_FIELDS}
    if given["urgency"]:
        require_choice("urgency", given["urgency"], URGENCIES)
    values = {"kind": kind, "text": text_of("text", text, most=MAX_NOTE), "is_sensitive": is_sensitive}
    if not values["text"] and not any(given.values()):
        raise ValidationError({"text": [_("Please write something here.")]})
    if noted_at is not None and noted_at > at + timedelta(minutes=5):
        raise ValidationError({"noted_at": [_("A note is about something that has happened.")]})
    with transaction.atomic():
        if note_id is None or noted_at is not None:
            values["at"] = noted_at or at
        found = save_item(
            kind="note",
            customer_id=customer_id,
            item_id=note_id,
            values={**values, **given},
            actor=actor,
            source=source,
            at=at,
        )
        if note_id is None and (kind in FACT_OF_NOTE or kind in LEARNT):
            kind_of_fact, channel = FACT_OF_NOTE.get(kind, (kind, None))
            fact = {
                "interaction_id": f"note-{found}",
                "customer_id": customer_id,
                "at": noted_at or at,
                "channel": channel,
                "type": kind_of_fact,
            }
            history.record(table="interactions", fact=fact, source="keepwell.notes")
    return found


def attach(
    *,
    customer_id: str,
    name: str,
    content: bytes,
    is_sensitive: bool = False,
    actor: str,
    source: str = "hand",
    at: datetime | None = None,
) -> int:
    """Keep a file of a customer, sealed; its id. Raises ValidationError for its type, size or name."""
    at = at or clock.now()
    name = text_of("file", PurePosixPath(name.replace("\\", "/")).name, required=True, most=200)
    ending = name.rpartition(".")[2].lower()
    if "." not in name or ending not in FILE_TYPES:
        raise ValidationError(
            {"file": [_("This kind of file is not kept. Known are: %(kinds)s.") % {"kinds": _kinds()}]}
        )
    if not content:
        raise ValidationError({"file": [_("The file is empty.")]})
    if len(content) > MAX_FILE_BYTES:
        raise ValidationError(
            {"file": [_("The file is too large; at most %(size)s MB.") % {"size": MAX_FILE_BYTES // 2**20}]}
        )
    require_customer(customer_id)
    stored_name, file_key = write_sealed(content)
    values = {
        "name": name,
        "content_type": FILE_TYPES[ending],
        "size_bytes": len(content),
        "stored_name": stored_name,
        "file_key": file_key,
        "is_sensitive": is_sensitive,
    }
    try:
        return save_item(
            kind="attachment",
            customer_id=customer_id,
            item_id=None,
            values=values,
            actor=actor,
            source=source,
            at=at,
        )
    except BaseException:
        (folder() / stored_name).unlink(missing_ok=True)
        raise


def _kinds() -> str:
    return ", ".join(sorted(FILE_TYPES))


def make_promise(
    *,
    customer_id: str,
    what: str,
    due_at: datetime,
    owner_id: int,
    actor: str,
    source: str = "conversation",
    at: datetime | None = None,
) -> int:
    """Record what was promised to a customer, by when and who sees to it; its id. Raises ValidationError."""
    at = at or clock.now()
    require_active(owner_id, "owner")
    if due_at <= at:
        raise ValidationError({"due_at": [_("A promise is due in the future.")]})
    values = {
        "what": text_of("what", what, required=True, most=1_000),
        "due_at": due_at,
        "owner_id": owner_id,
        "made_at": at,
        "made_by": actor,
    }
    return save_item(
        kind="promise",
        customer_id=customer_id,
        item_id=None,
        values=values,
        actor=actor,
        source=source,
        at=at,
    )


def close_promise(
    *,
    customer_id: str,
    promise_id: int,
    kept: bool,
    reason: str = "",
    remedy: str = "",
    actor: str,
    at: datetime | None = None,
) -> None:
    """Say how a promise ended; a broken one needs the reason and what makes up for it.

    Raises ValidationError where either is missing, or the promise is not there or has ended already.
    """
    at = at or clock.now()
    values = {
        "status": "kept" if kept else "broken",
        "closed_at": at,
        "closed_by": actor,
        "reason": text_of("reason", reason, required=not kept, most=1_000),
        "remedy": text_of("remedy", remedy, required=not kept, most=1_000),
    }
    _set_status(customer_id, promise_id, "open", values, actor, at)


def reopen_promise(*, customer_id: str, promise_id: int, actor: str, at: datetime | None = None) -> None:
    """Take back how a promise ended; raises ValidationError where it is open or not there."""
    at = at or clock.now()
    values = {"status": "open", "closed_at": None, "closed_by": "", "reason": "", "remedy": ""}
    _set_status(customer_id, promise_id, "ended", values, actor, at)


def _set_status(
    customer_id: str, promise_id: int, expected: str, values: Mapping[str, object], actor: str, at: datetime
) -> None:
    with transaction.atomic():
        row = Promise.objects.select_for_update().filter(pk=promise_id, customer_id=customer_id).first()
        if row is None or (row.status == "open") != (expected == "open"):
            raise ValidationError(_("Somebody else has changed this promise. Please look again."))
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at, row.updated_by = at, actor
        row.save()
        audit.log(
            actor=actor,
            action=f"customer.promise_{values['status']}",
            object_type="customer",
            object_id=customer_id,
            details={"item": promise_id},
            at=at,
        )
