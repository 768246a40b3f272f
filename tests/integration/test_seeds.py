"""Seed data that a person would have made: files in a folder that is not there yet, and a scenario."""

import secrets
import shutil
from pathlib import Path

import pytest
import yaml

from tests.integration.running import ROOT, Ran, Reproduce, edited

pytestmark = pytest.mark.engine

GUESTBOOK = """\
import html, http.server, pathlib, urllib.parse
notes, attached = pathlib.Path("/srv/data/notes"), pathlib.Path("/srv/data/deep/er/attached.txt")
class Guestbook(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = html.escape(notes.read_text() if notes.exists() else "nobody was here")
        body = f"<h1>Guests</h1><p id=notes>{said}</p><p id=attached>{attached.read_text()}</p>"
        body += "<form method=post><input name=note aria-label=Note><button>Sign</button></form>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())
    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        with notes.open("a") as out:
            out.write(form["note"][0] + "; ")
        self.send_response(303)
        self.send_header("Location", "/")
        self.end_headers()
http.server.ThreadingHTTPServer(("", 8000), Guestbook).serve_forever()
"""


def scenario(name: str, *steps: object) -> str:
    return yaml.safe_dump({"schema": 1, "name": name, "product": "gallery", "steps": list(steps)}, allow_unicode=True)


def guestbook(folder: Path, note: str, found: str) -> tuple[Path, Path]:
    """An upgrade in place of a guestbook that somebody has signed with a note, and who looks what is ``found``."""
    recipe = {
        "start": ["python3", "-c", GUESTBOOK],
        "ready": {"text": "Guests"},
        "data": ["/srv/data"],
        "seed": [{"files": {"from": "uploads", "to": "/srv/data/deep"}}, {"scenario": "sign.yaml"}],
    }
    upgrade = [{"kind": "in-place", "server": {"product": "gallery@3.7.1"}}]
    environment = edited(folder, "gallery-parallax", recipe=recipe, upgrade=upgrade, compat=[])
    shutil.copy(ROOT / "environments/gallery-parallax.lock.yaml", folder)
    beside = folder / "recipes/gallery"
    (beside / "uploads/er").mkdir(parents=True)
    (beside / "uploads/er/attached.txt").write_text("attached")
    typed = {"type": {"into": "input", "text": note}}
    seen = {"expect": {"target": "#notes", "text": found}}
    sign = scenario("sign", {"open": "/"}, typed, {"click": "button"}, seen | {"timeout_s": 2})
    (beside / "sign.yaml").write_text(sign, "utf-8")
    look = folder / "look.yaml"
    look.write_text(
        scenario("look", {"open": "/"}, seen, {"expect": {"target": "#attached", "text": "attached"}}), "utf-8"
    )
    return environment, look


def seeded(ran: Ran) -> list[str]:
    """The sides on which the scenario of the seed was replayed."""
    return [path.parents[2].name for path in ran.folder.glob("*/seed/sign/trace.jsonl")]


def test_what_a_person_did_before_the_upgrade_is_there_on_both_sides_and_done_once(
    reproduce: Reproduce, tmp_path: Path
) -> None:
    note = f"李明 was here, {secrets.token_hex(6)}"  # so that no earlier run has seeded the same
    case = guestbook(tmp_path, note, f"{note};")
    ran = reproduce(*case)
    assert (ran.code, ran.verdict["verdict"], ran.verdict["after"]["steps_passed"]) == (0, "same", 3)
    assert len(seeded(ran)) == 1
    (log,) = (path.read_text() for path in ran.folder.glob("*/seed.log"))
    assert "4 expect: passed" in log
    again = reproduce(*case)
    assert (again.code, seeded(again)) == (0, [])
