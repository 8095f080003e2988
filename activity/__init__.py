"""One append-only event log, and its fan-out to the subscribers that config/subscribers.py names. It decides nothing."""
