"""Logins that a server or a proxy asks for, answered as the client would (BiDi ``network.authRequired``)."""

from typing import Any
from urllib.parse import urlsplit

from harness.model import Way
from harness.protocols import Session

ANSWER_S = 30.0


class Answering:
    """Answers each question once: who is asked again gave the wrong answer, and gives up as a person would.

    Chromium does not say who asks. It is the proxy the first time, for nothing passes it before; from then on
    Chromium tells the proxy by itself. Nobody but the product gets the answer that is for the product.
    """

    def __init__(self, session: Session, way: Way) -> None:
        """From now on. BrowserError where the browser cannot be answered."""
        self._session = session
        self._way = way
        self._asked: set[tuple[str, str]] = set()
        session.subscribe({"network.authRequired": self._answer}).result(ANSWER_S)
        session.command("network.addIntercept", {"phases": ["authRequired"]})

    def _answer(self, event: dict[str, Any]) -> None:
        request = event["request"]["request"]
        realm = self._realm(event)
        known = self._way.logins.get(realm)
        params: dict[str, Any] = {"request": request, "action": "cancel"}
        if known and (request, realm) not in self._asked:
            credentials = {"type": "password", "username": known.user, "password": known.password}
            params |= {"action": "provideCredentials", "credentials": credentials}
        self._asked.add((request, realm))
        self._session.start("network.continueWithAuth", params)

    def _realm(self, event: dict[str, Any]) -> str:
        """Who asks; empty where it is nobody of ours."""
        way = self._way
        is_product = urlsplit(event["request"]["url"]).hostname == way.product
        challenges = event["response"].get("authChallenges")
        if challenges is None:
            proxy_asked = any(realm == way.proxy_realm for _, realm in self._asked)
            realm = way.proxy_realm if way.proxy_realm in way.logins and not proxy_asked else way.product_realm
        else:
            realm = next((str(one.get("realm")) for one in challenges if one.get("realm") in way.logins), "")
        return realm if is_product or realm != way.product_realm else ""
