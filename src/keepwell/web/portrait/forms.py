"""The forms of what is known of a customer, one for each kind of item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keepwell.customers import services
from keepwell.customers.contracts import (
    COMPANY_ROLES,
    CONTACT_KINDS,
    DATE_KINDS,
    FIELDS,
    NOTE_FIELDS,
    NOTE_KINDS,
    TRAIT_CODES,
    URGENCIES,
)
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.integrations.contracts import MailOutcome
from keepwell.integrations.services import mail as letters
from keepwell.web import mail
from keepwell.web.portrait import words

INPUT = {"class": "kw-input", "autocomplete": "off"}
SOURCES = ("conversation", "interview", "registration", "purchase", "event", "questionnaire", "online")


def _choices(codes: Any, labels: Mapping[str, Any], *, empty: bool = False) -> list[tuple[str, Any]]:
    listed = [(code, labels[code]) for code in codes]
    return [("", "–"), *listed] if empty else listed


def _select() -> forms.Select:
    return forms.Select(attrs=INPUT)


def _text(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={**INPUT, **attributes})


def _area(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(attrs={**INPUT, "rows": rows})


class PortraitForm(forms.Form):
    """What every form has: where one knows it from, and where the service's refusals go."""

    source = forms.ChoiceField(
        label=_("How do you know?"), choices=_choices(SOURCES, words.SOURCE), widget=_select()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "source"])
        self.label_suffix = ""

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Hand the values to the service; raises ValidationError."""
        raise NotImplementedError

    def try_save(self, *, customer_id: str, item_id: int | None, actor: str) -> bool:
        """Save where everything is right; otherwise each refusal stands at its field."""
        if not self.is_valid():
            return False
        try:
            self.save(customer_id=customer_id, item_id=item_id, actor=actor)
        except ValidationError as error:
            self._refuse(error)
            return False
        return True

    def _refuse(self, error: ValidationError) -> None:
        named = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
        for name, messages in named.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)


class FieldForm(PortraitForm):
    """One field of one value; `name` is of `customers.contracts.FIELDS`."""

    value = forms.CharField(required=False, label="")

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        spec = FIELDS[name]
        self.fields["value"].label = words.FIELD[name]
        widget: forms.Widget = _text(maxlength=spec.max_length)
        if spec.kind == "choice":
            labels = words.CHOICES[name]
            stored = str((kwargs.get("initial") or {}).get("value") or "")
            listed = _choices(spec.choices, labels, empty=True)
            if stored and stored not in spec.choices:
                listed.append((stored, stored))
            widget = forms.Select(attrs=INPUT, choices=listed)
        elif spec.kind == "date":
            widget = forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
        elif spec.kind == "country":
            widget = _text(maxlength=2, placeholder="CN")
        elif spec.kind == "zone":
            widget = _text(maxlength=40, placeholder="Asia/Shanghai")
        self.fields["value"].widget = widget

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Write the field."""
        given = self.cleaned_data
        services.set_field(
            customer_id=customer_id, name=self.name, value=given["value"], actor=actor, source=given["source"]
        )


