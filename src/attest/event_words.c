/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/event_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "attest/bytes.h"

/* How the data of a type are read; what does not fit is not said. */
enum form {
	NOTHING, TEXT, WIDE, ANY_TEXT, TOLD, SEPARATOR, TAG, VARIABLE, IMAGE,
	NAMED
};

static const struct type {
	uint32_t	 value;
	const char	*name;
	enum form	 form;
	const char	*words;
} types[] = {
#define EVENT_TYPE(name, value, form, words) { value, #name, form, words },
#include "attest/event_types.def"
#undef EVENT_TYPE
};

static const struct type *
find(uint32_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].value == type)
			return &types[i];
	return NULL;
}

const char *
event_type_name(uint32_t type)
{
	const struct type *t = find(type);

	return t == NULL ? NULL : t->name;
}

/* Words being written; the last byte stays a NUL. */
struct pen {
	char	*at, *end;
};

static void
put(struct pen *p, uint32_t c)
{
	if (p->at < p->end)
		*p->at++ = (char)(c >= 0x20 && c < 0x7f ? c : '.');
}

static void __attribute__((format(printf, 2, 3)))
say(struct pen *p, const char *format, ...)
{
	char text[96];
	va_list args;

	va_start(args, format);
	(void)!vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (const char *c = text; *c != '\0'; c++)
		put(p, (uint8_t)*c);
}

/* Up to its end or a NUL. */
static void
say_text(struct pen *p, struct span s)
{
	for (size_t i = 0; i < s.len && s.at[i] != '\0'; i++)
		put(p, s.at[i]);
}

/* The same of UTF-16. */
static void
say_wide(struct pen *p, struct span s)
{
	for (size_t i = 0; i + 1 < s.len; i += 2) {
		const uint32_t c = s.at[i] | (uint32_t)s.at[i + 1] << 8;

		if (c == 0)
			break;
		put(p, c);
	}
}

static struct span
behind(struct span s, size_t n)
{
	return (struct span){ s.at + n, s.len - n };
}

static bool
begins(struct span s, const char *with)
{
	const size_t n = strlen(with);

	return s.len >= n && memcmp(s.at, with, n) == 0;
}

static void
say_told(struct pen *p, struct span data)
{
	if (begins(data, "StartupLocality") && data.len == 17)
		say(p, ": startup at locality %u", data.at[16]);
	else if (data.len > 0) {
		say(p, ": ");
		say_text(p, data);
	}
}

static void
say_separator(struct pen *p, struct span data)
{
	if (data.len == 4 && little(data, 0, 4) == 1)
		say(p, "separator after an error");
	else
		say(p, "separator");
}

/* u32 id | u32 size | data.  These two are the kernel's (EFI stub). */
static void
say_tag(struct pen *p, struct span data)
{
	const uint64_t id = data.len < 8 ? 0 : little(data, 0, 4);

	if (data.len < 8)
		return;
	if (id == 0x8f3b22edU)
		say(p, " kernel command line");
	else if (id == 0x8f3b22ecU)
		say(p, " initrd");
	else
		say(p, " 0x%08" PRIx64, id);
}

/* GUID[16] | characters u64 | bytes u64 | name | value */
static void
say_variable(struct pen *p, struct span data)
{
	uint64_t chars, size;
	struct span name;

	if (data.len < 32)
		return;
	chars = little(data, 16, 8);
	size = little(data, 24, 8);
	name = behind(data, 32);
	if (chars > name.len / 2 || size > name.len - 2 * chars)
		return;
	say(p, " ");
	say_wide(p, (struct span){ name.at, 2 * chars });
	data = behind(name, 2 * chars);
	if (size == 0 || size > 4) {
		say(p, size == 0 ? ", empty" : ", %" PRIu64 " bytes", size);
		return;
	}
	say(p, " = ");
	for (size_t i = 0; i < size; i++)
		say(p, "%02x", data.at[i]);
}

/* type u8 | subtype u8 | length u16 | ...; files are 4, 4 (UEFI 2.10, 10.3) */
static void
say_path(struct pen *p, struct span path)
{
	while (path.len >= 4) {
		const size_t n = little(path, 2, 2);

		if (n < 4 || n > path.len)
			return;
		if (path.at[0] == 4 && path.at[1] == 4) {
			say(p, " ");
			say_wide(p, (struct span){ path.at + 4, n - 4 });
		}
		path = behind(path, n);
	}
}

/* address, length, linked at u64 | path length u64 | device path */
static void
say_image(struct pen *p, struct span data)
{
	uint64_t n;

	if (data.len < 32)
		return;
	n = little(data, 24, 8);
	data = behind(data, 32);
	if (n <= data.len)
		say_path(p, (struct span){ data.at, n });
}

/* length u8 | name */
static void
say_named(struct pen *p, struct span data)
{
	if (data.len == 0 || data.at[0] > data.len - 1)
		return;
	say(p, " ");
	say_text(p, (struct span){ data.at + 1, data.at[0] });
}

/* A boot loader's are one or the other. */
static void
say_any_text(struct pen *p, struct span data)
{
	if (data.len > 1 && data.at[1] == 0)
		say_wide(p, data);
	else
		say_text(p, data);
}

static void
say_data(struct pen *p, enum form form, struct span data)
{
	switch (form) {
	case NOTHING:
		break;
	case TEXT:
		say(p, " ");
		say_text(p, data);
		break;
	case WIDE:
	case ANY_TEXT:
		say(p, " ");
		say_any_text(p, data);
		break;
	case TOLD:
		say_told(p, data);
		break;
	case SEPARATOR:
		say_separator(p, data);
		break;
	case TAG:
		say_tag(p, data);
		break;
	case VARIABLE:
		say_variable(p, data);
		break;
	case IMAGE:
		say_image(p, data);
		break;
	case NAMED:
		say_named(p, data);
		break;
	}
}

const char *
event_words(const struct event *e, char out[static EVENT_WORDS_MAX])
{
	struct pen p = { out, out + EVENT_WORDS_MAX - 1 };
	const struct type *t = find(e->type);

	memset(out, 0, EVENT_WORDS_MAX);
	if (t != NULL) {
		say(&p, "%s", t->words);
		say_data(&p, t->form, e->data);
	}
	while (p.at > out && p.at[-1] == ' ')
		*--p.at = '\0';
	return out;
}
