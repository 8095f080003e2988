"""Only `manage.py mailproof` collects these: they need Postfix and Dovecot, and root to start them."""

import os

collect_ignore_glob = [] if os.environ.get("RABTA_MAILPROOF") == "1" else ["test_*.py"]
