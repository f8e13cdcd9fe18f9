"""A small load generator on loopback: prepared requests, kept-alive connections, bounded by count."""

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Result:
    """Answers by status, and the latency of each in seconds."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """How many answers of 200 per second."""
        return self.statuses.get(200, 0) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Give a latency percentile in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def note(self, status: int, latency: float) -> None:
        """Count one answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.latencies.append(latency)


async def closed_loop(port: int, requests: Sequence[bytes], connections: int) -> Result:
    """Send all requests as fast as ``connections`` in parallel allow."""
    result = Result()
    waiting = iter(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_drain(port, waiting, result) for _ in range(connections)))
    result.seconds = time.perf_counter() - started
    return result


async def _drain(port: int, waiting: Iterator[bytes], result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        await _exchange(reader, writer, request, result, time.perf_counter())
    writer.close()
    await writer.wait_closed()


async def open_loop(port: int, requests: Sequence[bytes], per_second: float, connections: int = 64) -> Result:
    """Send requests at a fixed rate, whatever the answers; latency counts from when each was due."""
    gc.collect()
    gc.freeze()  # a pause of the meter must not count as one of the service
    result = Result()
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    senders = [asyncio.create_task(_send_due(port, due, result)) for _ in range(connections)]
    started = time.perf_counter()
    for place, request in enumerate(requests):
        at = started + place / per_second
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        due.put_nowait((at, request))
    for _ in senders:
        due.put_nowait(None)
    await asyncio.gather(*senders)
    result.seconds = time.perf_counter() - started
    return result


async def _send_due(port: int, due: asyncio.Queue[tuple[float, bytes] | None], result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (item := await due.get()) is not None:
        await _exchange(reader, writer, item[1], result, item[0])
    writer.close()
    await writer.wait_closed()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, result: Result, since: float
) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    if length:
        await reader.readexactly(length)
    result.note(int(head.split(b" ", 2)[1]), time.perf_counter() - since)


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Prepare one POST, as bytes on the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
