"""smtp: a mail server that keeps every mail, whoever it is for; what it got becomes part of the trace.

It takes mails with the account of its replica, or without any; a wrong password it refuses.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from harness.model import Installation, Mail, Part, VersionSource
from harness.services.settings import DATA, DATABASE, HOME, Defaults
from harness.systems import System

_PROGRAM = Path(__file__).parents[1] / "templates/smtp-catcher.py.txt"
_SECRET = "/tmp/password"
_PORT = 1025  # who is not root may not have 25 on every engine
_MAIL = "mail {"  # how a line of its log begins that tells of one


class Smtp(Defaults):
    releases: Mapping[str, str] = {"debian:11": "1.4", "debian:12": "1.4", "debian:13": "1.4"}
    port = _PORT
    user = "mail"
    account = DATABASE
    database = ""
    stop_signal = "SIGTERM"
    keeps_format = True
    hello = b""  # the server speaks first
    ready = re.compile(rb"220 ")

    def part(self, system: System) -> Part:
        entry = Installation(installer="pip", arguments=["aiosmtpd=={{ service.version }}"])
        source = VersionSource(installer="pip", package="aiosmtpd")
        return Part(title="aiosmtpd", version=source, install=(entry,))

    def setup(self, system: System) -> str:
        return f"""\
mkdir {DATA}
cat > {HOME}/catcher.py <<'.'
{_PROGRAM.read_text("utf-8")}.
"""

    def start(self, system: System) -> str:
        return f"""\
umask 077
printf %s "$PASSWORD" > {_SECRET}
unset PASSWORD
exec python {HOME}/catcher.py {DATA} {_PORT} {DATABASE} {_SECRET}
"""

    def url(self, host: str, password: str) -> str:
        return f"smtp://{self.account}:{password}@{host}:{self.port}/{self.database}"

    def mail(self, line: str, step: int, time_s: float) -> Mail | None:
        if not line.startswith(_MAIL):
            return None
        try:
            said = json.loads(line.removeprefix("mail "))
            return Mail.model_validate({**said, "source": "smtp", "step": step, "time_s": time_s})
        except (ValueError, ValidationError):
            return None  # a line that was cut
