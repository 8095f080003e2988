"""Addresses at which a network fetches one file from us: signed, for a while, and of nothing but that file.

Some networks take no bytes, only an address (Twilio's texts, Instagram, a system of one's own). Whoever has such an address has
the file; nobody can make one, and it leads nowhere once its time is over or the vault keeps the file no longer. No row is asked:
what is handed out, and as what, stands in the address itself.
"""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from core.clock import now
from core.errors import NotFound, RabtaError
from core.sniffing import kind_of
from social.networks.base import Network
from social.networks.errors import Text
from social.networks.values import Attachment
from social.services.addresses import is_public

#: Twilio fetches at once and tries again for minutes; a system of one's own may stand in a queue for a night.
PUBLIC_SECONDS = 24 * 3600
_SALT = "rabta.public-file"


class Expired(RabtaError):
    """The time of this address is over."""

    status = 410
    code = "expired"


@dataclass(frozen=True, slots=True)
class PublicFile:
    """What an address of ours hands out: a name in the vault, and what it is by its content."""

    workspace_id: int
    key: str
    size: int
    mime: str
    name: str

    @property
    def is_drawn(self) -> bool:
        """Whether a browser may draw or play it; else it is a download of no type."""
        return kind_of(self.mime) != "file"


def public_address(file: Attachment, *, workspace_id: int, seconds: float = PUBLIC_SECONDS) -> str:
    """A whole address at which anybody who has it fetches this one file, for so long. Pure; whether anybody outside reaches this
    installation at all is `unreachable`'s question.
    """
    until = int(now().timestamp() + seconds)
    token = _signer().sign_object([workspace_id, file.key, file.size, file.mime, until])
    return f"{settings.BASE_URL}/files/{token}/{quote(file.name.replace('/', '_') or 'file', safe='')}"


def behind(token: str, *, name: str) -> PublicFile:
    """What an address leads to. Raises NotFound for one that we never gave, Expired."""
    try:
        workspace_id, key, size, mime, until = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound(_("There is no such file.")) from error
    if until <= now().timestamp():
        raise Expired(_("This address was for a while only, and that time is over."))
    return PublicFile(workspace_id, key, size, mime, name)


def unreachable(network: Network) -> Text | None:
    """Why a network that fetches files by their address can fetch none from here; None where it can, or wants no addresses."""
    if not network.files_by_address or network.is_practice() or is_public():
        return None
    return _("{network} fetches files from a public address, and this installation has none.").format(network=network.label)


def _signer() -> signing.Signer:
    # A dot parts what is signed from its signature: a colon would be written anew in addresses.
    return signing.Signer(sep=".", salt=_SALT)
