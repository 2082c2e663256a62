/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "wire/map.h"
#include "wire/table.h"

/* What stands for a text of each grammar. */
static const char *const grammars[] = {
	[ANY] = NULL, [ID] = "id", [UUID] = "uuid", [SCOPE] = "scope",
	[CODE] = "code",
};

static void
head(FILE *out)
{
	fputs("; Made from src/wire/messages.def by make update-cddl\n"
	    ";\n"
	    "; CBOR in deterministic encoding (RFC 8949, 4.2.1), no floats,\n"
	    "; text without NUL.  A frame is D8 18 5A, the length of an\n"
	    "; envelope in four bytes, and the envelope.\n\n"
	    "id = tstr .regexp \"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\"\n"
	    "uuid = tstr .regexp \"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"
	    "[89ab][0-9a-f]{3}-[0-9a-f]{12}\"\n"
	    "scope = (tstr .size (3..64)) .and "
	    "(tstr .regexp \"[a-z0-9_-]+:[a-z0-9_-]+\")\n"
	    "code = tstr .regexp \"[0-9]{6}|[0-9]{8}\"\n"
	    "when = tstr .regexp \"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:"
	    "[0-9]{2}:[0-9]{2}Z\"\n"
	    "time = when / uint\n"
	    "flat = uint / bool / tstr / bstr\n", out);
	fprintf(out, "; at most %d bytes\n"
	    "map = {0*%d (tstr .regexp \"[a-z0-9_.-]{1,64}\") => "
	    "flat / [* flat]}\n\n", MAP_BYTES, MAP_ENTRIES);
}

static void
put_uint(FILE *out, const struct field *f)
{
	if (f->min == f->max)
		fprintf(out, "%" PRIu64, f->min);
	else if (f->min == 0 && f->max == UINT64_MAX)
		fputs("uint", out);
	else
		fprintf(out, "%" PRIu64 "..%" PRIu64, f->min, f->max);
}

static void
put_string(FILE *out, const char *type, const struct field *f)
{
	fprintf(out, f->min == f->max ? "%s .size %" PRIu64 :
	    "%s .size (%" PRIu64 "..%" PRIu64 ")", type, f->min, f->max);
}

static void
put_type(FILE *out, const struct field *f)
{
	switch (f->kind) {
	case UINT:
		put_uint(out, f);
		break;
	case BOOL:
		fputs("bool", out);
		break;
	case TEXT:
		if (grammars[f->grammar] != NULL)
			fputs(grammars[f->grammar], out);
		else
			put_string(out, "tstr", f);
		break;
	case WHEN:
		fputs("when", out);
		break;
	case TIME:
		fputs("time", out);
		break;
	case BYTES:
	case BORROWED:
		put_string(out, "bstr", f);
		break;
	case ENUM:
		fprintf(out, "%s-word", f->set->name);
		break;
	case MAP:
		fputs("map", out);
		break;
	case GROUP:
		fputs(wire_name(f->group), out);
		break;
	}
}

static void
put_field(FILE *out, const struct field *f)
{
	fprintf(out, "  %s\"%s\": ", f->flag == NO_FLAG ? "" : "? ", f->name);
	if (f->plural != ONE)
		fprintf(out, "[%zu*%zu ", f->least, f->most);
	put_type(out, f);
	fprintf(out, "%s,  ; %s\n", f->plural != ONE ? "]" : "", f->doc);
}

static void
put_spec(FILE *out, const struct spec *s)
{
	fprintf(out, "; %s\n", s->doc);
	if (s->class == CLASS_MESSAGE)
		fprintf(out, "; Envelope: at most %zu bytes.\n", s->bound);
	else if (s->class == CLASS_OBJECT)
		fprintf(out, "; At most %zu bytes.\n", s->bound);
	fprintf(out, "%s = {\n", s->name);
	for (size_t i = 0; i < s->nfields; i++)
		put_field(out, &s->fields[i]);
	fputs("}\n\n", out);
}

/* True unless only kept records have words of this set. */
static int
is_spoken(const struct set *set)
{
	for (size_t i = 1; i < wire_nspecs; i++) {
		const struct spec *s = &wire_specs[i];

		for (size_t k = 0; s->class != CLASS_RECORD &&
		    k < s->nfields; k++)
			if (s->fields[k].set == set)
				return 1;
	}
	return 0;
}

static void
put_set(FILE *out, const struct set *set)
{
	fprintf(out, "; %s\n%s-word =", set->doc, set->name);
	for (size_t i = 0; i < set->n; i++)
		fprintf(out, "%s \"%s\"", i > 0 ? " /" : "", set->words[i]);
	fputs("\n\n", out);
}

void
wire_cddl(FILE *out)
{
	const char *between = "envelope =\n  ";

	head(out);
	for (size_t i = 1; i < wire_nspecs; i++) {
		if (wire_specs[i].class != CLASS_MESSAGE)
			continue;
		fprintf(out, "%s{\"body\": %s, \"type\": \"%s\"}", between,
		    wire_specs[i].name, wire_specs[i].name);
		between = " /\n  ";
	}
	fputs("\n\n", out);
	for (size_t i = 0; i < wire_nsets; i++)
		if (is_spoken(&wire_sets[i]))
			put_set(out, &wire_sets[i]);
	for (size_t i = 1; i < wire_nspecs; i++)
		if (wire_specs[i].class != CLASS_RECORD)
			put_spec(out, &wire_specs[i]);
}
