"""States of instant actions: each is done once, however often it comes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from .messages import Action, ActionState

_REMEMBERED = 1000
_REPORTED = 16


class InstantActionStates:
    """How far each instant action is; the last ones are reported."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, ActionState] = OrderedDict()

    def __contains__(self, action_id: str) -> bool:
        """Whether it came before."""
        return action_id in self._states

    def add(self, action: Action, status: str, result: str) -> None:
        """A new one."""
        self._states[action.id] = ActionState(action.id, action.type, status, result)
        if len(self._states) > _REMEMBERED:
            self._states.popitem(last=False)

    def finish(self, action_type: str) -> None:
        """Those of a type that still run have ended."""
        for state in self.states():
            if state.type == action_type and state.status == "RUNNING":
                self._states[state.id] = replace(state, status="FINISHED")

    def states(self) -> tuple[ActionState, ...]:
        """What a vehicle's state reports, oldest first."""
        return tuple(self._states[name] for name in list(self._states)[-_REPORTED:])
