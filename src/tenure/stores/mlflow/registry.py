"""Versions of a model and who of them is in office, in an MLflow registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenure.domain.models import ModelVersion
from tenure.errors import RegistryError, StaleVersionError
from tenure.stores.bundles import BundleShelf
from tenure.stores.mlflow.connection import Connection, experiment_id, mlflow, new_run, quoted

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion as Stored

PRODUCTION = "production"
STAGING = "staging"

_SHA256 = "tenure.bundle_sha256"
_AS_OF = "tenure.as_of"
_RUN_ID = "run_id"
_ARTIFACT = "bundle"
_PAGE = 1000


@dataclass(slots=True)
class MlflowRegistry:
    """Versions of one model in an MLflow registry; their bundles in ``bundles/`` of the models folder.

    Registering and promoting happen under a lock on a file in the models folder, and under one of the
    database where that is PostgreSQL: of any number of processes that share either, one at a time reads who
    is in office and moves the alias. MLflow itself has no compare-and-set: hosts that share a server but
    no folder can overtake each other between the two, so let one host promote, or share the folder.

    Parameters
    ----------
    name
        Name of the registered model: the project's.
    models
        Folder of the bundles, of the lock and, without `uri`, of the database.
    uri
        Address of the registry (``postgresql://...``, ``http://...``); SQLite in `models` when None.
        A server is given the bundle's files, too, for hosts that have another models folder.
    artifacts
        Where files go instead, such as ``s3://bucket/prefix``; bundles as well.
    """

    name: str
    models: Path
    uri: str | None = None
    artifacts: str | None = None
    _connection: Connection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Nothing is opened before it is asked."""
        self._connection = Connection(self.models, self.uri, self.artifacts)

    def register(self, bundle: Path, *, as_of: date, sha256: str, tags: Mapping[str, str]) -> ModelVersion:
        """Store the bundle as a new version at alias ``staging``; the version there is, if it is known.

        A tag ``run_id`` links the version to the run that trained it.

        Raises
        ------
        BundleIntegrityError
            If the bundle is not what `sha256` says.
        """
        with self._connection.exclusive() as client:
            self._shelf.put(bundle, sha256)
            version = self._known(client, as_of, sha256)
            if version is None:
                version = self._create(client, as_of, sha256, tags)
            client.set_registered_model_alias(self.name, STAGING, str(version.version))
            return version

    def versions(self) -> tuple[ModelVersion, ...]:
        """All versions, oldest first."""
        if self._connection.is_new:
            return ()
        with self._connection.asked() as client:
            stored = _all_versions(client, self.name)
        return tuple(sorted((_version(s) for s in stored), key=lambda version: version.version))

    def production(self) -> ModelVersion | None:
        """The champion, or None."""
        return self._at(PRODUCTION)

    def staging(self) -> ModelVersion | None:
        """The challenger, or None."""
        return self._at(STAGING)

    def promote(self, version: int, *, expected: int | None) -> None:
        """Move ``production`` to `version` in one step, if it is at `expected` (None: at nobody).

        A reader sees the earlier champion or the new one: the alias is one row, changed in one
        transaction. ``staging`` then stands at nobody, if it stood at `version`.

        Raises
        ------
        StaleVersionError
            If somebody else is in office; nothing has changed then.
        RegistryError
            If there is no such version.
        """
        with self._connection.exclusive() as client:
            aliases = _aliases(client, self.name)
            holder = aliases.get(PRODUCTION)
            if holder not in {version, expected}:
                raise _stale(self.name, holder, expected, version)
            if holder != version:
                client.set_registered_model_alias(self.name, PRODUCTION, str(version))
            if aliases.get(STAGING) == version:
                client.delete_registered_model_alias(self.name, STAGING)

    def bundle(self, version: int) -> Path:
        """A local folder with the version's bundle.

        Raises
        ------
        RegistryError
            If there is no such version, or its files are gone.
        """
        with self._connection.asked() as client:
            stored = client.get_model_version(self.name, str(version))
        place = self._shelf.place(stored.tags[_SHA256])
        if not place.is_dir():
            self._fetch(stored)
        return place

    @property
    def _shelf(self) -> BundleShelf:
        return BundleShelf(self.models / "bundles")

    def _known(self, client: MlflowClient, as_of: date, sha256: str) -> ModelVersion | None:
        for stored in _all_versions(client, self.name):
            if (stored.tags.get(_SHA256), stored.tags.get(_AS_OF)) == (sha256, as_of.isoformat()):
                return _version(stored)
        return None

    def _create(
        self, client: MlflowClient, as_of: date, sha256: str, tags: Mapping[str, str]
    ) -> ModelVersion:
        if _registered(client, self.name) is None:
            client.create_registered_model(self.name)
        run_id = tags.get(_RUN_ID)
        source = self._shelf.place(sha256).as_uri()
        if self._connection.is_apart:
            run_id = run_id or self._upload_run(client)
            client.log_artifacts(run_id, str(self._shelf.place(sha256)), _ARTIFACT)
            source = f"runs:/{run_id}/{_ARTIFACT}"
        stored = client.create_model_version(
            self.name,
            source=source,
            run_id=run_id,
            tags={**tags, _SHA256: sha256, _AS_OF: as_of.isoformat()},
        )
        return _version(stored)

    def _upload_run(self, client: MlflowClient) -> str:
        """A run to hold the bundle's files, where no training's run was named."""
        run_id = new_run(client, experiment_id(client, self.name, self._connection), "register", {})
        client.set_terminated(run_id)
        return run_id

    def _at(self, alias: str) -> ModelVersion | None:
        if self._connection.is_new:
            return None
        with self._connection.asked() as client:
            number = _aliases(client, self.name).get(alias)
            return None if number is None else _version(client.get_model_version(self.name, str(number)))

    def _fetch(self, stored: Stored) -> None:
        if not self._connection.is_apart:
            raise RegistryError(
                f"the bundle of version {stored.version} of `{self.name}` is not in {self._shelf.folder}",
                hint="restore the folder from a backup, or roll back to a version whose bundle is there.",
            )
        with self._connection.asked():
            folder = mlflow().artifacts.download_artifacts(
                artifact_uri=stored.source, tracking_uri=self._connection.address
            )
        self._shelf.put(Path(folder), stored.tags[_SHA256])


def _all_versions(client: MlflowClient, name: str) -> list[Stored]:
    found: list[Stored] = []
    token: str | None = None
    while True:
        page = client.search_model_versions(
            f"name = {quoted(name)}", max_results=_PAGE, page_token=token or None
        )
        found += list(page)
        token = page.token
        if not token:
            return found


def _registered(client: MlflowClient, name: str) -> Any | None:
    try:
        return client.get_registered_model(name)
    except mlflow().exceptions.MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def _aliases(client: MlflowClient, name: str) -> dict[str, int]:
    registered = _registered(client, name)
    return {} if registered is None else {alias: int(v) for alias, v in registered.aliases.items()}


def _version(stored: Stored) -> ModelVersion:
    tags = stored.tags
    return ModelVersion(stored.name, int(stored.version), tags[_SHA256], date.fromisoformat(tags[_AS_OF]))


def _stale(name: str, holder: int | None, expected: int | None, version: int) -> StaleVersionError:
    there = "nobody" if holder is None else f"version {holder}"
    wanted = "nobody" if expected is None else f"version {expected}"
    return StaleVersionError(
        f"version {version} of `{name}` was judged against {wanted}, but {there} is in office; "
        "nothing was changed",
        hint="somebody promoted in between, or the models folder and the datamart are not of one history: "
        "`tenure status` shows who is in office; judge again.",
    )
