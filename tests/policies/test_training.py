"""The training loop: it learns, it resumes, and what it writes can be read."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
import torch
from gaitway.envs.agent import PPOCfg
from gaitway.envs.config import RewardTerm
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.checkpoint import Checkpoint, CheckpointError
from gaitway.policies.curve import plot_curve
from gaitway.policies.interrupt import ctrl_c_noted
from gaitway.policies.ppo import observations
from gaitway.policies.run_dir import last_checkpoint, locked
from gaitway.policies.run_log import LOG_FILE, RunLog, read_log
from gaitway.policies.train import TrainCfg, train
from gaitway.policies.trainer import DivergedError, Progress, Trainer
from PIL import Image

TASK = "Gaitway/DroidVelocityFlat-v0"
SMALL = PPOCfg(hidden_dims=(16,), num_steps_per_env=8, num_learning_epochs=1, num_mini_batches=2)


def _env(num_envs: int = 8) -> GaitwayVectorEnv:
    return GaitwayVectorEnv(load_cfg(TASK), num_envs)


def _no_report(progress: Progress) -> None:
    pass


def _weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    saved = trainer.algorithm.save()
    return {**saved["actor_state_dict"], **{f"critic.{k}": v for k, v in saved["critic_state_dict"].items()}}


def test_ppo_learns_what_is_paid(tmp_path: Path) -> None:
    """Paid at once for actions near 0.5 and for nothing else, the mean action goes there."""
    cfg = load_cfg(TASK)
    cfg.rewards = {"near": RewardTerm(lambda env: -(env.actions.last - 0.5).square().sum(-1), 1.0)}
    env = GaitwayVectorEnv(cfg, 64)
    ppo = PPOCfg(hidden_dims=(16,), num_steps_per_env=8, gamma=0.0, symmetry=False)
    trainer = Trainer(env, ppo, tmp_path, 0, "")

    def distance() -> float:
        with torch.inference_mode():
            return float((trainer.algorithm.get_policy()(observations(env)) - 0.5).abs().mean())

    before = distance()
    trainer.train(lambda trainer: trainer.iteration >= 20, _no_report)
    assert before > 0.4
    assert distance() < 0.5 * before


def test_same_seed_trains_the_same_policy(tmp_path: Path) -> None:
    ends = []
    for seed in (1, 1, 2):
        trainer = Trainer(_env(), SMALL, tmp_path, seed, "")
        trainer.train(lambda trainer: trainer.iteration >= 2, _no_report)
        ends.append(_weights(trainer))
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    assert any(not torch.equal(ends[0][name], ends[2][name]) for name in ends[0])


def test_resume_goes_on_from_where_it_was(tmp_path: Path) -> None:
    """Counters, weights, optimizer and the networks' sizes come from the checkpoint, not from defaults."""
    first = Trainer(_env(), SMALL, tmp_path, 0, "")
    path = first.train(lambda trainer: trainer.iteration >= 3, _no_report)
    assert path.name == "model_3.pt"
    second = Trainer(_env(), PPOCfg(), tmp_path, 0, "")
    second.resume(path)
    assert (second.iteration, second.samples, second.seconds) == (3, 3 * 8 * 8, first.seconds)
    for name, weight in _weights(first).items():
        assert torch.equal(_weights(second)[name], weight)
    seen: list[Progress] = []
    end = second.train(lambda trainer: trainer.iteration >= 5, seen.append)
    assert [progress.iteration for progress in seen] == [4, 5]
    assert [progress.samples for progress in seen] == [256, 320]
    assert seen[0].seconds > first.seconds
    assert end.name == "model_5.pt"


def test_ctrl_c_saves_and_an_error_does_not(tmp_path: Path) -> None:
    def stop(error: type[BaseException]) -> None:
        trainer = Trainer(_env(), SMALL, tmp_path / error.__name__, 0, "")
        trainer.run_dir.mkdir()

        def report(progress: Progress) -> None:
            if progress.iteration == 2:
                raise error

        with pytest.raises(error):
            trainer.train(lambda trainer: False, report)

    stop(KeyboardInterrupt)
    assert sorted(p.name for p in (tmp_path / "KeyboardInterrupt").iterdir()) == ["model_0.pt", "model_2.pt"]
    stop(ArithmeticError)
    assert [p.name for p in (tmp_path / "ArithmeticError").iterdir()] == ["model_0.pt"]


