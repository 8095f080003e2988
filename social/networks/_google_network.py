"""What Google's networks are alike in: one way to sign in, one to renew, and answers below what somebody wrote in public."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext as _

from social.networks import _google_oauth
from social.networks._asked import AnsweringNetwork
from social.networks.base import NOTHING
from social.networks.errors import Text
from social.networks.values import Access, Cursor, Outgoing, Tokens


class GoogleNetwork(AnsweringNetwork):
    """An account of Google's for one right."""

    #: The right that is asked for (OAuth 2 scope).
    scope: ClassVar[str]
    signs_in: ClassVar[bool] = True

    def cursor_at(self, moment: datetime) -> Cursor:
        return {"newest": moment.isoformat()}

    def refresh(self, access: Access) -> Tokens:
        return _google_oauth.refresh(self.patience, access.secrets)

    def renewable(self, secrets: Collection[str]) -> bool:
        return "refresh_token" in secrets

    def sign_in_lacks(self) -> tuple[str, ...]:
        return () if settings.GOOGLE_CLIENT_ID else ("GOOGLE_CLIENT_ID",)

    def authorize_url(self, *, state: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> str:
        return _google_oauth.authorize_url(scope=self.scope, state=state, redirect_uri=redirect_uri, verifier=verifier)

    def exchange(self, *, code: str, redirect_uri: str, verifier: str, asked: Mapping[str, str] = NOTHING) -> Tokens:
        return _google_oauth.exchange(self.patience, scope=self.scope, code=code, redirect_uri=redirect_uri, verifier=verifier)

    def _misplaced(self, outgoing: Outgoing) -> Text | None:
        if outgoing.kind == "direct":
            return _("{network} has no private messages.").format(network=self.label)
        return None if self._answered(outgoing) else _("A reply needs a post to answer.")

    @abstractmethod
    def _answered(self, outgoing: Outgoing) -> str:
        """The id of what is answered; empty where it cannot be."""

    def is_practice(self) -> bool:
        return bool(settings.PRACTICE_URL and settings.GOOGLE_API_BASE)
