"""What API v1 shows of conversations and messages."""


from rest_framework import serializers

from core.api import Moment, Strict, Text, Whole
from core.keyset import MAX_ID
from inbox.models import Direction, Priority, Status, Visibility
from social.models import DeedState, DeliveryState
from social.networks.values import DeedKind
from social.services.chosen_files import MAX_ALT


class ChosenFile(Strict):
    """A file that was handed over before."""

    id = Whole(min_value=1, max_value=MAX_ID)
    alt = Text(required=False, default="", allow_blank=True, max_length=MAX_ALT, help_text="What it shows.")


class MemberRef(serializers.Serializer[object]):
    """A member, in short."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="user.display_name")


class ContactRef(serializers.Serializer[object]):
    """A contact, in short."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class ChannelRef(serializers.Serializer[object]):
    """A channel, in short."""

    id = serializers.IntegerField()
    network = serializers.CharField()
    name = serializers.CharField()
    handle = serializers.CharField()


class IdentityRef(serializers.Serializer[object]):
    """The handle a message came from."""

    id = serializers.IntegerField()
    handle = serializers.CharField()
    name = serializers.CharField()


class TagRef(serializers.Serializer[object]):
    """A tag, in short."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    tone = serializers.CharField()


class ConversationOut(serializers.Serializer[object]):
    """One thread on one channel with one contact."""

    id = serializers.IntegerField()
    channel = ChannelRef()
    contact = ContactRef()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    assignee = MemberRef(allow_null=True)
    team = serializers.IntegerField(source="team_id", allow_null=True)
    tags = TagRef(many=True)
    snippet = serializers.CharField()
    snippet_lang = serializers.CharField()
    last_direction = serializers.CharField()
    last_activity_at = Moment()
    waiting_since = Moment(allow_null=True, help_text="Since when the customer waits for an answer.")
    message_count = serializers.IntegerField()
    unread_count = serializers.IntegerField()
    has_trouble = serializers.BooleanField(help_text="A reply in it failed or waits for a decision.")
    created_at = Moment()
    snoozed_until = Moment(allow_null=True, help_text="Until when it sleeps.")
    sleeps_on = serializers.BooleanField(help_text="It sleeps until then even when the customer writes.")
    woke_up = serializers.BooleanField(help_text="It came back by itself, and nothing was said since.")


class DeliveryOut(serializers.Serializer[object]):
    """What became of a message of ours on its way to the network."""

    state = serializers.ChoiceField(choices=DeliveryState.choices, source="delivery_state")
    error = serializers.CharField(source="delivery_error")
    not_before = Moment(allow_null=True, help_text="Until then it can be taken back.")
    reached = serializers.CharField(help_text="`delivered` or `read` where the network says so.")


class DeedOut(serializers.Serializer[object]):
    """Something that was, is being, or could not be done to a message on its network."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in DeedKind])
    state = serializers.ChoiceField(choices=DeedState.choices)
    error = serializers.CharField(help_text="Why it was not done, or is not yet.")


class CallOut(serializers.Serializer[object]):
    """A telephone call instead of words."""

    state = serializers.ChoiceField(choices=["ringing", "answered", "missed", "voicemail"])
    seconds = serializers.IntegerField(help_text="How long both spoke, or how long the message is that was left.")


class SignOut(serializers.Serializer[object]):
    """One emoji below a message on its network."""

    emoji = serializers.CharField()
    count = serializers.IntegerField(help_text="How many people set it, we included.")
    ours = serializers.BooleanField(help_text="We are among them.")


class VersionOut(serializers.Serializer[object]):
    """What a message said until it was edited on its network."""

    body = serializers.CharField()
    at = Moment(help_text="Since when it said so.")


class MentionOut(serializers.Serializer[object]):
    """A member or team that a note names, with the name it was written with."""

    kind = serializers.ChoiceField(choices=["member", "team"])
    id = serializers.IntegerField()
    name = serializers.CharField()


class MessageOut(serializers.Serializer[object]):
    """One post, direct message, note or reply. What is gone on the network has no body any more."""

    id = serializers.IntegerField()
    conversation = serializers.IntegerField(source="conversation_id")
    direction = serializers.ChoiceField(choices=Direction.choices)
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    identity = IdentityRef(allow_null=True)
    author = MemberRef(allow_null=True)
    body = serializers.CharField(source="shown_body")
    above = serializers.CharField(source="shown_above", help_text="Quoted text above the body, where mail has some.")
    below = serializers.CharField(source="shown_below", help_text="Quoted text and signature below it.")
    program = serializers.CharField(
        help_text="Which kind of program wrote it: `auto_reply`, `bounce`, `bulk`, `notice`, `relayed`; empty for a person."
    )
    written_to = serializers.CharField(help_text="Which of the channel's addresses it was written to.")
    lang = serializers.CharField()
    url = serializers.CharField()
    media = serializers.JSONField(source="shown_media")
    call = CallOut(allow_null=True, help_text="For a telephone call; null for words.")
    context = serializers.JSONField(
        source="shown_context",
        help_text="The post it quotes (`quoted`); how it was found where it names nobody (`found_by`); which part of a long answer "
        "it is (`thread`); a note's `guest`.",
    )
    mentions = MentionOut(many=True, help_text="Whom a note names.")
    external_id = serializers.CharField(allow_null=True)
    occurred_at = Moment()
    stored_at = Moment()
    edited_at = Moment(allow_null=True)
    versions = VersionOut(source="shown_versions", many=True, help_text="What it said before each edit there, oldest first.")
    deleted_at = Moment(allow_null=True)
    delivery = DeliveryOut(source="own_delivery", allow_null=True)
    liked = serializers.BooleanField(help_text="We like it on the network.")
    hidden = serializers.BooleanField(help_text="Hidden there from others: by us, or because the network waits for our word.")
    reactions = SignOut(source="signs", many=True, help_text="Likes and emoji below it, the most frequent first.")
    deeds = DeedOut(source="open_deeds", many=True, help_text="The newest of each kind.")
