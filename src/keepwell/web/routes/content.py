"""Templates, their editor, the brand, the phrase book."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import content, content_brand, content_drafting, content_editor, phrase_book

urlpatterns = [
    path("content/", content.listed, name="content"),
    path("content/new/", content.new, name="content_new"),
    path("content/brand/", content_brand.brand, name="content_brand"),
    path("content/drafting/", content_drafting.settings, name="content_drafting"),
    path("content/drafting/try/", content_drafting.try_out, name="content_drafting_try"),
    path("content/customers/", content_editor.customers_found, name="content_customers"),
    path("content/t/<slug:code>/", content.template, name="content_template"),
    path("content/t/<slug:code>/heads/", content.heads, name="content_heads"),
    path("content/t/<slug:code>/do/<slug:action>/", content.act, name="content_act"),
    path("content/t/<slug:code>/decide/<slug:action>/", content.decide, name="content_decide"),
    path("content/t/<slug:code>/versions/<int:number>/", content.version, name="content_version"),
    path("content/t/<slug:code>/texts/", content.add_text, name="content_text_add"),
    path("content/t/<slug:code>/texts/<int:text_id>/", content_editor.editor, name="content_text"),
    path("content/t/<slug:code>/texts/<int:text_id>/check/", content_editor.check, name="content_check"),
    path("content/t/<slug:code>/texts/<int:text_id>/test/", content_editor.test, name="content_test"),
    path("content/t/<slug:code>/texts/<int:text_id>/draft/", content_drafting.draft, name="content_draft"),
    path(
        "content/t/<slug:code>/texts/<int:text_id>/undraft/", content_drafting.undo, name="content_draft_undo"
    ),
    path(
        "content/t/<slug:code>/texts/<int:text_id>/remove/", content.remove_text, name="content_text_remove"
    ),
    path("phrases/", phrase_book.book, name="phrase_book"),
]
