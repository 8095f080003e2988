"""Channels, their secrets, reading them and the one outbox. It knows networks, and no conversation."""
