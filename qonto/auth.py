"""The two ways to be known to the bank."""

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

_CREDENTIAL = re.compile(r"[\x21-\x7e]+")
_API_KEY = re.compile(r"[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+")


class Auth(Protocol):
    """What goes into the `Authorization` header.

    `manages_webhooks` tells whether the bank lets these credentials touch subscriptions.
    """

    @property
    def manages_webhooks(self) -> bool:
        """Tell whether subscriptions may be read and changed."""
        ...

    async def authorization(self) -> str:
        """Return the header's value."""
        ...


class ApiKey:
    """An organisation's key, `login:secret` as it is (docs.qonto.com, authentication/api-key).

    Raises ValueError, without the key, when it has no login or holds blanks.
    """

    manages_webhooks = False

    def __init__(self, login_and_secret: str) -> None:
        if not _API_KEY.fullmatch(login_and_secret):
            raise ValueError("an API key is written login:secret, without blanks")
        self._value = login_and_secret

    async def authorization(self) -> str:
        """Return the header's value."""
        return self._value


class Bearer:
    """An OAuth access token, asked from `token` before each call so that it may be refreshed in between."""

    manages_webhooks = True

    def __init__(self, token: Callable[[], Awaitable[str]]) -> None:
        self._token = token

    async def authorization(self) -> str:
        """Return the header's value; raises ValueError, without the token, if it cannot be one."""
        token = await self._token()
        if not _CREDENTIAL.fullmatch(token):
            raise ValueError("an access token has no blanks and only ASCII")
        return f"Bearer {token}"
