"""What can be asked about the website."""

from __future__ import annotations

from django.db.models import Count, Q

from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Mode, Settings
from keepwell.outreach.channels.onsite.account import origins
from keepwell.outreach.channels.onsite.contracts import NoSuchSiteError, SiteNoticeView
from keepwell.outreach.channels.onsite.models import Showing, SiteNotice
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import ON_SITE, TemplateView
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import ChannelAccount, Message
from keepwell.outreach.sending.opening import opened


def site(key: str) -> tuple[ChannelAccount, Settings]:
    """The website or app in use that has this key; raises NoSuchSiteError."""
    row = ChannelAccount.objects.filter(token=key, active=True, stopped_at=None).first() if key else None
    provider = registry.providers().get(row.provider) if row else None
    if row is None or provider is None or provider.contract.mode is not Mode.NEXT_VISIT:
        raise NoSuchSiteError("no_such_site")
    return row, opened(row)


def may_ask(origin: str, settings: Settings) -> bool:
    """Whether a page of this origin may ask; programs without a browser name none."""
    return not origin or origin in origins(settings)


def origin_known(origin: str) -> bool:
    """Whether any website here has this origin."""
    rows = ChannelAccount.objects.filter(active=True, provider__in=("web.site", "app.own"))
    return any(origin in origins(opened(row)) for row in rows)


def notices(channel: str) -> list[SiteNoticeView]:
    """Every notice for everybody, the greater priority first."""
    rows = SiteNotice.objects.filter(channel=channel)
    named = {one.code: one for one in content.templates() if one.kind in ON_SITE}
    return [_view(row, named.get(row.template_code)) for row in rows]


def templates(channel: str) -> list[TemplateView]:
    """The published texts that may be shown to everybody."""
    wanted = ("popup",) if channel == "app" else ("banner", "popup")
    return [one for kind in wanted for one in content.templates(kind=kind, status="published")]


def shown(channel: str) -> dict[str, int]:
    """How many messages were shown to their customers, clicked and closed."""
    mine = Message.objects.filter(channel=channel).values("message_id")
    found = Showing.objects.filter(message_id__in=mine).aggregate(
        shown=Count("pk"),
        clicked=Count("pk", filter=Q(clicked_at__isnull=False)),
        closed=Count("pk", filter=Q(closed_at__isnull=False)),
    )
    return {name: int(number) for name, number in found.items()}


def waiting(channel: str) -> int:
    """How many messages wait for their customers to come."""
    return Message.objects.filter(channel=channel, status=Status.WAITING).count()


def _view(row: SiteNotice, template: TemplateView | None) -> SiteNoticeView:
    return SiteNoticeView(
        notice_id=row.pk,
        template_code=row.template_code,
        name=template.name if template else row.template_code,
        form=str(template.kind) if template else "",
        priority=row.priority,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        stopped_at=row.stopped_at,
        views=row.views,
        clicks=row.clicks,
        closings=row.closings,
        created_by=row.created_by,
    )
