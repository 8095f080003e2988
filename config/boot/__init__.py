"""Boot: what `manage.py up`, `down`, `status` and `test` do. Standard library only: it makes the environment.

Its lines are in English alone: they are printed before any translation exists on the machine.
"""
