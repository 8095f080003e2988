"""Guards that stand in files of their own, gathered for `test_guards.py`: name, how it is taken away, who notices."""

from tests.tenancy import ear_guards, media_guards, view_guards

GUARDS = (*media_guards.GUARDS, *ear_guards.GUARDS, *view_guards.GUARDS)
