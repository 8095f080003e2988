"""Django's side of config/asgi.py. Processes begin in config/server.py, which first asks what config/startup.py asks."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
