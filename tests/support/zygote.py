"""Start the real program in a tenth of its time: a process that has imported it once forks each start.

``python -m tests.zygote SOCKET`` imports the whole service, listens on a unix socket and forks a child per
connection. The child leads its own session, takes the environment, folder and log it was ordered, and runs
the entry point of ``qonto-bot`` with the words it was given: the same process as from the command line, that
``kill -9`` hits alike. The connection then carries one line with its pid and, when it ended, its exit code.
The zygote has one thread and no open database; it ends, and its children with it, when its stdin closes.
"""

import asyncio
import atexit
import contextlib
import gc
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import httpx
from sqlalchemy.orm import configure_mappers

from bot.__main__ import main as program
from store.db.schema import upgrade
from tests.support import fault_points

ROOT = Path(__file__).resolve().parents[2]


class Zygote:
    """The loop of the zygote: orders come in, children go out, exits are told."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._told, wakeup = socket.socketpair()
        for each in (self._told, wakeup):
            each.setblocking(False)
        self._wakeup = wakeup
        self._children: dict[int, socket.socket] = {}
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(wakeup.fileno())

    def run(self) -> list[str] | None:
        """Fork children until stdin closes; returns in each child too, with the words of its command."""
        with selectors.DefaultSelector() as selector:
            for readable in (self._listener, self._told, sys.stdin):
                selector.register(readable, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._told:
                        self._reap()
                    elif key.fileobj is sys.stdin:
                        self._end()
                        return None
                    elif (words := self._order()) is not None:
                        return words

    def _order(self) -> list[str] | None:
        connection, _ = self._listener.accept()
        order = json.loads(connection.makefile().readline())
        pid = os.fork()
        if pid:
            self._children[pid] = connection
            _tell(connection, pid)
            return None
        for each in (connection, self._listener, self._told, self._wakeup, *self._children.values()):
            each.close()
        _become(order["environment"], order["folder"], order["log"])
        return list(order["words"])

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._told.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                with self._children.pop(pid) as connection:
                    _tell(connection, os.waitstatus_to_exitcode(status))

    def _end(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(f"{number}\n".encode())


def _become(environment: Mapping[str, str], folder: str, log: str) -> None:
    """Be a process of its own: session, signals, environment, folder, output."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)


class Forked:
    """A child of the zygote, handled as ``asyncio.subprocess.Process`` is."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._writer = writer
        self._ended = asyncio.ensure_future(self._watch(reader))

    async def _watch(self, reader: asyncio.StreamReader) -> int:
        self.returncode = int(await reader.readline())
        self._writer.close()
        return self.returncode

    async def wait(self) -> int:
        """Wait for its end; returns the exit code, negative for a signal."""
        return await asyncio.shield(self._ended)

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


async def fork(words: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path) -> Forked:
    """Run ``qonto-bot`` with these words from the zygote of this process."""
    reader, writer = await asyncio.open_unix_connection(_zygote())
    order = {"words": list(words), "environment": dict(environment), "folder": str(folder), "log": str(log)}
    writer.write(json.dumps(order).encode() + b"\n")
    return Forked(int(await reader.readline()), reader, writer)


@cache
def _zygote() -> str:
    """Start the zygote at the first need; returns the path of its socket."""
    folder = tempfile.mkdtemp(prefix="zygote-")
    path = f"{folder}/socket"
    process = subprocess.Popen(  # noqa: S603  # this very file
        [sys.executable, "-m", "tests.support.zygote", path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    def stop() -> None:
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return path


async def _warm(folder: str) -> None:
    """Do once what loads modules late: the migrations, the mappers, a call over HTTP."""
    await upgrade(f"sqlite+aiosqlite:///{folder}/warm.db")
    configure_mappers()
    async with httpx.AsyncClient() as http:
        with contextlib.suppress(httpx.TransportError):
            await http.get("http://127.0.0.1:9")


def main() -> None:
    """Import everything a start needs, then fork children that are the program."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_warm(folder))
    gc.collect()
    gc.freeze()
    zygote = Zygote(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    words = zygote.run()
    if words is not None:
        sys.argv = ["qonto-bot", *words]
        fault_points.install()
        program()


if __name__ == "__main__":
    main()
