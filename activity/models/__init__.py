from activity.models.event import Event, SetAside, Subscription

__all__ = ["Event", "SetAside", "Subscription"]
