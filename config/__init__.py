"""Settings, wiring and boot. The boot runs before anything is installed, so celery may be missing."""

try:
    from config.celery import app as celery_app  # shared tasks find their application in every process that runs Django
except ModuleNotFoundError as missing:
    if missing.name not in {"celery", "kombu", "django", "environ"}:
        raise
else:
    __all__ = ["celery_app"]
