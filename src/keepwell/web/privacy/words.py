"""Codes of privacy and identity in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.web import words as page_words

ACTION: Mapping[str, Any] = {
    "given": _("given"),
    "withdrawn": _("withdrawn"),
    "narrowed": _("no longer counts after a merge"),
    "restored": _("restored"),
}
RIGHT: Mapping[str, Any] = {"erase": _("Erase"), "anonymise": _("Anonymise")}
STATUS: Mapping[str, Any] = {
    "waiting": _("waiting"),
    "running": _("running"),
    "done": _("done"),
    "failed": _("failed"),
}
STEP: Mapping[str, Any] = {
    "ledger": _("Fingerprints in the ledger of erasures"),
    "state": _("Records in the database"),
    "history": _("Facts in the lake, in every version"),
    "files": _("Files in the home folder"),
    "audit log": _("Audit log"),
    "free space": _("Free space of the database"),
    "proof": _("Search for what is left"),
    "room: portrait": _("Portrait, notes and attachments"),
    "room: insight": _("Scores"),
    "room: intake": _("Imports"),
    "room: plays": _("Plans"),
    "room: search": _("Search index"),
    "room: lists": _("Saved views and changes of many at once"),
    "room: outreach": _("Tasks, warnings and notifications"),
    "room: policy": _("Contacts that were meant or made"),
    "room: sending": _("Messages, and what was written to us"),
    "room: mailings": _("Mailings"),
    "room: journeys": _("Journeys"),
    "room: controls": _("Control groups of journeys and mailings"),
    "room: coupons": _("Coupons"),
    "room: winback": _("Win-back cases"),
    "room: touchpoints": _("Remedies that began"),
    "room: questions": _("Questions and feedback"),
    "room: moods": _("Feelings in what was written"),
    "room: chats": _("Groups of customers"),
    "room: advertising": _("Lists for advertising"),
    "room: firstreply": _("Enquiries, and what was written in them"),
    "room: pacing": _("Pace of marketing"),
    "room: tailoring": _("Buying stages and choices of text"),
    "room: onsite": _("What the website showed"),
    "room: person": _("Letters and gifts"),
    "room: care": _("Care plans, activities and packages"),
    "room: learning": _("Rows that plays left for models"),
    "room: experiments": _("Plays"),
    "room: api": _("Answers to programs"),
    "room: integrations": _("Refused messages of other systems"),
}
# What a step of an erasure counted.
COUNT: Mapping[str, Any] = {
    "fingerprints": _("fingerprints"),
    "rows": _("rows"),
    "records": _("records"),
    "imports finished": _("imports finished"),
    "records of imports": _("records of imports"),
    "scores": _("scores"),
    "recommendations": _("recommendations"),
    "files of cycles": _("files of cycles"),
    "tasks": _("tasks"),
    "notifications": _("notifications"),
    "alerts": _("warnings"),
    "contacts": _("contacts"),
    "messages": _("messages"),
    "heard": _("messages to us"),
    "windows": _("open windows"),
    "left_out": _("marks of mailings"),
    "journeys": _("journeys"),
    "win-back cases": _("win-back cases"),
    "questions": _("questions"),
    "feelings": _("feelings in what was written"),
    "feedback": _("feedback"),
    "enquiries": _("enquiries"),
    "sightings": _("frictions that were met"),
    "pace": _("paces of marketing"),
    "buying stages": _("buying stages"),
    "choices of text": _("choices of text"),
    "places in groups": _("places in groups"),
    "places on lists": _("places on lists for advertising"),
    "showings": _("showings on the website"),
    "errands": _("letters and gifts"),
    "acts of care": _("acts of care"),
    "care plans": _("care plans"),
    "guests": _("guests of activities"),
    "coupons": _("coupons"),
    "packages": _("packages made to fit"),
    "members of plays": _("members of plays"),
    "lines of plans": _("lines of plans"),
    "entries": _("entries"),
    "answers to requests": _("answers to requests"),
    "refused messages": _("refused messages"),
    "old files removed": _("old files removed"),
    "lines removed": _("lines removed"),
    "rows removed": _("rows removed"),
    "files removed": _("files removed"),
    "database written anew": _("database written anew"),
    "tables written anew": _("tables written anew"),
    "columns searched": _("columns searched"),
    "bytes searched": _("bytes searched"),
}
STILL = "still in "
DUPLICATE: Mapping[str, Any] = {
    "same_email": _("same e-mail address"),
    "same_phone": _("same phone number"),
    "same_name_birthday": _("same name and birthday"),
    "same_name": _("same name"),
    "other_name": _("different names"),
    "other_birthday": _("different birthdays"),
    "other_gender": _("different gender"),
}
PART: Mapping[str, Any] = {"purpose": _("Purpose"), "scope": _("Scope"), "use": _("Use")}


def word(words: Mapping[str, Any], code: str) -> str:
    """The word for `code`, else the code itself."""
    return str(words.get(code, code))


def counted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What a step of an erasure found and did, in words; what it did not find is left out.

    Rows of the database are added up: which model each was in says the certificate.
    """
    told: Counter[str] = Counter()
    for code, count in counts.items():
        if count:
            told[_counted(code)] += count
    return list(told.items())


def _counted(code: str) -> str:
    if code.startswith(STILL):
        return gettext("still in %(place)s") % {"place": code.removeprefix(STILL)}
    folder, _colon, outcome = code.rpartition(": ")
    if folder:
        return gettext("%(what)s in the folder “%(folder)s”") % {
            "what": word(COUNT, outcome),
            "folder": folder,
        }
    if code in page_words.TABLE:
        return str(page_words.TABLE[code])
    return word(COUNT, "rows" if "." in code else code)
