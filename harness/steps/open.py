"""open: go to a path of the product, or to a URL, and wait until it has loaded."""

from urllib.parse import urljoin

from harness.language import Message
from harness.model.arguments import StepArguments
from harness.protocols import Page


class OpenArguments(StepArguments):
    short = "url"

    url: str  # "/search?q=sea", resolved against the product's address, or "http://…"


class Open:
    """An answer with a status of 400 or above is noted and is no failure by itself."""

    Arguments = OpenArguments
    default_timeout_s = 10.0
    passive = False

    def describe(self, arguments: OpenArguments) -> Message:
        return Message("open {url}", url=arguments.url)

    def run(self, page: Page, arguments: OpenArguments) -> None:
        url = urljoin(page.base_url, arguments.url)
        page.go(url)
        answer = page.document()
        if answer and answer.status is not None and answer.status >= 400:
            page.note(Message("{url} answered with status {status}", url=url, status=answer.status))
