"""What fleet routing refuses, in one sentence each."""

from __future__ import annotations


class FleetError(ValueError):
    """Bad input to fleet routing; the sentence names file, line and field where there are any."""


class MapError(FleetError):
    """A map's file is missing, broken, or another size than it says."""


class ScenarioError(FleetError):
    """Starts, goals or tasks that are broken, or do not fit their map."""


class UnsolvableError(FleetError):
    """No plan exists: a goal cannot be reached, or every configuration has been tried."""


class DispatchError(FleetError):
    """A problem of jobs and vehicles that is broken, or tours that cannot be."""


class OrderError(FleetError):
    """An order that is unknown or broken, or a step that its state does not allow."""


class RoadmapError(FleetError):
    """Sites or rules that are broken, or do not fit their map."""
