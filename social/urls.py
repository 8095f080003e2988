"""Addresses of channels."""

from django.urls import path

from social.views import connect

urlpatterns = [
    path("connect/<slug:network>/callback", connect.connect_callback, name="connect_callback"),
    path("w/<slug:slug>/channels/connect/", connect.connect, name="connect"),
    path("w/<slug:slug>/channels/connect/<slug:network>/begin/", connect.connect_begin, name="connect_begin"),
    path("w/<slug:slug>/channels/connect/<slug:network>/finish/", connect.connect_finish, name="connect_finish"),
    path("w/<slug:slug>/channels/connect/<slug:network>/tokens/", connect.connect_tokens, name="connect_tokens"),
]
