"""Slack's way with text: how long it is, and what in it people would regret."""

import re
from collections.abc import Iterator

# docs.slack.dev, messaging/formatting-message-text: only & < > are escaped; these are the tokens in < >.
_TOKEN = re.compile(r"<(?:[@#!][^<>]+|(?:https?|mailto|tel|slack):[^<>]+)>")
_BAD_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")
_WHOLE_CHANNEL = re.compile(r"<!(?:channel|here|everyone)\b")


def length(text: str) -> int:
    """Return the length as Slack counts it, an escaped & < > being one character each."""
    return len(text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))


def regrets(text: str) -> Iterator[str]:
    """Yield, in French, what Slack accepts in a mrkdwn text but people would regret."""
    rest = _TOKEN.sub("", text)
    if "<" in rest or _BAD_AMPERSAND.search(rest):
        yield "« & » ou « < » non échappé"
    if _WHOLE_CHANNEL.search(text):
        yield "mentionne tout le canal"
