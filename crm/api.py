"""API v1 of contacts: finding them, changing what we know of them, their timeline."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission
from core.api import Moment, PageQuery, Strict, Text, Whole, asked, page, page_of, read
from crm import selectors
from crm.models.interaction import InteractionKind
from crm.services import contacts


class IdentityOut(serializers.Serializer[object]):
    """One handle of a person on one network, and why we think it is theirs."""

    id = serializers.IntegerField()
    network = serializers.CharField()
    external_id = serializers.CharField()
    handle = serializers.CharField()
    name = serializers.CharField()
    profile = serializers.JSONField(help_text="What the network says of the person.")
    evidence = serializers.CharField()
    confidence = serializers.IntegerField(help_text="0 to 100.")
    standing = serializers.CharField(help_text="`blocked`, `spam`, or empty: welcome.")
    first_seen_at = Moment()
    last_seen_at = Moment()


class ContactOut(serializers.Serializer[object]):
    """A person."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    location = serializers.CharField()
    language = serializers.CharField()
    about = serializers.CharField()
    created_at = Moment()
    last_interaction_at = Moment(allow_null=True)
    revision = serializers.IntegerField(help_text="Send it back with a change.")
    identities = IdentityOut(many=True, source="identities.all")


class InteractionOut(serializers.Serializer[object]):
    """One row of a timeline. `source_id` is a message's id for the kinds of messages and notes."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=InteractionKind.choices)
    source_id = serializers.IntegerField()
    thread_id = serializers.IntegerField(allow_null=True, help_text="The conversation.")
    channel_id = serializers.IntegerField(allow_null=True)
    occurred_at = Moment()
    snippet = serializers.CharField()


class ContactQuery(PageQuery):
    """Parameters of the list of contacts."""

    search = serializers.CharField(
        required=False, default="", max_length=200, help_text="Part of a name or handle; spelling is forgiven."
    )


class ContactChange(Strict):
    """What may be changed. Fields that are not sent stay."""

    revision = Whole(min_value=1, help_text="The contact's `revision` as you last saw it.")
    name = Text(required=False)
    email = Text(required=False, allow_blank=True)
    phone = Text(required=False, allow_blank=True)
    location = Text(required=False, allow_blank=True)
    language = Text(required=False, allow_blank=True)
    about = Text(required=False, allow_blank=True)


class ContactsView(APIView):
    """`GET contacts`."""

    permission = Permission.CONTACTS_VIEW

    @extend_schema(parameters=[ContactQuery], responses=page_of(ContactOut, "ContactPage"), operation_id="contacts_list")
    def get(self, request: Request, slug: str) -> Response:
        """Contacts, whoever was heard of last first."""
        query = asked(ContactQuery, request)
        found = selectors.contact_page(search=query["search"], after=query["after"], size=query["limit"])
        return Response(page(request, ContactOut(found.rows, many=True).data, after=found.after))


class ContactView(APIView):
    """`GET` and `PATCH contacts/<id>`."""

    permission = {"GET": Permission.CONTACTS_VIEW, "PATCH": Permission.CONTACTS_EDIT}

    @extend_schema(responses=ContactOut, operation_id="contacts_read")
    def get(self, request: Request, slug: str, contact_id: int) -> Response:
        """One contact with their identities."""
        return Response(ContactOut(selectors.get_contact(contact_id)).data)

    @extend_schema(request=ContactChange, responses=ContactOut, operation_id="contacts_change")
    def patch(self, request: Request, slug: str, contact_id: int) -> Response:
        """Change what we know of a person. 409 with both versions when somebody else saved meanwhile."""
        change = read(ContactChange, request.data)
        contact = contacts.update_contact(member=member_of(request), contact_id=contact_id, **change)
        return Response(ContactOut(contact).data)


class TimelineView(APIView):
    """`GET contacts/<id>/timeline`."""

    permission = Permission.CONTACTS_VIEW

    @extend_schema(
        parameters=[PageQuery], responses=page_of(InteractionOut, "TimelinePage"), operation_id="contacts_timeline"
    )
    def get(self, request: Request, slug: str, contact_id: int) -> Response:
        """What happened with a contact, newest first."""
        query = asked(PageQuery, request)
        contact = selectors.get_contact(contact_id)
        found = selectors.timeline_page(contact.id, after=query["after"], size=query["limit"])
        return Response(page(request, InteractionOut(found.rows, many=True).data, after=found.after))
