/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "ctl/ctl.h"
#include "ctl/sheet.h"
#include "ctl/words.h"
#include "wire/reasons.h"

#define CODE_MAX 64	/* of what is compared with the codes */
#define NEAREST 3

/* How a peer hears of it. */
static void
put_answer(struct sheet *s, enum reason r)
{
	if (reason_error(r) != WIRE_code_none) {
		sheet_say(s, "error|answered by error", "%s",
		    word_code(reason_error(r)));
		return;
	}
	sheet_say(s, "totp|answer to a code", "%s",
	    word_totp(reason_totp(r)));
	sheet_say(s, "token|answer to others", "%s",
	    word_token(reason_token(r)));
}

static void
put_reason(struct sheet *s, enum reason r)
{
	sheet_say(s, "code", "%s", reason_code(r));
	sheet_say(s, "text|what happened", "%s", reason_text(r));
	sheet_say(s, "help|what to do", "%s", reason_help(r));
	put_answer(s, r);
}

static size_t
least(size_t a, size_t b, size_t c)
{
	const size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters apart two words are (Levenshtein). */
static size_t
distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t row[CODE_MAX + 1], diagonal, above;

	for (size_t j = 0; j <= blen; j++)
		row[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			above = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1,
			    diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[blen];
}

/* A part of a code, as "expired", is near to it. */
static size_t
far(const char *said, enum reason r)
{
	const char *code = reason_code(r);
	const size_t a = strnlen(said, CODE_MAX), b = strnlen(code, CODE_MAX);

	return strstr(code, said) != NULL ? 0 : distance(said, a, code, b);
}

static void
put_nearest(struct sheet *s, const char *said)
{
	bool taken[REASONS] = { false };

	for (size_t n = 0; n < NEAREST; n++) {
		enum reason best = REASON_none;

		for (unsigned i = 1; i < REASONS; i++)
			if (!taken[i] && (best == REASON_none ||
			    far(said, (enum reason)i) < far(said, best)))
				best = (enum reason)i;
		taken[best] = true;
		sheet_say(s, NULL, "%s", reason_code(best));
	}
}

static enum ends
print(struct sheet *s, enum ends status)
{
	return sheet_print(s, stdout) == ERR_OK ? status : ENDS_machine;
}

static enum ends
list(const struct args *a)
{
	struct sheet *s OWNED(sheet_drop) = NULL;

	if (sheet_new(a->json, SHEET_LIST, &s) != ERR_OK)
		return ENDS_machine;
	for (unsigned i = 1; i < REASONS; i++) {
		sheet_open(s, NULL, SHEET_MAP);
		put_reason(s, (enum reason)i);
		sheet_close(s);
	}
	return print(s, ENDS_ok);
}

enum ends
why_run(const struct args *a)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	const char *said = a->operand[0];
	enum reason r;

	if (a->list)
		return list(a);
	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	if (reason_find(span_text(said), &r) == ERR_OK) {
		put_reason(s, r);
		return print(s, ENDS_ok);
	}
	log_line("%s: there is no such code", said);
	sheet_text(s, "unknown|no such code", span_text(said));
	sheet_open(s, "nearest", SHEET_LIST);
	put_nearest(s, said);
	sheet_close(s);
	return print(s, ENDS_no);
}
