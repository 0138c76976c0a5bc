"""What customers open who got a message: no account, no cookie. Addresses are made in `sending.marks`."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import public_guests, public_marks, public_questions, public_wishes

urlpatterns = [
    path("u/<str:token>", public_wishes.unsubscribe, name="unsubscribe"),
    path("u/<str:token>/preferences", public_wishes.preferences, name="preferences"),
    path("q/<str:token>", public_questions.questions, name="questions"),
    path("g/<str:token>", public_guests.invitation, name="invitation"),
    path("g/<str:token>/calendar.ics", public_guests.calendar, name="invitation_calendar"),
    path("c/<str:token>", public_marks.click, name="click"),
    path("o/<str:token>.gif", public_marks.picture, name="open_picture"),
]
