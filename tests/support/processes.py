"""The real program as its own process, to be started, killed and started again."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from tests.support.zygote import Forked, fork

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


_PORTS = itertools.cycle(range(10_000, 32_000))
deque(itertools.islice(_PORTS, os.getpid() * 101 % 22_000), maxlen=0)


def free_port() -> int:
    """Give a port that nobody has, below those the system lends to clients: it stays free between starts."""
    for port in _PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError


class BotProcess:
    """``qonto-bot serve`` with the settings given, and none of this machine's.

    ``plain`` starts it from the command line, which takes its second of imports; otherwise the zygote does.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, *, plain: bool = False) -> None:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR"}}
        coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        self._environment = {**kept, **coverage, "PYTHONPATH": str(ROOT), **environment}
        self._folder = folder
        self._plain = plain
        self._process: Process | Forked | None = None
        self.url = f"http://{environment['HOST']}:{environment['PORT']}"
        self.starts = 0

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def log(self) -> Path:
        return self._folder / "bot.log"

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start and wait until ``/health`` answers."""
        self._process = await self._run("serve")
        self.starts += 1
        await self._answering()

    async def command(self, *words: str) -> None:
        """Run another command of the program to its end; fail when it fails."""
        process = await self._run(*words)
        assert await process.wait() == 0, self.log.read_text()[-3000:]

    async def _run(self, *words: str) -> Process | Forked:
        if not self._plain:
            return await fork(words, self._environment, self._folder, self.log)
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                *words,
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    async def _answering(self) -> None:
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as http:
            while self.alive:
                try:
                    async with http.get(f"{self.url}/health") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)
        raise AssertionError(f"the service did not start:\n{self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """``kill -9``, at once."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        """Freeze it: it keeps its connections and does nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen one go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def refused(self) -> tuple[int, str]:
        """Start it where it must not start; returns its exit code and what it said."""
        self._process = await self._run("serve")
        async with asyncio.timeout(START_SECONDS):
            return await self._process.wait(), self.log.read_text()

    def set(self, name: str, value: str) -> None:
        """Change one setting for the starts to come."""
        self._environment[name] = value

    async def gone(self) -> int:
        """Wait until the process has ended; returns its exit code, negative for a signal."""
        return await self._process.wait() if self._process is not None else 0

    async def terminate(self) -> int:
        """Ask it to stop, as a service manager does; returns its exit code."""
        assert self._process is not None
        if self.alive:
            self._process.send_signal(signal.SIGTERM)
        return await self._process.wait()

    async def close(self) -> None:
        self.kill()
        await self.gone()
