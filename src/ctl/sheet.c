/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sheet.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "base/when.h"
#include "ctl/sheet_int.h"

struct sheet {
	bool		 json;
	bool		 failed;	/* no memory */
	bool		 has_now;
	uint64_t	 now;
	size_t		 depth;
	size_t		 lost;		/* opened where it was too deep */
	json_t		*at[SHEET_DEPTH];
	struct lines	 lines;
	char		*text;
	size_t		 size;
};

enum err
sheet_new(bool json, enum sheet_kind root, struct sheet **out)
{
	struct sheet *s OWNED(sheet_drop) = calloc(1, sizeof(*s));
	FILE *f;

	if (s == NULL)
		return log_errno("memory");
	s->json = json;
	s->depth = 1;
	s->at[0] = root == SHEET_MAP ? json_object() : json_array();
	if (s->at[0] == NULL)
		return log_errno("memory");
	f = open_memstream(&s->text, &s->size);
	if (f == NULL)
		return log_errno("memory");
	lines_begin(&s->lines, f, root);
	*out = GIVE(s, NULL);
	return ERR_OK;
}

void
sheet_drop(struct sheet **s)
{
	if (*s == NULL)
		return;
	if ((*s)->lines.out != NULL)
		fclose((*s)->lines.out);
	json_decref((*s)->at[0]);
	free((*s)->text);
	free(*s);
	*s = NULL;
}

void
sheet_set_now(struct sheet *s, uint64_t now)
{
	s->has_now = true;
	s->now = now;
}

size_t
sheet_depth(const struct sheet *s)
{
	return s->depth + s->lost;
}

/* What people are told: behind the bar, if there is one. */
static const char *
label_of(const char *name)
{
	const char *bar = name == NULL ? NULL : strchr(name, '|');

	return name == NULL ? "" : bar != NULL ? bar + 1 : name;
}

/* Add a value to the document, which takes it. */
static void
add(struct sheet *s, const char *name, json_t *value)
{
	json_t *to = s->at[s->depth - 1];
	char key[NAME_MAX_LEN];
	int bad;

	if (s->lost > 0) {
		json_decref(value);
		return;
	}
	if (json_is_array(to)) {
		bad = json_array_append_new(to, value);
	} else {
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(name, "|"),
		    name);
		bad = json_object_set_new(to, key, value);
	}
	s->failed |= bad != 0;
}

static bool
go_down(struct sheet *s, const char *name, enum sheet_kind kind)
{
	json_t *inner;

	if (s->depth == SHEET_DEPTH || s->lost > 0) {
		s->lost++;
		s->failed = true;
		return false;
	}
	if (s->json) {
		inner = kind == SHEET_MAP ? json_object() : json_array();
		add(s, name, inner);
		s->at[s->depth] = inner;
	}
	s->depth++;
	return true;
}

void
sheet_open(struct sheet *s, const char *name, enum sheet_kind kind)
{
	if (go_down(s, name, kind) && !s->json)
		lines_open(&s->lines, label_of(name), kind);
}

void
sheet_open_within(struct sheet *s, const char *name)
{
	if (go_down(s, name, SHEET_MAP) && !s->json)
		lines_open_within(&s->lines);
}

void
sheet_close(struct sheet *s)
{
	if (s->lost > 0) {
		s->lost--;
		return;
	}
	s->depth--;
	if (!s->json)
		lines_close(&s->lines);
}

static json_t *
json_of_text(struct span text)
{
	return json_stringn((const char *)text.at, text.len);
}

static json_t *
json_of_uint(uint64_t n)
{
	char text[24];

	if (n <= INT64_MAX)
		return json_integer((json_int_t)n);
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return json_string(text);
}

static json_t *
json_of_bytes(struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = malloc(2 * bytes.len + 1);
	json_t *out;

	if (hex == NULL)
		return NULL;
	for (size_t i = 0; i < bytes.len; i++) {
		hex[2 * i] = digits[bytes.at[i] >> 4];
		hex[2 * i + 1] = digits[bytes.at[i] & 15];
	}
	out = json_stringn_nocheck(hex, 2 * bytes.len);
	free(hex);
	return out;
}

/* Text of wire/ is UTF-8 already; a file's name need not be. */
void
sheet_text(struct sheet *s, const char *name, struct span text)
{
	json_t *value;

	if (!s->json) {
		lines_text(&s->lines, label_of(name), text);
		return;
	}
	value = json_of_text(text);
	add(s, name, value != NULL ? value : json_of_bytes(text));
}

