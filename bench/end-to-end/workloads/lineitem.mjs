/** Sixteen columns like TPC-H's lineitem, about 200 bytes a row in binary COPY. */
export const lineitemSql = (table, rows) => `create unlogged table ${table} as
select (i/4)::bigint+1 as l_orderkey,
 (random()*200000)::int as l_partkey,
 (random()*10000)::int as l_suppkey,
 (i%7)::int+1 as l_linenumber,
 (floor(random()*50)+1)::numeric(15,2) as l_quantity,
 round((random()*100000)::numeric,2)::numeric(15,2) as l_extendedprice,
 round((random()*0.1)::numeric,2)::numeric(15,2) as l_discount,
 round((random()*0.08)::numeric,2)::numeric(15,2) as l_tax,
 (array['A','N','R'])[1+(random()*2)::int]::char(1) as l_returnflag,
 (array['O','F'])[1+(random())::int]::char(1) as l_linestatus,
 date '1992-01-01' + (random()*2500)::int as l_shipdate,
 date '1992-01-01' + (random()*2500)::int as l_commitdate,
 date '1992-01-01' + (random()*2500)::int as l_receiptdate,
 (array['DELIVER IN PERSON','COLLECT COD','NONE','TAKE BACK RETURN'])[1+(random()*3)::int]::char(25) as l_shipinstruct,
 (array['REG AIR','AIR','RAIL','SHIP','TRUCK','MAIL','FOB'])[1+(random()*6)::int]::char(10) as l_shipmode,
 substr(md5(i::text)||md5((i+1)::text),1,10+(random()*33)::int)::varchar(44) as l_comment
from generate_series(0,${rows - 1}) i`;
