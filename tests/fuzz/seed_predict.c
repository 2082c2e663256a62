/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Pairs of programs, for fuzz_predict (see there for the form): headers of 512
 * bytes and two sections, as the PE format has them. */

#include <string.h>

#include "tests/fuzz/seed.h"

#define PE		64
#define OPTIONAL	(PE + 24)
#define ROWS_AT		(OPTIONAL + 240)
#define HEADERS		512

struct program {
	uint8_t	at[1024];
	size_t	len, sections;
};

static const struct row {
	const char	*name;
	const char	*was[2], *now[2];	/* each section's data */
	const char	*second;		/* the name of new's second */
} rows[] = {
	{ "both", { "kernel", "initrd" }, { "kernel two", "initrd two" },
	    ".two" },
	{ "equal", { "same", "same" }, { "same", "other" }, ".two" },
	{ "lacking", { "kernel", "initrd" }, { "kernel", "initrd" }, ".odd" },
};

static void
put(struct program *p, size_t at, uint64_t n, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p->at[at + i] = (uint8_t)(n >> 8 * i);
}

static void
add(struct program *p, const char *name, const char *data)
{
	const size_t row = ROWS_AT + 40 * p->sections++, n = strlen(data);

	put(p, PE + 6, p->sections, 2);
	memcpy(p->at + row, name, strlen(name));
	put(p, row + 8, n, 4);
	put(p, row + 16, n, 4);
	put(p, row + 20, p->len, 4);
	memcpy(p->at + p->len, data, n);
	p->len += n;
}

static void
make(struct program *p, const char *const data[2], const char *second)
{
	*p = (struct program){ .len = HEADERS };
	put(p, 0, 0x5a4d, 2);
	put(p, 60, PE, 4);
	put(p, PE, 0x4550, 4);
	put(p, PE + 20, 240, 2);
	put(p, OPTIONAL, 0x20b, 2);
	put(p, OPTIONAL + 60, HEADERS, 4);
	put(p, OPTIONAL + 108, 16, 4);
	add(p, ".one", data[0]);
	add(p, second, data[1]);
}

enum err
seed_all(const char *dir)
{
	static struct program was, now;
	uint8_t head[2];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(&was, rows[i].was, ".two");
		make(&now, rows[i].now, rows[i].second);
		head[0] = (uint8_t)(was.len >> 8);
		head[1] = (uint8_t)was.len;
		const struct span parts[] = { SPAN(head), { was.at, was.len },
			{ now.at, now.len } };

		TRY(seed_write(dir, rows[i].name, "pair", parts, 3));
	}
	return ERR_OK;
}
