"""One azurite for all tests of the media store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.media.storage.blobs import azurite


@pytest.fixture(scope="session")
def blob_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with azurite(tmp_path_factory.mktemp("azurite")) as port:
        yield port
