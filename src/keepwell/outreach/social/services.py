"""Keep social accounts, for whom they are, what is planned on them and what came back; all audited."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.social.contracts import (
    PLATFORMS,
    STATES,
    TOPIC_KINDS,
    Imported,
    SocialError,
)
from keepwell.outreach.social.models import Aim, FollowerCount, Post, SocialAccount, Topic

NAME_MAX, LINK_MAX, TITLE_MAX, TEXT_MAX, THEME_MAX, THEMES_MAX = 80, 300, 200, 4_000, 60, 20
FOLLOWERS_MAX = 2_000_000_000
ROWS_MAX = 10_000


def save_account(
    *,
    platform: str,
    name: str,
    link: str,
    owner_id: int | None,
    active: bool,
    actor: str,
    now: datetime,
    account_id: int | None = None,
) -> int:
    """A new account or a changed one; its number. Raises SocialError by field."""
    problems = {}
    if platform not in PLATFORMS:
        problems["platform"] = "no_platform"
    if not name.strip() or len(name.strip()) > NAME_MAX:
        problems["name"] = "no_name"
    if not _is_link(link):
        problems["link"] = "not_a_link"
    if owner_id is not None and not users.active().filter(pk=owner_id).exists():
        problems["owner"] = "no_owner"
    if problems:
        raise SocialError(problems)
    with transaction.atomic():
        row = SocialAccount.objects.select_for_update().filter(pk=account_id or 0).first()
        row = row or SocialAccount(created_at=now)
        action = "change" if row.pk else "add"
        row.platform, row.name, row.link = platform, name.strip(), link.strip()
        row.owner_id, row.active, row.updated_at, row.updated_by = owner_id, active, now, actor
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise SocialError({"name": "name_taken"}) from None
        _log(action, row.pk, {"platform": platform, "active": active}, actor, now)
    return int(row.pk)


def set_aim(
    *,
    account_id: int,
    segment_id: int,
    themes: Sequence[str],
    templates: Sequence[str],
    actor: str,
    now: datetime,
) -> None:
    """Say what an account says to a group of customers; nothing at all takes the cell away."""
    one = segments.segment(segment_id)
    if one is None or one.archived_at is not None:
        raise SocialError({"segment": "no_segment"})
    said = list(dict.fromkeys(word for theme in themes if (word := " ".join(theme.split()))))
    codes = list(dict.fromkeys(templates))
    if len(said) > THEMES_MAX or any(len(word) > THEME_MAX for word in said):
        raise SocialError({"themes": "too_long"})
    if any(content.get(code) is None for code in codes):
        raise SocialError({"templates": "no_template"})
    with transaction.atomic():
        row = SocialAccount.objects.select_for_update().get(pk=account_id)
        if said or codes:
            values = {"themes": said, "templates": codes}
            Aim.objects.update_or_create(account=row, segment_id=segment_id, defaults=values)
        else:
            Aim.objects.filter(account=row, segment_id=segment_id).delete()
        _log("aim", account_id, {"segment": segment_id, "themes": len(said)}, actor, now)


def note_followers(
    *, account_id: int, on_date: date | None, followers: int | None, actor: str, now: datetime
) -> None:
    """Keep how many followed an account on a day; the same day again is put right."""
    problems = {}
    if on_date is None:
        problems["on_date"] = "no_date"
    if followers is None or not 0 <= followers <= FOLLOWERS_MAX:
        problems["followers"] = "not_a_number"
    if on_date is None or followers is None or problems:
        raise SocialError(problems)
    with transaction.atomic():
        FollowerCount.objects.update_or_create(
            account_id=account_id, on_date=on_date, defaults={"followers": followers}
        )
        _log("followers", account_id, {"on": str(on_date)}, actor, now)


def save_post(
    *,
    account_id: int,
    on_date: date | None,
    title: str,
    actor: str,
    now: datetime,
    theme: str = "",
    template_code: str = "",
    state: str = "planned",
    link: str = "",
    post_id: int | None = None,
) -> int:
    """Plan a post, or say what became of it; its number."""
    problems = {}
    if on_date is None:
        problems["on_date"] = "no_date"
    if not title.strip() or len(title.strip()) > TITLE_MAX:
        problems["title"] = "no_title"
    if len(theme) > THEME_MAX:
        problems["theme"] = "too_long"
    if template_code and content.get(template_code) is None:
        problems["template"] = "no_template"
    if state not in STATES:
        problems["state"] = "no_state"
    if not _is_link(link):
        problems["link"] = "not_a_link"
    if problems:
        raise SocialError(problems)
    values = {
        "on_date": on_date,
        "title": title.strip(),
        "theme": theme.strip(),
        "template_code": template_code,
        "state": state,
        "link": link.strip(),
    }
    with transaction.atomic():
        row = Post.objects.select_for_update().filter(pk=post_id or 0, account=account_id).first()
        row = row or Post(account_id=account_id)
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        _log("post", account_id, {"post": row.pk, "state": state}, actor, now)
    return int(row.pk)


def save_topic(
    *,
    account_id: int,
    kind: str,
    title: str,
    opened_on: date | None,
    actor: str,
    now: datetime,
    closed_on: date | None = None,
    participants: int | None = None,
    answers: str = "",
    result: str = "",
    topic_id: int | None = None,
) -> int:
    """Keep a discussion or survey and its results; `answers` is one line for each: words = how many."""
    problems = {}
    counted = _answers(answers)
    if kind not in TOPIC_KINDS:
        problems["kind"] = "no_state"
    if not title.strip() or len(title.strip()) > TITLE_MAX:
        problems["title"] = "no_title"
    if opened_on is None or (closed_on is not None and closed_on < opened_on):
        problems["opened_on"] = "no_date"
    if participants is not None and not 0 <= participants <= FOLLOWERS_MAX:
        problems["participants"] = "not_a_number"
    if counted is None:
        problems["answers"] = "not_answers"
    if len(result) > TEXT_MAX:
        problems["result"] = "too_long"
    if opened_on is None or problems:
        raise SocialError(problems)
    with transaction.atomic():
        row = Topic.objects.select_for_update().filter(pk=topic_id or 0, account=account_id).first()
        row = row or Topic(account_id=account_id)
        row.kind, row.title, row.opened_on, row.closed_on = kind, title.strip(), opened_on, closed_on
        row.participants, row.answers, row.result = participants, counted, result.strip()
        row.save()
        _log("topic", account_id, {"topic": row.pk, "kind": kind}, actor, now)
    return int(row.pk)


def import_csv(*, text: str, actor: str, now: datetime) -> Imported:
    """Accounts and figures of followers from a file: platform, name, link, owner, on_date, followers.

    A line that cannot be read is named and left out; the others are kept. Raises SocialError where the
    columns are not there.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not {"platform", "name"} <= set(reader.fieldnames or ()):
        raise SocialError({"file": "columns"})
    made = figures = 0
    refused: list[tuple[int, str]] = []
    for number, line in enumerate(reader, 2):
        if number > ROWS_MAX + 1:
            refused.append((number, "too_long"))
            break
        try:
            with transaction.atomic():
                new, counted = _line(
                    {key: (value or "").strip() for key, value in line.items() if key}, actor, now
                )
        except SocialError as error:
            refused.append((number, next(iter(error.problems.values()))))
        else:
            made, figures = made + new, figures + counted
    return Imported(made, figures, tuple(refused))


