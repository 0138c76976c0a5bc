"""What content can do."""

from keepwell.outreach.content.core.choosing import choose as choose_text
from keepwell.outreach.content.core.variables import is_given
from keepwell.outreach.content.services.brand import set_brand
from keepwell.outreach.content.services.drafting import draft_text, set_drafting, try_drafting, undo_draft
from keepwell.outreach.content.services.rendering import Prepared, prepare, preview, render
from keepwell.outreach.content.services.speaking import company_values, say, values_to_say
from keepwell.outreach.content.services.templates import (
    add_text,
    archive,
    begin_draft,
    change_template,
    create_template,
    remove_text,
    restore,
    save_text,
)
from keepwell.outreach.content.services.testing import send_test
from keepwell.outreach.content.services.versions import approve, publish, reopen
from keepwell.outreach.content.values import PRODUCTS as RECOMMENDED_PRODUCTS
from keepwell.outreach.content.values import of_customers as values_of

__all__ = [
    "RECOMMENDED_PRODUCTS",
    "Prepared",
    "add_text",
    "approve",
    "archive",
    "begin_draft",
    "change_template",
    "choose_text",
    "company_values",
    "create_template",
    "draft_text",
    "is_given",
    "prepare",
    "preview",
    "publish",
    "remove_text",
    "render",
    "reopen",
    "restore",
    "save_text",
    "say",
    "send_test",
    "set_brand",
    "set_drafting",
    "try_drafting",
    "undo_draft",
    "values_of",
    "values_to_say",
]