class ContactForm(PortraitForm):
    """A way to reach the customer."""

    kind = forms.ChoiceField(label=_("Kind"), choices=_choices(CONTACT_KINDS, CHANNEL), widget=_select())
    value = forms.CharField(
        label=_("Number, address or name"), required=False, widget=_text(), max_length=500
    )
    label = forms.CharField(
        label=_("Label"), required=False, max_length=40, widget=_text(), help_text=_("Such as office, home.")
    )
    is_preferred = forms.BooleanField(label=_("Preferred of its kind"), required=False)
    is_verified = forms.BooleanField(label=_("Verified: it works and is theirs"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("is_stored"):
            self.fields["kind"].disabled = True
            self.fields["value"].help_text = _("Leave empty to keep what is stored.")

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Add or change it."""
        services.save_contact_point(
            customer_id=customer_id, contact_id=item_id, actor=actor, **self.cleaned_data
        )


class TraitForm(PortraitForm):
    """A preference, interest, size, need or family fact of one kind."""

    kind = forms.ChoiceField(choices=_choices(TRAIT_CODES, words.TRAIT_KIND), widget=forms.HiddenInput())
    code = forms.ChoiceField(label=_("What"), widget=_select())
    text = forms.CharField(label=_("In words"), required=False, max_length=1_000, widget=_text())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = str((self.data.get("kind") if self.is_bound else None) or self.initial.get("kind", ""))
        kind = kind if kind in TRAIT_CODES else "special_need"
        self.title = words.TRAIT_KIND[kind]
        self.initial["kind"] = kind
        code = self.fields["code"]
        assert isinstance(code, forms.ChoiceField)
        code.choices = _choices(TRAIT_CODES[kind], words.TRAIT[kind])

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Add or change it."""
        services.save_trait(customer_id=customer_id, trait_id=item_id, actor=actor, **self.cleaned_data)


class DateForm(PortraitForm):
    """A day that matters."""

    kind = forms.ChoiceField(
        label=_("Occasion"), choices=_choices(DATE_KINDS, words.DATE_KIND), widget=_select()
    )
    on_date = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
    )
    is_yearly = forms.BooleanField(label=_("Every year"), required=False, initial=True)
    label = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=200,
        widget=_text(),
        help_text=_("Such as whose day it is."),
    )

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Add or change it."""
        services.save_date(customer_id=customer_id, date_id=item_id, actor=actor, **self.cleaned_data)


class ProductForm(PortraitForm):
    """A product that the customer has."""

    name = forms.CharField(label=_("Product"), max_length=200, widget=_text())
    category = forms.CharField(label=_("Category"), required=False, max_length=120, widget=_text())
    product_id = forms.CharField(label=_("Product number"), required=False, max_length=80, widget=_text())
    bought_on = forms.DateField(
        label=_("Bought on"),
        required=False,
        widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d"),
    )
    cycle_days = forms.IntegerField(
        label=_("Lasts for days"),
        required=False,
        min_value=1,
        max_value=36_500,
        widget=_text(inputmode="numeric"),
        help_text=_("For what is used up or worn out."),
    )
    is_given_up = forms.BooleanField(label=_("Not in use any more"), required=False)

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Add or change it."""
        services.save_product(customer_id=customer_id, item_id=item_id, actor=actor, **self.cleaned_data)


class PersonForm(PortraitForm):
    """Somebody at a company."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=_text())
    role = forms.ChoiceField(label=_("Role"), choices=_choices(COMPANY_ROLES, words.ROLE), widget=_select())
    title = forms.CharField(label=_("Title"), required=False, max_length=120, widget=_text())
    phone = forms.CharField(
        label=_("Telephone"), required=False, max_length=80, widget=_text(inputmode="tel")
    )
    email = forms.CharField(
        label=_("E-mail"), required=False, max_length=200, widget=_text(inputmode="email")
    )
    remark = forms.CharField(label=_("Remark"), required=False, max_length=1_000, widget=_area())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("is_stored"):
            for name in ("phone", "email"):
                self.fields[name].help_text = _("Leave empty to keep what is stored.")

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Add or change them."""
        services.save_company_contact(
            customer_id=customer_id, person_id=item_id, actor=actor, **self.cleaned_data
        )


