"""The home folder: where every kind of data lies on disk.

Belongs here: the paths, and making the folders. Does not belong here: reading or writing what lies in them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]

# Folders holding personal data or keys: for the account that runs the pipeline alone.
_RESTRICTED = 0o700


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one installation's data. `root` is made absolute; nothing is created before `prepare()`."""

    root: Path
    operational_url: str | None = field(default=None, repr=False)  # not in repr: it may hold a password

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(os.path.abspath(Path(self.root).expanduser())))

    @classmethod
    def from_environment(cls) -> Home:
        """The home named by `DISTRICT_HOME` (default `<repository>/warehouse/home`), ledger by `DISTRICT_OPS_URL`."""
        root = os.environ.get("DISTRICT_HOME") or str(REPOSITORY / "warehouse" / "home")
        return cls(Path(root), os.environ.get("DISTRICT_OPS_URL") or None)

    @property
    def landing(self) -> Path:
        """Delivered bytes, by hash: `landing/<sha256[:2]>/<sha256>`, never changed."""
        return self.root / "landing"

    @property
    def raw(self) -> Path:
        """Rows of admitted batches: `raw/<feed>/<entity>/dt=YYYY-MM-DD/batch=<batch_id>/part-*.parquet`."""
        return self.root / "raw"

    @property
    def held(self) -> Path:
        """Rows of held batches: `held/<batch_id>/`, same inner layout as `raw`; dbt never reads it."""
        return self.root / "held"

    @property
    def rejects(self) -> Path:
        """Rejected rows: `rejects/<feed>/<entity>/<batch_id>.parquet`; restricted."""
        return self.root / "rejects"

    @property
    def failed_rows(self) -> Path:
        """Failing rows of checks: `failed_rows/<batch_id or run_id>/<check_key>.parquet`; restricted."""
        return self.root / "failed_rows"

    @property
    def workspace(self) -> Path:
        """Files being written, before they are renamed into place; safe to delete when no run is active."""
        return self.root / "workspace"

    @property
    def spool(self) -> Path:
        """Messages that their source has let go and that no batch of the ledger holds yet; restricted."""
        return self.root / "spool"

    @property
    def corrections(self) -> Path:
        """Owners' corrections until a pull takes them: `corrections/<feed>/<entity>/<name>/`; restricted."""
        return self.root / "corrections"

    @property
    def build(self) -> Path:
        """What dbt works on."""
        return self.root / "build"

    @property
    def build_database(self) -> Path:
        """dbt's DuckDB database; one writer, never read by pages."""
        return self.build / "warehouse.duckdb"

    @property
    def ledger_views(self) -> Path:
        """Ledger tables as `<table>.parquet`, exported for dbt before a build."""
        return self.build / "ledger"

    @property
    def column_lineage(self) -> Path:
        """Column lineage of models by hash of their SQL: spares parsing it again; may be deleted."""
        return self.build / "column_lineage.json"

    @property
    def trends(self) -> Path:
        """Fitted trends by hash of their figures: spares fitting them again; may be deleted."""
        return self.build / "trends.json"

    @property
    def published(self) -> Path:
        """Immutable snapshots `<snapshot_id>.duckdb`."""
        return self.root / "published"

    @property
    def current_snapshot(self) -> Path:
        """Symlink to the snapshot that readers see; absent before the first publish."""
        return self.published / "current.duckdb"

    @property
    def openlineage(self) -> Path:
        """Runs as OpenLineage events, `<run_id>.ndjson`, the newest ones."""
        return self.root / "openlineage"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME."""
        return self.root / "dagster"

    @property
    def dbt_target(self) -> Path:
        """dbt's manifest, compiled SQL and logs."""
        return self.root / "dbt" / "target"

    @property
    def keys(self) -> Path:
        """Secrets made on this machine; restricted."""
        return self.root / "keys"

    @property
    def pseudonym_key(self) -> Path:
        """Key of the keyed hash of personal ids (file mode 0600), unless `DISTRICT_PSEUDONYM_KEY` gives it."""
        return self.keys / "pseudonym.key"

    @property
    def departments(self) -> Path:
        """Simulated department systems; demo only."""
        return self.root / "departments"

    @property
    def run_lock(self) -> Path:
        """Lock file of the one writing run."""
        return self.root / "run.lock"

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy URL of the ledger: `DISTRICT_OPS_URL` or SQLite in this home."""
        return self.operational_url or f"sqlite:///{self.root / 'ledger.sqlite'}"

    def prepare(self) -> Home:
        """Make the folders (again: no effect). Folders with personal data or keys get mode 0700."""
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (
            self.raw,
            self.workspace,
            self.build,
            self.ledger_views,
            self.published,
            self.dagster,
            self.dbt_target,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (
            self.landing,
            self.spool,
            self.corrections,
            self.held,
            self.rejects,
            self.failed_rows,
            self.keys,
        ):
            folder.mkdir(mode=_RESTRICTED, exist_ok=True)
            folder.chmod(_RESTRICTED)  # an older folder, or a wide umask, is narrowed
        return self
