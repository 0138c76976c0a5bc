"""What providers' answers mean for what comes next, and what may be said before one is asked."""

from __future__ import annotations

from dataclasses import dataclass

from keepwell.outreach.channels.contracts import Envelope, Fate, Refusal, Reply
from keepwell.outreach.channels.sms.numbers import Number, NumberError, read
from keepwell.outreach.channels.templated import refused_values

CODE_MAX, DETAIL_MAX = 40, 300
PROMOTION, INTERNATIONAL = "promotion", "international"


@dataclass(frozen=True)
class Outcome:
    """A fate and, for a refusal, what is to be done."""

    fate: Fate
    refusal: Refusal | None = None


FIX = Outcome(Fate.REFUSED, Refusal.FIX)
NEVER_AGAIN = Outcome(Fate.REFUSED, Refusal.NEVER_AGAIN)
SLOW_DOWN = Outcome(Fate.LATER, Refusal.SLOW_DOWN)
# It was not taken, and nothing will be until a person has paid, or mended the credentials.
STOP = Outcome(Fate.LATER, Refusal.STOP)
UNSURE = Outcome(Fate.UNKNOWN)


def table(*groups: tuple[Outcome, str]) -> dict[str, Outcome]:
    """Codes by their outcome; each group names its codes between spaces. Raises ValueError for one in two."""
    found: dict[str, Outcome] = {}
    for outcome, codes in groups:
        for code in codes.split():
            if code in found:
                raise ValueError(f"{code} is named twice")
            found[code] = outcome
    return found


def reply(outcome: Outcome, code: str, detail: str = "") -> Reply:
    """The answer that says so."""
    return Reply(outcome.fate, code[:CODE_MAX], detail[:DETAIL_MAX], outcome.refusal)


def number_of(envelope: Envelope, *, country: str) -> Number | Reply:
    """Where it goes, or why nothing can go there."""
    try:
        return read(envelope.to, country=country)
    except NumberError as error:
        # Without its country a number may be right: the record or the account's setting lacks something.
        return reply(FIX if str(error) == "no_country" else NEVER_AGAIN, str(error))


def refused_template(envelope: Envelope, number: Number, *, variable_max: int, text_max: int) -> Reply | None:
    """What a provider of approved templates would refuse, said before it is asked; None where nothing is.

    Advertising needs a template that was approved for it. Templates for the mainland and for the rest of the
    world are not interchangeable.
    """
    code = ""
    if not envelope.template:
        code = "no_template"
    elif number.is_mainland == (envelope.category == INTERNATIONAL):
        code = "template_not_mainland" if number.is_mainland else "template_not_international"
    elif envelope.purpose == "marketing" and envelope.category not in (PROMOTION, INTERNATIONAL):
        code = "template_not_promotion"
    elif len(envelope.text) > text_max:
        code = "text_too_long"
    else:
        code = refused_values(envelope.values, variable_max=variable_max)
    return reply(FIX, code) if code else None
