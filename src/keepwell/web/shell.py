"""The shell around every page: navigation, search, rendering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission


def _item(
    title: Any, icon: str, name: str, permission: Permission | None, *, exact: bool = False
) -> dict[str, Any]:
    """An entry of the sidebar for those who have `permission`; None is for everybody."""
    link = reverse(name)
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": _is_active(link, exact=exact),
        "wanted": permission,
    }


def _is_active(link: str, *, exact: bool) -> Callable[[HttpRequest], bool]:
    def active(request: HttpRequest) -> bool:
        return request.path == link or (not exact and request.path.startswith(link))

    return active


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar, in the order of the loop."""
    work = [
        _item(_("Today"), "today", "today", Permission.VIEW_TASKS),
        _item(_("Cockpit"), "monitoring", "cockpit", Permission.VIEW_FIGURES, exact=True),
        _item(_("At risk"), "notification_important", "at_risk", Permission.VIEW_CUSTOMERS),
        _item(_("Questions"), "contact_support", "question_list", Permission.VIEW_TASKS, exact=True),
        _item(_("Feedback"), "forward_to_inbox", "feedback", Permission.VIEW_TASKS),
        _item(_("Feelings"), "mood", "moods", Permission.VIEW_SENSITIVE_NOTES),
        _item(_("Win-back desk"), "person_search", "winback", Permission.VIEW_CUSTOMERS),
        _item(_("Care"), "volunteer_activism", "care", Permission.VIEW_CUSTOMERS),
        _item(_("Customers"), "group", "customers", Permission.VIEW_CUSTOMERS),
        _item(_("Who calls?"), "phone_in_talk", "lookup", Permission.VIEW_CUSTOMERS),
        _item(_("Owners and handovers"), "handshake", "owners", Permission.VIEW_CUSTOMERS),
        _item(_("Segments"), "category", "segments", Permission.VIEW_SEGMENTS),
        _item(_("Templates"), "draft", "content", Permission.VIEW_CONTENT),
        _item(_("Phrase book"), "forum", "phrase_book", Permission.VIEW_CONTENT),
        _item(_("Answers of the house"), "quick_phrases", "house_answers", Permission.VIEW_CONTENT),
        _item(_("Journey map"), "map", "journey_map", Permission.VIEW_PLANS),
        _item(_("Strategies"), "flag", "strategies", Permission.VIEW_PLANS),
        _item(_("Journeys"), "route", "journeys", Permission.VIEW_PLANS),
        _item(_("Mailings"), "outgoing_mail", "mailings", Permission.VIEW_PLANS),
        _item(_("Customer groups"), "groups_2", "chats", Permission.VIEW_PLANS),
        _item(_("Social accounts"), "share", "social", Permission.VIEW_CONTENT),
        _item(_("Offline channels"), "qr_code_2", "offline", Permission.VIEW_PLANS),
        _item(_("Advertising"), "ads_click", "advertising", Permission.VIEW_PLANS),
        _item(_("Letters and gifts"), "mail", "letters", Permission.VIEW_TASKS),
        _item(_("On the website"), "web_asset", "onsite", Permission.VIEW_PLANS),
        _item(_("Coupons"), "confirmation_number", "coupons", Permission.VIEW_CUSTOMERS),
        _item(_("Plan"), "payments", "plan", Permission.VIEW_PLANS),
        _item(_("Plays"), "experiment", "plays", Permission.VIEW_PLANS),
        _item(_("Approvals"), "approval_delegation", "approvals", Permission.APPROVE),
    ]
    reports = [
        _item(_("Effects"), "science", "effects", Permission.VIEW_FIGURES),
        _item(_("Recommendations"), "recommend", "recommended", Permission.VIEW_FIGURES),
        _item(_("Warning results"), "fact_check", "warnings", Permission.VIEW_FIGURES),
        _item(_("Win-back results"), "undo", "winback_report", Permission.VIEW_FIGURES),
        _item(_("Effect of care"), "favorite", "care_effect", Permission.VIEW_FIGURES),
        _item(_("Channels and habits"), "forum", "channel_habits", Permission.VIEW_FIGURES),
        _item(_("How texts are read"), "drafts", "text_reads", Permission.VIEW_FIGURES),
        _item(_("Reply times"), "schedule", "reply_times", Permission.VIEW_FIGURES),
        _item(_("First replies"), "quickreply", "first_reply_figures", Permission.VIEW_FIGURES),
        _item(_("Feedback and questions"), "reviews", "feedback_figures", Permission.VIEW_FIGURES),
        _item(_("Promises"), "assignment_turned_in", "promises", Permission.VIEW_CUSTOMERS),
    ]
    rules = [
        _item(_("Warning and value"), "tune", "thresholds", Permission.VIEW_SETTINGS),
        _item(_("Buying stages"), "stairs", "buying_stages", Permission.VIEW_SETTINGS),
        _item(_("Alerts and tasks"), "add_alert", "alert_rules", Permission.VIEW_SETTINGS),
        _item(_("Contact policy"), "do_not_disturb_on", "contact_policy", Permission.VIEW_SETTINGS),
        _item(_("Treatments and assumptions"), "redeem", "treatments", Permission.VIEW_SETTINGS),
        _item(_("VIP care"), "diamond", "vip", Permission.VIEW_SETTINGS),
        _item(_("Routing of feedback"), "alt_route", "feedback_routing", Permission.VIEW_SETTINGS),
        _item(_("First reply"), "mark_chat_read", "first_reply", Permission.VIEW_SETTINGS),
        _item(_("Win-back rules"), "rule", "winback_rules", Permission.VIEW_SETTINGS),
        _item(_("Care plans and gifts"), "card_giftcard", "care_settings", Permission.VIEW_SETTINGS),
        _item(_("Culture guide"), "public", "culture", Permission.VIEW_SETTINGS),
        _item(_("Tags"), "sell", "tags", Permission.VIEW_SETTINGS),
        _item(_("Data"), "database", "data", Permission.VIEW_DATA),
        _item(_("Cycles"), "cycle", "cycles", Permission.VIEW_DATA),
        _item(_("Definitions"), "menu_book", "definitions", Permission.VIEW_FIGURES),
        _item(_("Standards and records"), "checklist", "standards", Permission.VIEW_FIGURES),
        _item(_("People"), "badge", "people", Permission.MANAGE_ACCOUNTS),
        _item(_("Roles and authority"), "shield_person", "roles", Permission.VIEW_SETTINGS),
        _item(_("Duplicates"), "join_inner", "duplicates", Permission.MERGE_CUSTOMERS),
        _item(_("Privacy"), "policy", "privacy_settings", Permission.VIEW_SETTINGS),
        _item(_("Audit log"), "receipt_long", "audit", Permission.VIEW_AUDIT),
        _item(_("Channels"), "send", "channels", Permission.MANAGE_INTEGRATIONS),
        _item(_("Notices to groups"), "groups", "notice_groups", Permission.MANAGE_INTEGRATIONS),
        _item(_("Drafting by a model"), "edit_note", "content_drafting", Permission.MANAGE_INTEGRATIONS),
        _item(_("Integrations"), "webhook", "integrations", Permission.MANAGE_INTEGRATIONS),
    ]
    groups: list[dict[str, Any]] = [
        {"items": _allowed(request, work)},
        {"title": _("Reports"), "separator": True, "items": _allowed(request, reports)},
        {"title": _("Settings"), "separator": True, "items": _allowed(request, rules)},
    ]
    return [group for group in groups if group["items"]]


