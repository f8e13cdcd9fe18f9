"""A stand-in for Qonto: its API, its OAuth pages and its webhooks, over real HTTP, in memory."""

from sandbox.bank.app import build_bank
from sandbox.bank.signing import sign_body
from sandbox.bank.state import BankState

__all__ = ["BankState", "build_bank", "sign_body"]
