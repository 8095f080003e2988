"""Addresses of the inbox."""

from django.urls import path

from inbox.views import changes, conversation, deeds, listing, media, note_mentions, original, ringing, saved_replies

urlpatterns = [
    path("w/<slug:slug>/inbox/", listing.inbox, name="inbox"),
    path("w/<slug:slug>/inbox/rows/", listing.rows, name="inbox_rows"),
    path("w/<slug:slug>/inbox/changes/", changes.changes, name="inbox_changes"),
    path("w/<slug:slug>/inbox/ringing/", ringing.ringing, name="inbox_ringing"),
    path("w/<slug:slug>/inbox/assignees/", conversation.assignees, name="inbox_assignees"),
    path("w/<slug:slug>/inbox/mentionables/", note_mentions.offered, name="inbox_mentionables"),
    path("w/<slug:slug>/inbox/deliveries/<int:delivery_id>/", conversation.of_delivery, name="inbox_delivery"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/", conversation.conversation, name="inbox_conversation"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/earlier/", conversation.earlier, name="inbox_earlier"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/write/", deeds.write, name="inbox_write"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/files/", media.attach, name="inbox_attach"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/files/<int:file_id>/", media.chosen, name="inbox_chosen"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/status/", deeds.status, name="inbox_status"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/assign/", deeds.assign, name="inbox_assign"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/team/", deeds.team, name="inbox_team"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/priority/", deeds.priority, name="inbox_priority"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/read/", deeds.read, name="inbox_read"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/unread/", deeds.unread, name="inbox_unread"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/take-back/", deeds.take_back, name="message_take_back"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/retry/", deeds.retry, name="message_retry"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/deed/", deeds.deed, name="message_deed"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/decide/", deeds.decide, name="message_decide"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/original/", original.original, name="message_original"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/media/<int:number>/", media.medium, name="message_medium"),
    path("w/<slug:slug>/inbox/messages/<int:message_id>/media/<int:number>/state/", media.medium_state, name="medium_state"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/saved-replies/", saved_replies.offered, name="saved_replies_offered"),
    path("w/<slug:slug>/inbox/<int:conversation_id>/saved-replies/<int:reply_id>/use/", saved_replies.use, name="saved_reply_use"),
    path("w/<slug:slug>/saved-replies/", saved_replies.listing, name="saved_replies"),
    path("w/<slug:slug>/saved-replies/export/", saved_replies.export, name="saved_replies_export"),
    path("w/<slug:slug>/saved-replies/import/", saved_replies.bring_in, name="saved_replies_import"),
    path("w/<slug:slug>/saved-replies/<int:reply_id>/", saved_replies.one, name="saved_reply"),
    path("w/<slug:slug>/saved-replies/<int:reply_id>/remove/", saved_replies.remove, name="saved_reply_remove"),
]
