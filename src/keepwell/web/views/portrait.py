"""What is known of a customer, changed where it stands: fields, items, tags, files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers import services
from keepwell.customers.access import access_customer, may_access
from keepwell.customers.contracts import FIELDS, CustomerView
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.web.portrait import facts, forms, sections
from keepwell.web.shell import render, wants_fragment


@dataclass(frozen=True)
class ItemKind:
    """A kind of item: its form, the section that shows it, and what a form to change one begins with."""

    form: type[forms.PortraitForm]
    section: str
    title: Callable[[], str]
    stored: Callable[[str, int], dict[str, Any] | None]


def _contact(customer_id: str, item_id: int) -> dict[str, Any] | None:
    for point in _record(customer_id).contact_points:
        if point.point_id == item_id:
            return {
                "kind": point.kind,
                "label": point.label,
                "is_preferred": point.is_preferred,
                "is_verified": point.verified_at is not None,
                "is_stored": True,
            }
    return None


def _trait(customer_id: str, item_id: int) -> dict[str, Any] | None:
    for trait in customers.portrait(customer_id).traits:
        if trait.trait_id == item_id:
            return {"kind": trait.kind, "code": trait.code, "text": trait.text, "source": trait.source}
    return None


def _date(customer_id: str, item_id: int) -> dict[str, Any] | None:
    for day in customers.portrait(customer_id).dates:
        if day.date_id == item_id:
            return {
                "kind": day.kind,
                "on_date": day.on_date,
                "label": day.label,
                "is_yearly": day.is_yearly,
                "source": day.source,
            }
    return None


def _person(customer_id: str, item_id: int) -> dict[str, Any] | None:
    for person in customers.portrait(customer_id).people:
        if person.person_id == item_id:
            return {
                "name": person.name,
                "role": person.role,
                "title": person.title,
                "remark": person.remark,
                "source": person.source,
                "is_stored": True,
            }
    return None


def _product(customer_id: str, item_id: int) -> dict[str, Any] | None:
    return customers.product_values(customer_id, item_id)


def _note(customer_id: str, item_id: int) -> dict[str, Any] | None:
    note = customers.note(customer_id, item_id)
    if note is None:
        return None
    return {"kind": note.kind, "text": note.text, "is_sensitive": note.is_sensitive, **note.fields}


def _nothing(customer_id: str, item_id: int) -> dict[str, Any] | None:
    return None


KINDS: dict[str, ItemKind] = {
    "contact": ItemKind(forms.ContactForm, "basic", lambda: _("Contact"), _contact),
    "trait": ItemKind(forms.TraitForm, "preferences", lambda: _("Portrait"), _trait),
    "date": ItemKind(forms.DateForm, "dates", lambda: _("Day that matters"), _date),
    "product": ItemKind(forms.ProductForm, "products", lambda: _("Product owned"), _product),
    "person": ItemKind(forms.PersonForm, "people", lambda: _("Person at the company"), _person),
    "note": ItemKind(forms.NoteForm, "notes", lambda: _("Note"), _note),
    "attachment": ItemKind(forms.AttachmentForm, "attachments", lambda: _("Attachment"), _nothing),
    "promise": ItemKind(forms.PromiseForm, "promises", lambda: _("Promise"), _nothing),
}
SENSITIVE = ("note", "attachment")


def field(request: HttpRequest, name: str, customer_id: str) -> HttpResponse:
    """The form of one field, and what it says once it is saved."""
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    if name not in FIELDS:
        raise Http404
    record = _record(customer_id)
    portrait = customers.portrait(customer_id)
    row = sections.field_row(name, record, portrait, None)
    form = forms.FieldForm(
        request.POST or None, name=name, initial={"value": row.value}, auto_id=f"{name}-%s"
    )
    if request.method == "POST" and form.try_save(
        customer_id=customer_id, item_id=None, actor=request.user.get_username()
    ):
        if not wants_fragment(request):
            return _to(customer_id, "portrait")
        score = insight.score(customer_id)
        row = sections.field_row(name, _record(customer_id), customers.portrait(customer_id), score)
        context = {"row": row, "customer_id": customer_id, "may_edit": True, "now": clock.now()}
        return render(request, "keepwell/portrait/_row.html", context, fragment="keepwell/portrait/_row.html")
    context = {
        "form": form,
        "row": row,
        "customer_id": customer_id,
        "record": record,
        "action": request.path,
        "title": _("Customer"),
        "heading": row.label,
        "is_field": True,
    }
    if request.method == "GET" and request.GET.get("cancel"):
        context |= {"may_edit": True, "now": clock.now()}
        return render(request, "keepwell/portrait/_row.html", context, fragment="keepwell/portrait/_row.html")
    return _form(request, context)


def add(request: HttpRequest, kind: str, customer_id: str) -> HttpResponse:
    """The form of a new item, and its section once it is there."""
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    return _edit(request, kind, customer_id, None)


def change(request: HttpRequest, kind: str, item_id: int, customer_id: str) -> HttpResponse:
    """The form of an item, and its section once it is changed."""
    access_customer(request.user, _permission(kind, customer_id, item_id), customer_id)
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    return _edit(request, kind, customer_id, item_id)


def _edit(request: HttpRequest, kind: str, customer_id: str, item_id: int | None) -> HttpResponse:
    known = KINDS.get(kind)
    if known is None:
        raise Http404
    if wants_fragment(request) and request.GET.get("cancel"):
        return _section(request, _section_of(known, request), customer_id)
    stored = known.stored(customer_id, item_id) if item_id else {}
    if stored is None:
        raise Http404(_("This entry is not there any more."))
    form = _item_form(request, known, stored, kind)
    if request.method == "POST" and form.try_save(
        customer_id=customer_id, item_id=item_id, actor=request.user.get_username()
    ):
        return _saved(request, _section_of(known, request), customer_id)
    context = {
        "form": form,
        "customer_id": customer_id,
        "record": _record(customer_id),
        "action": request.path,
        "title": _("Customer"),
        "heading": getattr(form, "title", None) or known.title(),
        "section": _section_of(known, request),
        "kind": kind,
        "has_file": kind == "attachment",
    }
    return _form(request, context)


def _item_form(
    request: HttpRequest, known: ItemKind, stored: dict[str, Any], kind: str
) -> forms.PortraitForm:
    initial = {"kind": request.GET["kind"]} if kind == "trait" and "kind" in request.GET else {}
    more: dict[str, Any] = {}
    if kind == "promise":
        more["people"] = _colleagues(request)
        initial = forms.promise_initial(request.user.pk)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    return known.form(*posted, initial={**initial, **stored}, auto_id=f"{kind}-%s", **more)


def _colleagues(request: HttpRequest) -> list[tuple[int, str]]:
    """Whom one may choose: oneself first, then everybody who can sign in, by name."""
    users = accounts.users(active=True)
    users.sort(key=lambda user: (user.user_id != request.user.pk, user.name.casefold()))
    return [(user.user_id, user.name or user.username) for user in users]


def _section_of(known: ItemKind, request: HttpRequest) -> str:
    """Where an item shows: special needs stand first, family and ties with the social part."""
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    if known.section != "preferences":
        return known.section
    if kind == "special_need":
        return "needs"
    return "social" if kind in sections.SOCIAL_TRAITS else "preferences"


@require_POST
def remove(request: HttpRequest, kind: str, item_id: int, customer_id: str) -> HttpResponse:
    """Take an item away; for 30 seconds the place where it was offers it back."""
    access_customer(request.user, _permission(kind, customer_id, item_id), customer_id)
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    known = KINDS.get(kind)
    if known is None:
        raise Http404
    section = _section_of(known, request)
    try:
        services.remove_item(
            kind=kind, customer_id=customer_id, item_id=item_id, actor=request.user.get_username()
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _saved(request, section, customer_id)
    undo = reverse("customer_item_restore", args=[kind, item_id, customer_id])
    return _saved(request, section, customer_id, undo=undo, trait_kind=request.POST.get("kind", ""))


@require_POST
def restore(request: HttpRequest, kind: str, item_id: int, customer_id: str) -> HttpResponse:
    """Bring an item back."""
    access_customer(request.user, _permission(kind, customer_id, item_id), customer_id)
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    known = KINDS.get(kind)
    if known is None:
        raise Http404
    try:
        services.restore_item(
            kind=kind, customer_id=customer_id, item_id=item_id, actor=request.user.get_username()
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return _saved(request, _section_of(known, request), customer_id)


@require_POST
def keep_promise(request: HttpRequest, item_id: int, customer_id: str) -> HttpResponse:
    """The promise was kept."""
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    actor = request.user.get_username()
    return _promise(
        request,
        customer_id,
        lambda: services.close_promise(customer_id=customer_id, promise_id=item_id, kept=True, actor=actor),
        undo=reverse("customer_promise_reopen", args=[item_id, customer_id]),
    )


@require_POST
def reopen_promise(request: HttpRequest, item_id: int, customer_id: str) -> HttpResponse:
    """Take back how a promise ended."""
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    actor = request.user.get_username()
    return _promise(
        request,
        customer_id,
        lambda: services.reopen_promise(customer_id=customer_id, promise_id=item_id, actor=actor),
    )


def break_promise(request: HttpRequest, item_id: int, customer_id: str) -> HttpResponse:
    """Why a promise was not kept and what makes up for it."""
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    if wants_fragment(request) and request.GET.get("cancel"):
        return _section(request, "promises", customer_id)
    form = forms.BrokenForm(request.POST or None, auto_id="broken-%s")
    if request.method == "POST" and form.try_save(
        customer_id=customer_id, item_id=item_id, actor=request.user.get_username()
    ):
        return _saved(request, "promises", customer_id)
    context = {
        "form": form,
        "customer_id": customer_id,
        "record": _record(customer_id),
        "action": request.path,
        "title": _("Customer"),
        "heading": _("Promise not kept"),
        "section": "promises",
    }
    return _form(request, context)


def _promise(request: HttpRequest, customer_id: str, act: Callable[[], None], undo: str = "") -> HttpResponse:
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        undo = ""
    return _saved(request, "promises", customer_id, undo=undo)


@require_POST
def tag(request: HttpRequest, action: str, customer_id: str) -> HttpResponse:
    """Mark the customer with a tag of the shop's own, new words included, or take it off."""
    access_customer(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    actor = request.user.get_username()
    undo = ""
    try:
        if action == "add":
            tag_id = _tag_named(request.POST.get("name", ""), actor)
            services.add_tag(customer_ids=[customer_id], tag_id=tag_id, actor=actor)
        else:
            tag_id = int(request.POST.get("tag", "0") or 0)
            services.remove_tag(customer_ids=[customer_id], tag_id=tag_id, actor=actor)
            undo = reverse("customer_tag", args=["add", customer_id])
    except (ValidationError, ValueError) as error:
        messages.error(
            request, " ".join(error.messages) if isinstance(error, ValidationError) else _("No such tag.")
        )
    name = next((one.name for one in customers.tags() if undo and one.tag_id == tag_id), "")
    return _saved(request, "tags", customer_id, undo=undo if name else "", undo_name=name)


def _tag_named(name: str, actor: str) -> int:
    wanted = " ".join(name.split()).casefold()
    for known in customers.tags():
        if known.name.casefold() == wanted:
            return known.tag_id
    return services.save_tag(name=name, actor=actor)


def behaviour(request: HttpRequest, customer_id: str) -> HttpResponse:
    """What the customer buys and has, and how they deal with us: read from the facts, a part of the page."""
    access_customer(request.user, Permission.VIEW_CUSTOMERS, customer_id)
    _record(customer_id)
    return _section(request, "products", customer_id)


def _permission(kind: str, customer_id: str, item_id: int) -> Permission:
    """What one needs to see an item at all: sensitive notes and files ask for more."""
    sensitive = {
        "note": lambda: customers.note_is_sensitive(customer_id=customer_id, note_id=item_id),
        "attachment": lambda: customers.attachment_is_sensitive(
            customer_id=customer_id, attachment_id=item_id
        ),
    }.get(kind)
    if sensitive is not None and sensitive():
        return Permission.VIEW_SENSITIVE_NOTES
    return Permission.VIEW_CUSTOMERS


def _record(customer_id: str) -> CustomerView:
    record = customers.get(customer_id)
    if record is None:
        raise Http404(_("There is no customer with this number."))
    return record


def _form(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The form where the item stands, or a page of its own without scripts."""
    form = context["form"]
    status = 422 if form.is_bound and form.errors and not wants_fragment(request) else 200
    return render(
        request,
        "keepwell/portrait/form_page.html",
        context,
        fragment="keepwell/portrait/_form.html",
        status=status,
    )


def _to(customer_id: str, anchor: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('customer', args=[customer_id])}#section-{anchor}")


def _saved(request: HttpRequest, section: str, customer_id: str, **context: Any) -> HttpResponse:
    """The section as it is now; without scripts, back to the page."""
    if wants_fragment(request):
        return _section(request, section, customer_id, **context)
    return _to(customer_id, section)


def _section(request: HttpRequest, name: str, customer_id: str, **more: Any) -> HttpResponse:
    record, score = _record(customer_id), insight.score(customer_id)
    if name == "products":
        context = {
            "customer_id": customer_id,
            "may_edit": may_access(request.user, Permission.CHANGE_CUSTOMERS, customer_id),
            "section": name,
            "now": clock.now(),
            **facts.context(customer_id, score, clock.now()),
        }
        html = render_to_string("keepwell/portrait/behaviour.html", {**context, **more}, request=request)
        return HttpResponse(html)
    one = sections.subject(request, record, score)
    context = {**sections.context(name, one), **more, "record": record}
    return HttpResponse(render_to_string(sections.template(name), context, request=request))
