"""A push from synchronous code reaches a consumer of the real layer, with its number; Valkey away costs nothing but the push."""

import asyncio
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.db import transaction

from core.push import push_changed, sequences


@pytest.mark.django_db(transaction=True)
def test_a_push_is_heard_by_the_layer() -> None:
    async def hear() -> dict[str, Any]:
        layer = get_channel_layer()
        name = await layer.new_channel()
        await layer.group_add("w.1.channel.7", name)
        await asyncio.to_thread(push_changed, "w.1.channel.7", [3, 1, 3])
        message: dict[str, Any] = await asyncio.wait_for(layer.receive(name), timeout=10)
        await layer.flush()
        return message

    heard = asyncio.run(hear())
    assert (heard["type"], heard["group"], heard["ids"]) == ("changed", "w.1.channel.7", [1, 3])
    assert heard["seq"] == sequences(["w.1.channel.7"])["w.1.channel.7"] > 0


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_is_not_told() -> None:
    before = sequences(["w.2.all"])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        push_changed("w.2.all", [1])
        raise ZeroDivisionError
    assert sequences(["w.2.all"]) == before


@pytest.mark.django_db(transaction=True)
def test_valkey_away_costs_only_the_push(settings: Any) -> None:
    from core import push

    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    push._redis.cache_clear()
    try:
        push_changed("w.3.all", [1])
    finally:
        push._redis.cache_clear()
