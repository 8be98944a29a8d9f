"""A running env as a USD stage in a folder, for viewers in other processes."""

from __future__ import annotations

import atexit
import multiprocessing
from pathlib import Path

import mujoco
import numpy as np
import torch
from pxr import Sdf

from ...envs.stage import RobotPlacement, load_stage
from ...envs.vector_env import GaitwayVectorEnv
from ..marks import marks
from .assembly import Assembly, assemble
from .frame import Frame, FrameShape
from .roots import LIVE, STAGE, TERRAIN, live_root
from .spacing import world_offsets
from .terrain import terrain_geoms, terrain_text
from .transforms import PrimTransforms
from .writer import WriterJob, WriterReport, run_writer

_UPRIGHT = np.array([1.0, 0.0, 0.0, 0.0])
_FINISH_S = 600.0  # how long writing a recording may take


class LiveStage:
    """Shows all worlds of `env` in `folder/live.usda`, and leaves `folder/recording.usda` when it is closed.

    Frames are written by another process: what `publish` costs the simulation is a copy of the poses.

    Args:
        env: what is shown, after its first reset.
        folder: where the files go; made if it is not there.
        rate: at most so many frames a second of the time that `publish` is told.
        time: of the first frame, the worlds as they are now, in s.
        nucleus: URL of a folder on an Omniverse Nucleus server that gets the files, too.

    Raises:
        OSError: the folder or the server cannot be written to.
        StageError: the task's files cannot be composed.
        ValueError: `rate` is not above 0, or `nucleus` is no such URL.
    """

    def __init__(
        self,
        env: GaitwayVectorEnv,
        folder: Path,
        rate: float,
        time: float = 0.0,
        nucleus: str | None = None,
    ) -> None:
        if not rate > 0:
            raise ValueError(f"The rate of live frames is {rate:g}; it must be above 0.")
        self._env, self._period, self._due = env, 1 / rate, time + 1 / rate
        scene, robot = env.cfg.scene, env.cfg.robot
        prims = load_stage(scene, [RobotPlacement(robot)], visuals=False).body_prims
        offsets = world_offsets(env.model, env.num_envs)
        assembly = assemble(scene, robot, prims, offsets, has_mark=marks(env) is not None)
        self._bodies = torch.tensor([env.model.body(name).id for name in assembly.bodies])
        self._start(
            WriterJob(
                folder=folder,
                files=_texts(env.model, assembly),
                shape=FrameShape(env.num_envs, len(assembly.moving_paths[0]), env.command.value.shape[-1]),
                transforms=PrimTransforms(assembly),
                moving_paths=[[str(path) for path in world] for world in assembly.moving_paths],
                robot_paths=[str(path) for path in assembly.robot_paths],
                rate=rate,
                nucleus=nucleus,
                first=self._frame(time).pack(),
            )
        )

    def publish(self, time: float) -> bool:
        """Show the worlds as they are at `time` s, if a frame is due; returns whether it was.

        Raises:
            OSError: the writing process is gone.
        """
        if time < self._due - 1e-6:
            return False
        # From the last due time on: the mean rate is met by steps that do not divide it, too.
        self._due = max(self._due + self._period, time)
        try:
            self._connection.send_bytes(self._frame(time).pack())
        except OSError as error:
            raise OSError("The process that writes the live stage has ended; start again.") from error
        return True

    def close(self) -> WriterReport:
        """Have the recording written, and return what was written.

        Raises:
            OSError: the writing process is gone.
        """
        try:
            self._connection.send_bytes(b"")
            if not self._connection.poll(_FINISH_S):
                raise EOFError
            return self._connection.recv()
        except (EOFError, OSError) as error:
            raise OSError("The process that writes the live stage ended without a recording.") from error
        finally:
            self._connection.close()
            self._process.join(_FINISH_S)
            atexit.unregister(self._connection.close)

    def _start(self, job: WriterJob) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=run_writer, args=(theirs, job), name="usd-live")
        self._process.start()
        theirs.close()
        try:
            trouble = self._connection.recv()
        except EOFError:
            trouble = "The process that writes the live stage could not be started."
        if trouble:
            self._process.join()
            raise OSError(trouble)
        # A program that ends by an error waits for its processes, and this one waits for it.
        atexit.register(self._connection.close)

    def _frame(self, time: float) -> Frame:
        env = self._env
        xpos, xquat = (env.world.view(name)[:, self._bodies].cpu().numpy() for name in ("xpos", "xquat"))
        if (points := marks(env)) is not None:
            xpos = np.concatenate((xpos, points[:, None]), axis=1)
            xquat = np.concatenate((xquat, np.broadcast_to(_UPRIGHT, (env.num_envs, 1, 4))), axis=1)
        return Frame(time, env.terminated.cpu().numpy(), env.command.value.cpu().numpy(), xpos, xquat)


def _texts(model: mujoco.MjModel, assembly: Assembly) -> dict[str, bytes]:
    """The files that stay as they are, the one that a viewer opens last."""
    layer, files = Sdf.Layer.CreateAnonymous(STAGE), {}
    layer.TransferContent(assembly.layer)
    if terrain_geoms(model):
        path = assembly.stage.GetDefaultPrim().GetPath().AppendChild("Terrain")
        files[TERRAIN] = terrain_text(model, assembly.stage, path).encode()
        layer.subLayerPaths.append(f"./{TERRAIN}")
    return files | {STAGE: layer.ExportToString().encode(), LIVE: live_root(layer)}
