"""Places in buckets, ``s3://bucket/folder?endpoint=…``, and how pyarrow reads there. Credentials are those of all of Amazon's tools."""

from __future__ import annotations

import os
from typing import Any, Dict
from urllib.parse import parse_qsl, urlsplit


def in_bucket(location: str) -> bool:
    return location.startswith("s3://")


def without_settings(location: str) -> str:
    """``s3://bucket/folder`` alone."""
    return location.split("?", 1)[0].rstrip("/")


def filesystem(location: str) -> Any:
    """pyarrow's, with the location's settings, or those of the environment."""
    import pyarrow.fs

    parts = urlsplit(location)
    settings = dict(parse_qsl(parts.query))
    endpoint = settings.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = settings.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    options: Dict[str, Any] = {}
    if endpoint:
        options["endpoint_override"] = endpoint
        options["force_virtual_addressing"] = settings.get("path-style") != "true"
    elif not region:
        region = pyarrow.fs.resolve_s3_region(parts.netloc)
    if region:
        options["region"] = region
    return pyarrow.fs.S3FileSystem(**options)
