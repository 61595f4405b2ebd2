-- Everything the catalog says outside of schema kedge, a line each, so that a difference shows.
WITH place AS (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname NOT IN ('kedge', 'information_schema') AND nspname NOT LIKE 'pg\_%'
), relation AS (
  SELECT c.*, nspname || '.' || relname AS label
  FROM pg_class c JOIN place ON place.oid = relnamespace
), line (text) AS (
  SELECT format('schema %s %s %s', nspname, nspowner::regrole, nspacl)
  FROM pg_namespace JOIN place USING (oid, nspname)
  UNION ALL
  SELECT format('relation %s kind %s persistence %s owner %s options %s acl %s rls %s %s identity %s space %s am %s',
    label, relkind, relpersistence, relowner::regrole, reloptions, relacl, relrowsecurity,
    relforcerowsecurity, relreplident, reltablespace, relam)
  FROM relation
  UNION ALL
  SELECT format('column %s.%s %s null %s default %s identity "%s" generated "%s" collation %s acl %s storage %s compression "%s" target %s options %s',
    label, attname, format_type(atttypid, atttypmod), NOT attnotnull,
    pg_get_expr(adbin, adrelid), attidentity, attgenerated, attcollation, attacl, attstorage,
    attcompression, attstattarget, attoptions)
  FROM relation JOIN pg_attribute ON attrelid = relation.oid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT format('constraint %s on %s %s: %s valid %s', conname, label, contype,
    pg_get_constraintdef(pg_constraint.oid), convalidated)
  FROM relation JOIN pg_constraint ON conrelid = relation.oid
  UNION ALL
  SELECT format('index %s valid %s ready %s clustered %s replica %s',
    pg_get_indexdef(indexrelid), indisvalid, indisready, indisclustered, indisreplident)
  FROM relation JOIN pg_index ON indrelid = relation.oid
  UNION ALL
  SELECT format('trigger %s enabled %s', pg_get_triggerdef(pg_trigger.oid), tgenabled)
  FROM relation JOIN pg_trigger ON tgrelid = relation.oid WHERE NOT tgisinternal
  UNION ALL
  SELECT format('rule %s', pg_get_ruledef(pg_rewrite.oid))
  FROM relation JOIN pg_rewrite ON ev_class = relation.oid
  UNION ALL
  SELECT format('policy %s on %s %s %s %s', polname, label, polcmd,
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  FROM relation JOIN pg_policy ON polrelid = relation.oid
  UNION ALL
  SELECT format('statistics %s', pg_get_statisticsobjdef(pg_statistic_ext.oid))
  FROM relation JOIN pg_statistic_ext ON stxrelid = relation.oid
  UNION ALL
  SELECT format('sequence %s %s start %s by %s from %s to %s cache %s cycle %s', label,
    seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle)
  FROM relation JOIN pg_sequence ON seqrelid = relation.oid
  UNION ALL
  SELECT format('function %s.%s(%s) owner %s acl %s: %s', nspname, proname,
    pg_get_function_identity_arguments(pg_proc.oid), proowner::regrole, proacl,
    CASE WHEN prokind IN ('f', 'p') THEN pg_get_functiondef(pg_proc.oid) END)
  FROM pg_proc JOIN place ON place.oid = pronamespace
  UNION ALL
  SELECT format('type %s.%s %s owner %s acl %s', nspname, typname, typtype,
    typowner::regrole, typacl)
  FROM pg_type JOIN place ON place.oid = typnamespace
  UNION ALL
  SELECT format('comment on %s: %s', pg_describe_object(classoid, objoid, objsubid), description)
  FROM pg_description
  WHERE objoid IN (SELECT oid FROM relation) OR objoid IN (
    SELECT pg_proc.oid FROM pg_proc JOIN place ON place.oid = pronamespace)
  UNION ALL
  SELECT format('publication %s tables %s all %s', pubname, prrelid::regclass, puballtables)
  FROM pg_publication LEFT JOIN pg_publication_rel ON prpubid = pg_publication.oid
  UNION ALL
  SELECT format('event trigger %s %s %s', evtname, evtevent, evtenabled) FROM pg_event_trigger
  UNION ALL
  SELECT format('extension %s %s', extname, extversion) FROM pg_extension
  UNION ALL
  SELECT format('default acl %s %s %s', defaclrole::regrole, defaclobjtype, defaclacl)
  FROM pg_default_acl
  UNION ALL
  SELECT format('setting %s', setconfig) FROM pg_db_role_setting
  WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION ALL
  SELECT format('slot %s', slot_name) FROM pg_replication_slots
  WHERE database = current_database()
)
SELECT text FROM line ORDER BY text COLLATE "C"
