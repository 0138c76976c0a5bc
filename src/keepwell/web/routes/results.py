"""What plays did: one by one, by month, and what was learned."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import play_results

FILE = r"export\.(?P<kind>csv|xlsx|pdf)$"

urlpatterns = [
    path("plays/<int:play_id>/results/", play_results.play, name="play_results"),
    re_path(r"^plays/(?P<play_id>\d{1,18})/results/" + FILE, play_results.export, name="play_results_export"),
    path("effects/plays/", play_results.savings, name="effects_plays"),
    re_path(r"^effects/plays/" + FILE, play_results.savings_export, name="effects_plays_export"),
    path("settings/lessons/<int:lesson_id>/take-back/", play_results.take_back, name="lesson_take_back"),
]
