"""API tokens: made, used, revoked."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Membership
from accounts.models.api_token import MAX_DAYS
from accounts.policies import Permission, require
from accounts.secrets import new_api_token, token_hash
from activity.services.log import record
from core.clock import now
from core.errors import Invalid, NotFound
from core.tenancy import tenant

#: How stale “last used” may be: one write a minute is enough for people, and spares every request one.
TOUCH_SECONDS = 60


def create_token(*, by: Membership, name: str, days: int = 90) -> tuple[ApiToken, str]:
    """Make a token that acts as `by`. The second value is the token itself: show it once, it is not kept.

    Raises Forbidden, Invalid.
    """
    require(by, Permission.TOKENS_MANAGE)
    wanted = name.strip()
    if not wanted or len(wanted) > 80:
        raise Invalid(_("Give the token a name of up to 80 characters."), field="name")
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(_("A token lasts 1 to %(days)d days.") % {"days": MAX_DAYS}, field="days")
    secret = new_api_token()
    with tenant(by.workspace_id, step="tokens.create"):
        token = ApiToken(
            name=wanted,
            membership=by,
            token_hash=token_hash(secret),
            prefix=secret[:12],
            expires_at=now() + timedelta(days=days),
        )
        token.save(force_insert=True)
        record(
            "tokens.created",
            actor_id=by.pk,
            subject=f"accounts.ApiToken:{token.pk}",
            data={"name": wanted, "days": days},
        )
    return token, secret


def revoke_token(*, by: Membership, token_id: int) -> None:
    """End a token at once, whoever's it is. Raises Forbidden, NotFound. Revoking twice changes nothing."""
    require(by, Permission.TOKENS_MANAGE)
    with tenant(by.workspace_id, step="tokens.revoke"):
        token = ApiToken.objects.filter(pk=token_id).first()
        if token is None:
            raise NotFound(_("There is no such token here."))
        if ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=now()):
            record(
                "tokens.revoked",
                actor_id=by.pk,
                subject=f"accounts.ApiToken:{token.pk}",
                data={"name": token.name},
            )


def touch_token(*, token: ApiToken) -> None:
    """Note that a token was used, at most once a minute."""
    moment = now()
    if token.last_used_at and (moment - token.last_used_at).total_seconds() < TOUCH_SECONDS:
        return
    with tenant(token.workspace_id, step="tokens.touch"):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)
