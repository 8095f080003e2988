from notifications.models.notification import Notification, UnreadCount
from notifications.models.preference import Preference, Rhythm

__all__ = ["Notification", "Preference", "Rhythm", "UnreadCount"]
