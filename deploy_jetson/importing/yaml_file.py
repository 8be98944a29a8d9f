"""YAML files of other projects, without running anything that they ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..bundle_files import BundleError, read_up_to

_LARGEST = 4 << 20
_SLICE = "tag:yaml.org,2002:python/object/apply:builtins.slice"
"""How unitree_rl_lab's exporter writes 'all joints'."""


def load_yaml(path: Path) -> Any:
    """The content of a YAML file, read by PyYAML's safe loader.

    Of its Python tags, which could run code, one is read, as the value that it stands for: a slice of
    everything is None. All others are refused.

    Raises:
        BundleError: the file is unreadable or no such YAML, or PyYAML is not installed.
    """
    try:
        import yaml
    except ImportError as error:
        raise BundleError(f"reading {path.name} needs PyYAML: pip install 'gaitway[import]'.") from error

    class Loader(yaml.SafeLoader):
        """The safe loader and one inert tag."""

    def everything(loader: Any, node: Any) -> None:
        if loader.construct_sequence(node) != [None, None, None]:
            raise yaml.constructor.ConstructorError(None, None, "a slice of a part", node.start_mark)

    Loader.add_constructor(_SLICE, everything)
    content = read_up_to(path, _LARGEST)
    try:
        return yaml.load(content, Loader)  # a SafeLoader: no tag makes it call anything
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BundleError(
            f"{path}: is no YAML of plain values ({' '.join(str(error).split())[:300]})."
        ) from error
