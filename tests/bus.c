/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "tests/bus.h"
#include "tests/faulty.h"
#include "tpm/tpm.h"

/* ---- what is known ---- */

/* Kept as numbers that look like none of them, for test_wipe. */
enum { PIECE = 8, SLOTS = 1 << 16 };

static uint64_t few[SLOTS], *known = few;
static size_t slots = SLOTS, nknown;

static uint64_t
mark_of(const uint8_t *p)
{
	uint64_t n;

	memcpy(&n, p, PIECE);
	return n * UINT64_C(0x9e3779b97f4a7c15) ^ UINT64_C(0x5bd1e9955bd1e995);
}

static uint64_t *
slot_of(uint64_t mark)
{
	size_t i = mark >> 40 & (slots - 1);

	while (known[i] != 0 && known[i] != mark)
		i = (i + 1) & (slots - 1);
	return &known[i];
}

/* Half of them are free at least. */
static void
make_room(void)
{
	uint64_t *old = known;
	const size_t n = slots;

	if (2 * nknown < n)
		return;
	slots = 2 * n;
	known = calloc(slots, sizeof(known[0]));
	if (known == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		if (old[i] != 0)
			*slot_of(old[i]) = old[i];
	if (old != few)
		free(old);
}

static bool
tells_something(const uint8_t *p)
{
	int different = 0;

	for (size_t i = 0; i < PIECE; i++)
		different += memchr(p, p[i], i) == NULL;
	return different >= 4;
}

static void
know_piece(const uint8_t *p)
{
	uint64_t *slot = slot_of(mark_of(p));

	if (!tells_something(p) || *slot != 0)
		return;
	*slot = mark_of(p);
	nknown++;
	make_room();
}

/* The bytes of each word the other way round. */
static void
know_turned(const uint8_t *at, size_t len, size_t word)
{
	uint8_t turned[PIECE];

	for (size_t i = 0; i + PIECE <= len; i++) {
		for (size_t j = 0; j < PIECE; j++) {
			const size_t k = i + j;

			turned[j] = at[k - k % word + word - 1 - k % word];
		}
		know_piece(turned);
	}
	explicit_bzero(turned, sizeof(turned));
}

void
bus_know(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i + PIECE <= len; i++)
		know_piece(at + i);
	know_turned(at, len - len % 4, 4);
	know_turned(at, len - len % 8, 8);
	know_turned(at, len, len);
}

/* ---- what passed ---- */

/* One behind the other: length, length of the command, both. */
struct passed {
	uint32_t	command_len, answer_len;
};

static uint8_t *bus;
static size_t bus_used, bus_room, exchanges;

static void
put(const void *at, size_t len)
{
	if (bus_used + len > bus_room) {
		bus_room = 2 * (bus_used + len);
		bus = realloc(bus, bus_room);
		if (bus == NULL)
			abort();
	}
	if (len > 0)
		memcpy(bus + bus_used, at, len);
	bus_used += len;
}

/* An answer that was not passed on may have been one. */
static enum err
listen_in(void *self, struct exchange *x)
{
	struct carrier *inner = self;
	const enum err e = inner->exchange(inner->self, x);
	const struct passed p = { (uint32_t)x->command.len,
	    e == ERR_OK ? (uint32_t)x->len : 0 };

	put(&p, sizeof(p));
	put(x->command.at, p.command_len);
	put(x->response, p.answer_len);
	exchanges++;
	return e;
}

static void
close_inner(void *self)
{
	struct carrier *inner = self;

	carrier_drop(inner);
	free(inner);
}

static bool
find_in(const uint8_t *p, size_t len, size_t *at)
{
	for (*at = 0; *at + PIECE <= len; ++*at)
		if (tells_something(p + *at) && *slot_of(mark_of(p + *at)) != 0)
			return true;
	return false;
}

bool
bus_find(struct bus_found *out)
{
	struct passed p;

	for (size_t i = 0; i < bus_used; i += p.command_len + p.answer_len) {
		memcpy(&p, bus + i, sizeof(p));
		i += sizeof(p);
		out->command = (uint32_t)bus[i + 8] << 8 | bus[i + 9];
		out->answer = false;
		if (find_in(bus + i, p.command_len, &out->at))
			return true;
		out->answer = true;
		if (find_in(bus + i + p.command_len, p.answer_len, &out->at))
			return true;
	}
	return false;
}

void
bus_forget(void)
{
	bus_used = 0;
	exchanges = 0;
}

struct bus_figures
bus_figures(void)
{
	return (struct bus_figures){ exchanges,
	    bus_used - exchanges * sizeof(struct passed), nknown };
}

/* ---- where the program is tapped (ld, --wrap) ---- */

enum err __real_carrier_open(const char *tcti, struct carrier *out);
enum err __wrap_carrier_open(const char *tcti, struct carrier *out);
void __real_secret_drop(struct secret **s);
void __wrap_secret_drop(struct secret **s);
enum err __real_secret_shorten(struct secret **s, size_t len);
enum err __wrap_secret_shorten(struct secret **s, size_t len);
enum err __real_tpm_random(struct tpm *t, uint8_t *out, size_t len);
enum err __wrap_tpm_random(struct tpm *t, uint8_t *out, size_t len);
int __real__cmocka_run_group_tests(const char *name,
    const struct CMUnitTest *tests, size_t n, CMFixtureFunction set_up,
    CMFixtureFunction tear_down);
int __wrap__cmocka_run_group_tests(const char *name,
    const struct CMUnitTest *tests, size_t n, CMFixtureFunction set_up,
    CMFixtureFunction tear_down);

enum err
__wrap_carrier_open(const char *tcti, struct carrier *out)
{
	struct carrier *inner = calloc(1, sizeof(*inner));
	enum err e;

	if (inner == NULL)
		abort();
	e = __real_carrier_open(tcti, inner);
	if (e != ERR_OK)
		free(inner);
	else
		*out = (struct carrier){ listen_in, close_inner, inner };
	return e;
}

void
__wrap_secret_drop(struct secret **s)
{
	if (*s != NULL)
		bus_know(secret_span(*s).at, secret_len(*s));
	__real_secret_drop(s);
}

enum err
__wrap_secret_shorten(struct secret **s, size_t len)
{
	bus_know(secret_span(*s).at, secret_len(*s));
	return __real_secret_shorten(s, len);
}

enum err
__wrap_tpm_random(struct tpm *t, uint8_t *out, size_t len)
{
	const enum err e = __real_tpm_random(t, out, len);

	if (e == ERR_OK)
		bus_know(out, len);
	return e;
}

static void
test_nothing_secret_was_on_the_bus(void **state)
{
	const struct bus_figures f = bus_figures();
	struct bus_found at;

	(void)state;
	if (bus_find(&at))
		fail_msg("command 0x%x: byte %zu of the %s is a secret's",
		    at.command, at.at, at.answer ? "answer" : "command");
	print_message("%zu bytes passed in %zu exchanges; %zu pieces of "
	    "secrets, none of them seen\n", f.bytes, f.exchanges, f.pieces);
}

int
__wrap__cmocka_run_group_tests(const char *name,
    const struct CMUnitTest *tests, size_t n, CMFixtureFunction set_up,
    CMFixtureFunction tear_down)
{
	static const struct CMUnitTest last[] = {
		cmocka_unit_test(test_nothing_secret_was_on_the_bus),
	};
	const int failed = __real__cmocka_run_group_tests(name, tests, n,
	    set_up, tear_down);

	return failed + __real__cmocka_run_group_tests(name, last, 1, NULL,
	    NULL);
}
