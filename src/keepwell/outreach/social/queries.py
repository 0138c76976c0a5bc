"""What can be asked about social accounts."""

from __future__ import annotations

from datetime import date

from keepwell.outreach.social.contracts import AccountView, AimView, PostView, TopicView
from keepwell.outreach.social.models import Post, SocialAccount, Topic


def accounts(*, active: bool | None = None) -> list[AccountView]:
    """Every account with its cells and figures, by platform."""
    rows = SocialAccount.objects.prefetch_related("aims", "followers")
    return [_view(row) for row in (rows if active is None else rows.filter(active=active))]


def account(account_id: int) -> AccountView | None:
    """One account, or None."""
    row = SocialAccount.objects.prefetch_related("aims", "followers").filter(pk=account_id).first()
    return _view(row) if row else None


def posts(
    *, since: date | None = None, until: date | None = None, account_id: int | None = None
) -> list[PostView]:
    """What is planned and was posted, by day."""
    rows = Post.objects.select_related("account")
    rows = rows.filter(on_date__gte=since) if since else rows
    rows = rows.filter(on_date__lte=until) if until else rows
    rows = rows.filter(account=account_id) if account_id else rows
    return [
        PostView(
            row.pk,
            row.account_id,
            row.account.name,
            row.on_date,
            row.theme,
            row.title,
            row.template_code,
            row.state,
            row.link,
        )
        for row in rows
    ]


def topics(*, account_id: int | None = None) -> list[TopicView]:
    """Discussions and surveys, the newest first."""
    rows = Topic.objects.select_related("account")
    return [
        TopicView(
            row.pk,
            row.account_id,
            row.account.name,
            row.kind,
            row.title,
            row.opened_on,
            row.closed_on,
            row.participants,
            tuple((str(option), int(count)) for option, count in row.answers),
            row.result,
        )
        for row in (rows.filter(account=account_id) if account_id else rows)
    ]


def _view(row: SocialAccount) -> AccountView:
    return AccountView(
        account_id=row.pk,
        platform=row.platform,
        name=row.name,
        link=row.link,
        owner_id=row.owner_id,
        active=row.active,
        aims=tuple(
            AimView(one.segment_id, tuple(one.themes), tuple(one.templates)) for one in row.aims.all()
        ),
        followers=tuple((one.on_date, one.followers) for one in row.followers.all()),
    )
