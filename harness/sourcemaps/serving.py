"""Asking the product of a replica for a file, past browser and gateways, with an end to how long and how much."""

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from time import monotonic
from urllib.parse import urlsplit

TIMEOUT_S = 2.0  # without a byte
PIECE_BYTES = 64 << 10


@dataclass(frozen=True, kw_only=True)
class File:
    """An answer: names of headers are in lower case."""

    content: bytes
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Served:
    """A product: ``url`` as pages have it, and where it listens for us."""

    url: str
    address: tuple[str, int]

    def serves(self, url: str) -> bool:
        """Whether an address is of the product itself."""
        try:
            return url.startswith("http") and urlsplit(url).netloc == urlsplit(self.url).netloc
        except ValueError:
            return False

    def get(self, url: str, *, limit_bytes: int, deadline: float) -> File | None:
        """What it answers with status 200 and no more than ``limit_bytes``, until ``deadline``; else None. No redirect
        is followed, and nothing is unpacked."""
        parts = urlsplit(url)
        connection = HTTPConnection(*self.address, timeout=TIMEOUT_S)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {"Host": parts.netloc, "Accept-Encoding": "identity", "User-Agent": "harness (source maps)"}
            connection.request("GET", target, headers=headers)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            if answer.status != 200 or told.get("content-encoding", "identity") != "identity":
                return None
            content = bytearray()
            while piece := answer.read1(PIECE_BYTES):
                content += piece
                if len(content) > limit_bytes or monotonic() > deadline:
                    return None
            return File(content=bytes(content), headers=told)
        except (OSError, HTTPException, ValueError):
            return None
        finally:
            connection.close()
