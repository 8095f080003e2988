"""A Postfix and a Dovecot of one's own, below one folder, on ports of their own: nothing of the machine's own mail is touched."""

import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import imapclient

from tests.practice.conftest import free_port

SHOP, PEOPLE = "shop.example", "people.example"
#: Who owns the mailboxes: a user that every Debian has, and that has no rights.
OWNER = "nobody"
PASSWORD = "a-secret-of-the-proof"
START_SECONDS = 30.0

MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{shop}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
maillog_file = {root}/postfix-mail.log
maillog_file_prefixes = {root}
virtual_mailbox_domains = {shop}, {people}
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = texthash:{root}/mailboxes
virtual_alias_maps = texthash:{root}/aliases
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 100
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_tls_security_level = none
smtputf8_enable = no
bounce_queue_lifetime = 0
"""
MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {root}/dovecot
state_dir = {root}/dovecot
log_path = {root}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = {uid}
last_valid_uid = 0
first_valid_gid = {gid}
mail_location = maildir:{root}/mail/%d/%n
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%d/%n
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service auth {{
  unix_listener {root}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


class MailServers:
    """Both servers. `shop` is our mailbox with an alias, `sara` a customer's."""

    def __init__(self, root: Path) -> None:
        self.root, self.imap, self.smtp = root, free_port(), free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        uid, gid = pwd.getpwnam(OWNER).pw_uid, grp.getgrgid(pwd.getpwnam(OWNER).pw_gid).gr_gid
        facts = {"root": root, "shop": SHOP, "people": PEOPLE, "uid": uid, "gid": gid, "imap": self.imap, "smtp": self.smtp}
        facts["password"] = PASSWORD
        for name in ("queue", "data", "mail", "etc", "dovecot", "queue/private"):
            (root / name).mkdir(parents=True, exist_ok=True)
        root.chmod(0o755)
        (root / "etc/main.cf").write_text(MAIN.format(**facts))
        (root / "etc/master.cf").write_text(MASTER.format(**facts))
        (root / "dovecot.conf").write_text(DOVECOT.format(**facts).replace("\\\\", "\\"))
        boxes = (("support", SHOP), ("sara", PEOPLE))
        (root / "mailboxes").write_text("".join(f"{who}@{domain} {domain}/{who}/\n" for who, domain in boxes))
        (root / "aliases").write_text(f"sales@{SHOP} support@{SHOP}\n")
        for name in ("data", "queue/private"):
            shutil.chown(root / name, "postfix")
        os.chown(root / "mail", uid, gid)

    def start(self) -> None:
        """Both, as their own programs start them. Raises AssertionError with their words when they do not come up."""
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.root / "etc"), "check"], capture_output=True, check=False)
        log = (self.root / "postfix.log").open("wb")
        self.processes.append(subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(self.root / "dovecot.conf")]))
        self.processes.append(
            subprocess.Popen(["/usr/sbin/postfix", "-c", str(self.root / "etc"), "start-fg"], stdout=log, stderr=log)
        )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                self.mails("support", SHOP)
                if (self.root / "queue/private/auth").exists() and (self.root / "queue/public/qmgr").exists():
                    return
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.1)
            time.sleep(0.2)
        raise AssertionError(self.words())

    def words(self) -> str:
        """What both wrote into their logs."""
        logs = [self.root / name for name in ("postfix.log", "postfix-mail.log", "dovecot.log")]
        return "\n".join(log.read_text("utf-8", "replace")[-4000:] for log in logs if log.exists())

    def mails(self, who: str, domain: str, folder: str = "INBOX") -> list[bytes]:
        """The sources of a folder's mails, as another program than ours reads them."""
        client = imapclient.IMAPClient("127.0.0.1", port=self.imap, ssl=False, timeout=10)
        try:
            client.login(f"{who}@{domain}", PASSWORD)
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["RFC822"])
            return [found[uid][b"RFC822"] for uid in sorted(found)]
        finally:
            client.shutdown()

    def wait_for(self, count: int, who: str, domain: str) -> list[bytes]:
        """The mails of an inbox once there are so many."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            found = self.mails(who, domain)
            if len(found) >= count:
                return found
            time.sleep(0.2)
        raise AssertionError(self.words())

    def reload(self) -> None:
        """Let Postfix read its tables anew."""
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.root / "etc"), "reload"], capture_output=True, check=True)

    def stop(self) -> None:
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.root / "etc"), "stop"], capture_output=True, check=False)
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
