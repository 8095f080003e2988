"""The one table from kinds of events to those who listen."""

from activity.subscribers import Subscriber

SUBSCRIBERS: tuple[Subscriber, ...] = (
    Subscriber(
        name="delivery_states",
        kinds=frozenset({"deliveries.changed"}),
        handler="inbox.services.delivery_states.apply_events",
    ),
    Subscriber(
        name="deeds",
        kinds=frozenset({"deeds.changed"}),
        handler="inbox.services.deed_states.apply_events",
    ),
    Subscriber(
        name="deletions",
        kinds=frozenset({"items.gone"}),
        handler="inbox.services.deletions.apply_events",
    ),
    Subscriber(
        name="hidings",
        kinds=frozenset({"items.hidden"}),
        handler="inbox.services.hidings.apply_events",
    ),
    Subscriber(
        name="reactions",
        kinds=frozenset({"items.reacted"}),
        handler="inbox.services.reactions.apply_events",
    ),
    Subscriber(
        name="notices",
        kinds=frozenset(
            {
                "conversations.assigned",
                "conversations.team_assigned",
                "notes.mentioned",
                "tickets.opened",
                "tickets.changed",
                "deliveries.changed",
            }
        ),
        handler="inbox.services.notices.apply_events",
    ),
    Subscriber(
        name="followed",
        kinds=frozenset({"messages.stored"}),
        handler="inbox.services.notices.apply_stored",
        # Each page that ingest digests would ring: the sweep gathers them.
        bell=False,
    ),
)
