"""Whether texts may be drafted by a model, by which, and what it would be told."""

from __future__ import annotations

from keepwell.customers import queries as customers
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content.contracts import Brief, DraftingView, Prompt, TemplateView, TextView
from keepwell.outreach.content.core import prompt
from keepwell.outreach.content.models import DraftingModel
from keepwell.outreach.content.queries import stored

ADVICE_MAX = 12
COUNTRY_OF = {"zh-hans": "CN"}


def drafting() -> DraftingView | None:
    """The endpoint that is set up, switched on or not."""
    row = DraftingModel.objects.filter(pk=1).defer("key").first()  # the secret is opened for a call alone
    if row is None:
        return None
    return DraftingView(
        enabled=row.enabled,
        base_url=row.base_url,
        model=row.model,
        has_key=row.has_key,
        timeout_seconds=row.timeout_seconds,
        json_mode=row.json_mode,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def may_draft() -> bool:
    """Whether a model is set up and switched on."""
    return DraftingModel.objects.filter(pk=1, enabled=True).exists()


def draft_prompt(*, template: TemplateView, text: TextView, brief: Brief) -> Prompt:
    """Exactly what a model would be told; raises ContentError for a brief that cannot be sent."""
    prompt.check_brief(brief)
    facets = text.variant.facets()
    if "persona" in facets:
        # A model is told what the group is called: its number says nothing.
        facets["persona"] = segments.names().get(int(facets["persona"]), "")
    about = prompt.About(
        kind=template.kind,
        purpose=template.purpose,
        content_type=template.content_type,
        language=text.language,
        facets=facets,
        brand=stored.brand().values,
        advice=_advice(text),
    )
    return prompt.build(brief, about)


def _advice(text: TextView) -> tuple[str, ...]:
    """What the culture guide says of the reader's country or culture, else of the language's country."""
    where, region = text.variant.culture, text.language.rpartition("-")[2]
    if not where:
        where = COUNTRY_OF.get(text.language) or (region.upper() if "-" in text.language else "")
    is_country = len(where) == 2 and where.isupper()
    if not where or (not text.variant.culture and not is_country):
        return ()
    found = customers.culture_advice(country=where if is_country else "", culture="" if is_country else where)
    return tuple(" ".join(one.text("en").split()) for one in found[:ADVICE_MAX])
