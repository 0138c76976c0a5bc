"""Rows of sending: accounts at providers, messages, attempts to hand them over, receipts, windows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField
from keepwell.outreach.sending.approved.models import ApprovedTemplate as ApprovedTemplate

# Receipts of what a customer did, as against what became of the message on its way.
PERSONS = ("opened", "clicked", "replied", "unsubscribed", "complained")


class ChannelAccount(models.Model):
    """An account at a provider; its settings are sealed. At most one of a channel is in use.

    `token` names it in the address that the provider calls. `paused_until` is set by outages, each longer
    than the one before (`outages`); `stopped_reason` by what only a person can mend.
    """

    provider = models.CharField(max_length=40)
    channel = models.CharField(max_length=12)
    name = models.CharField(max_length=80, blank=True, default="")  # empty: as the provider is called
    token = models.CharField(max_length=40, unique=True)
    settings = EncryptedTextField()
    active = models.BooleanField(default=True)
    outages = models.PositiveSmallIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_reason = models.CharField(max_length=40, blank=True, default="")
    last_error = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """One in use for each channel."""

        ordering = ("channel", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("channel",), condition=Q(active=True), name="sending_one_active_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.name}"


class Message(models.Model):
    """One message to one customer. What it says is sealed; the address is read when it goes."""

    message_id = models.CharField(max_length=40, unique=True)
    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=12)
    purpose = models.CharField(max_length=12)
    content = models.CharField(max_length=80, blank=True, default="")
    origin = models.CharField(max_length=80, blank=True, default="")
    play = models.CharField(max_length=60, blank=True, default="")  # that dealt the customer this `arm`
    arm = models.CharField(max_length=12, blank=True, default="")
    propensity = models.FloatField(null=True)
    priority = models.PositiveSmallIntegerField()
    urgent = models.BooleanField(default=False)
    body = EncryptedTextField()
    text_id = models.BigIntegerField(null=True)  # number of the text of `content` that it was made of
    # Whether openings and clicks of it could be told once it went; null where nobody noted that.
    opens_told = models.BooleanField(null=True)
    clicks_told = models.BooleanField(null=True)
    status = models.CharField(max_length=10, default="waiting")
    reason = models.CharField(max_length=40, blank=True, default="")
    due_at = models.DateTimeField()
    not_after = models.DateTimeField(null=True)
    lease = models.CharField(max_length=60, blank=True, default="")
    account = models.ForeignKey(ChannelAccount, models.SET_NULL, null=True, related_name="+")
    begun_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    provider_ref = models.CharField(max_length=120, blank=True, default="")
    standing = models.CharField(max_length=12, blank=True, default="")
    acts = models.PositiveSmallIntegerField(default=0)  # what people did with it, see `acts`
    # What somebody asked for while it could not be stopped: it holds where it comes back; see `recalling`.
    recalled = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Taken by priority among what is due; asked for by lease and by customer."""

        indexes = [
            models.Index(
                fields=("-priority", "due_at", "id"),
                condition=Q(status="waiting"),
                name="sending_message_due",
            ),
            models.Index(fields=("lease",), condition=Q(status="sending"), name="sending_message_lease"),
            models.Index(fields=("customer_id", "-created_at"), name="sending_message_customer"),
            models.Index(fields=("origin", "status"), name="sending_message_origin"),
            models.Index(fields=("provider_ref",), condition=~Q(provider_ref=""), name="sending_message_ref"),
            models.Index(fields=("begun_at",), condition=Q(status="unknown"), name="sending_message_unknown"),
            # Whole for what is counted by text: the rows themselves are long and stay unread.
            models.Index(
                fields=(
                    "finished_at",
                    "content",
                    "text_id",
                    "channel",
                    "standing",
                    "opens_told",
                    "clicks_told",
                    "acts",
                ),
                condition=~Q(standing=""),
                name="sending_message_read",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.status}"


class MessageProduct(models.Model):
    """A product that a message recommends; `link` is the number of its link, once a click told it."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="products")
    place = models.PositiveSmallIntegerField()
    product_id = models.CharField(max_length=200)
    link = models.PositiveSmallIntegerField(null=True)

    class Meta:
        """One at each place of a message."""

        ordering = ("message", "place")
        constraints = [
            models.UniqueConstraint(fields=("message", "place"), name="sending_one_product_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.product_id}"


class Attempt(models.Model):
    """One try to hand a message over; what the provider said is sealed, for it may name an address."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempts")
    lease = models.CharField(max_length=60)
    at = models.DateTimeField()
    fate = models.CharField(max_length=10)
    code = models.CharField(max_length=40, blank=True, default="")
    refusal = models.CharField(max_length=12, blank=True, default="")
    detail = EncryptedTextField(blank=True, default="")

    class Meta:
        """One answer for each try; oldest first."""

        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("message", "lease"), name="sending_one_answer_per_try")
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.fate}"


class ReceiptRow(models.Model):
    """Something that a provider told of a message, once; its words are sealed."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="receipts")
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=120)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    code = models.CharField(max_length=40, blank=True, default="")
    by_machine = models.BooleanField(default=False)
    detail = EncryptedTextField(blank=True, default="")

    class Meta:
        """Told twice is kept once."""

        ordering = ("at", "pk")
        constraints = [
            models.UniqueConstraint(fields=("message", "kind", "key"), name="sending_receipt_once")
        ]
        indexes = [
            models.Index(
                fields=("kind", "message", "at"),
                condition=Q(by_machine=False, kind__in=PERSONS),
                name="sending_receipt_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.kind}"


class HeardRow(models.Model):
    """Something that a customer did on a channel, once; what they wrote is sealed."""

    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=12)
    account = models.ForeignKey(ChannelAccount, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=120)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    text = EncryptedTextField(blank=True, default="")

    class Meta:
        """Told twice is kept once; asked for by customer."""

        constraints = [
            models.UniqueConstraint(fields=("channel", "customer_id", "key"), name="sending_heard_once")
        ]
        indexes = [models.Index(fields=("customer_id", "-at"), name="sending_heard_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class ContactWindow(models.Model):
    """A window that a customer opened by something they did; the newest of each kind counts.

    `most` messages go in it (null: any number), as many as there are places taken.
    """

    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=12)
    account = models.ForeignKey(ChannelAccount, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    most = models.PositiveSmallIntegerField(null=True)

    class Meta:
        """The same event opens it once; asked for by customer and channel."""

        constraints = [
            models.UniqueConstraint(fields=("channel", "customer_id", "key"), name="sending_window_once")
        ]
        indexes = [models.Index(fields=("customer_id", "channel", "closes_at"), name="sending_window_open")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.channel} {self.kind}"


class WindowPlace(models.Model):
    """A place in a window that a message has taken; taken only under the lock of the customer's desk."""

    window = models.ForeignKey(ContactWindow, models.CASCADE, related_name="places")
    message_id = models.CharField(max_length=40, unique=True)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.message_id


class DeadAddress(models.Model):
    """An address that takes no messages, by its blind index: nobody writes to it again until it changes."""

    customer_id = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=20)
    value_index = models.CharField(max_length=32)
    code = models.CharField(max_length=40, blank=True, default="")
    since = models.DateTimeField()

    class Meta:
        """Once for each address of a customer."""

        constraints = [
            models.UniqueConstraint(
                fields=("customer_id", "kind", "value_index"), name="sending_dead_address_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"
