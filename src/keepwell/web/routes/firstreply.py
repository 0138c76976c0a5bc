"""Answers of the house, and the first reply to whoever writes to us."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import first_reply, first_reply_figures, house_answers

EXPORT = r"export\.(?P<kind>csv|xlsx)$"

urlpatterns = [
    path("answers/", house_answers.answers, name="house_answers"),
    path("answers/add/", house_answers.answer_add, name="house_answer_add"),
    path("answers/export.csv", house_answers.export, name="house_answers_export"),
    path("answers/<int:answer_id>/", house_answers.answer, name="house_answer"),
    path("answers/<int:answer_id>/decide/", house_answers.decide, name="house_answer_decide"),
    path("settings/first-reply/", first_reply.rules, name="first_reply"),
    path("reports/first-reply/", first_reply_figures.report, name="first_reply_figures"),
    path("reports/first-reply/routine/", first_reply_figures.judge, name="first_reply_judge"),
    re_path(r"^reports/first-reply/" + EXPORT, first_reply_figures.export, name="first_reply_figures_export"),
]
