"""Duplicates: which records may be one person, what a merge would do, and how to undo it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer, may_access
from keepwell.customers.identity import queries, services
from keepwell.customers.identity.contracts import CandidateView, IdentityError, MergeView
from keepwell.customers.labels import CHANNEL, HOLD, PURPOSE
from keepwell.customers.privacy import queries as privacy
from keepwell.foundation import clock
from keepwell.web import words as field_words
from keepwell.web.privacy import words
from keepwell.web.shell import render

PAIRS_SHOWN = 100
MERGES_SHOWN = 100


def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one person, the likeliest first."""
    reach = access.require(request.user, Permission.MERGE_CUSTOMERS)
    found = queries.candidates(limit=PAIRS_SHOWN)
    if reach is not Reach.ALL:
        found = [one for one in found if _may_both(request, one)]
    names = customers.names({number for one in found for number in (one.first_id, one.second_id)})
    context = {
        "title": _("Duplicates"),
        "pairs": [
            {
                "one": one,
                "first": names.get(one.first_id, one.first_id),
                "second": names.get(one.second_id, one.second_id),
                "reasons": [words.word(words.DUPLICATE, reason) for reason in one.reasons],
            }
            for one in found
        ],
        "now": clock.now(),
    }
    return render(request, "keepwell/duplicates.html", context)


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Look for duplicates now."""
    access.require(request.user, Permission.MERGE_CUSTOMERS)
    count = services.find_duplicates(actor=request.user.get_username())
    messages.success(request, _("Pairs to look at: %(count)s") % {"count": count})
    return HttpResponseRedirect(reverse("duplicates"))


@require_POST
def dismiss(request: HttpRequest, candidate_id: int) -> HttpResponse:
    """Two people after all."""
    access.require(request.user, Permission.MERGE_CUSTOMERS)
    found = queries.candidate(candidate_id)
    if found is None:
        raise Http404(_("There is no such pair."))
    for number in (found.first_id, found.second_id):
        access_customer(request.user, Permission.MERGE_CUSTOMERS, number)
    services.dismiss(candidate_id=candidate_id, actor=request.user.get_username())
    messages.success(request, _("Kept apart; the pair is not proposed again."))
    return HttpResponseRedirect(reverse("duplicates"))


def merge(request: HttpRequest) -> HttpResponse:
    """What a merge would make of two records, field by field; POST merges."""
    access.require(request.user, Permission.MERGE_CUSTOMERS)
    asked = request.POST if request.method == "POST" else request.GET
    kept_id, merged_id = asked.get("kept", "").strip(), asked.get("merged", "").strip()
    for number in filter(None, (kept_id, merged_id)):
        access_customer(request.user, Permission.MERGE_CUSTOMERS, number)
    context: dict[str, Any] = {"title": _("Merge two records"), "kept_id": kept_id, "merged_id": merged_id}
    if not (kept_id and merged_id):
        return render(request, "keepwell/merge.html", {**context, "fields": ()})
    try:
        choices = services.preview(kept_id=kept_id, merged_id=merged_id)
        if request.method == "POST":
            fields = {one.name: request.POST.get(f"field.{one.name}", one.chosen) for one in choices}
            services.merge(
                kept_id=kept_id,
                merged_id=merged_id,
                fields={name: side for name, side in fields.items() if side in ("kept", "merged")},
                reason=request.POST.get("reason", ""),
                actor=request.user.get_username(),
            )
            messages.success(request, _("Merged: %(merged)s leads here now.") % {"merged": merged_id})
            return HttpResponseRedirect(reverse("customer", args=[kept_id]))
    except IdentityError as error:
        return render(request, "keepwell/merge.html", {**context, "error": str(error)}, status=400)
    names = customers.names([kept_id, merged_id])
    context |= {
        "fields": [{"one": one, "label": field_words.FIELD.get(one.name, one.name)} for one in choices],
        "kept_name": names.get(kept_id, kept_id),
        "merged_name": names.get(merged_id, merged_id),
        "sides": [_side(kept_id), _side(merged_id)],
    }
    return render(request, "keepwell/merge.html", context)


def _side(customer_id: str) -> dict[str, Any]:
    given = [one for one in privacy.consents(customer_id) if one.given]
    return {
        "customer_id": customer_id,
        "points": privacy.contact_points(customer_id),
        "given": [f"{words.word(CHANNEL, c.channel)} · {words.word(PURPOSE, c.purpose)}" for c in given],
        "holds": [words.word(HOLD, h.kind) for h in privacy.holds(customer_id) if h.is_active],
    }


def merges(request: HttpRequest) -> HttpResponse:
    """What was merged, with a way back."""
    access.require(request.user, Permission.MERGE_CUSTOMERS)
    found = [one for one in queries.merges(limit=MERGES_SHOWN) if _may(request, one)]
    names = customers.names({one.kept_id for one in found})
    context = {
        "title": _("Merges"),
        "merges": [{"one": one, "name": names.get(one.kept_id, one.kept_id)} for one in found],
        "now": clock.now(),
    }
    return render(request, "keepwell/merges.html", context)


@require_POST
def undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    """Take a merge apart."""
    access.require(request.user, Permission.MERGE_CUSTOMERS)
    found = queries.merge_view(merge_id)
    if found is None:
        raise Http404(_("There is no such merge."))
    access_customer(request.user, Permission.MERGE_CUSTOMERS, found.kept_id)
    try:
        services.split(merge_id=merge_id, actor=request.user.get_username())
        messages.success(request, _("Undone: both records are as they were."))
    except IdentityError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("merges"))


def _may(request: HttpRequest, one: MergeView) -> bool:
    return may_access(request.user, Permission.MERGE_CUSTOMERS, one.kept_id)


def _may_both(request: HttpRequest, one: CandidateView) -> bool:
    return all(
        may_access(request.user, Permission.MERGE_CUSTOMERS, number)
        for number in (one.first_id, one.second_id)
    )
