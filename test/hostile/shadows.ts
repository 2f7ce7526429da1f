/**
 * What any user may make in a schema of the search path: functions, operators, types and tables under the names of the
 * server's own. Those whose arguments fit better than the server's are taken even where `pg_catalog` comes first; all of them
 * where `public` does.
 */

/** For every function and operator of the server a twin with the same arguments, which raises an error or answers wrongly. */
export const twins = `
  SET search_path = pg_catalog;
  DO $$
  DECLARE f record; made int := 0;
  BEGIN
    FOR f IN
      SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS args, format_type(p.prorettype, NULL) AS result, p.proretset
        FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0
         AND p.prorettype NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p') AND p.proargmodes IS NULL
         AND NOT EXISTS (SELECT 1 FROM unnest(p.proargtypes::oid[]) a JOIN pg_type t ON t.oid = a WHERE t.typtype = 'p')
    LOOP
      BEGIN
        EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s %s STABLE LANGUAGE plpgsql AS $b$BEGIN RAISE EXCEPTION %L; END$b$',
          f.proname, f.args, CASE WHEN f.proretset THEN 'SETOF' ELSE '' END, f.result, 'shadow of ' || f.proname);
        made := made + 1;
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
    END LOOP;
    IF made < 1000 THEN RAISE EXCEPTION 'only % twins', made; END IF;
    made := 0;
    CREATE FUNCTION public.never(anyelement, anyelement) RETURNS bool STABLE LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''shadow of an operator''; END';
    FOR f IN
      SELECT o.oprname, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r, format_type(o.oprresult, NULL) AS result
        FROM pg_operator o WHERE o.oprleft <> 0 AND o.oprnamespace = 'pg_catalog'::regnamespace
         AND NOT EXISTS (SELECT 1 FROM pg_type t WHERE t.oid IN (o.oprleft, o.oprright, o.oprresult) AND t.typtype = 'p')
    LOOP
      BEGIN
        EXECUTE format('CREATE OR REPLACE FUNCTION public.shadow(%s, %s) RETURNS %s STABLE LANGUAGE plpgsql AS $b$BEGIN RAISE EXCEPTION %L; END$b$',
          f.l, f.r, f.result, 'shadow of ' || f.oprname);
        EXECUTE format('CREATE OPERATOR public.%s (FUNCTION = public.shadow, LEFTARG = %s, RIGHTARG = %s)', f.oprname, f.l, f.r);
        made := made + 1;
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
    END LOOP;
    IF made < 200 THEN RAISE EXCEPTION 'only % operators', made; END IF;
  END $$;
  CREATE TABLE public.decoy (id int); INSERT INTO public.decoy VALUES (-1);
  -- Better fits than the server's own, and answers that are wrong without an error.
  CREATE FUNCTION public.format(text, numeric) RETURNS text LANGUAGE sql AS 'SELECT ''1.5 EUR''';
  CREATE FUNCTION public.format(text, interval) RETURNS text LANGUAGE sql AS 'SELECT ''soon''';
  CREATE FUNCTION public.format(text, text[]) RETURNS text LANGUAGE sql AS 'SELECT ''{}''';
  CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql AS 'SELECT ''text''';
  CREATE FUNCTION public.format(text, name, name) RETURNS text LANGUAGE sql AS 'SELECT ''public.decoy''';
  CREATE FUNCTION public.num_nulls(text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION public.num_nulls(numeric) RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION public.num_nulls(interval) RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION public.to_regclass(name) RETURNS regclass LANGUAGE sql AS 'SELECT ''public.decoy''::regclass';
  CREATE FUNCTION public.unnest(oid[]) RETURNS SETOF oid LANGUAGE sql AS 'SELECT 0::oid WHERE false';
`;

const catalogs =
  'pg_class pg_type pg_namespace pg_proc pg_locks pg_inherits pg_policy pg_rewrite pg_enum pg_index pg_am pg_settings pg_database pg_roles pg_depend pg_stat_activity'.split(
    ' ',
  );
const types = 'text name oid oidvector regclass regtype regproc tid bool int2 int4 int8 bytea pg_lsn jsonb'.split(' ');

/** Empty twins of the server's catalogs, and types of the same names that take no value. */
export const relationsAndTypes = `
  SET search_path = pg_catalog;
  ${catalogs.map((name) => `CREATE TABLE public.${name} AS TABLE pg_catalog.${name} WITH NO DATA;`).join('\n  ')}
  CREATE TABLE public.pg_attribute AS SELECT attrelid, attname, atttypid, atttypmod, attnum, attisdropped FROM pg_catalog.pg_attribute
    WITH NO DATA;
  ${types.map((name) => `CREATE DOMAIN public.${name} AS pg_catalog.${name} CHECK (false);`).join('\n  ')}
`;
