"""What to call a device a person is signed in on: told from what its browser says of itself, which proves nothing."""

from django.utils.translation import gettext as _

#: First match wins: each browser also claims to be those below it (MDN, "Browser detection using the user agent").
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
#: Longer words tell nobody anything.
LONGEST = 80


def device_name(user_agent: str) -> str:
    """“Firefox on Windows” in the reader's language; what the browser said, cut short, where that is not known."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    if browser and system:
        # Translators: a browser on a device, such as "Firefox on Windows".
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or user_agent[:LONGEST]
