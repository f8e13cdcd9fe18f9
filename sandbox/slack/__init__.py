"""A stand-in Slack: a workspace in memory behind the real HTTP interfaces.

`build_slack(workspace, faults)` is an aiohttp application with `/api/{method}` (the Web API), `/ui/...`
(what a person sees and does), `/sandbox/slack/...` (control) and the response URLs. It signs and delivers
commands, clicks, option loads, submissions and events to `workspace.app.request_url`.
"""

from sandbox.slack.app import build_slack
from sandbox.slack.limits import Problem, check_message, check_options, check_view
from sandbox.slack.model import Channel, Command, Message, Refusal, SlackApp, User, UserGroup
from sandbox.slack.workspace import Workspace

__all__ = [
    "Channel",
    "Command",
    "Message",
    "Problem",
    "Refusal",
    "SlackApp",
    "User",
    "UserGroup",
    "Workspace",
    "build_slack",
    "check_message",
    "check_options",
    "check_view",
]
