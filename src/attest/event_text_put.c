/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/event_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* A line being written; it has room for the longest rule. */
struct pen {
	char	*at, *end;
};

static void __attribute__((format(printf, 2, 3)))
say(struct pen *p, const char *format, ...)
{
	const size_t room = (size_t)(p->end - p->at);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(p->at, room, format, args);
	va_end(args);
	if (n > 0)
		p->at += (size_t)n < room ? (size_t)n : room - 1;
}

static void
say_hex(struct pen *p, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		say(p, "%02x", s.at[i]);
}

static bool
may_be_quoted(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < ' ' || s.at[i] > '~' || s.at[i] == '"')
			return false;
	return s.len > 0;
}

static void
say_bytes(struct pen *p, struct span s)
{
	if (may_be_quoted(s))
		say(p, "\"%.*s\"", (int)s.len, (const char *)s.at);
	else
		say_hex(p, s);
}

static void
say_digests(struct pen *p, struct span s, size_t len)
{
	for (size_t i = 0; len > 0 && i + len <= s.len; i += len) {
		say(p, "%s", i > 0 ? " " : "");
		say_hex(p, (struct span){ s.at + i, len });
	}
}

/* A name in UTF-16, where it is of printable ASCII. */
static size_t
narrow(struct span wide, uint8_t out[static 128])
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < wide.len; i += 2) {
		if (wide.at[i + 1] != 0 || n == 120)
			return 0;
		out[n++] = wide.at[i];
	}
	return may_be_quoted((struct span){ out, n }) ? n : 0;
}

static void
say_variable(struct pen *p, struct span s)
{
	static const uint8_t order[16] = {
		3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15
	};
	uint8_t name[128];
	size_t n = 0;

	if (s.len > 16 && s.len % 2 == 0)
		n = narrow((struct span){ s.at + 16, s.len - 16 }, name);
	if (n == 0) {
		say_hex(p, s);
		return;
	}
	for (size_t i = 0; i < 16; i++)
		say(p, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" :
		    "", s.at[order[i]]);
	say(p, " \"%.*s\"", (int)n, (const char *)name);
}

static void
say_what(struct pen *p, const struct msg_event_rule *r, uint16_t alg)
{
	if (r->has_digests) {
		say(p, "digests ");
		say_digests(p, r->digests, bank_len(alg));
	} else if (r->has_variable) {
		say(p, "variable ");
		say_variable(p, r->variable);
	} else {
		say(p, r->has_prefix ? "prefix " : "data ");
		say_bytes(p, r->has_prefix ? r->prefix : r->data);
	}
}

static void
say_times(struct pen *p, const struct msg_event_rule *r)
{
	say(p, "%" PRIu64, r->least);
	if (r->most == UINT16_MAX)
		say(p, "..");
	else if (r->most != r->least)
		say(p, "..%" PRIu64, r->most);
}

const char *
event_text_put(const struct msg_event_rule *rule, uint16_t alg,
    char out[static EVENT_TEXT_LINE])
{
	struct pen p = { out, out + EVENT_TEXT_LINE };

	say(&p, "%" PRIu64 " ", rule->pcr);
	say_times(&p, rule);
	say(&p, " %s ", rule->ordered ? "ordered" : "anywhere");
	say_what(&p, rule, alg);
	say(&p, " \"");
	for (size_t i = 0; i < rule->words.len; i++) {
		const char c = rule->words.at[i];

		say(&p, "%c", c < ' ' || c > '~' || c == '"' ? '.' : c);
	}
	say(&p, "\"");
	return out;
}
