"""Finding customers: search, lists, saved views, import in the browser, quality of the records."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import finding, imports

urlpatterns = [
    path("find/", finding.find, name="find"),
    path("settings/data/import/", imports.imports, name="imports"),
    path("settings/data/import/<int:job_id>/", imports.job, name="import_job"),
    path("settings/data/import/<int:job_id>/<slug:action>/", imports.act, name="import_act"),
    path("settings/data/import/<int:job_id>/rejected/<str:name>", imports.rejected, name="import_rejected"),
    path("settings/cycles/start/", imports.start_cycle, name="start_cycle"),
]
