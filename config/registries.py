"""What higher rooms add to lower ones: the registries those declare are filled here, once, when addresses are loaded."""

from accounts import context
from crm import panels, tag_holders


def fill() -> None:
    """Fill every registry. Entries are dotted paths, so that no room is imported before its turn."""
    context.counters["inbox_count"] = "inbox.selectors.mine_count"
    panels.add_panel("inbox/_panel_activity.html", "inbox.panels.activity_panel")
    panels.add_panel("inbox/_panel_tickets.html", "inbox.panels.tickets_of")
    panels.add_panel("inbox/_panel_conversations.html", "inbox.panels.of_contact")
    tag_holders.add_holder(
        "conversations",
        move="inbox.services.tagging.move_tag",
        touch="inbox.services.tagging.touch_tag",
        counts="inbox.selectors.tag_counts",
    )
