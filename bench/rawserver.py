"""`python -m bench.rawserver --port N`: the least a server can do: pass on what Valkey publishes to every open socket."""

import argparse
import asyncio
import os
from typing import Any

import redis.asyncio
import uvicorn

CHANNEL = "bench:raw"
sockets: set[Any] = set()


async def pump() -> None:
    """Read one subscription and copy each message to all sockets."""
    client = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
    line = client.pubsub()
    await line.subscribe(CHANNEL)
    async for message in line.listen():
        if message["type"] == "message":
            text = message["data"].decode()
            await asyncio.gather(*(send({"type": "websocket.send", "text": text}) for send in list(sockets)))


job: "asyncio.Task[None] | None" = None


async def app(scope: Any, receive: Any, send: Any) -> None:
    """ASGI."""
    global job  # noqa: PLW0603 - one pump a process
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    if job is None:
        job = asyncio.create_task(pump())
    await receive()
    await send({"type": "websocket.accept"})
    sockets.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            continue
    finally:
        sockets.discard(send)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(
        app, host="127.0.0.1", port=parser.parse_args().port, lifespan="off", log_level="warning", ws="websockets-sansio"
    )
