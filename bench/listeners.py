"""`python -m bench.listeners URL COOKIE COUNT WANTED`: sockets that note when frames of one kind arrive, until told to stop."""

import asyncio
import json
import sys
import time

import websockets


async def listen(url: str, cookie: str, wanted: str, heard: list[float], opened: asyncio.Event) -> None:
    """One socket."""
    origin = "http://" + url.split("//", 1)[1].split("/", 1)[0]
    headers = {"Cookie": cookie} if cookie else {}
    async with websockets.connect(url, additional_headers=headers, origin=origin, open_timeout=60) as line:  # type: ignore[arg-type]
        first = True
        if not cookie:
            opened.set()
        async for frame in line:
            moment = time.monotonic()
            kind = json.loads(frame).get("t")
            if first:
                first = False
                opened.set()
            if kind == wanted:
                heard.append(moment)


async def main() -> None:
    """Open all, say so, and tell at the end."""
    url, cookie, count, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    heard: list[list[float]] = [[] for _ in range(count)]
    events = [asyncio.Event() for _ in range(count)]
    jobs = []
    for number in range(count):
        jobs.append(asyncio.create_task(listen(url, cookie, wanted, heard[number], events[number])))
        if number % 20 == 19:
            await asyncio.gather(*(event.wait() for event in events[: number + 1]))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    print(json.dumps(heard), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
