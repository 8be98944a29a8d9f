"""Entry point of `gaitway`: finds the command's file, parses its arguments and reports errors in one line."""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
import sys

import tyro

# PyTorch reads this when it loads: its threads without work sleep, instead of spinning on a core that physics
# or another program needs. On a busy two-core machine, learning takes a ninth of the CPU time so.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Command -> module of this folder. Modules load on demand: `gaitway list` must not wait for torch.
COMMANDS = {
    "bench": "bench",
    "card": "card",
    "check": "check",
    "dataset": "dataset",
    "demo": "demo",
    "eval": "evaluate",
    "export": "export",
    "fetch": "fetch",
    "fleet": "fleet",
    "import": "import_robot",
    "import-survey": "import_survey",
    "list": "list_all",
    "manipulate": "manipulate",
    "perceive": "perceive",
    "plan": "plan",
    "plan-robot": "plan_robot",
    "play": "play",
    "preview": "preview",
    "record": "record",
    "replay": "replay",
    "robots": "robots",
    "scene": "scene",
    "segmenter": "segmenter",
    "show": "show",
    "train": "train",
    "twin": "twin",
    "usdz": "usdz",
}


def _usage() -> str:
    lines = ["usage: gaitway COMMAND [options]   (gaitway COMMAND --help explains each)", ""]
    for command, module in COMMANDS.items():
        summary = (importlib.import_module(f".{module}", __package__).__doc__ or "").strip().splitlines()[0]
        lines.append(f"  {command:8} {summary}")
    return "\n".join(lines)


def _gather_overrides(arguments: list[str]) -> list[str]:
    """`--env.PATH A B` as `--env "PATH=A B"`: the config's fields are not flags that tyro could know.

    `--robot FILE` is short for `--env.robot FILE`.
    """
    gathered: list[str] = []
    overriding = False
    for argument in arguments:
        argument = "--env.robot" if argument == "--robot" else argument
        if argument.startswith("--env."):
            overriding = True
            path, _, value = argument.removeprefix("--env.").partition("=")
            gathered += ["--env", f"{path}={value}"]
        elif overriding and not argument.startswith("--"):
            separator = "" if gathered[-1].endswith("=") else " "
            gathered[-1] += separator + argument
        else:
            overriding = False
            gathered.append(argument)
    return gathered


def _sentence(error: ValueError | OSError) -> str:
    """What went wrong: ours are sentences, those of the system are a file and a reason."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def main() -> None:
    """Run `gaitway COMMAND ...`; bad input ends in one sentence on stderr and exit status 1 or 2."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_usage())
        sys.exit(0 if arguments else 2)
    command = arguments[0]
    if command not in COMMANDS:
        nearest = difflib.get_close_matches(command, COMMANDS, n=1)
        hint = f"; did you mean '{nearest[0]}'?" if nearest else "; 'gaitway --help' lists them."
        print(f"gaitway: there is no command '{command}'{hint}", file=sys.stderr)
        sys.exit(2)
    module = importlib.import_module(f".{COMMANDS[command]}", __package__)
    takes_overrides = "env" in inspect.signature(module.main).parameters
    try:
        status = tyro.cli(
            module.main,
            prog=f"gaitway {command}",
            args=_gather_overrides(arguments[1:]) if takes_overrides else arguments[1:],
            description=module.__doc__,
        )
    except (ValueError, OSError) as error:
        print(f"gaitway {command}: {_sentence(error)}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print(f"gaitway {command}: interrupted.", file=sys.stderr)
        sys.exit(130)
    sys.exit(status or 0)
