"""Link the Parquet files that make up ``gold/features`` now into a folder that Feast reads.

The folder of a Delta table also holds the files of earlier versions, so which of them count is asked of the
table. Runs in Tenure's environment: ``python link_gold.py DATAMART/gold/features feature_repo/data/gold``.
"""

import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlparse

from deltalake import DeltaTable


def main() -> None:
    """Make the folder anew and say how many files are in it."""
    table, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    paths = [Path(unquote(urlparse(uri).path)) for uri in DeltaTable(str(table)).file_uris()]
    folder.mkdir(parents=True)
    for path in paths:
        (folder / path.name).symlink_to(path)  # side by side: as_of, a folder of their path, is no feature
    print(f"{len(paths)} files of {table} linked into {folder}")


if __name__ == "__main__":
    main()
