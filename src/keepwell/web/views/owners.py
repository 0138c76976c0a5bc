"""Who looks after whom: owners, handovers, promises, and finding a caller."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers import queries as customers
from keepwell.customers import services
from keepwell.customers.access import access_assigning, access_customer
from keepwell.customers.contracts import HandoverStatus, HandoverView
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.web import people as rows_of
from keepwell.web.portrait.forms import INPUT
from keepwell.web.shell import render

SUGGESTED = 50
LOOKED_THROUGH = 400
SHOWN_CUSTOMERS = 100


class HandoverForm(forms.Form):
    """Who takes over, by when, and what they must know."""

    to_owner = forms.TypedChoiceField(
        label=gettext_lazy("Who takes over"), coerce=int, widget=forms.Select(attrs=INPUT)
    )
    due_on = forms.DateField(
        label=gettext_lazy("Confirm by"),
        widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Until they confirm, the present owner stays responsible."),
    )
    open_matters = forms.CharField(
        label=gettext_lazy("Open matters"),
        required=False,
        widget=forms.Textarea(attrs={**INPUT, "rows": 3}),
    )
    preferences = forms.CharField(
        label=gettext_lazy("What the customer prefers"),
        required=False,
        widget=forms.Textarea(attrs={**INPUT, "rows": 3}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), required=False, max_length=200, widget=forms.TextInput(attrs=INPUT)
    )

    def __init__(self, *args: Any, choices: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "label_suffix": ""})
        field = self.fields["to_owner"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = choices


def lookup(request: HttpRequest) -> HttpResponse:
    """Who calls? One customer opens at the last enquiry; several are listed."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    phone = request.GET.get("phone", "").strip()
    reach = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    found = customers.ids_among(customers.find_caller(phone), reach) if phone else []
    if len(found) == 1:
        return HttpResponseRedirect(f"{reverse('customer', args=[found[0]])}?call=1")
    names = customers.names(found)
    context = {
        "title": _("Who calls?"),
        "phone": phone,
        "found": [(one, names.get(one, one)) for one in found],
    }
    return render(request, "keepwell/portrait/lookup.html", context)


def overview(request: HttpRequest) -> HttpResponse:
    """Handovers that wait, valuable customers without an owner, birthdays that are missing."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    own_id = request.user.pk or 0
    owner_ids = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    may_give = access.may(request.user, Permission.CHANGE_OWNERS)
    may_assign = access.reach(request.user, Permission.CHANGE_OWNERS) is Reach.ALL
    best = insight.scores(
        ScoreFilter(tiers=("high",), owner_ids=owner_ids), order_by="-clv", page_size=LOOKED_THROUGH
    ).rows
    unowned = (
        set(customers.without_owner(score.customer_id for score in best)) if owner_ids is None else set()
    )
    lacking = customers.without_birthday([score.customer_id for score in best])
    context = {
        "title": _("Owners and handovers"),
        "waiting": customers.handovers_waiting(user_id=own_id),
        "others": [
            one
            for one in customers.handovers(owner_ids=owner_ids, limit=20)
            if one.to_owner_id != own_id or one.status is not HandoverStatus.WAITING
        ],
        "suggested": rows_of.rows([score for score in best if score.customer_id in unowned][:SUGGESTED]),
        "unowned_count": len(unowned),
        "lacking": rows_of.rows([score for score in best if score.customer_id in lacking][:SUGGESTED]),
        "lacking_count": len(lacking),
        "looked_through": len(best),
        "may_give": may_give,
        "may_assign": may_assign,
        "people": _people(),
        "owned_count": customers.owned_count(own_id),
        "today": timezone.localdate(),
    }
    return render(request, "keepwell/portrait/owners.html", context)


def assign(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Give a customer an owner at once; who may only hand over own customers asks the receiver instead."""
    access_customer(request.user, Permission.CHANGE_OWNERS, customer_id)
    access_assigning(request.user)
    record = customers.get(customer_id)
    if record is None:
        raise Http404(_("There is no customer with this number."))
    if request.method == "POST":
        _assign(request, [customer_id])
        return HttpResponseRedirect(f"{reverse('customer', args=[customer_id])}#section-owner")
    context = {
        "title": _("Owner"),
        "record": record,
        "customer_id": customer_id,
        "people": _people(record.language),
        "owner_id": customers.owner_of(customer_id),
    }
    return render(request, "keepwell/portrait/assign.html", context)


