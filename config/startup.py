"""What every process that serves or works asks before it begins."""

import sys

from core.checks import role_errors


def refuse_unbound_role() -> None:
    """End the process with one line when its database role is one that Row-Level Security does not bind.

    Call it in a process of its own, after Django is set up and before anything is served; one query.
    """
    errors = role_errors()
    if errors:
        sys.exit(f"Rabta does not start. {errors[0].msg} {errors[0].hint}")
