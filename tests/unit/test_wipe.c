/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/plug.h"
#include "tests/rig.h"
#include "tpm/ak.h"
#include "tpm/tpm_int.h"

/*
 * All memory that this process can write is searched for each eight bytes of
 * a secret: there is none but in pages of struct secret.  Linked with
 * src/base/wipe.c, as the programs that hold secrets are.
 */

enum { PIECE = 8, LEN = 32, AREAS_MAX = 1024 };

struct area {
	uint8_t	*from, *to;
};

static size_t
find_areas(struct area areas[AREAS_MAX])
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], rights[8];
	unsigned long from, to;
	size_t n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		assert_int_equal(sscanf(line, "%lx-%lx %7s", &from, &to,
		    rights), 3);
		if (strncmp(rights, "rw", 2) != 0)
			continue;
		assert_true(n < AREAS_MAX);
		areas[n++] = (struct area){ (uint8_t *)from, (uint8_t *)to };
	}
	fclose(f);
	return n;
}

/* How often it is there, but for itself and one that is the same. */
static size_t
count_piece(const struct area *a, const uint8_t *piece, const uint8_t *same)
{
	const uint8_t *p = a->from;
	size_t n = 0;

	while ((p = memmem(p, (size_t)(a->to - p), piece, PIECE)) != NULL) {
		if (p != piece && p != same)
			n++;
		p++;
	}
	return n;
}

static size_t
count_bytes(struct span what, const uint8_t *same)
{
	static struct area areas[AREAS_MAX];
	const size_t nareas = find_areas(areas);
	size_t n = 0;

	for (size_t i = 0; i < nareas; i++)
		for (size_t at = 0; at + PIECE <= what.len; at += PIECE)
			n += count_piece(&areas[i], what.at + at,
			    same != NULL ? same + at : NULL);
	return n;
}

static size_t
count_copies(const struct secret *of, const struct secret *same)
{
	return count_bytes(secret_span(of),
	    same != NULL ? secret_span(same).at : NULL);
}

static struct secret *value;		/* known to nobody else */

static int
set_up(void **state)
{
	const struct rig *r;

	if (rig_set_up(state) != 0)
		return -1;
	r = *state;
	return secret_new(LEN, &value) != ERR_OK ||
	    tpm_random(r->t, secret_expose(value), LEN) != ERR_OK;
}

static int
tear_down(void **state)
{
	secret_drop(&value);
	return rig_tear_down(state);
}

/* The search finds what there is: on the heap, the stack, among statics. */
static void
test_a_copy_is_found(void **state)
{
	static uint8_t fixed[PIECE], *heap;
	const uint8_t *at = secret_span(value).at;
	uint8_t local[PIECE];

	(void)state;
	assert_int_equal(count_copies(value, NULL), 0);
	heap = malloc(LEN);
	memcpy(heap + 3, at, PIECE);
	assert_int_equal(count_copies(value, NULL), 1);
	memcpy(fixed, at + PIECE, PIECE);
	assert_int_equal(count_copies(value, NULL), 2);
	memcpy(local, at + 2 * PIECE, PIECE);
	assert_int_equal(count_copies(value, NULL), 3);
	explicit_bzero(local, sizeof(local));
	explicit_bzero(fixed, sizeof(fixed));
	free(heap);
	assert_int_equal(count_copies(value, NULL), 0);
}

/* What is cut off or moved from at once, the rest when it is given back. */
static void
test_the_heap_is_wiped(void **state)
{
	static const size_t lens[] = { 200, 160, 80, 40, 5000, 400000, 100 };
	size_t len = 100;
	uint8_t *p = malloc(len);

	(void)state;
	memcpy(p, "kept", 4);
	for (size_t i = 0; i < ROWS(lens); i++) {
		memcpy(p + (lens[i] < len ? lens[i] : 4),
		    secret_span(value).at, LEN);
		len = lens[i];
		p = realloc(p, len);
		assert_memory_equal(p, "kept", 4);
		explicit_bzero(p + 4, LEN);
		assert_int_equal(count_copies(value, NULL), 0);
	}
	memcpy(p + 50, secret_span(value).at, LEN);
	p = realloc(p, 0);
	assert_null(p);
	assert_int_equal(count_copies(value, NULL), 0);
}

static void
test_unsealing_leaves_no_copy(void **state)
{
	struct rig *r = *state;
	struct secret *back OWNED(secret_drop) = NULL;
	struct tpm_blob blob;

	assert_err(tpm_store_seal(r->t, r->c.k, value, NULL, &blob, NULL),
	    ERR_OK);
	assert_int_equal(count_copies(value, NULL), 0);
	assert_err(tpm_store_unseal(r->t, r->c.k, &r->c.unseal, NULL, &blob,
	    &back), ERR_OK);
	assert_int_equal(count_copies(value, back), 0);
}

