#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/history/shared.h"
#include "ctl/history/shared_schema.h"
#include "ctl/text.h"

/*
 * Columns as in the file (history/schema.c), with file_id before each key, since ids are
 * a file's own; a file that took the place of a damaged one has another.  Ids of conf and
 * policy are made of what the rows say: a file gives an id anew when its row is gone.
 * signatures and departures are JSON of other hosts, so no json: what is no JSON must not
 * stop a question.  COLLATE "C": order and equality of octets, as in the file.
 * message_at holds what `summary` sums up, and its rows need not be read.
 * What became of reports stands here as in the file, so that any host can go on.  Days
 * before reports_first_day are not for all to report: each host had reports of its own.
 */
static const char head[] =
    "-- The history of several hosts that run beschermd: see beschermctl(8), ship.\n"
    "-- For PostgreSQL 12 or newer, by the owner of a database of UTF-8, once:\n"
    "--   createdb -E UTF8 -T template0 beschermd\n"
    "--   beschermctl ship --print-schema | psql -1 -v ON_ERROR_STOP=1 -d beschermd -f "
    "-\n"
    "-- Then a user for each mail server, and one for each who only reads:\n"
    "--   CREATE ROLE mx1 LOGIN IN ROLE beschermd_writer;  \\password mx1\n"
    "--   CREATE ROLE anna LOGIN IN ROLE beschermd_reader; \\password anna\n"
    "-- Tables of version 2 are brought up to date by the same owner, once, by these "
    "instead:\n"
    "--   ALTER TABLE beschermd.message ADD sealed text, ADD forwarded text,\n"
    "--     ADD client_confirmed text, ADD is_sealed boolean\n"
    "--     GENERATED ALWAYS AS (sealed IS NOT NULL) STORED;\n"
    "--   DROP INDEX beschermd.message_at;\n"
    "--   CREATE INDEX message_at ON beschermd.message(at, file_id, id)\n"
    "--     INCLUDE (header_from, client, dmarc, would, by_list, faulty, "
    "is_sealed);\n"
    "--   UPDATE beschermd.meta SET value = 3 WHERE key = 'version';\n"
    "\n"
    "CREATE SCHEMA " SHARED_SCHEMA_NAME ";\n"
    "SET search_path = " SHARED_SCHEMA_NAME ";\n"
    "\n";

static const char tables[] =
    "CREATE TABLE meta(key text PRIMARY KEY, value bigint NOT NULL);\n"
    "INSERT INTO meta VALUES('version', %d), ('closed_day', 0), ('reported_at', 0),\n"
    "  ('reports_first_day', floor(extract(epoch FROM now()) / 86400)::bigint);\n"
    "CREATE TABLE host(file_id bigint PRIMARY KEY, name text NOT NULL,\n"
    "  created timestamptz NOT NULL, shipped_at timestamptz NOT NULL,\n"
    "  tidied_at timestamptz, complete_at timestamptz);\n"
    "CREATE TABLE conf(file_id bigint, id bigint, at timestamptz NOT NULL,\n"
    "  version text NOT NULL, text text NOT NULL, PRIMARY KEY(file_id, id));\n"
    "CREATE TABLE policy(file_id bigint, id bigint,\n"
    "  domain text COLLATE \"C\" NOT NULL,\n"
    "  record text NOT NULL, method text NOT NULL, rua text, org_domain text, psd text,\n"
    "  faults text, first_at timestamptz NOT NULL, last_at timestamptz NOT NULL,\n"
    "  PRIMARY KEY(file_id, id));\n"
    "CREATE INDEX policy_id ON policy(id);\n"
    "CREATE INDEX policy_domain ON policy(domain);\n"
    "CREATE TABLE message(file_id bigint, id bigint, at timestamptz NOT NULL,\n"
    "  day bigint NOT NULL, queue_id text COLLATE \"C\" NOT NULL,\n"
    "  client text COLLATE \"C\" NOT NULL, relay text, is_relay boolean NOT NULL,\n"
    "  helo text NOT NULL, mail_from text, from_status text NOT NULL, bounce text,\n"
    "  header_from text COLLATE \"C\" NOT NULL, policy_id bigint, conf_id bigint,\n"
    "  action text NOT NULL, would text NOT NULL, rule text NOT NULL, reason text,\n"
    "  dmarc text NOT NULL, policy_known boolean NOT NULL, policy text,\n"
    "  published text, tag text, test_mode boolean NOT NULL,\n"
    "  sampled_out boolean NOT NULL, pct_zero boolean NOT NULL, disposition text,\n"
    "  departures text, spf text NOT NULL, spf_domain text NOT NULL,\n"
    "  spf_scope text NOT NULL, spf_aligned boolean NOT NULL, spf_reason text,\n"
    "  dkim_aligned boolean NOT NULL, signatures text NOT NULL, list_id text,\n"
    "  list_post text, list_signed text, dmarc_sec text, spf_sec text,\n"
    "  passive boolean NOT NULL, override text, wait_ms bigint NOT NULL,\n"
    "  sealed text, forwarded text, client_confirmed text,\n"
    "  by_list boolean GENERATED ALWAYS AS (list_id IS NOT NULL) STORED,\n"
    "  faulty boolean GENERATED ALWAYS AS (spf = 'permerror'\n"
    "    OR position('[\"permerror\"' IN signatures) > 0) STORED,\n"
    "  is_sealed boolean GENERATED ALWAYS AS (sealed IS NOT NULL) STORED,\n"
    "  PRIMARY KEY(file_id, id));\n"
    "CREATE INDEX message_at ON message(at, file_id, id)\n"
    "  INCLUDE (header_from, client, dmarc, would, by_list, faulty, is_sealed);\n"
    "CREATE INDEX message_queue ON message(queue_id);\n"
    "CREATE INDEX message_from ON message(header_from, at);\n"
    "CREATE INDEX message_report ON message(day, policy_id)\n"
    "  WHERE disposition IS NOT NULL;\n"
    "CREATE INDEX message_known ON message(policy_id)\n"
    "  WHERE dmarc = 'pass' AND action = 'accept';\n"
    "CREATE TABLE trace(file_id bigint, message_id bigint, at timestamptz NOT NULL,\n"
    "  data bytea NOT NULL, PRIMARY KEY(file_id, message_id));\n"
    "CREATE INDEX trace_at ON trace(at);\n"
    "CREATE TABLE gap(file_id bigint, id bigint, begin_at timestamptz NOT NULL,\n"
    "  end_at timestamptz NOT NULL, lost bigint, cause text NOT NULL,\n"
    "  PRIMARY KEY(file_id, id, begin_at));\n"
    "CREATE TABLE report(id text COLLATE \"C\" PRIMARY KEY, day bigint NOT NULL,\n"
    "  policy_id bigint NOT NULL, host text NOT NULL, rows bigint NOT NULL,\n"
    "  messages bigint NOT NULL, left_out bigint NOT NULL, xml_sha256 text,\n"
    "  mail_bytes bigint, state text NOT NULL, reason text, tries bigint NOT NULL,\n"
    "  next_at bigint, made_at bigint NOT NULL);\n"
    "CREATE INDEX report_day ON report(day, policy_id);\n"
    "CREATE TABLE report_to(report_id text COLLATE \"C\" NOT NULL REFERENCES report\n"
    "  ON DELETE CASCADE, address text COLLATE \"C\" NOT NULL, n bigint NOT NULL,\n"
    "  state text NOT NULL, reason text, at bigint NOT NULL,\n"
    "  PRIMARY KEY(report_id, address));\n"
    "CREATE TABLE suppress(address text COLLATE \"C\" PRIMARY KEY,\n"
    "  until bigint NOT NULL, reason text NOT NULL, at bigint NOT NULL);\n"
    "\n";

