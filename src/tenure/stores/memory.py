"""Registry and tracker in memory: for tests, and for looking at what a training would record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tenure.domain.models import ModelVersion
from tenure.domain.wording import counted
from tenure.errors import RegistryError, StaleVersionError
from tenure.ports import TrackedRun
from tenure.stores.bundles import BundleShelf


@dataclass(slots=True)
class MemoryRegistry:
    """Versions of one model, for as long as the process lives; bundles as copies below a folder."""

    name: str
    folder: Path
    """Where the bundles go."""
    _versions: list[ModelVersion] = field(default_factory=list, repr=False)
    _aliases: dict[str, int] = field(default_factory=dict, repr=False)

    def register(
        self,
        bundle: Path,
        *,
        as_of: date,
        sha256: str,
        tags: Mapping[str, str],  # noqa: ARG002 - nobody reads tags back
    ) -> ModelVersion:
        """Store the bundle as a new version at alias ``staging``; the version there is, if it is known."""
        BundleShelf(self.folder).put(bundle, sha256)
        known = [v for v in self._versions if (v.bundle_sha256, v.as_of) == (sha256, as_of)]
        version = known[0] if known else ModelVersion(self.name, len(self._versions) + 1, sha256, as_of)
        if not known:
            self._versions.append(version)
        self._aliases["staging"] = version.version
        return version

    def versions(self) -> tuple[ModelVersion, ...]:
        """All versions, oldest first."""
        return tuple(self._versions)

    def production(self) -> ModelVersion | None:
        """The champion, or None."""
        return self._at("production")

    def staging(self) -> ModelVersion | None:
        """The challenger, or None."""
        return self._at("staging")

    def promote(self, version: int, *, expected: int | None) -> None:
        """Move ``production`` to `version`, if it is at `expected` (None: at nobody)."""
        self._get(version)
        holder = self._aliases.get("production")
        if holder not in {version, expected}:
            raise StaleVersionError(f"version {holder} of `{self.name}` is in office, not {expected}")
        self._aliases["production"] = version
        if self._aliases.get("staging") == version:
            del self._aliases["staging"]

    def bundle(self, version: int) -> Path:
        """A local folder with the version's bundle."""
        return BundleShelf(self.folder).place(self._get(version).bundle_sha256)

    def _at(self, alias: str) -> ModelVersion | None:
        return self._get(self._aliases[alias]) if alias in self._aliases else None

    def _get(self, version: int) -> ModelVersion:
        for known in self._versions:
            if known.version == version:
                return known
        raise RegistryError(
            f"`{self.name}` has no version {version}; it has {counted(len(self._versions), 'version')}"
        )


@dataclass(slots=True)
class MemoryRun:
    """One run: what it was told."""

    name: str
    run_id: str
    as_of: date | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    """Step and value of each metric, in the order they came."""
    tags: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, Path]] = field(default_factory=list)
    """Folder within the run and path of each file."""
    children: list[MemoryRun] = field(default_factory=list)
    finished: bool = False

    def log(
        self,
        *,
        parameters: Mapping[str, str] | None = None,
        metrics: Mapping[str, float] | None = None,
        step: int = 0,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record parameters, metrics (at `step`) and tags of this run."""
        self.parameters.update(parameters or {})
        self.tags.update(tags or {})
        for name, value in (metrics or {}).items():
            self.metrics.setdefault(name, []).append((step, value))

    def log_file(self, path: Path, folder: str = "") -> None:
        """Note a file, or a folder, as kept with the run."""
        self.files.append((folder, path))

    @contextmanager
    def child(self, name: str) -> Iterator[TrackedRun]:
        """A run below this one, such as a trial."""
        child = MemoryRun(name, f"{self.run_id}.{len(self.children) + 1}")
        self.children.append(child)
        yield child
        child.finished = True


@dataclass(slots=True)
class MemoryTracker:
    """Runs, for as long as the process lives."""

    runs: list[MemoryRun] = field(default_factory=list)

    @contextmanager
    def run(self, name: str, *, as_of: date) -> Iterator[TrackedRun]:
        """A run that ends with the block; one of the same name and `as_of` that was cut off goes on."""
        cut_off = [run for run in self.runs if (run.name, run.as_of) == (name, as_of) and not run.finished]
        run = cut_off[0] if cut_off else MemoryRun(name, str(len(self.runs) + 1), as_of)
        if not cut_off:
            self.runs.append(run)
        yield run
        run.finished = True
