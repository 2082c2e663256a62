/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/verify.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "ctl/input.h"
#include "ctl/known.h"
#include "ctl/log.h"
#include "ctl/show.h"

#define CHECKPOINT_FILE "checkpoint.cbor"
#define KEYS_FILE_MAX (2 * 65536)
#define PATH_MAX_LEN 4096

struct check {
	struct known		 known;
	struct input		 checkpoint, keys;
	struct msg_checkpoint	 point;
	bool			 has_point;
	struct audit_verdict	 verdict;
	uint64_t		 first;		/* time of the first entry */
};

static void
check_drop(struct check *c)
{
	input_drop(&c->checkpoint);
	input_drop(&c->keys);
}

/* The one that was named, or the one in the directory if there is one. */
static enum err
read_checkpoint(const struct args *a, int dir, struct check *c)
{
	char path[PATH_MAX_LEN];

	if (a->checkpoint != NULL)
		return input_read(a->checkpoint, CHECKPOINT_MAX, false,
		    &c->checkpoint);
	if (faccessat(dir, CHECKPOINT_FILE, F_OK, 0) == -1)
		return ERR_OK;
	if (snprintf(path, sizeof(path), "%s/" CHECKPOINT_FILE,
	    a->operand[0]) >= (int)sizeof(path))
		return log_err(ERR_LIMIT, "%s: too long", a->operand[0]);
	return input_read(path, CHECKPOINT_MAX, false, &c->checkpoint);
}

static enum err
read_all(const struct args *a, int dir, struct check *c)
{
	TRY(trust_read(a->trust, a->officers, &c->known.trust));
	TRY(read_checkpoint(a, dir, c));
	if (a->keys != NULL)
		TRY(input_read(a->keys, KEYS_FILE_MAX, false, &c->keys));
	c->has_point = c->checkpoint.len > 0 && checkpoint_read(
	    input_span(&c->checkpoint), &c->known.trust.root,
	    WIRE_SPAN(c->known.trust.set.issuer), &c->point) == ERR_OK;
	return ERR_OK;
}

static enum err
see_first(void *self, const struct msg *entry, struct span body)
{
	struct check *c = self;

	(void)body;
	if (entry->audit_log.sequence == 1)
		c->first = entry->audit_log.timestamp;
	return ERR_OK;
}

static enum err
check(int dir, struct check *c)
{
	const struct audit_claim claim = {
		.dir = dir, .root = &c->known.trust.root,
		.issuer = WIRE_SPAN(c->known.trust.set.issuer),
		.checkpoint = input_span(&c->checkpoint),
		.keys = input_span(&c->keys),
		.entry = see_first, .self = c,
	};

	return audit_verify(&claim, &c->verdict);
}

/* Flaws of what the log is held against, not of an entry. */
static bool
of_an_entry(enum reason flaw)
{
	return flaw != REASON_audit_keys && flaw != REASON_audit_checkpoint;
}

static void
put_flaw(struct sheet *s, const struct audit_verdict *v)
{
	known_put_reason(s, v->flaw);
	if (of_an_entry(v->flaw))
		sheet_uint(s, "sequence|first wrong entry", v->sequence);
}

static void
put_point(struct sheet *s, const struct check *c)
{
	if (c->checkpoint.len == 0)
		sheet_tell(s, "checkpoint", "none: entries that were cut off "
		    "at the end would not be missed");
	if (!c->has_point)
		return;
	sheet_open(s, "checkpoint", SHEET_MAP);
	sheet_uint(s, "sequence|of entry", c->point.sequence);
	sheet_time(s, "issued_at|issued", c->point.issued_at);
	sheet_uint(s, "epoch", c->point.epoch);
	sheet_close(s);
}

static void
put_all(struct sheet *s, const struct check *c)
{
	const struct audit_verdict *v = &c->verdict;

	sheet_bool(s, "verified", v->flaw == REASON_none);
	if (v->flaw != REASON_none)
		put_flaw(s, v);
	sheet_uint(s, "entries|sound entries", v->entries);
	if (v->entries > 0) {
		sheet_time(s, "since|first", c->first);
		sheet_time(s, "until|last", v->until);
		sheet_bytes(s, "head|digest of the last", SPAN(v->head));
	}
	put_point(s, c);
	known_put_trust(s, &c->known);
}

static enum ends
print(const struct args *a, const struct check *c)
{
	struct sheet *s OWNED(sheet_drop) = NULL;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	sheet_set_now(s, clock_now().wall);
	put_all(s, c);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return c->verdict.flaw == REASON_none ? ENDS_ok : ENDS_no;
}

enum ends
audit_verify_run(const struct args *a)
{
	struct check c OWNED(check_drop) = { .has_point = false };
	int dir OWNED(fd_drop) = -1;
	enum err e = log_open(a->operand[0], &dir);

	if (e == ERR_OK)
		e = read_all(a, dir, &c);
	if (e != ERR_OK)
		return ends_of(e);
	e = check(dir, &c);
	if (e == ERR_OK && c.verdict.entries == 0) {
		log_line("%s: no entries there, so nothing was verified",
		    a->operand[0]);
		return ENDS_unreached;
	}
	return e == ERR_OK || e == ERR_AUTH ? print(a, &c) : ends_of(e);
}
