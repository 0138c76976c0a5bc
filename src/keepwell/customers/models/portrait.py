"""What is known of a customer beyond the record: portrait, dates, products, people, tags."""

from __future__ import annotations

from django.db import models

from keepwell.customers.models.records import Customer, Item
from keepwell.foundation.crypto import EncryptedTextField


class Portrait(models.Model):
    """What people who serve the customer add to the record, one value each; absent until somebody does."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="portrait")
    preferred_channel = models.CharField(max_length=20, blank=True, default="")
    culture = models.CharField(max_length=40, blank=True, default="")
    personal_stage = models.CharField(max_length=40, blank=True, default="")
    service_type = models.CharField(max_length=20, blank=True, default="")
    sensitivity = models.CharField(max_length=20, blank=True, default="")
    vip_state = models.CharField(max_length=20, blank=True, default="")
    # field -> [source, ISO instant], as on the record
    provenance = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        """Groups of people are counted by these."""

        indexes = [
            models.Index(fields=("personal_stage",), name="portrait_personal_stage"),
            models.Index(fields=("service_type",), name="portrait_service_type"),
        ]

    def __str__(self) -> str:
        return self.customer_id


class Trait(Item):
    """A preference, interest, size, need or family fact: a code to count by, and sealed words."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="traits")
    kind = models.CharField(max_length=24)
    code = models.CharField(max_length=40)
    text = EncryptedTextField(blank=True, default="")

    class Meta:
        """Found by customer, and by what people have in common."""

        ordering = ("kind", "id")
        indexes = [models.Index(fields=("kind", "code"), name="trait_kind_code")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind} {self.code}"


class PersonalDate(Item):
    """A day that matters to the customer: every year, or once as a child's examination."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="dates")
    kind = models.CharField(max_length=24)
    label = EncryptedTextField(blank=True, default="")
    on_date = EncryptedTextField()  # ISO date
    is_yearly = models.BooleanField(default=True)
    day_index = models.CharField(max_length=32)  # blind index of month and day

    class Meta:
        """Found by day, without opening any."""

        ordering = ("id",)
        indexes = [models.Index(fields=("day_index",), name="personal_date_day")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class OwnedProduct(Item):
    """A product that the customer has, also one bought elsewhere."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="products")
    product_id = models.CharField(max_length=80, blank=True, default="")
    name = EncryptedTextField()
    category = models.CharField(max_length=120, blank=True, default="")
    bought_on = models.DateField(null=True, blank=True)
    cycle_days = models.PositiveIntegerField(null=True, blank=True)  # how long one lasts, if it is used up
    is_given_up = models.BooleanField(default=False)

    class Meta:
        """The newest first."""

        ordering = ("-bought_on", "-id")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.product_id}"


class CompanyContact(Item):
    """Somebody at a company that is a customer, with the part they play there."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="people")
    role = models.CharField(max_length=24)
    name = EncryptedTextField()
    title = EncryptedTextField(blank=True, default="")
    email = EncryptedTextField(blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    email_index = models.CharField(max_length=32, blank=True, default="")
    phone_index = models.CharField(max_length=32, blank=True, default="")
    tail_index = models.CharField(max_length=32, blank=True, default="")
    remark = EncryptedTextField(blank=True, default="")

    class Meta:
        """By role; found by the number they call from and the address they write from."""

        ordering = ("role", "id")
        indexes = [
            models.Index(
                fields=("tail_index",), condition=models.Q(tail_index__gt=""), name="company_contact_tail"
            ),
            models.Index(
                fields=("email_index",), condition=models.Q(email_index__gt=""), name="company_contact_email"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.role}"


class Tag(models.Model):
    """A word of the shop's own that customers can be marked with."""

    name = models.CharField(max_length=60, unique=True)
    meaning = models.CharField(max_length=200, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        """By name."""

        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class CustomerTag(models.Model):
    """A customer marked with a tag."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="own_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="marked")
    added_by = models.CharField(max_length=150)
    added_at = models.DateTimeField()

    class Meta:
        """Once each; lists ask by tag."""

        ordering = ("tag__name",)
        constraints = [models.UniqueConstraint(fields=("customer", "tag"), name="customer_tag_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.tag_id}"
