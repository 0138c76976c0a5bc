"""Fill a text in: for a customer who gets it, or for somebody who wants to see it first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.cache import cache

from keepwell.accounts.access import Account
from keepwell.foundation.audit import services as audit
from keepwell.foundation.crypto import blind_index
from keepwell.outreach.content import values
from keepwell.outreach.content.access import access_preview
from keepwell.outreach.content.contracts import (
    WITH_BLOCKS,
    ContentError,
    Finding,
    Rendered,
    Severity,
    TemplateView,
    TextView,
)
from keepwell.outreach.content.core import checks, liquid
from keepwell.outreach.content.core.blocks import clean
from keepwell.outreach.content.core.email import Compiled, unmarked
from keepwell.outreach.content.core.variables import VARIABLES, examples, nested
from keepwell.outreach.content.layout import compiled
from keepwell.outreach.content.queries import choosing, stored

SIGHT_SECONDS = 600


def render(
    *,
    template_code: str,
    customer_id: str,
    now: datetime,
    role: str = "",
    medium: str = "",
    extra: Mapping[str, Any] | None = None,
) -> Rendered:
    """The published text of a template for a customer, as it goes out.

    `extra` adds values by dotted name ("message.unsubscribe_url"). Whoever sends records that it was sent; a
    person who wants to see it asks `preview`. Raises ContentError as `queries.choose` does, and
    "missing_value" where a value is not there and no words stand in its place.
    """
    chosen = choosing.choose(template_code, customer_id, role=role, medium=medium)
    one = prepare(text_id=chosen.text_id)
    given = values.of_customer(customer_id, language=one.language, wanted=frozenset(one.variables()), now=now)
    made = one.fill({**given, **dict(extra or {})})
    return replace(made, warnings=_for_reader(made, chosen.asked))


def prepare(*, text_id: int, brand_version: int | None = None) -> Prepared:
    """A text with the brand, as it is now or was in a version, to be filled in with values already read.

    Raises ContentError where there is no such text.
    """
    text = stored.text(text_id)
    if text is None:
        raise ContentError("no_such_text")
    brand = stored.brand(brand_version)
    parts = compiled(text, brand) if text.blocks else Compiled("", unmarked(text.body))
    return Prepared(text.language, text.subject, parts.html, parts.text, brand.version)


def preview(
    *,
    template: TemplateView,
    text: TextView,
    user: Account,
    customer_id: str = "",
    now: datetime,
) -> Rendered:
    """A text as it stands (saved or not) with a customer's values, or with examples without one.

    That somebody saw a customer's values is recorded. Raises PermissionDenied or ContentError.
    """
    access_preview(user, customer_id)
    brand = stored.brand()
    if template.kind in WITH_BLOCKS:
        checked = replace(text, blocks=clean(text.blocks))
        made_of = compiled(checked, brand)
    else:
        made_of = Compiled("", unmarked(text.body))
    one = Prepared(text.language, text.subject, made_of.html, made_of.text, brand.version)
    if not customer_id:
        company = {name: value for name, value in values.of_company().items() if value}
        return one.fill({**examples(complete=True), **company, "today": now.date()})
    given = {
        name: value
        for name, value in values.of_customer(
            customer_id, language=text.language, wanted=frozenset(one.variables()), now=now
        ).items()
        if value not in (None, "")
    }
    _record_sight(user, customer_id, template.code, text.language, now)
    # The address to end it and a coupon are made when it is sent, and the company may not have said its name
    # yet.
    stand_ins = {
        name: one.example
        for name, one in VARIABLES.items()
        if name.startswith(("message.", "company.", "offer.", "coupon."))
    }
    made = one.fill({**stand_ins, **given})
    return replace(made, warnings=_for_reader(made, choosing.reader(customer_id).language))


def _record_sight(user: Account, customer_id: str, code: str, language: str, now: datetime) -> None:
    """Once in ten minutes: a preview follows every few letters that somebody types."""
    mark = blind_index("content.preview", f"{user.pk} {customer_id} {code}")  # the cache names nobody
    if not cache.add(f"content.preview:{mark}", "seen", SIGHT_SECONDS):
        return
    audit.log(
        actor=user.get_username(),
        action="content.preview",
        object_type="customer",
        object_id=customer_id,
        details={"template": code, "language": language},
        at=now,
    )


class Prepared:
    """A text ready to be filled in, for one customer or a million: nothing is read any more."""

    def __init__(self, language: str, subject: str, html: str, text: str, brand_version: int = 0) -> None:
        self.language, self.subject, self.html, self.text = language, subject, html, text
        self.brand_version = brand_version
        self._variables: tuple[str, ...] | None = None

    def variables(self) -> tuple[str, ...]:
        """The variables that any part names."""
        if self._variables is None:
            found = {name for part in (self.subject, self.html, self.text) for name in liquid.used(part)}
            self._variables = tuple(sorted(found))
        return self._variables

    def fill(self, given: Mapping[str, Any]) -> Rendered:
        """Every part with these values, by dotted name; raises ContentError as `render` does."""
        known = liquid.ready(nested(given))
        subject = liquid.render(self.subject, known, language=self.language, where="subject")
        return Rendered(
            language=self.language,
            # A value may have line ends, a mail's header must not.
            subject=" ".join(subject.split()),
            html=liquid.render(self.html, known, language=self.language, html=True, where="body")
            if self.html
            else "",
            text=liquid.render(self.text, known, language=self.language, where="body"),
            variables=self.variables(),
            brand_version=self.brand_version,
        )


def _for_reader(made: Rendered, asked: str) -> tuple[Finding, ...]:
    """What this reader in particular may stumble over: a language not their own, and slang in it."""
    if asked.split("-")[0] == made.language.split("-")[0]:
        return ()
    figures = {"language": made.language, "asked": asked}
    words = checks.check_words(f"{made.subject}\n{made.text}", "body", made.language)
    return (Finding("other_language", Severity.WARNING, "language", figures), *words)