/* DELETE: what is too old, or to be forgotten, goes from here too. */
static const char roles[] =
    "DO $$ BEGIN\n"
    "  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'beschermd_writer') THEN\n"
    "    CREATE ROLE beschermd_writer;\n"
    "  END IF;\n"
    "  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'beschermd_reader') THEN\n"
    "    CREATE ROLE beschermd_reader;\n"
    "  END IF;\n"
    "  EXECUTE format('GRANT CONNECT ON DATABASE %I TO beschermd_writer,'\n"
    "    ' beschermd_reader', current_database());\n"
    "  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO beschermd_writer',\n"
    "    current_database());\n"
    "END $$;\n"
    "GRANT USAGE ON SCHEMA " SHARED_SCHEMA_NAME " TO beschermd_writer,"
    " beschermd_reader;\n"
    "GRANT SELECT ON ALL TABLES IN SCHEMA " SHARED_SCHEMA_NAME
    " TO beschermd_writer, beschermd_reader;\n"
    "GRANT INSERT, DELETE ON host, conf, policy, message, trace, gap, report,\n"
    "  report_to, suppress TO beschermd_writer;\n"
    "GRANT UPDATE (name, shipped_at, tidied_at, complete_at) ON host\n"
    "  TO beschermd_writer;\n"
    "GRANT UPDATE (value) ON meta TO beschermd_writer;\n"
    "GRANT UPDATE ON report, report_to, suppress TO beschermd_writer;\n"
    "GRANT UPDATE (at) ON conf TO beschermd_writer;\n"
    "GRANT UPDATE (last_at) ON policy TO beschermd_writer;\n";

void
shared_schema_print(FILE *out)
{
	fputs(head, out);
	fprintf(out, tables, SHARED_SCHEMA_VERSION);
	fputs(roles, out);
}

static bool
take_version(const struct fact_value *cells, size_t count, void *cookie)
{
	int64_t *version = cookie;

	if (count > 0 && cells[0].is_number)
		*version = cells[0].number;
	return false;
}

enum store_status
shared_schema_check(struct shared *shared, char *why, size_t whysize)
{
	int64_t version = 0;
	enum store_status status =
	    shared_run(shared, "SELECT value FROM meta WHERE key='version'", NULL, 0,
		take_version, &version);

	if (status == STORE_FOREIGN) {
		snprintf(why, whysize, "%s",
		    _("the database has no tables of a history: beschermctl ship "
		      "--print-schema prints them"));
	} else if (status == STORE_OK && version < SHARED_SCHEMA_VERSION) {
		snprintf(why, whysize,
		    _("its tables are of an older version (%" PRId64
		      ", not %d): beschermctl ship --print-schema shows how to bring "
		      "them up to "
		      "date"),
		    version, SHARED_SCHEMA_VERSION);
		status = STORE_FOREIGN;
	} else if (status == STORE_OK && version > SHARED_SCHEMA_VERSION) {
		snprintf(why, whysize,
		    _("its tables are of a newer version (%" PRId64 ", not %d)"), version,
		    SHARED_SCHEMA_VERSION);
		status = STORE_FOREIGN;
	}
	return status;
}
