"""The culture guide and the vocabulary of tags, in the settings."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers import services
from keepwell.customers.contracts import CHANNELS, TOPICS, CultureEntryView
from keepwell.customers.labels import CHANNEL
from keepwell.web.portrait import words
from keepwell.web.portrait.forms import INPUT
from keepwell.web.shell import render

LANGUAGES = ("en", "zh-hans", "zh-hant")


class EntryForm(forms.Form):
    """One entry of the guide."""

    topic = forms.ChoiceField(
        label=gettext_lazy("Topic"),
        choices=[(code, words.TOPIC[code]) for code in TOPICS],
        widget=forms.Select(attrs=INPUT),
    )
    places = forms.CharField(
        label=gettext_lazy("Countries and cultures"),
        max_length=400,
        widget=forms.TextInput(attrs=INPUT),
        help_text=gettext_lazy(
            "Countries by two letters, cultures by their code, with commas between: DE, JP, east_asia"
        ),
    )
    text_en = forms.CharField(
        label="English", required=False, max_length=500, widget=forms.Textarea(attrs={**INPUT, "rows": 2})
    )
    text_zh_hans = forms.CharField(
        label="简体中文", required=False, max_length=500, widget=forms.Textarea(attrs={**INPUT, "rows": 2})
    )
    text_zh_hant = forms.CharField(
        label="繁體中文", required=False, max_length=500, widget=forms.Textarea(attrs={**INPUT, "rows": 2})
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Proposed channel"),
        required=False,
        choices=[("", "–"), *((code, CHANNEL[code]) for code in CHANNELS)],
        widget=forms.Select(attrs=INPUT),
    )
    is_warning = forms.BooleanField(label=gettext_lazy("Warning: stands first"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def texts(self) -> dict[str, str]:
        """What was typed, by language."""
        return {code: self.cleaned_data[f"text_{code.replace('-', '_')}"] for code in LANGUAGES}


def guide(request: HttpRequest) -> HttpResponse:
    """What to heed, by topic."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    language = get_language() or "en"
    entries = [_row(entry, language) for entry in customers.culture_guide()]
    context = {
        "title": _("Culture guide"),
        "groups": [
            {"label": words.TOPIC[topic], "rows": rows}
            for topic in TOPICS
            if (rows := [row for row in entries if row["one"].topic == topic])
        ],
        "may_edit": access.may(request.user, Permission.CHANGE_STANDARDS),
    }
    return render(request, "keepwell/portrait/culture.html", context)


def entry(request: HttpRequest, code: str = "") -> HttpResponse:
    """One entry, to be written or changed."""
    access.require(request.user, Permission.CHANGE_STANDARDS)
    known = {one.code: one for one in customers.culture_guide()}
    if code and code not in known:
        raise Http404
    form = EntryForm(request.POST or None, initial=_initial(known[code]) if code else {}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.save_culture_entry(
                code=code,
                topic=given["topic"],
                places=re.split(r"[,;\uff0c\u3001]", given["places"]),
                texts=form.texts(),
                channel=given["channel"],
                is_warning=given["is_warning"],
                is_active=given["is_active"],
                actor=request.user.get_username(),
            )
        except ValidationError as error:
            for name, found in error.message_dict.items() if hasattr(error, "error_dict") else [("", error)]:
                target = {"texts": "text_en"}.get(name, name)
                form.add_error(target if target in form.fields else None, found)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("culture"))
    context = {
        "title": _("Culture guide"),
        "form": form,
        "entry": known.get(code),
        "cultures": words.CULTURE.items(),
    }
    return render(
        request, "keepwell/portrait/culture_entry.html", context, status=422 if form.is_bound else 200
    )


@require_POST
def reset(request: HttpRequest, code: str) -> HttpResponse:
    """Back to what Keepwell brought; one of the shop's own goes away."""
    access.require(request.user, Permission.CHANGE_STANDARDS)
    services.reset_culture_entry(code=code, actor=request.user.get_username())
    messages.success(request, _("Taken back."))
    return HttpResponseRedirect(reverse("culture"))


def tags(request: HttpRequest) -> HttpResponse:
    """The vocabulary of the shop's own tags; a new word by POST."""
    if request.method == "POST":
        access.require(request.user, Permission.CHANGE_STANDARDS)
        return _save_tag(request, None)
    access.require(request.user, Permission.VIEW_SETTINGS)
    context = {
        "title": _("Tags"),
        "tags": customers.tags(counted=True),
        "may_edit": access.may(request.user, Permission.CHANGE_STANDARDS),
    }
    return render(request, "keepwell/portrait/tags_page.html", context)


@require_POST
def save_tag(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Rename a tag, say what it means, or put it out of use."""
    access.require(request.user, Permission.CHANGE_STANDARDS)
    return _save_tag(request, tag_id)


def _save_tag(request: HttpRequest, tag_id: int | None) -> HttpResponse:
    try:
        services.save_tag(
            name=request.POST.get("name", ""),
            meaning=request.POST.get("meaning", ""),
            is_active=tag_id is None or "is_active" in request.POST,
            tag_id=tag_id,
            actor=request.user.get_username(),
        )
        messages.success(request, _("Saved."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(reverse("tags"))


def _row(one: CultureEntryView, language: str) -> dict[str, Any]:
    return {
        "one": one,
        "text": one.text(language),
        "places": [words.place(place) for place in one.places],
        "channel": CHANNEL.get(one.channel, ""),
    }


def _initial(one: CultureEntryView) -> dict[str, Any]:
    texts = {f"text_{code.replace('-', '_')}": one.texts.get(code, "") for code in LANGUAGES}
    return {
        "topic": one.topic,
        "places": ", ".join(one.places),
        "channel": one.channel,
        "is_warning": one.is_warning,
        "is_active": one.is_active,
        **texts,
    }
