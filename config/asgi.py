"""One port: HTTP through a2wsgi's fixed threads to Django, websockets to Channels.

Django's own ASGI gives every request a new thread and so a new database connection; eight fixed threads keep theirs.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Importing this sets Django up, which consumers need; hence the order.
from config.wsgi import application as wsgi_application  # isort: skip

from a2wsgi import WSGIMiddleware
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.urls import re_path

from config.bodies import WholeBodies
from config.contexts import FreshContext
from config.origins import SameOrigin, VisitorsApart
from config.sockets import urlpatterns, visitors

#: The last address answers for all that are none: unmatched, the router would fail with a traceback.
nowhere = re_path("", WebsocketDenier.as_asgi())

application = FreshContext(
    ProtocolTypeRouter(
        {
            # A queue without end: a thread puts its answer there and is free, however slowly it is read.
            "http": WholeBodies(WSGIMiddleware(wsgi_application, workers=settings.WEB_THREADS, send_queue_size=0)),
            "websocket": VisitorsApart(
                URLRouter([*visitors, nowhere]), SameOrigin(AuthMiddlewareStack(URLRouter([*urlpatterns, nowhere])))
            ),
        }
    )
)
