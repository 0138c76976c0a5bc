"""The journey map: stages, touchpoints, frictions and their remedies."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import channel_habits, journey_map, reply_times, strategies, tailoring

urlpatterns = [
    path("journey-map/", journey_map.the_map, name="journey_map"),
    path("journey-map/measure/", journey_map.measure, name="journey_map_measure"),
    path("journey-map/stages/", journey_map.stage, name="journey_map_stage_new"),
    path("journey-map/stages/<int:stage_id>/", journey_map.stage, name="journey_map_stage"),
    path("journey-map/touchpoints/new/", journey_map.touchpoint, name="journey_map_touchpoint_new"),
    path(
        "journey-map/touchpoints/<int:touchpoint_id>/", journey_map.touchpoint, name="journey_map_touchpoint"
    ),
    path("journey-map/touchpoints/<int:touchpoint_id>/texts/", tailoring.texts, name="touchpoint_texts"),
    path(
        "journey-map/touchpoints/<int:touchpoint_id>/texts/groups/",
        tailoring.group,
        name="touchpoint_texts_group",
    ),
    re_path(
        r"^journey-map/touchpoints/(?P<touchpoint_id>\d{1,9})/texts/export\.(?P<kind>csv|xlsx)$",
        tailoring.export,
        name="touchpoint_texts_export",
    ),
    path("settings/buying-stages/", tailoring.buying_stages, name="buying_stages"),
    path("journey-map/frictions/new/", journey_map.friction, name="journey_map_friction_new"),
    path("journey-map/frictions/<int:friction_id>/", journey_map.friction, name="journey_map_friction"),
    path("journey-map/<slug:kind>/<int:number>/<slug:action>/", journey_map.act, name="journey_map_act"),
    path("reports/reply-times/", reply_times.reply_times, name="reply_times"),
    re_path(
        r"^reports/reply-times/export\.(?P<kind>csv|xlsx)$", reply_times.export, name="reply_times_export"
    ),
    path("reports/channels/", channel_habits.channel_habits, name="channel_habits"),
    re_path(
        r"^reports/channels/export\.(?P<kind>csv|xlsx)$", channel_habits.export, name="channel_habits_export"
    ),
    path("strategies/", strategies.strategies, name="strategies"),
    path("strategies/<slug:stage>/", strategies.strategy, name="strategy"),
    path("strategies/<slug:stage>/force/", strategies.force, name="strategy_force"),
    re_path(r"^journey-map/export\.(?P<kind>csv|xlsx)$", journey_map.export, name="journey_map_export"),
]
