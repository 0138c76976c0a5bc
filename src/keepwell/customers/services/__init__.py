"""What can be done to customers: keyword-only functions, one transaction each, audited."""

from keepwell.customers.services.culture import reset_culture_entry, save_culture_entry
from keepwell.customers.services.erasing import erase_portrait
from keepwell.customers.services.fields import set_field
from keepwell.customers.services.items import purge_removed, remove_item, restore_item
from keepwell.customers.services.notes import (
    MAX_FILE_BYTES,
    attach,
    close_promise,
    make_promise,
    reopen_promise,
    save_note,
)
from keepwell.customers.services.owners import (
    assign_owner,
    confirm_handover,
    decline_handover,
    on_owner_change,
    propose_handover,
    withdraw_handover,
)
from keepwell.customers.services.portrait import (
    save_company_contact,
    save_contact_point,
    save_date,
    save_product,
    save_trait,
)
from keepwell.customers.services.records import ensure, upsert_many
from keepwell.customers.services.tags import add_tag, remove_tag, save_tag

__all__ = [
    "MAX_FILE_BYTES",
    "add_tag",
    "assign_owner",
    "attach",
    "close_promise",
    "confirm_handover",
    "decline_handover",
    "ensure",
    "erase_portrait",
    "make_promise",
    "on_owner_change",
    "propose_handover",
    "purge_removed",
    "remove_item",
    "remove_tag",
    "reopen_promise",
    "reset_culture_entry",
    "restore_item",
    "save_company_contact",
    "save_contact_point",
    "save_culture_entry",
    "save_date",
    "save_note",
    "save_product",
    "save_tag",
    "save_trait",
    "set_field",
    "upsert_many",
    "withdraw_handover",
]
