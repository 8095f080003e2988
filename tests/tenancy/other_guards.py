"""Guards that stand in files of their own, gathered for `test_guards.py`: name, how it is taken away, who notices."""

from tests.tenancy import (
    approval_guards,
    composer_guards,
    ear_guards,
    mail_guards,
    media_guards,
    search_guards,
    sign_in_guards,
    together_guards,
    view_guards,
    work_guards,
)

GUARDS = (
    *approval_guards.GUARDS,
    *media_guards.GUARDS,
    *ear_guards.GUARDS,
    *together_guards.GUARDS,
    *view_guards.GUARDS,
    *composer_guards.GUARDS,
    *mail_guards.GUARDS,
    *sign_in_guards.GUARDS,
    *search_guards.GUARDS,
    *work_guards.GUARDS,
)
