"""Which of several texts a reader gets.

The language goes first: the customer's own, its base, the other Chinese, English, else whatever there is.
Within it a text must not contradict the reader: every facet that it names must be the reader's. Among those
left the one that names more wins, in the order of FACETS: role, persona (a segment that the reader is in),
stage, culture, tone, medium; of two personas that of the older segment. Where every
text of a language is for somebody else, the next language is tried; where all are, there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from keepwell.outreach.content.contracts import FACETS, Choice, Reader, TextView, Variant
from keepwell.outreach.content.core.address import fallbacks

TONE_OF_SERVICE_TYPE = {"rational": "factual", "emotional": "warm", "dominant": "direct"}
TONE_OF_SENSITIVITY = {"data": "detailed", "time": "brief"}
# Who decides reads a paper, who carries it out watches how it is done; everybody else looks at a picture.
MEDIUM_OF_ROLE = {"decision_maker": "white_paper", "execution": "demo_video"}
USUAL_MEDIUM = "infographic"


def tones(service_type: str, sensitivity: str) -> tuple[str, ...]:
    """The tones that suit somebody: what they are sensitive to goes before their type."""
    found = (TONE_OF_SENSITIVITY.get(sensitivity, ""), TONE_OF_SERVICE_TYPE.get(service_type, ""))
    return tuple(one for one in found if one)


def shortened(found: tuple[str, ...], *, is_short: bool) -> tuple[str, ...]:
    """The tones of somebody; for whom a short text is better, the brief one goes first.

    >>> shortened(("warm",), is_short=True)
    ('brief', 'warm')
    """
    brief = TONE_OF_SENSITIVITY["time"]
    return (brief, *(one for one in found if one != brief)) if is_short else found


def led(found: tuple[str, ...], tone: str) -> tuple[str, ...]:
    """The tones of somebody; that of a strategy stands in where none of their own is known.

    >>> led((), "warm"), led(("direct",), "warm")
    (('warm',), ('direct',))
    """
    return found or ((tone,) if tone else ())


def medium(role: str) -> str:
    """The medium for a role."""
    return MEDIUM_OF_ROLE.get(role, USUAL_MEDIUM)


def suits(variant: Variant, reader: Reader) -> bool:
    """Whether a text says nothing that is not the reader's."""
    return all(_has(reader, name, value) for name, value in variant.facets().items())


def choose(texts: Iterable[TextView], reader: Reader) -> TextView | None:
    """The text for a reader, or None where every one is for somebody else."""
    fitting = [one for one in texts if suits(one.variant, reader)]
    if not fitting:
        return None
    order = fallbacks(reader.language)
    return min(
        fitting, key=lambda one: (_place(order, one.language), _weight(one.variant, reader), one.text_id)
    )


def explain(texts: Iterable[TextView], reader: Reader) -> Choice | None:
    """The text for a reader and why none of the others; None where every one is for somebody else."""
    every = list(texts)
    text = choose(every, reader)
    if text is None:
        return None
    others = [one for one in every if one is not text and one.language == text.language]
    wrong = Counter(
        next(name for name, value in one.variant.facets().items() if not _has(reader, name, value))
        for one in others
        if not suits(one.variant, reader)
    )
    return Choice(text, dict(wrong), len(others) - wrong.total())


def _has(reader: Reader, name: str, value: str) -> bool:
    if name == "culture":
        return value in reader.places
    if name == "tone":
        return value in reader.tones
    if name == "persona":
        return value in reader.personas
    return bool(value == getattr(reader, name))


def _place(order: Sequence[str], language: str) -> tuple[int, str]:
    return (order.index(language), "") if language in order else (len(order), language)


def _weight(variant: Variant, reader: Reader) -> tuple[int, ...]:
    """Smaller is better: each facet that is named, in order; of two tones the reader's first."""
    named = tuple(0 if getattr(variant, name) else 1 for name in FACETS)
    tone = reader.tones.index(variant.tone) if variant.tone in reader.tones else 0
    persona = int(variant.persona) if variant.persona.isdecimal() else 0
    return (*named, tone, persona)
