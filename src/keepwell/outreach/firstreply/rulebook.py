"""Rules and answers: read from how they are stored, checked before they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from keepwell.outreach.firstreply import texts
from keepwell.outreach.firstreply.contracts import (
    CHANNELS,
    LANGUAGES,
    LINK_MAX,
    MINUTES_MAX,
    TEXT_MAX,
    TITLE_MAX,
    WORD_MAX,
    WORDS_MAX,
    AnswerDraft,
    Rules,
)

SETTLE_HOURS_MAX = 14 * 24


def packed(rules: Rules) -> dict[str, Any]:
    """The rules as they are stored."""
    return asdict(rules)


def opened(values: Mapping[str, Any]) -> Rules:
    """The rules from how they are stored."""
    given = {name: value for name, value in values.items() if name in Rules.__dataclass_fields__}
    for name in ("channels", "person_words"):
        given[name] = tuple(given.get(name, ()))
    return Rules(**given)


def usual() -> Rules:
    """The rules that Keepwell comes with: no channel."""
    return Rules(person_words=texts.PERSON_WORDS, texts=texts.TEXTS)


def check(rules: Rules, *, teams: Mapping[int, str], workers: Mapping[int, Any]) -> dict[str, str]:
    """What is wrong with the rules, by field; nothing where they can be."""
    problems: dict[str, str] = {}
    if not set(rules.channels) <= set(CHANNELS):
        problems["channels"] = _("Please choose one of the list.")
    if not 0.2 <= rules.threshold <= 1:
        problems["threshold"] = _("Please type a share from 20 to 100 percent.")
    if not 0 < rules.target <= 1:
        problems["target"] = _("Please type a share from 1 to 100 percent.")
    for name, most in (("apart_minutes", MINUTES_MAX), ("due_minutes", MINUTES_MAX)):
        if not 1 <= getattr(rules, name) <= most:
            problems[name] = _("Please type minutes from 1 to %(most)s.") % {"most": most}
    if not 1 <= rules.settle_hours <= SETTLE_HOURS_MAX:
        problems["settle_hours"] = _("Please type hours from 1 to %(most)s.") % {"most": SETTLE_HOURS_MAX}
    if rules.team_id is not None and rules.team_id not in teams:
        problems["team"] = _("There is no such department.")
    if rules.owner_id is not None and rules.owner_id not in workers:
        problems["owner"] = _("This colleague cannot do tasks.")
    if not rules.person_words:
        problems["person_words"] = _("Customers need a word by which they reach a person.")
    elif len(rules.person_words) > WORDS_MAX or any(len(one) > WORD_MAX for one in rules.person_words):
        problems["person_words"] = _("At most %(most)s words, each of at most 80 characters.") % {
            "most": WORDS_MAX
        }
    for name in ("received", "answered", "person", "progress"):
        said = rules.texts.get(name, {})
        if any(not said.get(language, "").strip() for language in LANGUAGES):
            problems[f"texts.{name}"] = _("Please write it in every language.")
        elif any(len(one) > TEXT_MAX for one in said.values()):
            problems[f"texts.{name}"] = _("Please say it in %(most)s characters.") % {"most": TEXT_MAX}
    answered = rules.texts.get("answered", {})
    if any("{person}" not in answered.get(language, "") for language in LANGUAGES):
        problems.setdefault("texts.answered", _("It must say {person}: the word that brings a person."))
    return problems


def check_answer(draft: AnswerDraft, *, owners: Mapping[int, Any]) -> dict[str, str]:
    """What is wrong with an answer, by field; nothing where it can be kept."""
    problems: dict[str, str] = {}
    if not draft.title or len(draft.title) > TITLE_MAX:
        problems["title"] = _("Give it a name of at most 80 characters.")
    if not any(draft.words.values()):
        problems["words"] = _("Say at least one thing that customers write.")
    if not any(draft.texts.values()):
        problems["texts"] = _("Say what customers read.")
    for language in LANGUAGES:
        words = draft.words.get(language, ())
        if len(words) > WORDS_MAX or any(len(one) > WORD_MAX for one in words):
            problems[f"words.{language}"] = _("At most %(most)s words, each of at most 80 characters.") % {
                "most": WORDS_MAX
            }
        if len(draft.texts.get(language, "")) > TEXT_MAX:
            problems[f"texts.{language}"] = _("Please say it in %(most)s characters.") % {"most": TEXT_MAX}
    if draft.link and not _is_address(draft.link):
        problems["link"] = _("Please type a whole address that begins with https://.")
    if draft.owner_id is not None and draft.owner_id not in owners:
        problems["owner"] = _("This colleague cannot do tasks.")
    if draft.valid_from and draft.valid_until and draft.valid_until < draft.valid_from:
        problems["valid_until"] = _("It ends before it begins.")
    return problems


def _is_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.netloc) and len(link) <= LINK_MAX and " " not in link
