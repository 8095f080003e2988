"""A person's own keys."""

from django.utils.translation import gettext as _

from accounts.keys import BROWSERS_OWN, BY_ID, is_key, parts_of, taken_by
from accounts.models import User
from core.errors import Conflict, Invalid, NotFound


def set_key(*, user: User, action_id: str, key: str) -> None:
    """Give an action another key, or none (empty). Raises NotFound, Invalid for what is no key, Conflict naming whose key it is."""
    action = BY_ID.get(action_id)
    if action is None or action.fixed:
        raise NotFound(_("There is no such action, or its key cannot be changed."))
    if key and not is_key(key):
        raise Invalid(_("This key cannot be used here."), field="key")
    if key in BROWSERS_OWN:
        raise Invalid(_("The browser keeps {key} for itself.").format(key="+".join(parts_of(key))), field="key")
    other = taken_by(key, action, user.keys) if key else None
    if other is not None:
        sentence = _("{key} already means “{action}”. Give that another key first.")
        raise Conflict(sentence.format(key="+".join(parts_of(key)), action=other.words), detail={"action": other.id})
    own = {name: value for name, value in user.keys.items() if name in BY_ID and name != action_id}
    user.keys = own if key == action.key else {**own, action_id: key}
    user.save(update_fields=["keys"])


def reset_keys(*, user: User) -> None:
    """All keys as the table has them, single letters on."""
    user.keys, user.single_keys = {}, True
    user.save(update_fields=["keys", "single_keys"])


def set_single_keys(*, user: User, on: bool) -> None:
    """Whether keys without Ctrl or Alt do anything (WCAG 2.2, success criterion 2.1.4)."""
    user.single_keys = on
    user.save(update_fields=["single_keys"])
