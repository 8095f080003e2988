"""API v1 of replies that wait for approval."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import member_of
from accounts.policies import Permission, Role
from core.api import Moment, PageQuery, Several, Strict, Text, Whole, asked, page, page_of, read, refuse_body
from core.keyset import MAX_ID, number_after
from inbox import selectors
from inbox.api_shapes import MemberRef
from inbox.models import ApprovalState
from inbox.selectors.approvals import PAGE
from inbox.services import approval_rule, approvals
from inbox.services.wording import MAX_CHARACTERS


class Approval(Strict):
    """That it may go."""

    version = Whole(min_value=1, max_value=MAX_ID, help_text="How many wordings you have seen: 409 when there are more by now.")
    body = Text(max_length=MAX_CHARACTERS, required=False, help_text="Other words, sent under its author's name.")


class Remark(Strict):
    """What should be changed."""

    remark = Text(max_length=approvals.MAX_REMARK)


class Rule(Strict):
    """Whose public replies need approval; without channels on all of them."""

    roles = Several(child=serializers.ChoiceField(choices=Role.choices), max_length=10)
    channels = Several(child=Whole(min_value=1, max_value=MAX_ID), max_length=500, required=False, default=list)


class RequestOut(serializers.Serializer[object]):
    """A reply that waits, or waited, for approval."""

    id = serializers.IntegerField()
    conversation = serializers.IntegerField(source="conversation_id")
    author = MemberRef()
    body = serializers.CharField()
    versions = serializers.JSONField(help_text="Every wording, the newest last.")
    media = serializers.JSONField(source="files")
    send_at = Moment(allow_null=True)
    state = serializers.ChoiceField(choices=ApprovalState.choices)
    asked_at = Moment()
    remark = serializers.CharField()
    message = serializers.IntegerField(source="message_id", allow_null=True, help_text="What became of it.")


class ApprovalsView(APIView):
    """`GET approvals`."""

    permission = Permission.REPLIES_APPROVE

    @extend_schema(parameters=[PageQuery], responses=page_of(RequestOut, "ApprovalPage"), operation_id="approvals_list")
    def get(self, request: Request, slug: str) -> Response:
        """What waits, the oldest first."""
        found = selectors.approval_queue(after_id=number_after(asked(PageQuery, request)["after"]))
        after = str(found[PAGE - 1].id) if len(found) > PAGE else ""
        return Response(page(request, RequestOut(found[:PAGE], many=True).data, after=after))


class ApprovalView(APIView):
    """`GET approvals/<id>`."""

    permission = Permission.CONVERSATIONS_VIEW

    @extend_schema(responses=RequestOut, operation_id="approvals_read")
    def get(self, request: Request, slug: str, request_id: int) -> Response:
        """One request, also once it was decided."""
        return Response(RequestOut(approvals.get(request_id)).data)


class ApproveView(APIView):
    """`POST approvals/<id>/approve`."""

    permission = Permission.REPLIES_APPROVE

    @extend_schema(request=Approval, responses=RequestOut, operation_id="approvals_approve")
    def post(self, request: Request, slug: str, request_id: int) -> Response:
        """Let it go, once. 403 for what you wrote yourself, 409 for what was decided or changed meanwhile."""
        given = read(Approval, request.data)
        return Response(RequestOut(approvals.approve(member=member_of(request), request_id=request_id, **given)).data)


class SendBackView(APIView):
    """`POST approvals/<id>/send-back`."""

    permission = Permission.REPLIES_APPROVE

    @extend_schema(request=Remark, responses=RequestOut, operation_id="approvals_send_back")
    def post(self, request: Request, slug: str, request_id: int) -> Response:
        """Give it back with a word; it becomes its author's draft."""
        remark = read(Remark, request.data)["remark"]
        row = approvals.send_back(member=member_of(request), request_id=request_id, remark=remark)
        return Response(RequestOut(row).data)


class WithdrawView(APIView):
    """`POST approvals/<id>/withdraw`."""

    permission = Permission.CONVERSATIONS_REPLY

    @extend_schema(request=None, responses=RequestOut, operation_id="approvals_withdraw")
    def post(self, request: Request, slug: str, request_id: int) -> Response:
        """It is not to go; it becomes its author's draft."""
        refuse_body(request)
        return Response(RequestOut(approvals.withdraw(member=member_of(request), request_id=request_id)).data)


class RuleView(APIView):
    """`GET`, `PUT approvals/rule`."""

    permission = {"GET": Permission.REPLIES_APPROVE, "PUT": Permission.WORKSPACE_MANAGE}

    @extend_schema(responses=Rule, operation_id="approvals_rule")
    def get(self, request: Request, slug: str) -> Response:
        """Whose public replies need approval."""
        return Response(Rule(approval_rule.rule()).data)

    @extend_schema(request=Rule, responses=Rule, operation_id="approvals_rule_set")
    def put(self, request: Request, slug: str) -> Response:
        """Change it."""
        given = read(Rule, request.data)
        found = approval_rule.set_rule(member=member_of(request), roles=given["roles"], channel_ids=given["channels"])
        return Response(Rule(found).data)
