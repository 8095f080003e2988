"""Streams: what a channel searches its network for. All in the caller's transaction."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Invalid, NotFound
from social import selectors
from social.models import Stream
from social.networks import network_of
from social.networks.features import Capability


def add(*, channel_id: int, words: str, actor_id: int | None) -> Stream:
    """Search for these words from now on. Raises NotFound; Invalid (field `words`) for what the network does not take; Conflict for
    words that are searched for already, and where the channel has as many streams as it can pay for in questions.
    """
    channel = selectors.get_channel(channel_id)
    network = network_of(channel.network)
    if Capability.SEARCH not in network.capabilities:
        raise Invalid(_("{network} cannot be searched.").format(network=network.label), field="words")
    text = " ".join(words.replace("\x00", "").split())
    reason = network.stream_refusal(text, handle=channel.handle)
    if reason is not None:
        raise Invalid(reason, field="words")
    # Locked, so that two who add at once do not add one too many.
    type(channel).objects.select_for_update(no_key=True).get(id=channel.id)
    if Stream.objects.filter(channel=channel).count() >= network.max_streams:
        words_said = _("A channel has at most so many searches: {number}")
        raise Conflict(words_said.format(number=network.max_streams), field="words", code="too_many")
    try:
        with transaction.atomic():
            stream = Stream.objects.create(channel=channel, words=text, created_at=now(), created_by_id=actor_id)
    except IntegrityError as error:
        raise Conflict(_("This is searched for already."), field="words", code="twice") from error
    record("streams.added", actor_id=actor_id, subject=f"social.Channel:{channel.id}", data={"stream": stream.id, "words": text})
    return stream


def remove(*, channel_id: int, stream_id: int, actor_id: int | None) -> Stream:
    """Search for it no more; what was found stays. Returns what it was. Raises NotFound."""
    stream = Stream.objects.filter(id=stream_id, channel_id=channel_id).first()
    if stream is None:
        raise NotFound(_("There is no such search."))
    Stream.objects.filter(id=stream.id).delete()
    record("streams.removed", actor_id=actor_id, subject=f"social.Channel:{channel_id}", data={"words": stream.words})
    return stream
