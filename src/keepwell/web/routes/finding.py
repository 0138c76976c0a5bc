"""Finding customers: search, lists, saved views, import in the browser, quality of the records."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import bulk, finding, imports, records

urlpatterns = [
    path("lists/undo/<int:change_id>/", bulk.undo, name="list_undo"),
    path("lists/<slug:name>/columns/", bulk.choose_columns, name="list_columns"),
    path("lists/<slug:name>/views/", bulk.save_view, name="list_views"),
    path("lists/<slug:name>/views/<int:view_id>/delete/", bulk.delete_view, name="list_view_delete"),
    path("lists/<slug:name>/change/", bulk.change, name="list_change"),
    path("find/", finding.find, name="find"),
    path("settings/data/import/", imports.imports, name="imports"),
    path("settings/data/import/<int:job_id>/", imports.job, name="import_job"),
    path("settings/data/import/<int:job_id>/<slug:action>/", imports.act, name="import_act"),
    path("settings/data/import/<int:job_id>/rejected/<str:name>", imports.rejected, name="import_rejected"),
    path("settings/data/missing/<slug:field>/", records.missing, name="data_missing"),
    path("settings/cycles/start/", imports.start_cycle, name="start_cycle"),
]
