"""What can be asked about approved templates."""

from __future__ import annotations

from keepwell.outreach.channels import registry
from keepwell.outreach.content import queries as content_queries
from keepwell.outreach.content.contracts import Kind
from keepwell.outreach.content.core import liquid
from keepwell.outreach.sending.approved.contracts import (
    FOR_PURPOSE,
    AccountLine,
    ApprovedView,
    Category,
    State,
)
from keepwell.outreach.sending.approved.models import ApprovedTemplate
from keepwell.outreach.sending.models import ChannelAccount
from keepwell.outreach.sending.opening import opened

# Where a provider names no limit of its own.
VARIABLE_MAX = 500


def approved_of(account_id: int) -> tuple[ApprovedView, ...]:
    """The templates of an account, by our template and language."""
    return tuple(view(row) for row in ApprovedTemplate.objects.filter(account=account_id))


def approved(approved_id: int) -> ApprovedView | None:
    """One of them."""
    row = ApprovedTemplate.objects.filter(pk=approved_id).first()
    return view(row) if row else None


def approved_for(
    account_id: int, content: str, language: str, *, purpose: str = "", abroad: bool = False
) -> ApprovedView | None:
    """The approved template that stands for a text of ours, None where there is none.

    `abroad`: to a number outside the mainland, which takes its own. Marketing takes what was approved as
    promotion and nothing else; without a purpose the first at home is meant.
    """
    rows = ApprovedTemplate.objects.filter(
        account=account_id, content=content, language=language, state=State.APPROVED
    )
    found = {row.category: row for row in rows}
    wanted = (Category.INTERNATIONAL,) if abroad else FOR_PURPOSE.get(purpose, tuple(Category)[:3])
    return next((view(found[category]) for category in wanted if category in found), None)


def has_template(account_id: int, content: str) -> bool:
    """Whether the account has an approved template for a text of ours, in any language."""
    rows = ApprovedTemplate.objects.filter(account=account_id, content=content, state=State.APPROVED)
    return rows.exists()


def unapproved(account_id: int, content: str, *, purpose: str) -> tuple[str, ...]:
    """The languages in which a template of ours cannot go by this account, at home or abroad.

    () where the account takes any text.
    """
    line = account_line(account_id)
    version = content_queries.published(content)
    if line is None or not line.templates_only or version is None:
        return ()
    languages = sorted({text.language for text in version.texts})
    return tuple(
        language
        for language in languages
        if not any(
            approved_for(account_id, content, language, purpose=purpose, abroad=abroad)
            for abroad in (False, True)
        )
    )


def account_line(account_id: int) -> AccountLine | None:
    """The account that approved templates belong to, with what its provider asks of them."""
    row = ChannelAccount.objects.filter(pk=account_id).first()
    provider = registry.providers().get(row.provider) if row else None
    if row is None or provider is None:
        return None
    default = next((one.default for one in provider.fields if one.name == "variable_max"), VARIABLE_MAX)
    return AccountLine(
        account_id=row.pk,
        name=row.name or str(provider.label),
        provider=provider.code,
        templates_only=provider.contract.templates_only or bool(provider.contract.template_purposes),
        kind=Kind.SMS if provider.contract.templates_only else Kind.CHAT,
        numbered_values=provider.contract.numbered_values,
        variable_max=int(opened(row).get("variable_max") or default),
    )


def named(content: str, language: str) -> frozenset[str]:
    """The values that every text of a template in this language names, of the version in use or the draft."""
    version = content_queries.published(content) or content_queries.draft(content)
    texts = [one for one in version.texts if one.language == language] if version else []
    found = [frozenset(liquid.used(one.body)) for one in texts]
    return frozenset.intersection(*found) if found else frozenset()


def view(row: ApprovedTemplate) -> ApprovedView:
    """A row as others see it."""
    return ApprovedView(
        approved_id=row.pk,
        account_id=row.account_id,
        content=row.content,
        language=row.language,
        provider_code=row.provider_code,
        category=Category(row.category),
        values=dict(row.values),
        state=State(row.state),
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
