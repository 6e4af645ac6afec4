"""A media store in an Azure Blob container: blocks with their MD5, one commit, then length and MD5 of the whole compared.

A blob is visible when its block list is committed, so a cut upload leaves nothing to be seen; the same upload again writes the
same blocks. The SDK does not retry by itself: whoever calls (`mgmt.services.uploads`) tries again for days. Nothing here
may run on a reactor.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobClient, ContainerClient, ContentSettings

from media.storage.names import checked
from media.storage.store import NoSuchMedia, Stat, StoreError

BLOCK_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
CONNECT_S = 5
ANSWER_S = 30
ABOUT = "softswitch"
"""The one metadata header: what is known of the medium, as JSON in base64 (header values are ASCII)."""


class AzureStore:
    """`MediaStore` in one container, below `prefix`; the container is made when it is not there."""

    def __init__(
        self,
        connection: str,
        container: str,
        prefix: str = "",
        block_bytes: int = BLOCK_BYTES,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._container = ContainerClient.from_connection_string(
            connection,
            container,
            retry_total=0,
            retry_connect=0,
            retry_read=0,
            retry_status=0,
            connection_timeout=CONNECT_S,
            read_timeout=answer_s,
            max_chunk_get_size=CHUNK_BYTES,
            max_single_get_size=CHUNK_BYTES,
        )
        self._prefix, self._block_bytes, self._made = prefix, block_bytes, False

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        blob = self._blob(name)
        with _away(f"cannot keep {name}"):
            self._make_container()
            with open(path, "rb") as file:
                blocks, size, sha256, md5 = self._stage(blob, file.read)
            stat = Stat(name, size, sha256, content_type, dict(metadata))
            settings = ContentSettings(content_type=content_type, content_md5=bytearray(md5))
            blob.commit_block_list(blocks, content_settings=settings, metadata={ABOUT: _about(stat)})
            found = blob.get_blob_properties()
            if found.size != size or bytes(found.content_settings.content_md5 or b"") != md5:
                raise StoreError(f"cannot keep {name}: the store has {found.size} bytes that are not ours")
        return stat

    def _stage(self, blob: BlobClient, read: Callable[[int], bytes]) -> tuple[list[BlobBlock], int, str, bytes]:
        blocks, size = list[BlobBlock](), 0
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        while block := read(self._block_bytes):
            sha256.update(block)
            md5.update(block)
            size += len(block)
            block_id = base64.b64encode(f"{len(blocks):08d}".encode()).decode()
            blob.stage_block(block_id, block, length=len(block), validate_content=True)
            blocks.append(BlobBlock(block_id))
        return blocks, size, sha256.hexdigest(), md5.digest()

    def _make_container(self) -> None:
        if not self._made:
            with suppress(ResourceExistsError):
                self._container.create_container()
            self._made = True

    def stat(self, name: str) -> Stat:
        with _away(f"cannot look at {name}", name):
            found = self._blob(name).get_blob_properties()
        about = json.loads(base64.b64decode((found.metadata or {}).get(ABOUT, "e30=")))
        kind = found.content_settings.content_type or "application/octet-stream"
        return Stat(name, found.size, about.get("sha256", ""), kind, about.get("metadata", {}))

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        stat = self.stat(name)
        end = stat.size_bytes if end is None else min(end, stat.size_bytes)
        return self._chunks(name, start, end) if start < end else iter(())

    def _chunks(self, name: str, start: int, end: int) -> Iterator[bytes]:
        with _away(f"cannot read {name}", name):
            yield from self._blob(name).download_blob(offset=start, length=end - start).chunks()

    def delete(self, name: str) -> bool:
        try:
            with _away(f"cannot delete {name}", name):
                self._blob(name).delete_blob()
        except NoSuchMedia:
            return False
        return True

    def names(self, prefix: str) -> Iterator[str]:
        with _away("cannot list"):
            try:
                for name in self._container.list_blob_names(name_starts_with=self._prefix + prefix):
                    yield name.removeprefix(self._prefix)
            except ResourceNotFoundError:
                return  # no container yet

    def local_path(self, name: str) -> Path | None:
        checked(name)
        return None

    def _blob(self, name: str) -> BlobClient:
        return self._container.get_blob_client(self._prefix + checked(name))


@contextmanager
def _away(what: str, name: str | None = None) -> Iterator[None]:
    try:
        yield
    except ResourceNotFoundError as error:
        if name is not None:
            raise NoSuchMedia(name) from error
        raise StoreError(f"{what}: {error.message}") from error
    except (AzureError, OSError) as error:
        raise StoreError(f"{what}: {error}") from error


def _about(stat: Stat) -> str:
    document = {"sha256": stat.sha256, "metadata": dict(stat.metadata)}
    return base64.b64encode(json.dumps(document).encode()).decode()
