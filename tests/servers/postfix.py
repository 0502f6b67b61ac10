"""A Postfix of one's own: its configuration, queue and ports lie apart from those of the machine's."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.servers.smtp_certificates import CertificateAuthority

NEEDED = "Postfix is needed for this test; make test installs it, or do: apt-get install postfix"
READY_S = 20.0
SIZE_MAX = 100_000
"""The most bytes of a mail that it takes."""

_LOOK_AGAIN_S = 0.02
_NOBODY = 65_534

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mail.example.com
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
message_size_limit = {size_max}
recipient_delimiter = +
smtpd_delay_reject = yes
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {certificate}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{login_port}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sender_restrictions = check_sender_access inline:{{ {{ banned@example.com = 550 5.7.1 Not yours }} }}
smtpd_recipient_restrictions = check_recipient_access inline:{{
    {{ unknown@example.com = 550 5.1.1 User unknown }}
    {{ greylisted@example.com = 450 4.7.1 Come back }}
    {{ full@example.com = 452 4.2.2 Mailbox full }}
    {{ policy@example.com = 554 5.7.1 Not wanted }} }}
transport_maps = inline:{{ {{ faraway.example.com = smtp:[127.0.0.1]:{next_port} }} }}
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mailbox/
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
virtual_minimum_uid = 1
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Takes mail for ``example.com`` into one mailbox, and passes on what is for ``faraway.example.com``.

    ``port`` speaks STARTTLS, ``tls_port`` TLS at once; both want a login, which *login_port* checks. *next_port* is of
    the server for far away. Use as a context manager; needs root, or sudo without a password.
    """

    def __init__(self, *, login_port: int, next_port: int) -> None:
        assert shutil.which("postfix", path=_PATH), NEEDED
        assert os.geteuid() == 0 or shutil.which("sudo"), "Postfix starts only as root; run the tests as root"
        self.folder = Path(tempfile.mkdtemp(prefix="postfix-"))
        self.folder.chmod(0o755)  # Postfix works as several users
        self.authority = CertificateAuthority(self.folder)
        self.authority.server_context()
        self.port, self.tls_port = _free_port(), _free_port()
        self._login_port, self._next_port = login_port, next_port
        self._master: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._write_configuration()
        _as_root(["install", "-d", "-o", "postfix", "-m", "0700", self.folder / "data"])
        _as_root(["install", "-d", "-o", "root", "-m", "0755", self.folder / "queue"])
        _as_root(["postfix", "-c", self.folder, "check"])
        directory = _as_root(["postconf", "-c", self.folder, "-h", "daemon_directory"]).strip()
        self._master = subprocess.Popen(
            [*_ROOT, f"{directory}/master", "-c", self.folder, "-s"],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": _PATH},
        )
        self._wait_until_it_listens()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._master is not None
        _as_root(["postfix", "-c", self.folder, "abort"])
        self._master.wait(READY_S)
        _as_root(["rm", "-rf", self.folder])

    def mail_for(self, address: str) -> bytes:
        """Return the mail that was delivered to *address*; wait for it a while."""
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            for file in (self.folder / "mailbox" / "new").glob("*"):
                octets = file.read_bytes()
                if f"\nDelivered-To: {address}\n".encode() in octets:
                    return octets
            time.sleep(_LOOK_AGAIN_S)
        raise AssertionError(f"no mail came for {address}:\n{self._log()}")

    def _write_configuration(self) -> None:
        user, group = os.geteuid() or _NOBODY, os.getegid() or _NOBODY  # nothing is delivered as root
        values = {
            "folder": self.folder,
            "certificate": self.folder / "127.0.0.1.pem",
            "port": self.port,
            "tls_port": self.tls_port,
            "login_port": self._login_port,
            "next_port": self._next_port,
            "size_max": SIZE_MAX,
            "user": user,
            "group": group,
        }
        (self.folder / "main.cf").write_text(MAIN.format(**values))
        (self.folder / "master.cf").write_text(MASTER.format(**values))
        mailbox = self.folder / "mailbox"
        mailbox.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(mailbox, user, group)

    def _wait_until_it_listens(self) -> None:
        until = time.monotonic() + READY_S
        for port in (self.port, self.tls_port):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert time.monotonic() < until, f"Postfix did not start:\n{self._log()}"
                    time.sleep(_LOOK_AGAIN_S)

    def _log(self) -> str:
        log = self.folder / "mail.log"
        return log.read_text(errors="replace") if log.exists() else "(no log)"


_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]


def _as_root(command: Sequence[str | Path]) -> str:
    done = subprocess.run([*_ROOT, *command], capture_output=True, text=True, check=False, env={"PATH": _PATH})
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
