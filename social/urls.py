"""Addresses of channels."""

from django.urls import path

from social.views import backfills, channels, chat, chat_widget, connect, hooks, networks, outbox

urlpatterns = [
    path("w/<slug:slug>/channels/", channels.channels, name="channels"),
    path("w/<slug:slug>/channels/<int:channel_id>/", channels.channel, name="channel"),
    path("w/<slug:slug>/channels/<int:channel_id>/pause/", channels.pause, name="channel_pause"),
    path("w/<slug:slug>/channels/<int:channel_id>/resume/", channels.resume, name="channel_resume"),
    path("w/<slug:slug>/channels/<int:channel_id>/disconnect/", channels.disconnect, name="channel_disconnect"),
    path("w/<slug:slug>/channels/<int:channel_id>/aside/<int:item_id>/retry/", channels.aside_retry, name="aside_retry"),
    path("w/<slug:slug>/channels/<int:channel_id>/aside/<int:item_id>/discard/", channels.aside_discard, name="aside_discard"),
    path(
        "w/<slug:slug>/channels/<int:channel_id>/sends/<int:delivery_id>/retry/",
        channels.delivery_retry,
        name="delivery_retry",
    ),
    path(
        "w/<slug:slug>/channels/<int:channel_id>/sends/<int:delivery_id>/decide/",
        channels.delivery_decide,
        name="delivery_decide",
    ),
    path("w/<slug:slug>/channels/<int:channel_id>/widget/", chat_widget.widget, name="chat_widget"),
    path("w/<slug:slug>/channels/<int:channel_id>/widget/secret/", chat_widget.secret, name="chat_secret"),
    path("chat/<str:key>/", chat.chat, name="chat"),
    path("chat/<str:key>/say/", chat.chat_say, name="chat_say"),
    path("chat/<str:key>/read/", chat.chat_read, name="chat_read"),
    path("w/<slug:slug>/channels/<int:channel_id>/backfill/", backfills.backfill, name="backfill"),
    path("w/<slug:slug>/channels/<int:channel_id>/backfill/<int:run_id>/stop/", backfills.stop, name="backfill_stop"),
    path("w/<slug:slug>/channels/<int:channel_id>/backfill/<int:run_id>/go-on/", backfills.go_on, name="backfill_go_on"),
    path("w/<slug:slug>/channels/<int:channel_id>/transfer/", channels.transfer, name="channel_transfer"),
    path("w/<slug:slug>/channels/<int:channel_id>/rotate-webhook/", channels.rotate_webhook, name="channel_rotate_webhook"),
    path("w/<slug:slug>/channels/networks/", networks.capabilities, name="capabilities"),
    path("w/<slug:slug>/outbox/", outbox.unsettled, name="outbox"),
    path("w/<slug:slug>/outbox/<int:delivery_id>/retry/", outbox.retry, name="outbox_retry"),
    path("w/<slug:slug>/outbox/<int:delivery_id>/discard/", outbox.discard, name="outbox_discard"),
    path("w/<slug:slug>/outbox/<int:delivery_id>/decide/", outbox.decide, name="outbox_decide"),
    path("hooks/app/<slug:network>/", hooks.app_hook, name="app_hook"),
    path("hooks/<str:key>/", hooks.hook, name="hook"),
    path("connect/<slug:network>/callback", connect.connect_callback, name="connect_callback"),
    path("w/<slug:slug>/channels/connect/", connect.connect, name="connect"),
    path("w/<slug:slug>/channels/connect/<slug:network>/begin/", connect.connect_begin, name="connect_begin"),
    path("w/<slug:slug>/channels/connect/<slug:network>/finish/", connect.connect_finish, name="connect_finish"),
    path("w/<slug:slug>/channels/connect/<slug:network>/choose/", connect.connect_choose, name="connect_choose"),
    path("w/<slug:slug>/channels/connect/<slug:network>/tokens/", connect.connect_tokens, name="connect_tokens"),
]
