"""One loopback port before several servers, as a proxy stands before the hosts of a
company."""

import asyncio
import threading
from contextlib import contextmanager

_HOST = "127.0.0.1"


class _Balancer:
    """Hands each connection to the next server, or to another where one refuses."""

    def __init__(self, ports):
        self.ports = list(ports)

    async def take(self, reader, writer):
        """Connect who calls with a server until either hangs up."""
        self.ports.append(self.ports.pop(0))
        for port in tuple(self.ports):
            try:
                answers, asks = await asyncio.open_connection(_HOST, port)
            except OSError:
                continue
            await asyncio.gather(_pass_on(reader, asks), _pass_on(answers, writer))
            return
        writer.close()


async def _pass_on(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        # A server that was killed, or a caller who did not wait
        pass
    finally:
        writer.close()


@contextmanager
def balance(ports):
    """Pass on what comes in while the block runs.

    :param ports: those of the servers, in the order of their turns
    :return: the port that stands for all of them
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def do(job):
        return asyncio.run_coroutine_threadsafe(job, loop).result()

    server = do(asyncio.start_server(_Balancer(ports).take, _HOST, 0))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        do(_end(server))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server):
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