@require_POST
def assign_many(request: HttpRequest) -> HttpResponse:
    """Give several customers an owner at once."""
    access_assigning(request.user)
    ids = request.POST.getlist("customer")[:1_000]
    if ids:
        owner_ids = access.owners_within(request.user, Permission.CHANGE_OWNERS)
        _assign(request, customers.ids_among(ids, owner_ids))
    return HttpResponseRedirect(reverse("owners"))


def _assign(request: HttpRequest, ids: list[str]) -> None:
    chosen = request.POST.get("owner", "")
    try:
        changed = services.assign_owner(
            customer_ids=ids,
            owner_id=int(chosen) if chosen.isdecimal() else None,
            reason=request.POST.get("reason", ""),
            actor=request.user.get_username(),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Owner set for %(count)s customers.") % {"count": changed})


def propose(request: HttpRequest) -> HttpResponse:
    """Hand customers over: one by `customer`, or all of `from` when somebody leaves."""
    access.require(request.user, Permission.CHANGE_OWNERS)
    ids, giver = _given(request)
    people = [(pk, name) for pk, name in _people() if pk != giver]
    initial = {
        "due_on": timezone.localdate() + timedelta(days=7),
        "open_matters": _open_matters(ids),
    }
    form = HandoverForm(request.POST or None, choices=people, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            handover_id = services.propose_handover(
                customer_ids=ids,
                from_owner_id=giver,
                to_owner_id=given["to_owner"],
                due_on=given["due_on"],
                reason=given["reason"],
                open_matters=given["open_matters"],
                preferences=given["preferences"],
                actor=request.user.get_username(),
            )
        except ValidationError as error:
            for name, found in error.message_dict.items() if hasattr(error, "error_dict") else [("", error)]:
                form.add_error(name if name in form.fields else None, found)
        else:
            return HttpResponseRedirect(reverse("handover", args=[handover_id]))
    names = customers.names(ids[:SHOWN_CUSTOMERS])
    context = {
        "title": _("Hand over"),
        "form": form,
        "ids": ids,
        "shown": [(one, names.get(one, one)) for one in ids[:SHOWN_CUSTOMERS]],
        "more": max(0, len(ids) - SHOWN_CUSTOMERS),
        "giver": dict(_people(active=None)).get(giver, ""),
        "giver_id": giver,
        "by_one": "customer" in request.GET or "customer" in request.POST,
    }
    return render(
        request, "keepwell/portrait/handover_form.html", context, status=422 if form.is_bound else 200
    )


def _given(request: HttpRequest) -> tuple[list[str], int]:
    """The customers to hand over and who gives them; PermissionDenied where one is out of reach."""
    asked = request.POST if request.method == "POST" else request.GET
    if ids := asked.getlist("customer")[:1_000]:
        for customer_id in ids:
            access_customer(request.user, Permission.CHANGE_OWNERS, customer_id)
        owners = customers.owners_of(ids)
        return ids, owners.get(ids[0], 0)
    chosen = asked.get("from", "")
    giver = int(chosen) if chosen.isdecimal() else int(request.user.pk or 0)
    reach = access.owners_within(request.user, Permission.CHANGE_OWNERS)
    if reach is not None and giver not in reach:
        raise PermissionDenied(_("Somebody else looks after these customers. Ask them or a manager."))
    return customers.owned_ids(giver), giver


def _open_matters(ids: list[str]) -> str:
    """What is promised to these customers, as a beginning of the text."""
    if len(ids) != 1:
        return ""
    lines = [
        f"{timezone.localtime(one.due_at):%Y-%m-%d %H:%M} {one.what}"
        for one in customers.promises(ids[0])
        if one.status == "open"
    ]
    return "\n".join(lines)


def handover(request: HttpRequest, handover_id: int) -> HttpResponse:
    """What changes hands, what is open, and what the customers prefer."""
    view = _handover(request, handover_id)
    shown = view.customer_ids[:SHOWN_CUSTOMERS]
    names, owners = customers.names(shown), customers.owners_of(shown)
    reach = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    context = {
        "title": _("Handover"),
        "handover": view,
        "shown": [(one, names.get(one, one), reach is None or owners.get(one) in reach) for one in shown],
        "more": max(0, len(view.customer_ids) - SHOWN_CUSTOMERS),
        "is_receiver": view.to_owner_id == request.user.pk,
        "may_withdraw": _may_withdraw(request, view),
        "is_waiting": view.status is HandoverStatus.WAITING,
        "is_overdue": view.is_overdue(timezone.localdate()),
        "now": clock.now(),
    }
    return render(request, "keepwell/portrait/handover.html", context)


@require_POST
def decide(request: HttpRequest, handover_id: int, action: str) -> HttpResponse:
    """The receiver confirms or declines; the giver takes back."""
    view = _handover(request, handover_id)
    actor, user_id = request.user.get_username(), int(request.user.pk or 0)
    if action in ("confirm", "decline") and view.to_owner_id != user_id:
        raise PermissionDenied(_("Only the receiver can confirm or decline a handover."))
    try:
        if action == "confirm":
            moved = services.confirm_handover(handover_id=handover_id, user_id=user_id, actor=actor)
            messages.success(
                request, _("You look after %(count)s more customers now.") % {"count": len(moved)}
            )
        elif action == "decline":
            reason = request.POST.get("reason", "")
            services.decline_handover(handover_id=handover_id, user_id=user_id, reason=reason, actor=actor)
        elif action == "withdraw":
            if not _may_withdraw(request, view):
                raise PermissionDenied(_("Only who gives the customers can take a handover back."))
            services.withdraw_handover(handover_id=handover_id, actor=actor)
        else:
            raise Http404
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(reverse("handover", args=[handover_id]))


def _handover(request: HttpRequest, handover_id: int) -> HandoverView:
    """The handover where one is part of it or may see the giver's customers; 404 where it is not there."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    view = customers.handover(handover_id)
    if view is None:
        raise Http404(_("There is no such handover."))
    reach = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    if view.to_owner_id != request.user.pk and reach is not None and view.from_owner_id not in reach:
        raise PermissionDenied(_("This handover is between others. Ask one of them or a manager."))
    return view


def _may_withdraw(request: HttpRequest, view: HandoverView) -> bool:
    reach = access.owners_within(request.user, Permission.CHANGE_OWNERS)
    return reach is None or view.from_owner_id in reach


def promises(request: HttpRequest) -> HttpResponse:
    """Promises kept and broken, by owner and one by one, with reason and remedy."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    owner_ids = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    today = timezone.localdate()
    first = _day(request.GET.get("from", ""), today - timedelta(days=90))
    last = _day(request.GET.get("until", ""), today)
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    now = clock.now()
    report = customers.promise_report(owner_ids=owner_ids, since=since, until=until, now=now)
    ended = customers.promises_ended(owner_ids=owner_ids, since=since, until=until, limit=200)
    due = customers.promises_due(owner_ids=owner_ids, until=now + timedelta(days=14), limit=200)
    ids = {one.customer_id for one in (*ended, *due)}
    names = customers.names(ids)
    context = {
        "title": _("Promises"),
        "report": report,
        "kept": sum(row.kept for row in report),
        "broken": sum(row.broken for row in report),
        "overdue": sum(row.overdue for row in report),
        "due": [(one, names.get(one.customer_id, one.customer_id), one.is_overdue(now)) for one in due],
        "ended": [(one, names.get(one.customer_id, one.customer_id)) for one in ended],
        "first": first,
        "last": last,
        "now": now,
    }
    return render(request, "keepwell/portrait/promises_page.html", context)


def _day(text: str, usual: date) -> date:
    try:
        return min(max(date.fromisoformat(text), date(2000, 1, 1)), date(2200, 1, 1))
    except ValueError:
        return usual


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _people(language: str = "", *, active: bool | None = True) -> list[tuple[int, str]]:
    """Who can look after customers, those who speak `language` first; by name."""
    users = accounts.users(active=active)
    users.sort(
        key=lambda user: (
            not (language and user.language == language),
            (user.name or user.username).casefold(),
        )
    )
    return [(user.user_id, user.name or user.username) for user in users]
