"""Does the matcher fit this agency's own history? Reads three CSV files, scores every payment.

Sums it up in French.

``run_backtest`` is the whole of it; the command line only opens the files and streams.
"""

from bot.suggestions.backtest.reading import BacktestUnreadableError
from bot.suggestions.backtest.running import run_backtest

__all__ = ["BacktestUnreadableError", "run_backtest"]
