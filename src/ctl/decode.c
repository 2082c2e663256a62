/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "base/own.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/sheet.h"
#include "ctl/show.h"
#include "link/frame.h"

/* A sequence being taken apart. */
struct sequence {
	struct span	 in;
	size_t		 at;
	const char	*name;
	enum msg_type	 type;
	struct sheet	*sheet;
};

static enum err
bad(const struct sequence *q, enum err e, const char *why)
{
	return log_err(e, "%s: at byte %zu: %s", q->name, q->at, why);
}

/* Why an item that is sound CBOR, or should be, was not shown. */
static enum err
explain(const struct sequence *q, struct span item, enum err e)
{
	struct reader r = reader_of(item);
	struct span body;

	if (item_skip(&r, 8, NULL) != ERR_OK || item_done(&r) != ERR_OK)
		return bad(q, e, "not CBOR in deterministic encoding");
	if (e == ERR_LIMIT)
		return bad(q, e, "longer than its type may be");
	if (e == ERR_NOT_FOUND && q->type == MSG_NONE &&
	    wire_body(item, &body) != ERR_OK)
		return bad(q, e, "nothing that tells by itself what it is; a "
		    "bare map needs --type");
	if (e == ERR_NOT_FOUND)
		return bad(q, e, "no message of a type that we know");
	return bad(q, e, "sound CBOR, but not what its type allows: compare "
	    "it with docs/protocol.cddl");
}

/* The next item and its place: a frame's envelope, or any CBOR item. */
static enum err
next(struct sequence *q, struct span *item, size_t *whole)
{
	const struct span rest = { q->in.at + q->at, q->in.len - q->at };
	struct reader r = reader_of(rest);
	const char *why = "not CBOR in deterministic encoding";
	enum err e;

	if (rest.len >= 3 && memcmp(rest.at, "\xd8\x18\x5a", 3) == 0) {
		e = frame_parse(rest, FRAME_MAX, item, whole);
		if (e == ERR_OK)
			return ERR_OK;
		return bad(q, e, e == ERR_BUSY ? "a frame that is cut off" :
		    "a frame that is longer than any may be");
	}
	e = item_skip(&r, 8, item);
	if (e != ERR_OK)
		return bad(q, e, why);
	*whole = item->len;
	return ERR_OK;
}

/* Can it be shown?  So that nothing half shown is ever printed. */
static enum err
try(const struct sequence *q, struct span item)
{
	struct sheet *scratch OWNED(sheet_drop) = NULL;

	TRY(sheet_new(true, SHEET_MAP, &scratch));
	return show_item(scratch, item, q->type);
}

static enum err
decode_one(struct sequence *q)
{
	struct span item;
	size_t whole;
	enum err e;

	TRY(next(q, &item, &whole));
	e = try(q, item);
	if (e != ERR_OK)
		return explain(q, item, e);
	sheet_open(q->sheet, NULL, SHEET_MAP);
	sheet_uint(q->sheet, "offset|at byte", q->at);
	sheet_uint(q->sheet, "size|bytes", whole);
	if (whole != item.len)
		sheet_bool(q->sheet, "framed|in a frame", true);
	e = show_item(q->sheet, item, q->type);
	sheet_close(q->sheet);
	q->at += whole;
	return e;
}

static enum err
decode_all(struct sequence *q)
{
	while (q->at < q->in.len)
		TRY(decode_one(q));
	return ERR_OK;
}

enum ends
decode_run(const struct args *a)
{
	struct sheet *sheet OWNED(sheet_drop) = NULL;
	struct input in OWNED(input_drop) = { 0 };
	struct sequence q = { 0 };
	enum err e;

	if (a->type != NULL &&
	    wire_find(span_text(a->type), &q.type) != ERR_OK) {
		log_line("--type %s: there is no such message or object",
		    a->type);
		return ENDS_usage;
	}
	e = input_read(a->count > 0 ? a->operand[0] : "-", INPUT_MAX, a->hex,
	    &in);
	if (e != ERR_OK)
		return ends_of(e);
	if (sheet_new(a->json, SHEET_LIST, &sheet) != ERR_OK)
		return ENDS_machine;
	q.in = input_span(&in);
	q.name = in.name;
	q.sheet = sheet;
	e = decode_all(&q);
	if (e != ERR_OK && !a->hex && input_looks_hex(&in))
		log_line("%s: these are hexadecimal digits: say --hex",
		    in.name);
	if (sheet_print(sheet, stdout) != ERR_OK)
		return ENDS_machine;
	return e == ERR_OK ? ENDS_ok : ENDS_malformed;
}
