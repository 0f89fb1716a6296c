import pytest

from tenure.exploration import explore_folder
from tenure.stores.duckdb import DuckDBEngine


@pytest.fixture
def engine():
    return DuckDBEngine()


@pytest.fixture
def files(tmp_path):
    """Write files by name below a folder of raw files, and give the folder."""

    def write(contents):
        folder = tmp_path / "raw"
        folder.mkdir(exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


@pytest.fixture
def explored(files, engine):
    """The exploration of files by name."""
    return lambda contents: explore_folder(files(contents), engine=engine)


@pytest.fixture(scope="session")
def csv_of():
    """A CSV text of a header and rows."""

    def write(header, rows):
        return "\n".join([",".join(header), *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"

    return write


@pytest.fixture(scope="session")
def column_of():
    """The summary of a column by its name."""
    return lambda source, name: next(column for column in source.columns if column.name == name)
