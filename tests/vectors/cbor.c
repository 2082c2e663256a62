/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/vectors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vectors/objection.h"
#include "wire/item.h"

#define DEPTH 16

/* What was read, made again by the writer and as diagnostic notation. */
struct retold {
	struct reader	 r;
	struct writer	 w;
	FILE		*diag;
};

static enum err retell(struct retold *t);

static enum err
retell_number(struct retold *t, const struct item *i)
{
	if (i->kind == ITEM_UINT) {
		fprintf(t->diag, "%" PRIu64, i->n);
		return item_put_uint(&t->w, i->n);
	}
	if (i->n == UINT64_MAX)
		fprintf(t->diag, "-18446744073709551616");
	else
		fprintf(t->diag, "-%" PRIu64, i->n + 1);
	if (i->n <= INT64_MAX)
		return item_put_int(&t->w, -1 - (int64_t)i->n);
	/* Past an int64_t, which is all that the writer takes. */
	return item_put_raw(&t->w, (struct span){ t->r.at - 9, 9 });
}

static enum err
retell_entries(struct retold *t, const struct item *i)
{
	TRY(i->kind == ITEM_MAP ? item_put_map(&t->w, (size_t)i->n) :
	    item_put_array(&t->w, (size_t)i->n));
	fprintf(t->diag, i->kind == ITEM_MAP ? "{" : "[");
	for (uint64_t n = 0; n < i->n; n++) {
		fprintf(t->diag, n > 0 ? "," : "");
		TRY(retell(t));
		if (i->kind == ITEM_ARRAY)
			continue;
		fprintf(t->diag, ":");
		TRY(retell(t));
	}
	fprintf(t->diag, i->kind == ITEM_MAP ? "}" : "]");
	return ERR_OK;
}

static enum err
retell_string(struct retold *t, const struct item *i)
{
	struct span s = { i->data, (size_t)i->n };

	if (i->kind == ITEM_TEXT) {
		fprintf(t->diag, "\"%.*s\"", (int)s.len, (const char *)s.at);
		return item_put_text(&t->w, s);
	}
	fprintf(t->diag, "h'");
	for (size_t n = 0; n < s.len; n++)
		fprintf(t->diag, "%02x", s.at[n]);
	fprintf(t->diag, "'");
	return item_put_bytes(&t->w, s);
}

static enum err
retell(struct retold *t)
{
	struct item i;

	TRY(item_next(&t->r, &i));
	switch (i.kind) {
	case ITEM_UINT:
	case ITEM_NINT:
		return retell_number(t, &i);
	case ITEM_BYTES:
	case ITEM_TEXT:
		return retell_string(t, &i);
	case ITEM_ARRAY:
	case ITEM_MAP:
		return retell_entries(t, &i);
	case ITEM_BOOL:
		fprintf(t->diag, i.n ? "true" : "false");
		return item_put_bool(&t->w, i.n != 0);
	case ITEM_NULL:
		fprintf(t->diag, "null");
		return item_put_null(&t->w);
	case ITEM_TAG:
		break;
	}
	fprintf(t->diag, "%" PRIu64 "(", i.n);
	TRY(item_put_tag(&t->w, i.n));
	TRY(retell(t));
	fprintf(t->diag, ")");
	return ERR_OK;
}

/* The two notations, blanks aside.  A lone text may be written with escapes,
 * and a big number without the tag that it has. */
static bool
same_notation(const char *ours, const char *theirs)
{
	if (*theirs == '"') {
		json_t *text = json_loads(theirs, JSON_DECODE_ANY, NULL);
		bool same = text != NULL && strlen(ours) >= 2 &&
		    strncmp(ours + 1, json_string_value(text),
		    strlen(ours) - 2) == 0;

		json_decref(text);
		return same;
	}
	if (strchr(theirs, '(') == NULL && strchr(ours, '(') != NULL)
		return true;
	for (;; ours++, theirs++) {
		theirs += strspn(theirs, " ");
		if (*ours != *theirs)
			return false;
		if (*ours == '\0')
			return true;
	}
}

/* Bytes that the reader has accepted. */
static void
check_accepted(struct tally *t, const json_t *c, struct span in)
{
	struct bytes out OWNED(bytes_drop) = bytes_new(in.len);
	const char *want = text_of(c, "diag");
	char *diag = NULL;
	size_t len = 0;
	struct retold told = { reader_of(in), writer_of(out.at, out.len),
	    open_memstream(&diag, &len) };
	enum err e = retell(&told);

	fclose(told.diag);
	if (!worked(t, "written again", e) || !same(t, "what is written again",
	    (struct span){ out.at, (size_t)(told.w.at - out.at) }, in))
		;
	else if (*want != '\0' && !same_notation(diag, want))
		failed(t, "read as %s, is %s", diag, want);
	else
		passed(t);
	free(diag);
}

static void
run_case(struct tally *t, const json_t *c)
{
	struct bytes in OWNED(bytes_drop) = hex_of(c, "hex");
	struct reader r = reader_of(span_of(in));
	const char *why = objection(span_of(in));
	bool accepted = item_skip(&r, DEPTH, NULL) == ERR_OK &&
	    item_done(&r) == ERR_OK;

	at_case(t, "%s", text_of(c, "hex"));
	/* A case says well-formed, malformed, or gives a reason for it. */
	if (has(c, "wellformed") ? !truth_of(c, "wellformed") :
	    has(c, "reason"))
		judged(t, false, accepted);
	else if (!truth_of(c, "core_deterministic") && accepted)
		failed(t, "accepted and not deterministic");
	else if (accepted)
		check_accepted(t, c, span_of(in));
	else if (why == NULL || strcmp(why, NOT_CBOR) == 0)
		failed(t, "not accepted");
	else
		refused(t, "%s", why);
}

static bool
fits(const json_t *doc)
{
	const json_t *c = json_array_get(doc, 0);

	return has(c, "hex") && (has(c, "core_deterministic") ||
	    has(c, "reason") || has(c, "wellformed"));
}

static void
run(struct tally *t, const json_t *doc)
{
	size_t i;
	json_t *c;

	json_array_foreach(doc, i, c) {
		if (json_is_string(member(c, "hex")))
			run_case(t, c);
		else
			unknown(t, "a case without bytes");
	}
}

const struct format cbor_formats[] = {
	{ fits, run },
	{ 0 }
};
