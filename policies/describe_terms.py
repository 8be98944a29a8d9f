"""What the contract says of each observation: who gives it, and what its columns are."""

from __future__ import annotations

import inspect

from ..deploy_jetson.contract import ObservationTerm
from ..deploy_jetson.quantities import QUANTITIES, Columns
from ..envs.config import ObservationTerm as TaskTerm
from ..envs.terms import manipulation, navigation, observations
from ..envs.vector_env import GaitwayVectorEnv

_ROBOT = (
    observations.base_ang_vel,
    observations.projected_gravity,
    observations.joint_pos,
    observations.joint_vel,
    observations.last_action,
    observations.velocity_command,
    observations.gait_phase,
)
"""What `deploy_jetson/observations.py` builds, there under the functions' names."""

# `{...}` in a layout is a parameter of the task's term.
_EXTERNAL = {
    observations.head_command: Columns("positions of {joints}", "joint", "rad"),
    observations.gait_style: Columns("step frequency, swing height", "gait clock", "Hz, dm"),
    navigation.lidar: Columns(
        "ranges / {cfg.max_range} m, nothing seen is 1; {cfg.sectors} sectors from right to left over "
        "{cfg.fov:.4g} rad, rows at elevations {cfg.elevations} rad",
        "{cfg.site}",
        "1",
    ),
    navigation.goal: Columns(
        "direction x, y of the goal, distance / {farthest} m, at most 1", "heading", "1, 1, 1"
    ),
    navigation.waypoint: Columns("direction x, y of the waypoint, its distance", "heading", "1, 1, m"),
    manipulation.target: Columns("x, y, z of the target, direction of the tool's Z if any", "base", "m, 1"),
    manipulation.tool_position: Columns("x, y, z of the tool", "base", "m"),
    manipulation.tool_to_target: Columns("x, y, z of the target minus those of the tool", "base", "m"),
    manipulation.object_position: Columns("x, y, z of {body}", "base", "m"),
    manipulation.tool_to_object: Columns("x, y, z of {body} minus those of the tool", "base", "m"),
    manipulation.object_to_target: Columns("x, y, z of the target minus those of {body}", "base", "m"),
}


def describe_term(env: GaitwayVectorEnv, name: str) -> ObservationTerm:
    """The contract's entry of the actor's term `name`.

    What the runtime builds itself goes by the name of its quantity, what is given to it by the task's name.
    A function not known here is external, with its docstring's first line as layout.
    """
    group = env.groups["actor"]
    term, size = group.terms[name], group.sizes[name]
    if term.func in _ROBOT:
        quantity = term.func.__name__
        return ObservationTerm(quantity, "robot", size, term.scale, None, 1, *QUANTITIES[quantity])
    columns = _EXTERNAL.get(term.func) or _by_docstring(term)
    parameters = {"joints": _head_joints(env), **term.params}
    layout, frame, unit = (text.format(**parameters) for text in columns)
    return ObservationTerm(name, "external", size, term.scale, None, 1, layout, frame, unit)


def frequency_source(env: GaitwayVectorEnv) -> str | None:
    """The actor's term that says how fast the gait clock runs, if one does."""
    terms = env.groups["actor"].terms
    return next((name for name, term in terms.items() if term.func is observations.gait_style), None)


def sees(env: GaitwayVectorEnv, func: object) -> bool:
    """Whether a term of the actor is made by `func`."""
    return any(term.func is func for term in env.groups["actor"].terms.values())


def _head_joints(env: GaitwayVectorEnv) -> str:
    return ", ".join(env.state.joint_names[column] for column in getattr(env.command, "head_columns", []))


def _by_docstring(term: TaskTerm) -> Columns:
    summary = (inspect.getdoc(term.func) or term.func.__name__).partition("\n")[0]
    given = "".join(f"; {name} = {value}" for name, value in term.params.items())
    literal = (summary + given).replace("{", "{{").replace("}", "}}")
    return Columns(literal, "as the layout says", "as the layout says")
