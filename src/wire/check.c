/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/table.h"

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

static int
all_of(struct span s, const char *allowed)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\0' || strchr(allowed, s.at[i]) == NULL)
			return 0;
	return 1;
}

/* [A-Za-z0-9][A-Za-z0-9._-]* */
static int
is_id(struct span s)
{
	struct span first = { s.at, 1 };

	return s.len > 0 && all_of(first, UPPER LOWER DIGITS) &&
	    all_of(s, UPPER LOWER DIGITS "._-");
}

/* RFC 9562: version 4, the usual variant, lower case. */
static int
is_uuid(struct span s)
{
	static const char shape[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";

	if (s.len != sizeof(shape) - 1)
		return 0;
	for (size_t i = 0; i < s.len; i++) {
		const char one[] = { shape[i], '\0' };
		const char *allowed = shape[i] == 'x' ? DIGITS "abcdef" :
		    shape[i] == 'v' ? "89ab" : one;

		if (!all_of((struct span){ s.at + i, 1 }, allowed))
			return 0;
	}
	return 1;
}

/* [a-z0-9_-]+:[a-z0-9_-]+ */
static int
is_scope(struct span s)
{
	const uint8_t *colon = s.len > 0 ? memchr(s.at, ':', s.len) : NULL;
	struct span left, right;

	if (colon == NULL)
		return 0;
	left = (struct span){ s.at, (size_t)(colon - s.at) };
	right = (struct span){ colon + 1, s.len - left.len - 1 };
	return left.len > 0 && all_of(left, LOWER DIGITS "_-") &&
	    right.len > 0 && all_of(right, LOWER DIGITS "_-");
}

static int
is_code(struct span s)
{
	return (s.len == 6 || s.len == 8) && all_of(s, DIGITS);
}

enum err
wire_check_text(const struct field *f, struct span s)
{
	int right = 0;

	if (s.len < f->min || s.len > f->max)
		return ERR_MALFORMED;
	switch (f->grammar) {
	case ANY:
		right = item_is_text(s);
		break;
	case ID:
		right = is_id(s);
		break;
	case UUID:
		right = is_uuid(s);
		break;
	case SCOPE:
		right = is_scope(s);
		break;
	case CODE:
		right = is_code(s);
		break;
	}
	return right ? ERR_OK : ERR_MALFORMED;
}

enum err
wire_copy(size_t *len, void *at, size_t cap, size_t nul, struct span from)
{
	uint8_t *to = at;

	if (from.len > cap - nul)
		return ERR_LIMIT;
	if (from.len > 0)
		memmove(to, from.at, from.len);
	if (nul)
		to[from.len] = '\0';
	*len = from.len;
	return ERR_OK;
}
