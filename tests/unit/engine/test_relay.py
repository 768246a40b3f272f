"""harness.engine.relay: bytes go both ways, and a far end that is not there closes the near one."""

import asyncio
import contextlib

from harness.engine import relay


async def through(address: tuple[str, int], sent: bytes) -> bytes:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(relay(address, started=port.set_result))
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", await asyncio.wait_for(port, 5))
        writer.write(sent)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return answer
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def test_what_is_sent_comes_back() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()

    async def story() -> bytes:
        far = await asyncio.start_server(shout, "127.0.0.1", 0)
        async with far:
            return await through(far.sockets[0].getsockname()[:2], b"hello\n")

    assert asyncio.run(story()) == b"HELLO\n"


def test_nobody_there_closes_the_connection() -> None:
    assert asyncio.run(through(("127.0.0.1", 1), b"hello\n")) == b""
