"""What a widget says in its visitor's language, and colours that can be read."""

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """The widget's words in the active language. The script holds none."""
    return {
        "open": _("Open the chat"),
        "close": _("Close the chat"),
        "log": _("Messages"),
        "write": _("Your message"),
        "send": _("Send"),
        "name": _("Your name"),
        "email": _("Your e-mail address"),
        "optional": _("optional"),
        "needed": _("This is needed."),
        "bad_email": _("This is no e-mail address."),
        "sending": _("Sending …"),
        "failed": _("Not sent."),
        "again": _("Try again"),
        "offline": _("No connection. Your words are kept here until it is back."),
        "no_files": _("Files cannot be sent in this chat. Say it in words, or give a link."),
        "attach": _("Add files"),
        "added": _("Added:"),
        "remove": _("Remove"),
        "wait": _("A file is still on its way."),
        "too_large": _("This file is too large."),
        "too_many": _("So many files do not fit into one message."),
        "gone": _("kept no longer"),
        "taken": _("Thank you. Your message is with us."),
        "unread": _("New messages"),
        "you": _("You"),
        "us": _("Us"),
    }


def color_of(color: str) -> dict[str, str]:
    """A colour, and black or white to write on it, whichever is read better (WCAG 2.2, relative luminance)."""
    red, green, blue = (_linear(int(color[n : n + 2], 16) / 255) for n in (1, 3, 5))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return {"color": color, "ink": "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000"}


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
