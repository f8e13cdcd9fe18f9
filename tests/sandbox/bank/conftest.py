"""Fixtures of the stand-in bank."""

import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from qonto import QontoClient
from sandbox.bank import BankState
from tests.sandbox.bank.world import SECRET, Bank, Clock, Listener


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    async with listener.server:
        yield listener


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bank(listener: Listener, clock: Clock) -> AsyncIterator[Bank]:
    state = BankState(webhook_url=listener.url, webhook_secret=SECRET, backoff=(0.01, 0.01), now=clock)
    bank = Bank(state)
    async with bank.server:
        yield bank


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    # Loading the machine's certificates takes longer than a whole test, and nothing here uses TLS.
    async with httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as http:
        yield http


@pytest.fixture
def client(bank: Bank, http: httpx.AsyncClient) -> QontoClient:
    return bank.client(http)
