"""A TCP relay on 127.0.0.1 to a container, so that a person's browser reaches a private network."""

import asyncio
from collections.abc import Callable


async def relay(address: tuple[str, int], *, port: int = 0, started: Callable[[int], None]) -> None:
    """Pass connections on until cancelled; ``started`` is told the local port (0: any free one)."""
    server = await asyncio.start_server(lambda reader, writer: _connection(address, reader, writer), "127.0.0.1", port)
    started(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


async def _connection(address: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection(*address)
    except OSError:
        writer.close()
        return
    try:
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
    except ConnectionError:
        return  # one end went away in the middle
    finally:
        writer.close()
        far_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the end of one direction; the other may go on."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
