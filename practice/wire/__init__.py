"""X's API version 2 as its documents define it, endpoint by endpoint."""
