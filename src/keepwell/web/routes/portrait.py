"""The customer's file, owners and handovers, the culture guide, tags, and finding a caller."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import culture, customer, files, owners, portrait

FILE = "customer-file/"
ITEM = FILE + "<slug:kind>/<int:item_id>/"

urlpatterns = [
    path("lookup/", owners.lookup, name="lookup"),
    path(FILE + "field/<slug:name>/<path:customer_id>/", portrait.field, name="customer_field"),
    path(FILE + "behaviour/<path:customer_id>/", portrait.behaviour, name="customer_behaviour"),
    path(FILE + "pictures/<path:customer_id>/", customer.pictures, name="customer_pictures"),
    path(FILE + "owner/<path:customer_id>/", owners.assign, name="customer_owner"),
    path(FILE + "tag-<slug:action>/<path:customer_id>/", portrait.tag, name="customer_tag"),
    path(
        FILE + "promise/<int:item_id>/keep/<path:customer_id>/",
        portrait.keep_promise,
        name="customer_promise_keep",
    ),
    path(
        FILE + "promise/<int:item_id>/break/<path:customer_id>/",
        portrait.break_promise,
        name="customer_promise_break",
    ),
    path(
        FILE + "promise/<int:item_id>/reopen/<path:customer_id>/",
        portrait.reopen_promise,
        name="customer_promise_reopen",
    ),
    path(
        FILE + "attachment/<int:item_id>/file/<path:customer_id>/",
        files.attachment,
        name="customer_attachment",
    ),
    path(
        FILE + "attachment/<int:item_id>/mail/<path:customer_id>/",
        files.mail,
        name="customer_mail",
    ),
    path(FILE + "<slug:kind>/add/<path:customer_id>/", portrait.add, name="customer_item_add"),
    path(ITEM + "change/<path:customer_id>/", portrait.change, name="customer_item"),
    path(ITEM + "remove/<path:customer_id>/", portrait.remove, name="customer_item_remove"),
    path(ITEM + "restore/<path:customer_id>/", portrait.restore, name="customer_item_restore"),
    path("owners/", owners.overview, name="owners"),
    path("owners/assign/", owners.assign_many, name="owners_assign"),
    path("handovers/add/", owners.propose, name="handover_add"),
    path("handovers/<int:handover_id>/", owners.handover, name="handover"),
    path("handovers/<int:handover_id>/<slug:action>/", owners.decide, name="handover_decide"),
    path("promises/", owners.promises, name="promises"),
    path("settings/culture/", culture.guide, name="culture"),
    path("settings/culture/add/", culture.entry, name="culture_add"),
    path("settings/culture/<slug:code>/", culture.entry, name="culture_entry"),
    path("settings/culture/<slug:code>/reset/", culture.reset, name="culture_reset"),
    path("settings/tags/", culture.tags, name="tags"),
    path("settings/tags/<int:tag_id>/", culture.save_tag, name="tag_save"),
]
