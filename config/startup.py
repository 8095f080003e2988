"""What every process that serves or works asks before it begins."""

import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError


def begin() -> None:
    """Set Django up for a process of its own, or end it with one line that says what is wrong.

    Asked are the environment, the keys of channel secrets (a wrong one would be noticed when a customer's tokens cannot be read),
    and the database role, which Row-Level Security must bind. One query.
    """
    try:
        django.setup()
        # They need Django set up.
        from core.checks import role_errors  # noqa: PLC0415
        from core.crypto import check_keys  # noqa: PLC0415

        check_keys()
        errors = role_errors()
    except ImproperlyConfigured as error:
        sys.exit(f"Rabta does not start. {error}")
    except OperationalError as error:
        said = " ".join(str(error).split())
        sys.exit(f"Rabta does not start. The database of DATABASE_URL cannot be used: {said}")
    if errors:
        sys.exit(f"Rabta does not start. {errors[0].msg} {errors[0].hint}")
