"""One port: HTTP through a2wsgi's fixed threads to Django, websockets to Channels.

Django's own ASGI gives every request a new thread and so a new database connection; eight fixed threads keep theirs.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import application as wsgi_application  # noqa: E402 - Django must be set up before consumers are imported

from a2wsgi import WSGIMiddleware  # noqa: E402
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from config.sockets import urlpatterns  # noqa: E402

WEB_THREADS = int(os.environ.get("RABTA_WEB_THREADS", "8"))

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(wsgi_application, workers=WEB_THREADS),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(urlpatterns))),
    }
)
