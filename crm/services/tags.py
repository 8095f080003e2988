"""Tags: made where they are needed, kept in order by supervisors."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Invalid
from core.folding import fold
from core.names import clean_name
from crm.models import Tag, Tone
from crm.selectors import get_tag
from crm.tag_holders import move_all, touch_all

MAX_NAME = 40
#: More tags than anybody finds their way in.
MAX_TAGS = 500


def find_or_make(*, member: Membership, name: str) -> Tag:
    """The tag of that name, made when there is none yet. Raises Forbidden, Invalid (field `name`)."""
    require(member, Permission.CONVERSATIONS_ASSIGN)
    wanted, folded = _named(name)
    found = Tag.objects.filter(folded=folded).first()
    if found:
        return found
    if Tag.objects.count() >= MAX_TAGS:
        raise Invalid(_("There are {limit} tags already. Merge or delete some first.").format(limit=MAX_TAGS), field="name")
    # Two people may make the same one at once: the unique key lets one in, and both get it.
    Tag.objects.bulk_create([Tag(name=wanted, folded=folded, tone=Tone.PLAIN, created_at=now())], ignore_conflicts=True)
    row = Tag.objects.get(folded=folded)
    record("tags.created", actor_id=member.id, subject=f"crm.Tag:{row.id}", data={"name": row.name})
    return row


def change_tag(*, member: Membership, tag_id: int, name: str | None = None, tone: str | None = None) -> Tag:
    """Rename or recolour. Raises Forbidden, NotFound, Invalid (field `name` or `tone`), Conflict when the name is taken."""
    require(member, Permission.TAGS_MANAGE)
    row = get_tag(tag_id, lock=True)
    before = {"name": row.name, "tone": row.tone}
    if name is not None:
        row.name, row.folded = _named(name)
    if tone is not None:
        if tone not in Tone.values:
            raise Invalid(_("There is no such colour."), field="tone")
        row.tone = tone
    after = {"name": row.name, "tone": row.tone}
    if after == before:
        return row
    try:
        with transaction.atomic():
            row.save(update_fields=["name", "folded", "tone"])
    except IntegrityError as error:
        raise Conflict(_("There is a tag of that name. You can merge the two."), field="name", code="taken") from error
    touch_all(tag_id)
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    record("tags.changed", actor_id=member.id, subject=f"crm.Tag:{tag_id}", data=changes)
    return row


def merge_tags(*, member: Membership, source_id: int, target_id: int) -> Tag:
    """Let one tag go up in another: what carried the first carries the second. Raises Forbidden, NotFound, Invalid (`into`)."""
    require(member, Permission.TAGS_MANAGE)
    if source_id == target_id:
        raise Invalid(_("Choose another tag to merge it into."), field="into")
    first, second = sorted((source_id, target_id))
    locked = {number: get_tag(number, lock=True) for number in (first, second)}
    touch_all(source_id)
    move_all(source_id, target_id)
    gone = locked[source_id]
    data = {"name": gone.name, "into": target_id}
    gone.delete()
    record("tags.merged", actor_id=member.id, subject=f"crm.Tag:{source_id}", data=data)
    return locked[target_id]


def delete_tag(*, member: Membership, tag_id: int) -> None:
    """Take a tag from everything that carries it, and away. Raises Forbidden, NotFound."""
    require(member, Permission.TAGS_MANAGE)
    row = get_tag(tag_id, lock=True)
    name = row.name
    touch_all(tag_id)
    row.delete()
    record("tags.deleted", actor_id=member.id, subject=f"crm.Tag:{tag_id}", data={"name": name})


def _named(name: str) -> tuple[str, str]:
    """A name as it is kept, and folded. Raises Invalid."""
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > MAX_NAME or clean_name(wanted) != wanted or not fold(wanted):
        raise Invalid(_("Give the tag a name of up to {limit} characters.").format(limit=MAX_NAME), field="name")
    return wanted, fold(wanted)[: 2 * MAX_NAME]
