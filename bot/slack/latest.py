"""Which of several interactions with one view came last: an earlier one must not overwrite its effect."""

from collections import OrderedDict

MOST_VIEWS = 500


class Latest:
    """Remembers the newest ``action_ts`` of each view; bounded, in this process only."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, str] = OrderedDict()

    def enter(self, view_id: str, action_ts: str) -> bool:
        """Note an interaction; False when a newer one was seen already."""
        if action_ts < self._newest.get(view_id, ""):
            return False
        self._newest[view_id] = action_ts
        self._newest.move_to_end(view_id)
        while len(self._newest) > MOST_VIEWS:
            self._newest.popitem(last=False)
        return True

    def is_latest(self, view_id: str, action_ts: str) -> bool:
        """Whether nothing newer came meanwhile."""
        return self._newest.get(view_id, action_ts) == action_ts
