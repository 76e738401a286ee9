"""A stream of zstd -> its bytes, decompressed by pyarrow, which reads Parquet too."""

from typing import Any, BinaryIO

from caigen.errors import needs


def open_zstd(stream: BinaryIO) -> Any:
    """A readable stream of the decompressed bytes.

    Raises CaigenError if pyarrow is missing.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise needs("parquet", "zstd needs pyarrow", error) from error
    return pyarrow.CompressedInputStream(pyarrow.PythonFile(stream, mode="r"), "zstd")
