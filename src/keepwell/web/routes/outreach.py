"""The day's work: tasks, rules of alerts, the report, notifications, the calendar feed."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web import buying_panel, contact_panel, panels, recommended_panel, task_panel, written_panel
from keepwell.web.views import alerts, contacts, days, notices, tailoring, tasks, today, warnings

EXPORT = r"export\.(?P<kind>csv|xlsx)$"

# The customer page shows it; whoever answers that page has read these addresses.
panels.register(task_panel.PANEL)
panels.register(contact_panel.PANEL)
panels.register(buying_panel.PANEL)
panels.register(recommended_panel.PANEL)
panels.register(written_panel.PANEL)

urlpatterns = [
    path("today/", today.today, name="today"),
    path("today/team/", today.team, name="today_team"),
    path("today/week/", today.week, name="today_week"),
    path("today/promises/<int:promise_id>/kept/", days.promise_kept, name="promise_kept"),
    path("today/days/done/", days.day_done, name="day_done"),
    path("tasks/add/", tasks.add, name="task_add"),
    path("tasks/bulk/", tasks.bulk, name="task_bulk"),
    path("tasks/undo/", tasks.undo, name="task_undo"),
    path("tasks/<int:task_id>/", tasks.task, name="task"),
    path("tasks/<int:task_id>/<slug:action>/", tasks.act, name="task_act"),
    path("reports/warnings/", warnings.report, name="warnings"),
    re_path(r"^reports/warnings/" + EXPORT, warnings.export, name="warnings_export"),
    path("contacts/<path:customer_id>/", contacts.contacts, name="customer_contacts"),
    path("buying-stage/<path:customer_id>/", tailoring.stage_of, name="customer_buying_stage"),
    path("settings/contact-policy/", contacts.policy, name="contact_policy"),
    path("settings/contact-policy/holdout/", contacts.set_holdout, name="set_holdout"),
    path("settings/contact-policy/pace/", contacts.tell_pace, name="tell_pace"),
    path("settings/alerts/", alerts.rules, name="alert_rules"),
    path("notifications/", notices.notices, name="notices"),
    path("notifications/read/", notices.read, name="notices_read"),
    path("notifications/<int:notice_id>/open/", notices.follow, name="notice_open"),
    path("notifications/settings/", notices.choices, name="notice_choices"),
    path("notifications/calendar/", notices.calendar, name="calendar_feed"),
    path("calendar/<str:secret>.ics", notices.feed, name="calendar_ics"),
]
