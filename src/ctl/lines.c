/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "ctl/sheet_int.h"

#define COLUMN 24	/* where values begin */
#define HEX_MAX 64	/* more bytes are shown as their number */

static struct line_level *
top(struct lines *l)
{
	return &l->at[l->depth - 1];
}

/* The beginning of a line of this level, up to the value. */
static void
put_label(struct lines *l, struct line_level *level, const char *label)
{
	int indent = (int)level->indent;

	fprintf(l->out, "%*s%s", level->dash ? indent - 2 : indent, "",
	    level->dash ? "- " : "");
	level->dash = false;
	fprintf(l->out, "%-*s", indent < COLUMN ? COLUMN - indent : 0, label);
	if ((size_t)(COLUMN - indent) <= strlen(label))
		fputc(' ', l->out);
}

static void
put_bare_label(struct lines *l, struct line_level *level, const char *label)
{
	fprintf(l->out, "%*s%s%s\n",
	    (int)level->indent - (level->dash ? 2 : 0), "",
	    level->dash ? "- " : "", label);
	level->dash = false;
}

/* Print the names of the levels around that one that have none yet. */
static void
announce(struct lines *l, size_t depth)
{
	for (size_t i = 1; i < depth; i++)
		if (l->at[i].pending) {
			l->at[i].pending = false;
			put_bare_label(l, &l->at[i - 1], l->at[i].name);
		}
}

void
lines_begin(struct lines *l, FILE *out, enum sheet_kind root)
{
	*l = (struct lines){ .out = out, .depth = 1 };
	l->at[0] = (struct line_level){ .kind = root, .root = true };
}

void
lines_open(struct lines *l, const char *label, enum sheet_kind kind)
{
	struct line_level *from = top(l), *level = &l->at[l->depth];

	*level = (struct line_level){ .kind = kind,
	    .indent = from->root && from->kind == SHEET_LIST ? 0 :
	    from->indent + 2 };
	if (from->kind == SHEET_MAP) {
		level->pending = true;
		snprintf(level->name, sizeof(level->name), "%s", label);
	} else {
		announce(l, l->depth);
		level->dash = !from->root;
		if (from->root && from->n > 0)
			fputc('\n', l->out);
	}
	from->n++;
	l->depth++;
}

void
lines_open_within(struct lines *l)
{
	struct line_level *from = top(l);

	announce(l, l->depth);
	l->at[l->depth] = (struct line_level){ .kind = SHEET_MAP,
	    .indent = from->indent + 2 };
	from->n++;
	l->depth++;
}

void
lines_close(struct lines *l)
{
	struct line_level *level = top(l);

	l->depth--;
	if (level->n > 0)
		return;
	if (level->pending) {
		announce(l, l->depth);
		put_label(l, top(l), level->name);
		fputs("(none)\n", l->out);
	}
}

/* Up to the value of this name, or of the next item. */
static void
begin(struct lines *l, const char *label)
{
	struct line_level *level = top(l);

	if (level->kind == SHEET_MAP) {
		announce(l, l->depth);
		put_label(l, level, label);
	} else if (level->pending) {
		announce(l, l->depth - 1);
		level->pending = false;
		put_label(l, level - 1, level->name);
	} else if (!level->root) {
		fprintf(l->out, "%*s", COLUMN, "");
	}
	level->n++;
}

void
lines_value(struct lines *l, const char *label, const char *value)
{
	begin(l, label);
	fprintf(l->out, "%s\n", value);
}

void
sheet_put_text(FILE *out, struct span s, size_t width)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < ' ' || s.at[i] > '~' || s.at[i] == '\\') {
			fprintf(out, "\\x%02x", s.at[i]);
			n += 4;
		} else {
			fputc(s.at[i], out);
			n++;
		}
	if (width > 0)
		fprintf(out, "%*s", (int)(n < width ? width - n : 0) + 2, "");
}

void
lines_text(struct lines *l, const char *label, struct span s)
{
	begin(l, label);
	if (s.len == 0)
		fputs("\"\"", l->out);
	sheet_put_text(l->out, s, 0);
	fputc('\n', l->out);
}

void
lines_bytes(struct lines *l, const char *label, struct span s)
{
	begin(l, label);
	if (s.len == 0 || s.len > HEX_MAX)
		fprintf(l->out, "(%zu bytes)", s.len);
	else
		for (size_t i = 0; i < s.len; i++)
			fprintf(l->out, "%02x", s.at[i]);
	fputc('\n', l->out);
}