def _line(said: Mapping[str, str], actor: str, now: datetime) -> tuple[int, int]:
    owner = users.by_username(said["owner"]) if said.get("owner") else None
    if said.get("owner") and owner is None:
        raise SocialError({"owner": "no_owner"})
    row = SocialAccount.objects.filter(platform=said["platform"], name=said["name"]).first()
    account_id = save_account(
        platform=said["platform"],
        name=said["name"],
        link=said.get("link", "") or (row.link if row else ""),
        owner_id=owner.pk if owner else (row.owner_id if row else None),
        active=row.active if row else True,
        account_id=row.pk if row else None,
        actor=actor,
        now=now,
    )
    if not said.get("on_date") and not said.get("followers"):
        return int(row is None), 0
    count = said.get("followers", "")
    note_followers(
        account_id=account_id,
        on_date=_date(said.get("on_date", "")),
        followers=int(count) if count.isdecimal() and len(count) < 11 else None,
        actor=actor,
        now=now,
    )
    return int(row is None), 1


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _answers(said: str) -> list[list[Any]] | None:
    """[[option, how many], …]; None where a line cannot be read."""
    found: list[list[Any]] = []
    for line in said.splitlines():
        if not line.strip():
            continue
        option, equals, count = line.rpartition("=")
        number = count.strip()
        if not equals or not option.strip() or not number.isdecimal() or len(number) > 10:
            return None
        found.append([option.strip()[:TITLE_MAX], int(number)])
    return found


def _is_link(link: str) -> bool:
    said = link.strip()
    return not said or (said.startswith("https://") and len(said) <= LINK_MAX and said.isprintable())


def _log(action: str, account_id: int, details: dict[str, Any], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"social.{action}",
        object_type="social_account",
        object_id=str(account_id),
        details=details,
        at=now,
    )
