"""Addresses of sockets."""

from django.urls import path

from inbox.consumers import InboxConsumer
from social.consumers import ChatConsumer

urlpatterns = [path("ws/<slug:slug>/", InboxConsumer.as_asgi())]
#: Sockets of chat widgets, on pages of other sites: their consumer asks the channel which ones.
visitors = [path("chat/<str:key>/live/", ChatConsumer.as_asgi())]
