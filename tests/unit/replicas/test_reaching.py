"""How a browser elsewhere reaches a product: by its address here, by a port of this machine, or not at all."""

import socket
import threading
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from harness.model import Client
from harness.replicas.reaching import Reach, reach

PRODUCT = ("172.18.0.9", 8000)


def reached(url: str, product_host: str = "", entrance: tuple[str, int] = PRODUCT, **environ: str) -> Reach:
    with ExitStack() as stack:
        return reach(client(url, product_host), "http", entrance, stack, environ)


def client(url: str, product_host: str = "") -> Client:
    return Client.model_validate({"browser": {"name": "remote", "url": url, "product_host": product_host}})


def test_one_on_this_machine_takes_the_product_s_own_address() -> None:
    assert reached("http://127.0.0.1:4444").url == "http://172.18.0.9:8000"
    assert reached("${env:GRID_URL}", GRID_URL="http://127.0.0.1:4444/wd/hub").url == "http://172.18.0.9:8000"


def test_one_elsewhere_needs_a_name_of_this_machine() -> None:
    found = reached("http://192.0.2.7:4444")  # of the net for documentation, RFC 5737
    assert found.url == ""
    assert "the browser behind 192.0.2.7 is not on this machine" in str(found.problem)


def test_a_host_that_nobody_knows() -> None:
    assert "there is no address of grid.invalid" in str(reached("http://grid.invalid:4444").problem)


def test_a_name_of_this_machine_has_a_port_that_leads_to_the_product_and_is_closed_afterwards() -> None:
    with socket.create_server(("127.0.0.1", 0)) as product, ExitStack() as stack:

        def answer() -> None:
            taken, _ = product.accept()
            taken.sendall(b"hello")
            taken.close()

        threading.Thread(target=answer, daemon=True).start()
        where = client("http://192.0.2.7:4444", "127.0.0.1")
        url = urlsplit(reach(where, "http", product.getsockname(), stack, {}).url)
        assert url.hostname == "127.0.0.1"
        with socket.create_connection((url.hostname, url.port)) as visitor:
            assert visitor.makefile("rb").read() == b"hello"
        stack.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((url.hostname, url.port))
