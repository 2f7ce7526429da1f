"""ADBC's stream of record batches, written by pyarrow as they come. Types that ADBC hands over as opaque keep their storage."""

import adbc_driver_postgresql.dbapi as postgres
import pyarrow
import pyarrow.parquet as parquet

from job import job, output, url


def plain(batch):
    columns = [c.storage if isinstance(c, pyarrow.ExtensionArray) else c for c in batch.columns]
    return pyarrow.record_batch(columns, names=batch.schema.names)


with postgres.connect(url()) as connection, connection.cursor() as cursor:
    cursor.execute(job["sql"])
    reader = cursor.fetch_record_batch()
    writer = None
    for batch in reader:
        batch = plain(batch)
        if writer is None:
            writer = parquet.ParquetWriter(output("data.parquet"), batch.schema, compression="snappy")
        writer.write_batch(batch)
    writer.close()
