"""The phrase book: what to say, by situation, type of customer and language."""

from __future__ import annotations

from keepwell.outreach.content.contracts import Kind, Phrase, Reader, Situation, Status
from keepwell.outreach.content.core.choosing import choose
from keepwell.outreach.content.models import TemplateVersion
from keepwell.outreach.content.rows import name_of, text_view

SPOKEN = (Kind.PHRASE, Kind.CALL_SCRIPT)


def phrases(
    *, language: str, situation: str = "", service_type: str = "", search: str = ""
) -> tuple[Phrase, ...]:
    """Published phrases and call scripts, in the language or what comes nearest.

    With a `service_type` those for everybody come too, after its own.
    """
    rows = TemplateVersion.objects.filter(
        status=Status.PUBLISHED, template__kind__in=SPOKEN, template__archived_at=None
    ).select_related("template")
    if situation:
        rows = rows.filter(template__situation=situation)
    if service_type:
        rows = rows.filter(template__service_type__in=(service_type, ""))
    reader = Reader(language=language)
    found = []
    for row in rows.prefetch_related("texts"):
        text = choose([text_view(one) for one in row.texts.all()], reader)
        if text is None:
            continue
        one = row.template
        found.append(
            Phrase(one.code, name_of(one), one.situation, one.service_type, text.language, text.body)
        )
    wanted = search.strip().casefold()
    kept = [one for one in found if wanted in f"{one.name}\n{one.text}".casefold()]
    order = [str(one) for one in Situation]
    return tuple(sorted(kept, key=lambda one: (_place(order, one.situation), not one.service_type, one.name)))


def words_to_say(
    *, language: str, situations: tuple[str, ...], service_type: str = "", each: int = 2
) -> tuple[Phrase, ...]:
    """A few phrases for a conversation: for each situation those for this type of customer first."""
    known = phrases(language=language)
    found: list[Phrase] = []
    for situation in situations:
        fitting = [
            one for one in known if one.situation == situation and one.service_type in (service_type, "")
        ]
        fitting.sort(key=lambda one: one.service_type != service_type)
        found += fitting[:each]
    return tuple(found)


def _place(order: list[str], situation: str) -> int:
    return order.index(situation) if situation in order else len(order)
