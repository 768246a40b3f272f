"""Takes every mail, keeps it in a file, and prints what it says as one line of JSON. Runs in a service's container."""

import json
import os
import signal
import sys
import threading
from email import policy
from email.parser import BytesParser
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

TEXT_MAX, NAMES_MAX = 600, 10
FOLDER, PORT, ACCOUNT = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
PASSWORD = Path(sys.argv[4]).read_bytes()


def told(envelope):
    mail = BytesParser(policy=policy.default).parsebytes(envelope.original_content)
    body = mail.get_body(("plain", "html"))
    try:
        text = body.get_content() if body else ""
    except (LookupError, ValueError):
        text = ""
    names = [part.get_filename() or part.get_content_type() for part in mail.iter_attachments()]
    return {
        "sender": str(envelope.mail_from or "")[:200],
        "recipients": [to[:200] for to in envelope.rcpt_tos[:NAMES_MAX]],
        "subject": str(mail["subject"] or "")[:200],
        "text": str(text)[:TEXT_MAX],
        "attachments": [str(name)[:60] for name in names[:NAMES_MAX]],
    }


class Catcher:
    def __init__(self):
        self.number = len(list(FOLDER.glob("*.eml")))

    async def handle_DATA(self, server, session, envelope):
        self.number += 1
        (FOLDER / f"{self.number:06}.eml").write_bytes(envelope.original_content)
        try:
            said = told(envelope)
        except Exception as exc:  # the parser's own faults are not the product's
            print(f"mail {self.number} is kept and cannot be read: {type(exc).__name__}", flush=True)
            said = {"sender": str(envelope.mail_from), "recipients": list(envelope.rcpt_tos)[:NAMES_MAX]}
        print("mail " + json.dumps(said, ensure_ascii=False), flush=True)
        return f"250 OK: kept as {self.number}"


def authenticate(server, session, envelope, mechanism, given):
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (ACCOUNT.encode(), PASSWORD)
    if not good:
        print(f"ERROR: authentication failed ({mechanism})", flush=True)
    return AuthResult(success=good, handled=False)


FOLDER.mkdir(exist_ok=True)
over = threading.Event()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: over.set())
controller = Controller(
    Catcher(),
    hostname="0.0.0.0",
    port=PORT,
    server_hostname="smtp",
    authenticator=authenticate,
    auth_require_tls=False,
    enable_SMTPUTF8=True,
    data_size_limit=64 << 20,
)
controller.start()
over.wait()
controller.stop()
os._exit(0)