void
sheet_uint(struct sheet *s, const char *name, uint64_t n)
{
	char text[24];

	if (s->json) {
		add(s, name, json_of_uint(n));
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64, n);
	lines_value(&s->lines, label_of(name), text);
}

void
sheet_bool(struct sheet *s, const char *name, bool yes)
{
	if (s->json)
		add(s, name, json_boolean(yes));
	else
		lines_value(&s->lines, label_of(name), yes ? "yes" : "no");
}

void
sheet_bytes(struct sheet *s, const char *name, struct span bytes)
{
	if (s->json)
		add(s, name, json_of_bytes(bytes));
	else
		lines_bytes(&s->lines, label_of(name), bytes);
}

/* "in 42 s", "3 min ago". */
static void
relate(uint64_t now, uint64_t then, char *out, size_t cap)
{
	const uint64_t apart = then > now ? then - now : now - then;
	static const struct {
		uint64_t	 below, unit;
		const char	*name;
	} units[] = {
		{ 120, 1, "s" },
		{ 7200, 60, "min" },
		{ 172800, 3600, "h" },
		{ UINT64_MAX, 86400, "days" },
	};
	size_t i = 0;

	while (apart >= units[i].below && units[i].below != UINT64_MAX)
		i++;
	snprintf(out, cap, then > now ? " (in %" PRIu64 " %s)" :
	    " (%" PRIu64 " %s ago)", apart / units[i].unit, units[i].name);
}

void
sheet_time(struct sheet *s, const char *name, uint64_t seconds)
{
	char when[WHEN_LEN + 1], said[WHEN_LEN + 64], relation[48] = "";

	when_format(seconds, when);
	if (s->json) {
		add(s, name, json_pack("{s:o, s:s}", "seconds",
		    json_of_uint(seconds), "text", when));
		return;
	}
	if (s->has_now)
		relate(s->now, seconds, relation, sizeof(relation));
	snprintf(said, sizeof(said), "%s%s%s",
	    seconds > WHEN_MAX ? "after " : "", when, relation);
	lines_value(&s->lines, label_of(name), said);
}

void
sheet_hidden(struct sheet *s, const char *name, size_t len)
{
	char text[48];

	if (s->json) {
		add(s, name, json_pack("{s:b, s:I}", "hidden", 1, "bytes",
		    (json_int_t)len));
		return;
	}
	snprintf(text, sizeof(text), "(%zu bytes, hidden)", len);
	lines_value(&s->lines, label_of(name), text);
}

static void __attribute__((format(printf, 3, 0)))
say(struct sheet *s, const char *name, const char *format, va_list args)
{
	char text[1024];

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	if (s->json)
		add(s, name, json_string(text));
	else
		lines_value(&s->lines, label_of(name), text);
}

void
sheet_say(struct sheet *s, const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(s, name, format, args);
	va_end(args);
}

void
sheet_tell(struct sheet *s, const char *name, const char *format, ...)
{
	va_list args;

	if (s->json)
		return;
	va_start(args, format);
	say(s, name, format, args);
	va_end(args);
}

/* To jansson DEL is a letter like any other. */
static int
write_json(const char *at, size_t len, void *out)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] == 0x7f)
			fputs("\\u007f", out);
		else
			fputc(at[i], out);
	return ferror((FILE *)out) ? -1 : 0;
}

static enum err
print(struct sheet *s, size_t how, FILE *out)
{
	if (s->lost > 0)
		return log_err(ERR_INTERNAL, "a sheet was left open");
	if (s->failed || fflush(s->lines.out) != 0)
		return log_err(ERR_LIMIT, "there is too much to show");
	if (s->json) {
		if (json_dump_callback(s->at[0], write_json, out,
		    how | JSON_ENSURE_ASCII) != 0)
			return log_errno("output");
		fputc('\n', out);
	} else {
		fwrite(s->text, 1, s->size, out);
	}
	return fflush(out) == 0 && !ferror(out) ? ERR_OK :
	    log_errno("output");
}

enum err
sheet_print(struct sheet *s, FILE *out)
{
	return print(s, JSON_INDENT(2), out);
}

enum err
sheet_print_line(struct sheet *s, FILE *out)
{
	return print(s, JSON_COMPACT, out);
}
