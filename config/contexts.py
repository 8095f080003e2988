"""Every request and socket begins with empty context variables: whose workspace, whose log lines."""

import asyncio
import contextvars
from typing import Any


class FreshContext:
    """Run each request and socket in a context of its own that inherits nothing from its connection.

    A body larger than uvicorn's buffer pauses the connection, and the thread that reads the body resumes it; asyncio then runs
    whatever comes on that connection later in that thread's context. A kept-alive connection, which a proxy shares among people,
    would so hand the workspace selected for one request to the next one, whoever sends it.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await asyncio.create_task(self.inner(scope, receive, send), context=contextvars.Context())
