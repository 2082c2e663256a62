/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WIRE_TABLE_H
#define WIRE_TABLE_H

/*
 * messages.def as data: what the codec, the printers and the tests walk.
 * Private to src/wire and tests/.
 */

#include "wire/wire.h"

enum kind { UINT, BOOL, TEXT, WHEN, TIME, BYTES, BORROWED, ENUM, MAP, GROUP };
enum plural { ONE, LIST, LONG };
enum grammar { ANY, ID, UUID, SCOPE, CODE };
enum class { CLASS_MESSAGE, CLASS_OBJECT, CLASS_GROUP, CLASS_RECORD };

struct set {
	const char		*name;
	const char		*doc;
	const char *const	*words;		/* the first has value 1 */
	size_t			 n;
};

struct field {
	const char		*name;
	const char		*doc;
	size_t			 offset;	/* of the member */
	size_t			 flag;		/* of has_x, or NO_FLAG */
	enum kind		 kind;
	enum plural		 plural;
	enum grammar		 grammar;	/* of a TEXT */
	bool			 hidden;	/* shown as its length only */
	bool			 evidence;	/* raises the message's bound */
	uint64_t		 min, max;	/* the value, or the length */
	size_t			 least, most;	/* how many, when not ONE */
	size_t			 stride;	/* from one to the next */
	const struct set	*set;		/* of an ENUM */
	enum msg_type		 group;		/* of a GROUP */
};

struct spec {
	const char		*name;
	const char		*doc;
	const struct field	*fields;
	size_t			 nfields;
	size_t			 size;		/* of the struct */
	size_t			 bound;
	enum class		 class;
};

#define NO_FLAG		SIZE_MAX

/* A message that carries evidence may have this many bytes. */
#define EVIDENCE_BOUND	204800

/* A string: its length, then its bytes. */
#define STRING_AT	sizeof(size_t)

/* What has no home in a message while it is looked at. */
#define SCRATCH		2048

extern const struct spec wire_specs[];		/* by type; [0] is empty */
extern const size_t wire_nspecs;
extern const struct set wire_sets[];
extern const size_t wire_nsets;

/* NULL if there is no such type. */
const struct spec *wire_spec(enum msg_type type);

/* NULL if it has no such field. */
const struct field *wire_field(const struct spec *s, const char *name);

int wire_present(const struct field *f, const void *body);

/* The bound of this very message. */
size_t wire_allowed(const struct spec *s, const void *body);

/* MALFORMED unless s may stand in the field: length, and grammar. */
enum err wire_check_text(const struct field *f, struct span s);

/* MALFORMED unless s is exactly one flat map. */
enum err wire_check_map(struct span s);

/* One value of the field, whatever its plural, to or from a member. */
enum err wire_get_value(struct reader *r, const struct field *f, void *to);

/* MALFORMED unless items are so many values of the field. */
enum err wire_check_long(const struct field *f, const struct wire_long *l);

#endif
