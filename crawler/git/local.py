"""Local repositories through GitPython: objects by name, and nothing that could run a hook.

Never status, diff, checkout or the index: a hostile `.git` may name programs for those. The settings
in `crawler.git.environment` win over those of the repository.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from git.cmd import Git

from crawler.errors import GhostcrawlError, Gone, Malformed, Stop
from crawler.git.environment import LOCAL_SETTINGS, git_environment
from crawler.git.interface import Blob, Blobs, Heads, Limits, Listing
from crawler.git.objects import Kind, RawObject, is_oid, oid_of, require_sha1
from crawler.git.reader import visit
from crawler.git.refs import Advertised, choose_heads
from crawler.git.walk import list_files
from crawler.model import LOCAL, Branches, Outcome, ReadRequest, Repository, Skipped, Visit

__all__ = ["LocalReader", "git_dir_of", "local_repository"]

_POINTER = "gitdir: "
_LONGEST_POINTER = 4_096
_KINDS = {kind.name.lower(): kind for kind in Kind}


def git_dir_of(path: Path) -> Path | None:
    """Return the git directory of a work tree or bare repository at exactly `path`, or None."""
    dotted = path / ".git"
    if dotted.is_file():
        with dotted.open("rb") as file:
            line = file.read(_LONGEST_POINTER).decode("utf-8", "surrogateescape")
        pointed = path / line.removeprefix(_POINTER).strip("\r\n")
        return pointed if line.startswith(_POINTER) and pointed.is_dir() else None
    for candidate in (dotted, path):
        if (candidate / "HEAD").exists() and (candidate / "objects").is_dir():
            return candidate
    return None


def local_repository(path: Path) -> Repository:
    """Return the repository at `path` as findings name it."""
    resolved = path.resolve()
    return Repository(host=LOCAL, path=resolved.as_posix(), clone_url=str(resolved))


class LocalReader:
    """Reads committed files of local repositories. Implements `ObjectReader` and `Reader`.

    The URL of a repository is its path; the default branch is whatever HEAD points to.
    """

    def __init__(self, *, limits: Limits | None = None) -> None:
        """Read within `limits`; those of time and traffic do not apply."""
        self._limits = limits or Limits()

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        """Yield one visit per repository, in order; only `Stop` errors are ever raised."""
        for repository in repositories:
            try:
                yield visit(self, repository, request, self._limits)
            except Stop:
                raise
            except (GhostcrawlError, OSError, ValueError) as error:
                outcome = Outcome.GONE if isinstance(error, Gone) else Outcome.FAILED
                skipped = Skipped(
                    context=repository.path, reason=f"{type(error).__name__}: {error}"
                )
                yield Visit(repository=repository, outcome=outcome, skipped=(skipped,))

    def heads(self, url: str, branches: Branches) -> Heads:
        """Read HEAD, or all branches."""
        with _opened(url) as objects:
            heads = choose_heads(objects.refs(branches), branches, self._limits)
            if heads.heads or branches is Branches.ALL:
                return heads
            return choose_heads(objects.refs(Branches.ALL), Branches.ALL, self._limits)

    def trees(self, url: str, commits: Collection[str], wanted: Callable[[str], bool]) -> Listing:
        """Walk the trees of `commits`."""
        with _opened(url, self._limits.object_bytes) as objects:
            return list_files(objects, commits, wanted, self._limits)

    def blobs(self, url: str, oids: Collection[str]) -> Blobs:
        """Read blobs."""
        with _opened(url, self._limits.object_bytes) as objects:
            found = {
                raw.oid: Blob(oid=raw.oid, data=raw.data)
                for raw in objects.read(oids)
                if raw.kind is Kind.BLOB
            }
        reason = "missing, damaged or too large in the local repository"
        skipped = (Skipped(context=oid, reason=reason) for oid in oids if oid not in found)
        return Blobs(found=tuple(found.values()), skipped=tuple(skipped))


class _Objects:
    """The objects and refs of one git directory. Implements `ObjectSource`."""

    def __init__(self, git: Git, object_bytes: int) -> None:
        self._git, self._object_bytes = git, object_bytes

    def read(self, oids: Collection[str]) -> Iterator[RawObject]:
        """Read one by one, the size before the content."""
        for oid in oids:
            if is_oid(oid) and (raw := self._object(oid)) is not None:
                yield raw

    def _object(self, oid: str) -> RawObject | None:
        try:
            _, word, size = self._git.get_object_header(oid)
            if size > self._object_bytes or _text(word) not in _KINDS:
                return None
            data = bytes(self._git.get_object_data(oid)[3])
        except (ValueError, OSError):
            return None
        raw = RawObject(oid=oid, kind=_KINDS[_text(word)], data=data)
        return raw if oid_of(raw.kind, data) == oid else None

    def refs(self, branches: Branches) -> Iterator[Advertised]:
        """Yield HEAD, and the branches where they are asked for."""
        commit = self._say("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if commit:
            require_sha1(commit)
            target = self._say("symbolic-ref", "--quiet", "HEAD") or None
            yield Advertised(name="HEAD", oid=commit, target=target)
        if branches is Branches.ALL:
            for line in self._say(
                "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/"
            ).splitlines():
                oid, _, name = line.partition(" ")
                yield Advertised(name=name, oid=require_sha1(oid))

    def _say(self, *arguments: str) -> str:
        """Return what a harmless question prints; empty where git cannot answer it."""
        status, output, error = self._git.execute(
            ["git", *arguments],
            with_extended_output=True,
            with_exceptions=False,
            stdout_as_string=False,
        )
        if status > 1:
            raise Malformed(f"git cannot read this repository: {error[:200]!a}")
        return _text(output)


@contextmanager
def _opened(path: str, object_bytes: int = 0) -> Iterator[_Objects]:
    """Prepare git for one repository, and end its children afterwards. Raises Gone."""
    git_dir = git_dir_of(Path(path))
    if git_dir is None:
        raise Gone(f"{path} is no git repository")
    git = Git(path)
    git.update_environment(
        **git_environment(git_dir.resolve(), Path("/nonexistent"), LOCAL_SETTINGS),
        GIT_OBJECT_DIRECTORY=str(_objects_of(git_dir.resolve())),
        GIT_ALTERNATE_OBJECT_DIRECTORIES="",
    )
    try:
        yield _Objects(git, object_bytes)
    finally:
        git.clear_cache()


def _objects_of(git_dir: Path) -> Path:
    """Return the object directory, which a linked work tree shares with its main one."""
    common = git_dir / "commondir"
    if not common.is_file():
        return git_dir / "objects"
    with common.open("rb") as file:
        shared = file.read(_LONGEST_POINTER).decode("utf-8", "surrogateescape").strip("\r\n")
    return (git_dir / shared / "objects").resolve()


def _text(output: bytes | str) -> str:
    return output.decode("utf-8", "surrogateescape") if isinstance(output, bytes) else output
