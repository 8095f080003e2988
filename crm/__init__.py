"""Contacts, identities and the timeline. It talks to no network."""