def _allowed(request: HttpRequest, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in items if item["wanted"] is None or access.may(request.user, item["wanted"])]


def search(request: HttpRequest, term: str) -> list[Any]:
    """What the shell's own search finds: pages. Customers are found by the palette (`web/palette.py`)."""
    from unfold.dataclasses import SearchResult

    pages = [item for group in navigation(request) for item in group["items"]]
    return [
        SearchResult(
            title=str(item["title"]), description=str(_("Page")), link=item["link"], icon=item["icon"]
        )
        for item in pages
        if term in str(item["title"]).lower()
    ]


def me(request: HttpRequest) -> int:
    """The number of who is signed in."""
    number = request.user.pk
    assert number is not None, "behind a gate, somebody is signed in"
    return int(number)


def shell_context(request: HttpRequest) -> dict[str, Any]:
    """What the shell's templates need; the sidebar is for everybody who has signed in."""
    from keepwell.web import palette

    site: Any = admin.site
    context: dict[str, Any] = site.each_context(request)
    if request.user.is_authenticated:
        # The shell lists it for staff alone.
        context["sidebar_navigation"] = context["sidebar_navigation"] or site.get_sidebar_list(request)
        context["has_permission"] = True
        context["go_keys"] = palette.go_keys(context["sidebar_navigation"])
    context["languages"] = settings.LANGUAGES
    context["may_change"] = access.may(request.user, Permission.CHANGE_SETTINGS)
    return context


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; it restores its history with whole pages."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page inside the shell; where htmx asks and there is a `fragment`, that alone."""
    if fragment is not None and wants_fragment(request):
        extra = {"may_change": access.may(request.user, Permission.CHANGE_SETTINGS), "is_fragment": True}
        response = TemplateResponse(request, fragment, {**extra, **context}, status=status)
    else:
        response = TemplateResponse(request, template, {**shell_context(request), **context}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
