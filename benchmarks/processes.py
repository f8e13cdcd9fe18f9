"""Starting what is measured as processes of its own, and reading what they cost."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

START_SECONDS = 30.0


@asynccontextmanager
async def running(
    *words: str, port: int, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[int, float]]:
    """Run ``python -m words`` until the block ends; yields its pid and the seconds to its first answer."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, cwd=Path.cwd(), env=dict(environment) if environment else None
    )
    try:
        await _answers(port, process)
        yield process.pid, time.perf_counter() - started
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answers(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_SECONDS):
        while process.returncode is None:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.005)
                continue
            writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            await reader.read()
            writer.close()
            return
    raise RuntimeError("the server did not start")


def resident_mb(pid: int) -> float:
    """Read the resident memory of a process, in MB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def peak_mb(pid: int) -> float:
    """Read the peak resident memory of a process, in MB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0
