"""Customers, the ways to reach them, what is known of them, and who looks after them."""

from keepwell.customers.models.culture import CultureEntry
from keepwell.customers.models.notes import Attachment, Note, Promise
from keepwell.customers.models.ownership import Handover, HandoverCustomer, Ownership
from keepwell.customers.models.portrait import (
    CompanyContact,
    CustomerTag,
    OwnedProduct,
    PersonalDate,
    Portrait,
    Tag,
    Trait,
)
from keepwell.customers.models.records import ContactPoint, Customer, PresentManager

__all__ = [
    "Attachment",
    "CompanyContact",
    "ContactPoint",
    "CultureEntry",
    "Customer",
    "CustomerTag",
    "Handover",
    "HandoverCustomer",
    "Note",
    "OwnedProduct",
    "Ownership",
    "PersonalDate",
    "Portrait",
    "PresentManager",
    "Promise",
    "Tag",
    "Trait",
]