/* As an authorisation of a key, the epoch, the AK and an attended start. */
static enum err
authorise(struct rig *r)
{
	struct secret *back OWNED(secret_drop) = NULL;
	struct tpm_blob store, key, ak;
	uint8_t x[32], y[32], sig[64], digest[32] = { 3 };
	uint64_t now;

	TRY(tpm_key_create(r->t, r->c.k, value, &key, x, y, NULL));
	TRY(tpm_key_sign(r->t, r->c.k, &r->c.use, &key, value, digest,
	    sig));
	TRY(tpm_nv_remove(r->t, TPM_EPOCH_INDEX));
	TRY(tpm_epoch_define(r->t, r->c.k, value));
	TRY(tpm_epoch_step(r->t, r->c.k, &r->c.use, value, &now));
	TRY(tpm_ak_create(r->t, value, &ak, x, y));
	TRY(tpm_store_seal(r->t, r->c.k, r->c.plain, value, &store, NULL));
	return tpm_store_unseal(r->t, r->c.k, &r->c.unseal, value, &store,
	    &back);
}

static void
test_authorising_leaves_no_copy(void **state)
{
	struct rig *r = *state;

	assert_err(authorise(r), ERR_OK);
	assert_int_equal(count_copies(value, NULL), 0);
}

/* The TPM refuses, and the context is used again. */
static void
test_being_refused_leaves_no_copy(void **state)
{
	struct rig *r = *state;

	assert_err(swtpm_extend(&r->machine, 0), ERR_OK);
	assert_err(authorise(r), ERR_DENIED);
	assert_int_equal(count_copies(value, NULL), 0);
}

/* What a call that is over has left on the stack. */
__attribute__((noinline)) static void
leave_on_the_stack(void)
{
	uint8_t room[8192];

	for (size_t i = 0; i < sizeof(room); i += LEN)
		memcpy(room + i, secret_span(value).at, LEN);
	/* Else nobody reads it, and it is not written. */
	__asm__ volatile("" : : "r"(room) : "memory");
}

static void
test_a_scrub_wipes_the_stack(void **state)
{
	struct rig *r = *state;
	struct tpm *t = r->t;

	leave_on_the_stack();
	tpm_scrub(&t);
	assert_int_equal(count_copies(value, NULL), 0);
	/* And where the context is given up instead of used. */
	t->broken = true;
	leave_on_the_stack();
	tpm_scrub(&t);
	assert_int_equal(count_copies(value, NULL), 0);
}

/* ---- each act of tests/acts.c, with the secrets of its scene ---- */

/* What the program has of them itself it cannot write to. */
static const char plain_text[] = CUSTODY_PLAIN;
static const char auth_text[] = CUSTODY_AUTH;

static void
assert_no_copy(void)
{
	assert_int_equal(count_bytes(span_text(plain_text), NULL), 0);
	assert_int_equal(count_bytes(span_text(auth_text), NULL), 0);
}

static enum err
act_once(const struct act *a)
{
	struct outcome out = { 0 };
	enum err e;

	TRY(plug_before(a));
	e = plug_act(a, &out);
	/* Unsealed, it is all there. */
	explicit_bzero(&out, sizeof(out));
	return e;
}

/* And as well when the answer to a command is lost: every fourth one. */
static void
test_act(void **state)
{
	const struct act *a = *state;
	unsigned last;

	faulty_set(&plug.hand, FAULT_NONE, 0, 0);
	assert_no_copy();
	assert_err(act_once(a), ERR_OK);
	assert_no_copy();
	last = plug.hand.count;
	for (unsigned n = 1 + (unsigned)(a - acts) % 4; n <= last; n += 4) {
		faulty_set(&plug.hand, FAULT_NONE, 0, 0);
		assert_err(plug_before(a), ERR_OK);
		faulty_set(&plug.hand, FAULT_UNHEARD, n, 1);
		(void)!act_once(a);
		assert_no_copy();
	}
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_a_copy_is_found),
		BENCH(test_the_heap_is_wiped),
		BENCH(test_unsealing_leaves_no_copy),
		BENCH(test_authorising_leaves_no_copy),
		BENCH(test_being_refused_leaves_no_copy),
		BENCH(test_a_scrub_wipes_the_stack),
	};
	int failed = cmocka_run_group_tests_name("wipe", tests, NULL, NULL);

	return failed + plug_run("wipe after each act", test_act);
}
