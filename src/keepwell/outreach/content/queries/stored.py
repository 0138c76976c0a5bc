"""Templates, versions, texts, the brand, and what the checks say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Prefetch, QuerySet

from keepwell.outreach.content.contracts import (
    ON_SITE,
    BrandView,
    ContentError,
    ContentType,
    Finding,
    Kind,
    Severity,
    Status,
    StoredText,
    TemplateView,
    TextView,
    VersionView,
)
from keepwell.outreach.content.core import blocks, checks, liquid
from keepwell.outreach.content.core.address import fallbacks
from keepwell.outreach.content.core.email import Case
from keepwell.outreach.content.core.variables import examples, is_given, nested
from keepwell.outreach.content.models import BrandVersion, Template, TemplateText, TemplateVersion
from keepwell.outreach.content.rows import name_of, template_view, text_view, version_view

COUPON_VALUES = frozenset({"coupon.code", "offer.words", "offer.until", "offer.minimum"})
PRESENT = (Status.DRAFT, Status.APPROVED, Status.PUBLISHED)


def templates(
    *, kind: str = "", language: str = "", status: str = "", search: str = "", archived: bool = False
) -> tuple[TemplateView, ...]:
    """Templates by name. `language` keeps those that have it, with "-" before it those that lack it."""
    found = Template.objects.filter(archived_at__isnull=not archived)
    if kind:
        found = found.filter(kind=kind)
    wanted = search.strip().casefold()
    views = [template_view(row, list(row.versions.all())) for row in _with_present(found)]
    kept = [
        one
        for one in views
        if wanted in f"{one.name} {one.code}".casefold()
        and _has_status(one, status)
        and _has_language(one, language)
    ]
    return tuple(sorted(kept, key=lambda one: one.name.casefold()))


def get(code: str) -> TemplateView | None:
    """One template, archived or not."""
    row = _with_present(Template.objects.filter(code=code)).first()
    return template_view(row, list(row.versions.all())) if row else None


def caring(codes: Collection[str]) -> set[str]:
    """Those of these templates that speak of care alone: no offer, no product, no news."""
    found = Template.objects.filter(code__in=set(codes), content_type=ContentType.CARE)
    return set(found.values_list("code", flat=True))


def naming(variable: str) -> tuple[TemplateView, ...]:
    """Templates in use of which a text names a value, by name; the block “Coupon” names what it tells."""
    said: dict[str, bool] = {}
    rows = TemplateText.objects.filter(version__status=Status.PUBLISHED, version__template__archived_at=None)
    for code, subject, body, document in rows.values_list(
        "version__template__code", "subject", "body", "blocks"
    ):
        by_block = variable in COUPON_VALUES and any(one.get("type") == "coupon" for one in document)
        said[code] = said.get(code, False) or by_block or variable in f"{subject} {body} {document}"
    return tuple(one for one in templates() if said.get(one.code))


def must_give(code: str) -> bool:
    """Whether a text in use cannot be read without a code: nobody gets it to whom nothing is given."""
    found = published(code)
    rest = nested({name: value for name, value in examples(complete=True).items() if not is_given(name)})
    for one in found.texts if found else ():
        if any(block["type"] == "coupon" for block in one.blocks):
            return True
        for source in sources(one):
            try:
                liquid.render(source, rest, language=one.language)
            except ContentError as error:
                if error.code == "missing_value":
                    return True
    return False


def sales_talk(code: str) -> str:
    """What in a template sells: its content type, a product in it, or the first such word; "" for nothing.

    Of the version in use; a template without one sells nothing.
    """
    found = published(code)
    template = get(code)
    if found is None or template is None:
        return ""
    if template.content_type is not ContentType.CARE:
        return str(template.content_type)
    for one in found.texts:
        shown = next((b["type"] for b in one.blocks if b["type"] in ("product", "recommendations")), "")
        if shown:
            return str(shown)
        for source in sources(one):
            word = checks.offer_in(source)
            if word:
                return word
    return ""


def versions(code: str) -> tuple[VersionView, ...]:
    """Every version, the newest first, without its texts."""
    return tuple(version_view(row) for row in TemplateVersion.objects.filter(template__code=code))


def version(code: str, number: int) -> VersionView | None:
    """One version with its texts."""
    return _whole(TemplateVersion.objects.filter(template__code=code, number=number))


def published(code: str) -> VersionView | None:
    """The version in use, with its texts."""
    return _whole(TemplateVersion.objects.filter(template__code=code, status=Status.PUBLISHED))


def draft(code: str) -> VersionView | None:
    """The version that is being written or waits to be published, with its texts."""
    return _whole(
        TemplateVersion.objects.filter(template__code=code, status__in=(Status.DRAFT, Status.APPROVED))
    )


def text(text_id: int) -> TextView | None:
    """One text."""
    row = TemplateText.objects.filter(pk=text_id).first()
    return text_view(row) if row else None


def texts(text_ids: Collection[int]) -> dict[int, StoredText]:
    """These texts with the version that each belongs to; those that are no longer there are left out."""
    rows = TemplateText.objects.filter(pk__in=text_ids).select_related("version__template")
    return {
        row.pk: StoredText(
            code=row.version.template.code,
            version=row.version.number,
            is_in_use=row.version.status == Status.PUBLISHED,
            text=text_view(row),
        )
        for row in rows
    }


def heads(codes: Collection[str]) -> dict[str, tuple[str, Kind]]:
    """Name and kind of templates, by code."""
    rows = Template.objects.filter(code__in=codes)
    return {row.code: (name_of(row), Kind(row.kind)) for row in rows}


def cases(language: str) -> Mapping[str, Case]:
    """The success cases in use by code, in a language or what comes nearest."""
    order = fallbacks(language)
    rows = TemplateText.objects.filter(
        version__status=Status.PUBLISHED,
        version__template__kind=Kind.SUCCESS_CASE,
        version__template__archived_at=None,
    ).select_related("version__template")
    best: dict[str, TemplateText] = {}
    for row in rows:
        code = row.version.template.code
        if code not in best or _place(order, row.language) < _place(order, best[code].language):
            best[code] = row
    return {code: Case(row.subject or name_of(row.version.template), row.body) for code, row in best.items()}


def findings(
    template: TemplateView, one: TextView, *, today: date, look: BrandView | None = None
) -> tuple[Finding, ...]:
    """What the checks say of a text; errors first. `look` is the brand, where it was read already."""
    about = checks.Subject(
        template.kind, template.purpose, ContentType(template.content_type), one.language, today
    )
    values = (look or brand()).values
    found: list[Finding] = []
    if template.kind is Kind.EMAIL:
        tells_case = any(block["type"] == "case" for block in one.blocks)
        known = frozenset(cases(one.language)) if tells_case else frozenset()
        found += checks.check_subject(one.subject, about)
        found += checks.check_text(one.subject, "subject", about)
        found += blocks.check(one.blocks, about, cases=known, has_address=bool(values.get("legal_address")))
    elif template.kind in ON_SITE:
        found += blocks.check_notice(one.blocks, about)
    else:
        found += checks.check_body(one.body, about)
    found += _brand_missing(one, values)
    order = [str(one) for one in Severity]
    unique = {(one.code, one.where, tuple(sorted(map(str, one.figures.items())))): one for one in found}
    return tuple(sorted(unique.values(), key=lambda one: order.index(one.severity)))


def _brand_missing(one: TextView, values: Mapping[str, str]) -> list[Finding]:
    """What a text says of the company and nobody has said yet."""
    named = {name for source in sources(one) for name in _used(source)}
    fields = {"name": "company_name", "address": "legal_address"}
    return [
        Finding("brand_missing", Severity.ERROR, "brand", {"variable": name})
        for name in sorted(named)
        if name.startswith("company.") and not values.get(fields.get(leaf := name[8:], leaf))
    ]


def sources(one: TextView) -> tuple[str, ...]:
    """Every template that a text consists of."""
    fields = tuple(value for block in one.blocks for name, value in block.items() if name != "type")
    return (one.subject, one.body, *fields)


def _used(source: str) -> tuple[str, ...]:
    try:
        return liquid.used(source)
    except ContentError:
        return ()  # said by the check of the template


def brand(version: int | None = None) -> BrandView:
    """The brand now, or one of its versions; empty values where nothing was set."""
    rows = BrandVersion.objects.all() if version is None else BrandVersion.objects.filter(version=version)
    row = rows.first()
    if row is None:
        return BrandView(0, {}, None, "")
    return BrandView(row.version, dict(row.values), row.created_at, row.actor)


def brand_versions(limit: int = 20) -> tuple[BrandView, ...]:
    """The versions of the brand, the newest first."""
    rows = BrandVersion.objects.all()[:limit]
    return tuple(BrandView(row.version, dict(row.values), row.created_at, row.actor) for row in rows)


def _whole(found: QuerySet[TemplateVersion]) -> VersionView | None:
    row = found.first()
    return version_view(row, list(row.texts.all())) if row else None


def _with_present(found: QuerySet[Template]) -> QuerySet[Template]:
    present = TemplateVersion.objects.filter(status__in=PRESENT).prefetch_related(
        Prefetch("texts", TemplateText.objects.only("version_id", "language"))
    )
    return found.prefetch_related(Prefetch("versions", present))


def _has_status(one: TemplateView, status: str) -> bool:
    if status == "draft":
        return one.draft is not None
    if status == "published":
        return one.published is not None
    return status != "unpublished" or one.published is None


def _has_language(one: TemplateView, language: str) -> bool:
    if language.startswith("-"):
        return language[1:] not in one.languages
    return not language or language in one.languages


def _place(order: tuple[str, ...], language: str) -> int:
    return order.index(language) if language in order else len(order)
