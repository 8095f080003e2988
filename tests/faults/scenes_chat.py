"""The scenes of our own chat widget, whose visitors write to us without a network in between."""

from core.tenancy import tenant
from social.models import Delivery
from tests.faults.scenes import REACH_SECONDS, Case, met
from tests.faults.stage import Reckoning
from tests.social.webchat.factories import open_shop, token


def visiting(case: Case) -> None:
    """A visitor writes through our widget, and again from the start when no answer came: each line stands once on both sides."""
    shop = open_shop(f"visited-{case.stage.name}")
    texts = ["hello", "is anybody there?"]
    place = {"key": shop.channel.hook_key, "token": token(), "texts": texts}
    met(case)
    case.kill("chat", **place)
    case.afterwards.append(lambda: case.ground.children.must("chat", **place))
    case.pending = lambda: len(shop.bodies()) < len(texts)

    def once(found: Reckoning) -> None:
        assert shop.bodies() == texts
        assert shop.lines() == [(1, False, texts[0]), (2, False, texts[1])]

    case.checks.append(once)


def answering_in_chat(case: Case) -> None:
    """An answer waits for a visitor: dead before the commit that says `sent`, it was shown to nobody, and then it is shown once."""
    shop = open_shop(f"answered-{case.stage.name}")
    shop.say("hello")
    shop.digest()
    shop.queue("It leaves today.")
    met(case)
    case.kill("work", workspace=shop.channel.workspace_id, seconds=REACH_SECONDS, until_killed=True)
    case.pending = lambda: len(shop.lines()) < 2

    def once(found: Reckoning) -> None:
        assert shop.lines() == [(1, False, "hello"), (2, True, "It leaves today.")]
        with tenant(shop.channel.workspace_id):
            assert Delivery.objects.get().state == "sent"

    case.checks.append(once)