class NoteForm(PortraitForm):
    """A note with its fixed fields; the source is the kind of the note itself."""

    kind = forms.ChoiceField(label=_("Kind"), choices=_choices(NOTE_KINDS, words.NOTE_KIND), widget=_select())
    text = forms.CharField(label=_("What was said"), required=False, widget=_area(3))
    explicit_need = forms.CharField(label=words.NOTE_FIELD["explicit_need"], required=False, widget=_text())
    implicit_need = forms.CharField(label=words.NOTE_FIELD["implicit_need"], required=False, widget=_text())
    preference = forms.CharField(label=words.NOTE_FIELD["preference"], required=False, widget=_text())
    urgency = forms.ChoiceField(
        label=words.NOTE_FIELD["urgency"],
        required=False,
        choices=_choices(URGENCIES, words.URGENCY, empty=True),
        widget=_select(),
    )
    emotion = forms.CharField(label=words.NOTE_FIELD["emotion"], required=False, widget=_text())
    is_sensitive = forms.BooleanField(
        label=_("Sensitive: only for those who may read sensitive notes"), required=False
    )
    source = None  # type: ignore[assignment]

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Write or change it."""
        given = self.cleaned_data
        services.save_note(
            customer_id=customer_id,
            note_id=item_id,
            kind=given["kind"],
            text=given["text"],
            fields={name: given[name] for name in NOTE_FIELDS},
            is_sensitive=given["is_sensitive"],
            source="interview" if given["kind"] == "interview" else "conversation",
            actor=actor,
        )


class AttachmentForm(PortraitForm):
    """A file to keep with the customer."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"class": "kw-input"}),
        help_text=_("PDF, picture, Office file, text, mail or recording; at most 20 MB. It is kept sealed."),
    )
    is_sensitive = forms.BooleanField(
        label=_("Sensitive: only for those who may read sensitive notes"), required=False
    )
    source = None  # type: ignore[assignment]

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Keep it; a file is never changed."""
        file = self.cleaned_data["file"]
        if file.size > services.MAX_FILE_BYTES:
            raise ValidationError({"file": [_("The file is too large; at most 20 MB.")]})
        content, is_sensitive = file.read(), self.cleaned_data["is_sensitive"]
        if file.name.lower().endswith(mail.ENDING):
            outcome = letters.attach_mail(
                customer_id=customer_id,
                content=content,
                is_sensitive=is_sensitive,
                actor=actor,
                now=clock.now(),
            )
            if outcome is MailOutcome.ALREADY_THERE:
                raise ValidationError({"file": [_("This e-mail is on the record already.")]})
            if outcome is MailOutcome.ARCHIVED:
                return
        services.attach(
            customer_id=customer_id, name=file.name, content=content, is_sensitive=is_sensitive, actor=actor
        )


class PromiseForm(PortraitForm):
    """What is promised to the customer."""

    what = forms.CharField(label=_("What was promised"), max_length=1_000, widget=_text())
    due_at = forms.DateTimeField(
        label=_("By when"),
        widget=forms.DateTimeInput(attrs={**INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    owner_id = forms.TypedChoiceField(label=_("Who sees to it"), coerce=int, widget=_select())
    source = None  # type: ignore[assignment]

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner_id"]
        assert isinstance(owner, forms.TypedChoiceField)
        owner.choices = people

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """Record it."""
        services.make_promise(customer_id=customer_id, actor=actor, **self.cleaned_data)


class BrokenForm(PortraitForm):
    """Why a promise was not kept, and what makes up for it."""

    reason = forms.CharField(label=_("Why it was not kept"), max_length=1_000, widget=_text())
    remedy = forms.CharField(label=_("What makes up for it"), max_length=1_000, widget=_text())
    source = None  # type: ignore[assignment]

    def save(self, *, customer_id: str, item_id: int | None, actor: str) -> None:
        """End the promise as broken."""
        services.close_promise(
            customer_id=customer_id, promise_id=item_id or 0, kept=False, actor=actor, **self.cleaned_data
        )


def usual_due(now: datetime) -> datetime:
    """Tomorrow at six in the evening, in the reader's time zone."""
    tomorrow = timezone.localtime(now) + timedelta(days=1)
    return tomorrow.replace(hour=18, minute=0, second=0, microsecond=0)


def promise_initial(owner_id: int | None) -> dict[str, Any]:
    """What the form of a new promise begins with."""
    return {"due_at": usual_due(clock.now()), "owner_id": owner_id}
