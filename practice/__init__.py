"""Chowk, the practice network: a separate process that speaks the wire formats of real networks.

It imports none of Rabta's rooms and none of them imports it. It exists so that a person can play the
customer, and so that tests can lie to Rabta in every way a real network does. It never runs in production.
"""
