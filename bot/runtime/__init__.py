"""The process itself: the worker's loops, its watchdog, metrics and logs."""