def test_ctrl_c_waits_for_the_end_of_an_iteration_and_a_second_one_does_not() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ctrl_c_noted() as pressed:
            signal.raise_signal(signal.SIGINT)
            assert pressed == [signal.SIGINT]
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with ctrl_c_noted() as pressed:
            signal.raise_signal(signal.SIGINT)
        assert pressed == []
    finally:
        signal.signal(signal.SIGINT, before)


def test_checkpoints_come_as_time_passes(tmp_path: Path) -> None:
    trainer = Trainer(_env(), SMALL, tmp_path, 0, "")
    trainer.train(lambda trainer: trainer.iteration >= 3, _no_report, save_every_s=0.0)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"model_{i}.pt" for i in range(4)]


@pytest.mark.parametrize(
    ("cfg", "message"),
    [
        (TrainCfg("Gaitway/DroidVelocityFlt-v0"), f"did you mean '{TASK}'"),
        (TrainCfg(TASK, num_envs=0), "num_envs is 0"),
        (TrainCfg(TASK, minutes=0.0), "--minutes is 0"),
        (TrainCfg(TASK, num_envs=2, device="abacus"), "no device 'abacus'; there is cpu"),
        (TrainCfg(TASK, num_envs=2, device="cuda:63"), "no device 'cuda:63'"),
    ],
)
def test_bad_input_makes_no_folder(tmp_path: Path, cfg: TrainCfg, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        train(cfg, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_folders_and_checkpoints_that_do_not_fit(tmp_path: Path) -> None:
    cfg = TrainCfg(TASK, minutes=1.0, num_envs=2)
    trainer = Trainer(_env(2), SMALL, tmp_path, 0, "")
    trainer.seconds = 61.0
    path = trainer.save()
    with pytest.raises(ValueError, match="is not empty"):
        train(cfg, run_dir=tmp_path)
    with pytest.raises(ValueError, match="leave out --out"):
        train(cfg, resume=tmp_path, run_dir=tmp_path / "other")
    with pytest.raises(ValueError, match=r"model_0\.pt: has trained for 1\.0 minutes already"):
        train(cfg, resume=path)
    with pytest.raises(CheckpointError, match="there is no such run"):
        train(cfg, resume=tmp_path / "nothing-here")
    assert [p.name for p in tmp_path.iterdir()] == ["model_0.pt"]


def test_resume_with_another_config(tmp_path: Path) -> None:
    """What the command line changed is remembered; what it did not change may not change in between."""
    weight = "rewards.upright.weight=7"
    ppo = PPOCfg(hidden_dims=(16,))
    Trainer(GaitwayVectorEnv(load_cfg(TASK, [weight]), 2), ppo, tmp_path, 0, "", [weight]).save()
    again = TrainCfg(TASK, minutes=1e-4, num_envs=2)
    other = TrainCfg(TASK, minutes=1e-4, num_envs=2, overrides=("rewards.upright.weight=8",))
    with pytest.raises(
        CheckpointError, match=r"model_0\.pt: was trained with rewards\.upright\.weight = 7.*not 8"
    ):
        train(other, resume=tmp_path)
    train(again, resume=tmp_path)
    assert Checkpoint.load(last_checkpoint(tmp_path)).overrides == [weight]
    # A term that the code has lost since, as another version of a task may have.
    path = last_checkpoint(tmp_path)
    checkpoint = Checkpoint.load(path)
    checkpoint.seconds = 0.0
    checkpoint.config["rewards.alive.weight"] = "1.0"
    checkpoint.save(path)
    with pytest.raises(CheckpointError, match=r"with rewards\.alive\.weight = 1\.0, not nothing; undo"):
        train(again, resume=tmp_path)


def test_one_folder_takes_one_training(tmp_path: Path) -> None:
    Trainer(_env(2), SMALL, tmp_path, 0, "").save()
    before = sorted(tmp_path.iterdir())
    with locked(tmp_path), pytest.raises(ValueError, match="another training is writing there; wait"):
        train(TrainCfg(TASK, minutes=1.0, num_envs=2), resume=tmp_path)
    assert sorted(tmp_path.iterdir()) == before
    with locked(tmp_path):
        pass


def test_loss_that_is_not_a_number(tmp_path: Path) -> None:
    """The weights are lost then: no checkpoint is made of them."""
    cfg = load_cfg(TASK)
    cfg.rewards = {"broken": RewardTerm(lambda env: env.actions.last.sum(-1) * float("nan"), 1.0)}
    trainer = Trainer(GaitwayVectorEnv(cfg, 8), SMALL, tmp_path, 0, "")
    with pytest.raises(
        DivergedError, match=r"the (surrogate|value) loss is nan in iteration 1; look for a reward"
    ):
        trainer.train(lambda trainer: False, _no_report)
    assert [path.name for path in tmp_path.iterdir()] == ["model_0.pt"]


def test_task_sets_its_own_hyper_parameters(tmp_path: Path) -> None:
    cfg = load_cfg(TASK)
    cfg.agent = PPOCfg(gamma=0.9, hidden_dims=(32, 8), critic_hidden_dims=(16,), num_steps_per_env=4)
    networks = _weights(Trainer(GaitwayVectorEnv(cfg, 2), cfg.agent, tmp_path, 0, ""))
    assert [networks[f"mlp.{i}.bias"].numel() for i in (0, 2, 4)] == [32, 8, 10]
    assert [networks[f"critic.mlp.{i}.bias"].numel() for i in (0, 2)] == [16, 1]


def _progress(iteration: int, log: dict[str, float]) -> Progress:
    return Progress(
        iteration=iteration,
        samples=100 * iteration,
        seconds=2.0 * iteration,
        samples_per_s=50.0,
        collect_s=1.0,
        learn_s=1.0,
        mean_return=float(iteration),
        mean_length_s=1.0,
        action_std=0.5,
        learning_rate=1e-3,
        value_loss=0.1,
        entropy=5.0,
        diverged=0,
        log=log,
    )


def _write(run_dir: Path, iterations: range) -> None:
    log = RunLog(run_dir)
    for iteration in iterations:
        log.write(_progress(iteration, {"reward/track_lin_vel": 0.1 * iteration} if iteration > 1 else {}))
    log.close()


def test_log_of_a_resumed_run_reads_as_one(tmp_path: Path) -> None:
    """Interrupted after iteration 6, resumed from the checkpoint of iteration 4."""
    assert read_log(tmp_path) == []
    _write(tmp_path, range(1, 7))
    _write(tmp_path, range(5, 9))
    assert [row["iteration"] for row in read_log(tmp_path)] == list(range(1, 9))
    assert list((tmp_path / "tensorboard").glob("events.out.tfevents.*"))


def test_log_survives_a_line_cut_short(tmp_path: Path) -> None:
    _write(tmp_path, range(1, 4))
    whole = json.dumps(read_log(tmp_path)[-1])
    with (tmp_path / LOG_FILE).open("a", encoding="utf-8") as file:
        file.write(whole[: len(whole) // 2])
    assert [row["iteration"] for row in read_log(tmp_path)] == [1, 2, 3]


def test_curve_is_a_picture_of_the_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _write(tmp_path / name, range(1, 30))
    out = tmp_path / "curve.png"
    plot_curve({name: tmp_path / name for name in ("a", "b")}, out)
    with Image.open(out) as picture:
        assert picture.width > 2 * picture.height > 200
        assert len(picture.convert("L").getcolors() or ()) > 20, "the picture is blank"
    (tmp_path / "c").mkdir()
    with pytest.raises(ValueError, match="no episode has finished"):
        plot_curve({"c": tmp_path / "c"}, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
