"""Logins that a server or a proxy asks for, answered as the client would (BiDi ``network.authRequired``)."""

from collections.abc import Mapping
from typing import Any

from harness.model import Credential
from harness.protocols import Session

ANSWER_S = 30.0


class Answering:
    """Answers each question once: who is asked again gave the wrong answer, and gives up as a person would."""

    def __init__(self, session: Session, logins: Mapping[str, Credential | None]) -> None:
        """From now on. BrowserError where the browser cannot be answered."""
        self._session = session
        self._logins = logins
        self._asked: set[tuple[str, str]] = set()
        session.subscribe({"network.authRequired": self._answer}).result(ANSWER_S)
        session.command("network.addIntercept", {"phases": ["authRequired"]})

    def _answer(self, event: dict[str, Any]) -> None:
        request = event["request"]["request"]
        challenges = event["response"].get("authChallenges") or ()
        realm = next((str(one.get("realm", "")) for one in challenges if one.get("realm") in self._logins), "")
        known = self._logins.get(realm)
        params: dict[str, Any] = {"request": request, "action": "cancel"}
        if known and (request, realm) not in self._asked:
            self._asked.add((request, realm))
            credentials = {"type": "password", "username": known.user, "password": known.password}
            params |= {"action": "provideCredentials", "credentials": credentials}
        self._session.start("network.continueWithAuth", params)
