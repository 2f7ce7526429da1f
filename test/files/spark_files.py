"""Writes the same rows as Spark does by default, with timestamps in microseconds, and in its older form of lists and decimals.

    python spark_files.py FOLDER
"""

import sys

from pyspark.sql import SparkSession

ROWS = """
SELECT id, id % 2 = 0 AS flag, CAST(id % 100 AS TINYINT) AS i8, CAST(id AS SMALLINT) AS i16, CAST(id AS INT) AS i32,
  CASE id % 3 WHEN 0 THEN CAST('1.5' AS FLOAT) WHEN 1 THEN CAST('NaN' AS FLOAT) END AS f32, CAST(id / 7 AS DOUBLE) AS f64,
  CASE id % 3 WHEN 0 THEN CAST('-99999999.99' AS DECIMAL(10,2)) WHEN 1 THEN 0.01 END AS money,
  CAST('-1234567890123456789012345678.0123456789' AS DECIMAL(38,10)) AS wide,
  CASE id % 3 WHEN 0 THEN '' WHEN 1 THEN 'ü€' END AS text, CASE id % 3 WHEN 0 THEN X'00FF' END AS bytes,
  CASE id % 3 WHEN 0 THEN DATE'0001-01-01' WHEN 1 THEN DATE'9999-12-31' END AS day,
  CASE id % 3 WHEN 0 THEN TIMESTAMP'0001-01-01 00:00:00' WHEN 1 THEN TIMESTAMP'9999-12-31 23:59:59.999999' END AS moment,
  CASE id % 3 WHEN 0 THEN array(1, NULL) WHEN 1 THEN array() END AS list,
  CASE id % 3 WHEN 0 THEN named_struct('a', id, 'b', CAST(NULL AS STRING)) END AS struct,
  CASE id % 3 WHEN 0 THEN map('k', id, 'l', NULL) WHEN 1 THEN map() END AS map
FROM range(0, 10000, 1, 3)
"""


def main(folder):
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sql(ROWS).write.parquet(f"{folder}/default")
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    spark.sql(ROWS).write.parquet(f"{folder}/microseconds")
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", "true")
    spark.sql(ROWS).write.parquet(f"{folder}/legacy")
    spark.stop()


main(sys.argv[1])
