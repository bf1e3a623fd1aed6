"""Where policies are found: files and folders by path, shipped packs by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auditor.errors import InvalidFileError
from auditor.policy.names import suggestion

_SUFFIXES = (".yaml", ".yml")
#: Beside the rules of a folder stand files that are not policies.
_NOT_POLICIES = (".test.yaml", ".test.yml", ".waivers.yaml", ".register.yaml")
_NOT_PACKS = ("planned.yaml", "pages", "compliance", "waivers")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to load, and its name as told to people."""

    path: Path
    shown: str


def shipped_policies() -> Path:
    """The folder of the shipped packs: inside the installed package, or the repository's `policies`."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "shipped" / "policies"
    return inside if inside.is_dir() else package.parent / "policies"


def pack_names() -> tuple[str, ...]:
    """The names of the shipped packs."""
    folder = shipped_policies()
    if not folder.is_dir():
        return ()
    return tuple(sorted(one.name for one in folder.iterdir() if (one / f"{one.name}.yaml").is_file()))


def shown_name(path: Path) -> str:
    """A shipped file by its place in the package ("policies/default/default.yaml"), any other as it is named."""
    try:
        return str(Path("policies") / path.resolve().relative_to(shipped_policies().resolve()))
    except ValueError:
        return str(path)


def find(name: str) -> tuple[Source, ...]:
    """The files that FILE, DIR or the NAME of a shipped pack stands for. InvalidFileError where there is none.

    A bare word that is a pack's name is the pack, also where a folder is called so; "./default" is the folder.
    """
    if name in pack_names():
        return (pack(name),)
    path = Path(name)
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if _is_policy(one))
        if not files:
            raise InvalidFileError(
                "There is no policy file in this folder.", where=name, next_step="A policy ends in .yaml."
            )
        return tuple(Source(one, shown_name(one)) for one in files)
    if path.exists():
        return (Source(path, shown_name(path)),)
    what = f"There is no policy file, folder or shipped pack '{name}'."
    raise InvalidFileError(what, next_step=suggestion(name, pack_names()) or "Check the path.")


def pack(name: str) -> Source:
    """The file of a shipped pack."""
    path = shipped_policies() / name / f"{name}.yaml"
    return Source(path, shown_name(path))


def is_pack(name: str) -> bool:
    """Is this the name of a shipped pack?"""
    return name in pack_names()


def _is_policy(path: Path) -> bool:
    return (
        path.is_file()
        and path.name.endswith(_SUFFIXES)
        and not path.name.endswith(_NOT_POLICIES)
        and path.name not in _NOT_PACKS
        and not path.name.startswith(".")
    )
