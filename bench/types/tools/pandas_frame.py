"""pandas: read_sql, to_parquet."""

import pandas
import sqlalchemy

from job import each, url

engine = sqlalchemy.create_engine(url("postgresql+psycopg2", "mysql+pymysql"))


def read(table, folder):
    with engine.connect() as connection:
        rows = pandas.read_sql(sqlalchemy.text(f"SELECT * FROM {table}"), connection)
    rows.to_parquet(f"{folder}/data.parquet")


each(read)
