/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/table.h"

static_assert(sizeof(enum msg_type) == sizeof(unsigned), "an ENUM is this");
static_assert(sizeof(size_t) == sizeof(uint64_t), "LP64 only");

#define SET(name, doc) static const char *const words_##name[] = {
#define VALUE(set, name) #name,
#define END_SET(name) };
#include "wire/messages.def"

enum set_index {
#define SET(name, doc) SET_##name,
#include "wire/messages.def"
	SETS
};

const struct set wire_sets[] = {
#define SET(name, doc) { #name, doc, words_##name, \
	sizeof(words_##name) / sizeof(words_##name[0]) },
#include "wire/messages.def"
};

const size_t wire_nsets = SETS;

/* A kind as the rest of a struct field's initialiser. */
#define ROW_UINT(lo, hi)	.kind = UINT, .min = (lo), .max = (hi)
#define ROW_BOOL		.kind = BOOL
#define ROW_TEXT_OF(lo, hi)	.kind = TEXT, .min = (lo), .max = (hi)
#define ROW_TEXT		ROW_TEXT_OF(1, 256)
#define ROW_ID			ROW_TEXT_OF(1, 64), .grammar = ID
#define ROW_UUID		ROW_TEXT_OF(36, 36), .grammar = UUID
#define ROW_SCOPE		ROW_TEXT_OF(3, 64), .grammar = SCOPE
#define ROW_CODE		ROW_TEXT_OF(6, 8), .grammar = CODE, \
				.hidden = true
#define ROW_WHEN		.kind = WHEN
#define ROW_TIME		.kind = TIME
#define ROW_BYTES(lo, hi)	.kind = BYTES, .min = (lo), .max = (hi)
#define ROW_NONCE		ROW_BYTES(16, 64)
#define ROW_DIGEST		ROW_BYTES(32, 32)
#define ROW_KID			ROW_BYTES(16, 16)
#define ROW_COSE_KEY		ROW_BYTES(1, 128)
#define ROW_SIGNATURE		ROW_BYTES(1, 256)
#define ROW_SECRET(lo, hi)	ROW_BYTES(lo, hi), .hidden = true
#define ROW_SPAN(lo, hi)	.kind = BORROWED, .min = (lo), .max = (hi)
#define ROW_SECRET_SPAN(lo, hi)	ROW_SPAN(lo, hi), .hidden = true
#define ROW_TOKEN		ROW_SPAN(1, 2048)
#define ROW_PCR_SET		ROW_SPAN(20, 1536)
#define ROW_EVIDENCE		ROW_SPAN(1, 196608), .evidence = true
#define ROW_MAP			.kind = MAP
#define ROW_ENUM(name)		.kind = ENUM, .set = &wire_sets[SET_##name]
#define ROW_GROUP_OF(name)		.kind = GROUP, .group = MSG_##name
#define ROW_MANY(lo, hi, row)	.least = (lo), .most = (hi), \
				.stride = sizeof(TYPE_##row), ROW_##row
#define ROW_LIST(lo, hi, row)	.plural = LIST, ROW_MANY(lo, hi, row)
#define ROW_LONG(lo, hi, row)	.plural = LONG, ROW_MANY(lo, hi, row)
#define ROW_SCOPES		ROW_LIST(1, 8, SCOPE)
#define ROW_AUDIENCE		ROW_LIST(1, 8, TEXT)

#define FLAG_REQ(of, name)	NO_FLAG
#define FLAG_OPT(of, name)	offsetof(struct msg_##of, has_##name)

#define ENTRY(class, name, bound, doc) \
	static const struct field fields_##name[] = {
#define FIELD(of, need, kind, field, text)                              \
	{ .name = #field, .doc = (text),                                \
	  .offset = offsetof(struct msg_##of, field),                   \
	  .flag = FLAG_##need(of, field), ROW_##kind },
#define END(name) };
#include "wire/messages.def"

const struct spec wire_specs[] = {
	{ .name = "none" },
#define ENTRY(class, name, bound, doc)                                  \
	{ #name, doc, fields_##name,                                    \
	  sizeof(fields_##name) / sizeof(fields_##name[0]),             \
	  sizeof(struct msg_##name), bound, CLASS_##class },
#include "wire/messages.def"
};

const size_t wire_nspecs = sizeof(wire_specs) / sizeof(wire_specs[0]);

const struct spec *
wire_spec(enum msg_type type)
{
	return type > MSG_NONE && type < wire_nspecs ?
	    &wire_specs[type] : NULL;
}

const struct field *
wire_field(const struct spec *s, const char *name)
{
	for (size_t i = 0; i < s->nfields; i++)
		if (strcmp(s->fields[i].name, name) == 0)
			return &s->fields[i];
	return NULL;
}

int
wire_present(const struct field *f, const void *body)
{
	bool has = true;

	if (f->flag != NO_FLAG)
		memcpy(&has, (const uint8_t *)body + f->flag, sizeof(has));
	return has;
}

size_t
wire_allowed(const struct spec *s, const void *body)
{
	for (size_t i = 0; i < s->nfields; i++)
		if (s->fields[i].evidence && wire_present(&s->fields[i], body))
			return EVIDENCE_BOUND;
	return s->bound;
}

size_t
wire_bound(enum msg_type type)
{
	const struct spec *s = wire_spec(type);

	for (size_t i = 0; s != NULL && i < s->nfields; i++)
		if (s->fields[i].evidence)
			return EVIDENCE_BOUND;
	return s != NULL ? s->bound : 0;
}

const char *
wire_name(enum msg_type type)
{
	const struct spec *s = wire_spec(type);

	return s != NULL ? s->name : wire_specs[MSG_NONE].name;
}

enum err
wire_find(struct span name, enum msg_type *type)
{
	for (size_t i = 1; i < wire_nspecs; i++)
		if (span_equal(name, span_text(wire_specs[i].name))) {
			*type = (enum msg_type)i;
			return ERR_OK;
		}
	return ERR_NOT_FOUND;
}

/* The member of that name, if it is what the caller takes it for. */
static void *
member(struct msg *m, const char *name, enum kind kind, uint64_t max)
{
	const struct spec *s = wire_spec(m->type);
	const struct field *f = s != NULL ? wire_field(s, name) : NULL;

	if (f == NULL || f->plural != ONE || f->kind != kind || f->max != max)
		return NULL;
	return (uint8_t *)&m->body + f->offset;
}

struct wire_uuid *
wire_request_id(struct msg *m)
{
	return member(m, "request_id", TEXT, 36);
}

struct wire_digest *
wire_request_hash(struct msg *m)
{
	return member(m, "request", BYTES, 32);
}

struct wire_sig *
wire_signature(struct msg *m)
{
	return member(m, "signature", BYTES, 256);
}
