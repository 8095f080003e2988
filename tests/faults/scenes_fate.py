"""The scene of a network's later word: what it had accepted never arrived, or what was in doubt did."""

from core.clock import now
from core.tenancy import tenant
from social.models import Delivery
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_workspace
from tests.faults.scenes import Case, met
from tests.faults.stage import Reckoning


def learning(case: Case) -> None:
    """The network tells of two messages, and once more when no answer came: one never arrived, one in doubt did."""
    met(case)
    workspace = make_workspace(f"Learning {case.stage.name}", owner=case.stage.owner)
    values = {"name": f"fates-{case.stage.name}", "secret": "a-secret-of-the-shop-desk"}
    channel = connect_with_tokens(network="custom", values=values, workspace_id=workspace.pk, actor_id=None)
    facts = {"channel": channel, "lane": "1", "outgoing": {}, "not_before": now(), "created_at": now(), "settled_at": now()}
    with tenant(workspace.pk):
        sent = Delivery.objects.create(idempotency_key="sent", state="sent", external_id="m-1", **facts)
        doubted = Delivery.objects.create(idempotency_key="doubted", state="needs_decision", **facts)
    told = [["m-1", "", "It never arrived.", "lost"], ["m-2", f"{workspace.pk}-{doubted.pk}", "", ""]]
    case.kill("learn", workspace=workspace.pk, channel=channel.pk, told=told)
    case.afterwards.append(lambda: case.ground.children.must("learn", workspace=workspace.pk, channel=channel.pk, told=told))

    def once(found: Reckoning) -> None:
        with tenant(workspace.pk):
            assert dict(Delivery.objects.values_list("id", "state")) == {sent.pk: "failed", doubted.pk: "sent"}
            assert Delivery.objects.get(id=doubted.pk).external_id == "m-2"

    case.checks.append(once)
