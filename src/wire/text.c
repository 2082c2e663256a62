/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "wire/visit.h"

/* More bytes than this are shown as their number. */
#define HEX_MAX 64

static void
print_name(FILE *out, struct span name)
{
	fputc(' ', out);
	if (name.len > 0)
		fprintf(out, "%.*s=", (int)name.len, (const char *)name.at);
}

/* Nothing that could end the line or the quotes is let through. */
static void
print_text(FILE *out, struct span s)
{
	fputc('"', out);
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < ' ' || s.at[i] > '~' || s.at[i] == '"' ||
		    s.at[i] == '\\')
			fprintf(out, "\\x%02x", s.at[i]);
		else
			fputc(s.at[i], out);
	fputc('"', out);
}

static void
print_bytes(FILE *out, struct span s)
{
	fputs("h'", out);
	for (size_t i = 0; i < s.len; i++)
		fprintf(out, "%02x", s.at[i]);
	fputc('\'', out);
}

static void
print_value(void *self, struct span name, const struct wire_value *v)
{
	FILE *out = self;

	print_name(out, name);
	if (v->hidden || (v->kind == ITEM_BYTES && v->bytes.len > HEX_MAX))
		fprintf(out, "(%zu bytes)", v->bytes.len);
	else if (v->kind == ITEM_TEXT)
		print_text(out, v->bytes);
	else if (v->kind == ITEM_BYTES)
		print_bytes(out, v->bytes);
	else if (v->kind == ITEM_BOOL)
		fputs(v->n ? "true" : "false", out);
	else
		fprintf(out, "%" PRIu64, v->n);
}

static void
print_open(void *self, struct span name, enum item_kind kind)
{
	print_name(self, name);
	fputc(kind == ITEM_ARRAY ? '[' : '{', self);
}

static void
print_close(void *self, enum item_kind kind)
{
	fputs(kind == ITEM_ARRAY ? " ]" : " }", self);
}

void
wire_print(FILE *out, const struct msg *m)
{
	fputs(wire_name(m->type), out);
	wire_visit(m, &(struct visitor){ print_open, print_value, print_close,
	    out });
}
