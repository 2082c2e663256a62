/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "base/when.h"
#include "crypto/hash.h"
#include "ctl/ctl.h"
#include "ctl/log.h"
#include "ctl/show.h"
#include "wire/map.h"

/* A list that is written item by item, however long the log is. */
struct printer {
	bool	raw;		/* with the bytes of each entry */
	bool	any;
};

static enum err
output(void)
{
	return ferror(stdout) || fflush(stdout) != 0 ?
	    log_errno("output") : ERR_OK;
}

static void
put_raw(struct sheet *s, struct span body)
{
	uint8_t digest[SHA256_LEN];

	if (sha256(&body, 1, digest) == ERR_OK)
		sheet_bytes(s, "digest", SPAN(digest));
	sheet_bytes(s, "body", body);
}

static enum err
print_json(void *self, const struct msg *entry, struct span body)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	struct printer *p = self;

	TRY(sheet_new(true, SHEET_MAP, &s));
	show_message(s, entry);
	if (p->raw)
		put_raw(s, body);
	fputs(p->any ? ",\n" : "", stdout);
	p->any = true;
	return sheet_print(s, stdout) == ERR_OK ? ERR_OK : ERR_INTERNAL;
}

/* A refusal's reason stands in the metadata. */
static struct span
reason_of(const struct msg_audit_log *a)
{
	struct map_entry e;

	if (!a->has_metadata || map_find(a->metadata, "reason", &e) != ERR_OK ||
	    e.value.kind != ITEM_TEXT)
		return (struct span){ NULL, 0 };
	return (struct span){ e.value.data, e.value.n };
}

static enum err
print_line(void *self, const struct msg *entry, struct span body)
{
	const struct msg_audit_log *a = &entry->audit_log;
	const struct span none = span_text("-"), why = reason_of(a);
	struct printer *p = self;
	char when[WHEN_LEN + 1];

	(void)body;
	if (!p->any)
		printf("%8s  %-20s  %-16s  %-18s  %-16s  %s\n", "entry",
		    "time", "actor", "action", "target", "result");
	p->any = true;
	when_format(a->timestamp, when);
	printf("%8" PRIu64 "  %s  ", a->sequence, when);
	sheet_put_text(stdout, WIRE_SPAN(a->actor), 16);
	sheet_put_text(stdout, WIRE_SPAN(a->action), 18);
	sheet_put_text(stdout, a->has_target ? WIRE_SPAN(a->target) : none,
	    16);
	sheet_put_text(stdout, WIRE_SPAN(a->result), 0);
	if (why.len > 0 && !span_equal(why, WIRE_SPAN(a->result))) {
		fputs(" (", stdout);
		sheet_put_text(stdout, why, 0);
		fputc(')', stdout);
	}
	fputc('\n', stdout);
	return ferror(stdout) ? ERR_INTERNAL : ERR_OK;
}

static enum err
print_body(void *self, const struct msg *entry, struct span body)
{
	(void)self;
	(void)entry;
	return fwrite(body.at, 1, body.len, stdout) == body.len ? ERR_OK :
	    ERR_INTERNAL;
}

static enum ends
print_array(const struct args *a, int dir, bool raw)
{
	struct printer p = { .raw = raw };
	enum err e;

	fputs("[\n", stdout);
	e = log_walk(a->operand[0], dir, a->from, print_json, &p);
	fputs("]\n", stdout);
	return output() == ERR_OK ? ends_of(e) : ENDS_machine;
}

enum ends
audit_list_run(const struct args *a)
{
	struct printer p = { .any = false };
	int dir OWNED(fd_drop) = -1;
	enum err e = log_open(a->operand[0], &dir);

	if (e != ERR_OK)
		return ends_of(e);
	if (a->json)
		return print_array(a, dir, false);
	e = log_walk(a->operand[0], dir, a->from, print_line, &p);
	return output() == ERR_OK ? ends_of(e) : ENDS_machine;
}

enum ends
audit_export_run(const struct args *a)
{
	int dir OWNED(fd_drop) = -1;
	enum err e;

	if (!a->json && isatty(STDOUT_FILENO)) {
		log_line("audit export: CBOR is not for a terminal: send it "
		    "to a file, or say --json");
		return ENDS_usage;
	}
	e = log_open(a->operand[0], &dir);
	if (e != ERR_OK)
		return ends_of(e);
	if (a->json)
		return print_array(a, dir, true);
	e = log_walk(a->operand[0], dir, a->from, print_body, NULL);
	return output() == ERR_OK ? ends_of(e) : ENDS_machine;
}
