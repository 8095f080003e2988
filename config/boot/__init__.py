"""Boot: what `manage.py up`, `down`, `status` and `test` do. Standard library only, since it makes the environment itself.

Its lines are in English alone: they are printed before any translation exists on the machine.
"""
