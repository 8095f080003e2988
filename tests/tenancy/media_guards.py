"""The guards of what hangs on messages: how each is taken away, and who notices. `test_guards.py` does it."""

import pytest

import core.pictures
import core.serving
import core.vault
import social.networks._sms_files
import social.services.files
import social.services.public_files
from tests.core import test_files, test_uploads
from tests.fileserver import file_host
from tests.inbox import test_media_in
from tests.pictures import HTML
from tests.social import test_public_files
from tests.social.networks.sms import test_files_and_money
from tests.tenancy.world import World


def files_are_taken(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr("django.conf.settings.FILE_UPLOAD_HANDLERS", ["django.core.files.uploadhandler.TemporaryFileUploadHandler"])


def files_are_refused(world: World) -> None:
    with test_uploads.files_made() as made:
        test_uploads.test_a_large_file_is_refused_before_it_is_kept(made, "/theme/", "stranger")


def names_count(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.files.sniffing, "mime_of", lambda content: "video/mp4")


def pages_are_downloads(world: World) -> None:
    with file_host() as host, pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.PRACTICE_URL", host.base)
        test_media_in.test_what_could_act_is_a_download_whatever_it_says(world.browser("owner"), world.desk, host, HTML, "video")


def answers_may_act(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.serving, "POLICY", "default-src *")


def answers_can_do_nothing(world: World) -> None:
    test_files.test_what_is_handed_out_can_do_nothing()


def pictures_of_any_size(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.pictures, "MAX_PIXELS", 10**12)


def bombs_are_not_drawn(world: World) -> None:
    test_files.test_a_bomb_is_not_drawn(9000)


def any_name_opens(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(core.vault, "is_name", lambda name, *, workspace_id: bool(name))


def names_open_their_own(world: World) -> None:
    test_files.test_what_is_kept_is_read_again_by_its_own_workspace_only()


def every_channel_is_shown(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr("inbox.services.attached._sees", lambda channel_id: True)


def hidden_channels_hide_files(world: World) -> None:
    with file_host() as host, pytest.MonkeyPatch.context() as patch:
        test_media_in.test_a_hidden_channel_hides_its_files(world.browser("owner"), world.desk, host, patch)


def any_signature_fits(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.services.public_files.signing.Signer, "signature", lambda signer, value, key=None: "x")
    patch.setattr(
        social.services.public_files.signing.Signer, "unsign", lambda signer, signed: signed.rpartition(signer.sep)[0]
    )


def addresses_are_ours(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.BASE_URL", "https://crm.example.com")
        test_public_files.nobody_makes_one_of_their_own()


def keys_go_anywhere(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(social.networks._sms_files, "_lies_with", lambda account, address: True)


def keys_stay(world: World) -> None:
    test_files_and_money.keys_stay_with_twilio()


#: Name in docs/guards.md, how it is taken away, who notices.
GUARDS = (
    ("what a file is, by its content", names_count, pages_are_downloads),
    ("sandbox of what is handed out", answers_may_act, answers_can_do_nothing),
    ("size of a picture before it is drawn", pictures_of_any_size, bombs_are_not_drawn),
    ("workspace of a kept file", any_name_opens, names_open_their_own),
    ("channel of a message's file", every_channel_is_shown, hidden_channels_hide_files),
    ("where an account's keys go", keys_go_anywhere, keys_stay),
    ("signature of a file's public address", any_signature_fits, addresses_are_ours),
)
