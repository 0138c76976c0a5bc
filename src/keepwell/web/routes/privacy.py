"""Privacy, identity and the audit log."""

from __future__ import annotations

from django.urls import path

from keepwell.web import panels
from keepwell.web.privacy.panel import PANEL
from keepwell.web.views import audit, identity, privacy, privacy_settings

panels.register(PANEL)

urlpatterns = [
    path("privacy/unmask/<int:contact_point_id>/<path:customer_id>/", privacy.unmask, name="unmask"),
    path("privacy/mask/<int:contact_point_id>/<path:customer_id>/", privacy.mask, name="mask"),
    path("privacy/consent/<path:customer_id>/", privacy.change_consent, name="change_consent"),
    path("privacy/hold/<path:customer_id>/", privacy.place_hold, name="place_hold"),
    path("privacy/lift/<int:hold_id>/<path:customer_id>/", privacy.lift_hold, name="lift_hold"),
    path("privacy/export/<path:customer_id>/", privacy.export_person, name="export_person"),
    path("privacy/rights/<path:customer_id>/", privacy.rights, name="rights"),
    path("privacy/requests/<int:request_id>/", privacy.request_page, name="privacy_request"),
    path("privacy/requests/<int:request_id>/certificate.json", privacy.certificate, name="certificate"),
    path("duplicates/", identity.duplicates, name="duplicates"),
    path("duplicates/find/", identity.find, name="find_duplicates"),
    path("duplicates/merge/", identity.merge, name="merge"),
    path("duplicates/merges/", identity.merges, name="merges"),
    path("duplicates/merges/<int:merge_id>/undo/", identity.undo, name="undo_merge"),
    path("duplicates/<int:candidate_id>/different/", identity.dismiss, name="not_duplicates"),
    path("settings/privacy/", privacy_settings.page, name="privacy_settings"),
    path("settings/privacy/retention/", privacy_settings.retention, name="retention"),
    path("settings/privacy/wordings/", privacy_settings.add_wording, name="add_wording"),
    path("settings/privacy/consents/", privacy_settings.import_consents, name="import_consents"),
    path("settings/privacy/allow/", privacy_settings.allow_again, name="allow_again"),
    path("settings/audit/", audit.page, name="audit"),
    path("settings/audit/export.csv", audit.export, name="audit_export"),
    path("settings/audit/verify/", audit.verify, name="audit_verify"),
]
