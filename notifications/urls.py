"""Addresses of notifications."""

from django.urls import path

from notifications.views import bell, preferences

urlpatterns = [
    path("w/<slug:slug>/notifications/", bell.notifications, name="notifications"),
    path("w/<slug:slug>/notifications/count/", bell.count, name="notifications_count"),
    path("w/<slug:slug>/notifications/short/", bell.short, name="notifications_short"),
    path("w/<slug:slug>/notifications/mark/", bell.mark, name="notifications_mark"),
    path("w/<slug:slug>/notifications/preferences/", preferences.preferences, name="notification_preferences"),
    path("notifications/no-mail/<str:token>/", preferences.no_mail, name="notifications_no_mail"),
]
