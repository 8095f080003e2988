"""Addresses of sockets."""

from django.urls import path

from inbox.consumers import InboxConsumer

urlpatterns = [path("ws/<slug:slug>/", InboxConsumer.as_asgi())]
