"""Reading surveys: which channels ask, and what was answered."""

from inbox.models import Survey, SurveySetting
from social.models import Channel
from social.networks import network_of
from social.selectors import channels


def survey_settings() -> list[tuple[Channel, SurveySetting]]:
    """Every channel that may ask, with its setting or what would be one. Two queries."""
    known = {row.channel_id: row for row in SurveySetting.objects.all()}
    asking = [channel for channel in channels() if network_of(channel.network).surveys]
    return [(channel, known.get(channel.id) or SurveySetting(channel=channel)) for channel in asking]


def answers(*, before_id: int | None = None, limit: int = 40) -> list[Survey]:
    """What customers answered, the question asked last first. One query."""
    rows = Survey.objects.select_related("contact", "member__user").filter(score__isnull=False)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])
