"""USD stage -> MuJoCo model, nothing lost in silence: what the importer cannot carry is added or reported."""

from .load import LoadedStage, RobotPlacement, load_stage
from .report import StageError, StageReport

__all__ = ["LoadedStage", "RobotPlacement", "StageError", "StageReport", "load_stage"]
