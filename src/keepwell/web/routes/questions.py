"""Questions of customers, and feedback with its departments."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web import panels
from keepwell.web.questions import panel
from keepwell.web.views import feedback, feedback_figures, feedback_routing, questions

EXPORT = r"export\.(?P<kind>csv|xlsx)$"

panels.register(panel.PANEL)

urlpatterns = [
    path("questions/", questions.questions, name="question_list"),
    path("questions/add/", questions.add, name="question_add"),
    re_path(r"^questions/" + EXPORT, questions.export, name="questions_export"),
    path("questions/feedback/", feedback.feedback, name="feedback"),
    path("questions/feedback/<int:feedback_id>/", feedback.item, name="feedback_item"),
    path("questions/feedback/<int:feedback_id>/<slug:action>/", feedback.act, name="feedback_act"),
    path("questions/<int:question_id>/", questions.question, name="question"),
    path("questions/<int:question_id>/<slug:action>/", questions.act, name="question_act"),
    path("reports/feedback/", feedback_figures.report, name="feedback_figures"),
    re_path(r"^reports/feedback/" + EXPORT, feedback_figures.export, name="feedback_figures_export"),
    path("settings/feedback/", feedback_routing.routing, name="feedback_routing"),
]
