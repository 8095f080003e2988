"""The guards of webhooks: how each is taken away, and who notices. `test_guards.py` does it."""

import hmac
from types import SimpleNamespace

import pytest

import social.networks._custom_wire
import social.networks._google_push
import social.networks._graph_hook
import social.networks._linkedin_hook
import social.networks._sms_hook
import social.networks._x_hook
import social.services.delivering
from core.clock import now
from core.tenancy import tenant
from social.models import Delivery
from social.networks.errors import Forged
from social.networks.fates import Fate
from tests.social import test_hooks as own_hooks
from tests.social.networks.facebook import test_hooks
from tests.social.networks.google import test_hooks as google_hooks
from tests.social.networks.google.pushes import KEY, public_key, push
from tests.social.networks.linkedin import test_hooks as linkedin_hooks
from tests.social.networks.sms import test_hooks as twilio_hooks
from tests.social.networks.x import test_hooks as x_hooks
from tests.tenancy.world import World


def nothing_is_compared(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._custom_wire, "check", lambda *args: None)


def webhooks_are_proven(world: World) -> None:
    own_hooks.test_an_unproven_call_leaves_nothing(own_hooks.connect("guarded"))


def anything_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._graph_hook, "hmac", SimpleNamespace(new=hmac.new, compare_digest=lambda one, other: True))


def bodies_are_proven(world: World) -> None:
    test_hooks.test_the_signature_is_made_over_the_bytes()


def any_call_of_x_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._x_hook, "hmac", SimpleNamespace(new=hmac.new, compare_digest=lambda one, other: True))


def calls_of_x_are_proven(world: World) -> None:
    x_hooks.test_the_signature_is_made_over_the_bytes()


def strangers_hear_nothing(world: World) -> None:
    with pytest.raises(Forged):
        test_hooks.NETWORK.greet(
            test_hooks.ACCESS, {"hub.mode": "subscribe", "hub.verify_token": "another", "hub.challenge": "1158201444"}
        )


def any_channel_settles(patch: pytest.MonkeyPatch, world: World) -> None:
    careless = SimpleNamespace(filter=lambda *, id, channel_id: Delivery.objects.filter(id=id))  # noqa: A006
    patch.setattr(social.services.delivering, "Delivery", SimpleNamespace(objects=careless))


def others_settle_nothing(world: World) -> None:
    """A status settles its own channel's messages only."""
    workspace, channel = world.cast.meridian.pk, world.desk.channel
    with tenant(workspace):
        doubted = Delivery.objects.create(
            channel=channel, idempotency_key="doubted", lane="1", outgoing={}, state="unknown", not_before=now(), created_at=now()
        )
    told = [Fate("m-of-another-channel", f"{workspace}-{doubted.pk}")]
    social.services.delivering.learn(workspace_id=workspace, channel_id=channel.pk + 1_000_000, fates=told)
    with tenant(workspace):
        assert Delivery.objects.get(pk=doubted.pk).state == "unknown"


def any_form_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._sms_hook, "hmac", SimpleNamespace(compare_digest=lambda one, other: True))


def forms_are_proven(world: World) -> None:
    changed = twilio_hooks.urlencode(twilio_hooks.form(7, Body="changed")).encode()
    twilio_hooks.test_what_is_not_twilios_own_is_refused(twilio_hooks.broken(body=changed))


def any_call_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(
        social.networks._linkedin_hook, "hmac", SimpleNamespace(new=hmac.new, compare_digest=lambda one, other: True)
    )


def calls_are_proven(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.LINKEDIN_CLIENT_SECRET", linkedin_hooks.SECRET)
        forged = linkedin_hooks.signed(linkedin_hooks.document(linkedin_hooks.told(1)), "another")
        with pytest.raises(Forged):
            linkedin_hooks.NETWORK.unpack(linkedin_hooks.ACCESS, forged)


def any_token_of_google_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    found = social.networks._google_push.jwt
    careless = SimpleNamespace(
        PyJWTError=found.PyJWTError,
        get_unverified_header=found.get_unverified_header,
        decode=lambda token, *rest, **more: found.decode(token, options={"verify_signature": False}),
    )
    patch.setattr(social.networks._google_push, "jwt", careless)


def any_service_account_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    """The name in the token is not compared: whoever has a project at Google may call."""
    found = social.networks._google_push.prove
    names = iter(["push@another.iam.gserviceaccount.com"])
    patch.setattr(social.networks._google_push, "prove", lambda hook, *, account: found(hook, account=next(names, account)))


def _refused_by_google(**claims: str) -> None:
    """Google's keys are known already: nobody is asked."""
    known = social.networks._google_push.Keys("", _found={KEY: public_key()}, _until=float("inf"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(social.networks._google_push, "keys", lambda: known)
        with pytest.raises(Forged):
            google_hooks.NETWORK.unpack(google_hooks.ACCESS, push(**claims))


def tokens_of_google_are_proven(world: World) -> None:
    _refused_by_google(key="stranger", name="tests-1")


def names_in_tokens_are_compared(world: World) -> None:
    _refused_by_google(email="push@another.iam.gserviceaccount.com")


#: Name, how it is taken away, who notices: `test_guards.py` makes its guards of them.
GUARDS = (
    ("signature of Meta's webhooks", anything_fits, bodies_are_proven),
    ("signature of Twilio's webhooks", any_form_fits, forms_are_proven),
    ("signature of LinkedIn's webhooks", any_call_fits, calls_are_proven),
    ("signature of Google's calls", any_token_of_google_fits, tokens_of_google_are_proven),
    ("name in Google's calls", any_service_account_fits, names_in_tokens_are_compared),
    ("signature of X's webhooks", any_call_of_x_fits, calls_of_x_are_proven),
    ("verify token of a webhook's address", anything_fits, strangers_hear_nothing),
    ("a status settles its own channel's messages only", any_channel_settles, others_settle_nothing),
)
