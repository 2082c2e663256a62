/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "tests/bus.h"
#include "tests/said.h"
#include "tests/swtpm.h"
#include "tests/tape.h"
#include "tpm/tpm_int.h"

/*
 * Endurance: ten thousands of commands beside sessions that somebody else
 * holds, until the TPM takes no more of them (TPM_RC_CONTEXT_GAP).  That other
 * one talks to the TPM without tpm/, between our commands.
 */

static struct swtpm machine;
static struct scene scene;
static struct tpm *t;

/* Swtpm serves one at a time: his descriptor is closed again before we ask
 * for anything, however a test ends. */
static int fd = -1;

static void
leave(void)
{
	fd_drop(&fd);
}

static int
plug_in(void **state)
{
	(void)state;
	return swtpm_new(&machine) != ERR_OK ||
	    scene_make(machine.tcti, &scene) != ERR_OK ||
	    tpm_open(machine.tcti, &t) != ERR_OK ||
	    tpm_srk_pin(t, &scene.srk) != ERR_OK;
}

static int
unplug(void **state)
{
	(void)state;
	leave();
	tpm_drop(&t);
	swtpm_drop(&machine);
	return 0;
}

/* ---- the other one ---- */

struct said {
	size_t	len;
	uint8_t	at[1024];
};

static void
reach(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	leave();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s/tpm", machine.dir);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
}

/* What comes behind the length, as in part 3 of TPM 2.0; its code. */
static uint32_t
say(uint32_t command, const void *rest, size_t len, struct said *got)
{
	uint8_t bytes[1024] = { 0x80, 0x01, 0, 0, (uint8_t)((10 + len) >> 8),
	    (uint8_t)(10 + len), 0, 0, (uint8_t)(command >> 8),
	    (uint8_t)command };
	ssize_t n;

	memcpy(bytes + 10, rest, len);
	assert_int_equal(write(fd, bytes, 10 + len), 10 + len);
	n = read(fd, got->at, sizeof(got->at));
	assert_true(n >= 10 && n == (got->at[4] << 8 | got->at[5]));
	got->len = (size_t)n;
	return (uint32_t)(got->at[8] << 8 | got->at[9]);
}

/* An HMAC session without salt; its handle. */
static uint32_t
start(uint8_t handle[4])
{
	static const uint8_t how[] = {
		0x40, 0, 0, 7, 0x40, 0, 0, 7,		/* tpmKey, bind */
		0, 16, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
		0, 0, 0, 0, 0x10, 0, 0x0b };	/* salt, HMAC, NULL, SHA-256 */
	struct said got;
	const uint32_t rc = say(0x176, how, sizeof(how), &got);

	if (rc == 0)
		memcpy(handle, got.at + 10, 4);
	return rc;
}

static uint32_t
save(const uint8_t handle[4], struct said *context)
{
	return say(0x162, handle, 4, context);
}

static uint32_t
load(const struct said *context)
{
	struct said got;

	return say(0x161, context->at + 10, context->len - 10, &got);
}

/* How many handles there are of a kind, at most 99. */
static unsigned
count(uint8_t kind)
{
	const uint8_t what[12] = { 0, 0, 0, 1, kind, 0, 0, 0, 0, 0, 0, 99 };
	struct said got;

	reach();
	assert_int_equal(say(0x17a, what, sizeof(what), &got), 0);
	leave();
	return (unsigned)(got.at[17] << 8 | got.at[18]);
}

enum { LOADED = 0x02, SAVED = 0x03, TRANSIENT = 0x80 };

/* ---- the tests ---- */

static enum err
work(size_t i)
{
	static const char *const names[] = { "random", "store_unseal",
		"pcr_read", "key_sign", "epoch_read", "version_read" };
	const char *name = names[i % ROWS(names)];
	struct outcome out = { 0 };

	for (size_t j = 0; j < nacts; j++)
		if (strcmp(acts[j].name, name) == 0)
			return acts[j].run(t, &scene, &out);
	return ERR_INTERNAL;
}

/* He holds one session loaded and one saved all the while, and neither that
 * nor what is in use changes. */
static void
test_many_commands_with_sessions_held(void **state)
{
	const size_t many = getenv("ANCHORHOLD_LONG") != NULL ? 70000 : 2000;
	const size_t before = bus_figures().exchanges;
	struct said context;
	uint8_t handle[4];
	size_t n = 0;

	(void)state;
	reach();
	assert_int_equal(start(handle), 0);
	assert_int_equal(save(handle, &context), 0);
	assert_int_equal(start(handle), 0);
	leave();
	while (bus_figures().exchanges - before < many) {
		assert_err(work(n++), ERR_OK);
		if (n % 2000 == 0)
			print_message("%zu commands\n",
			    bus_figures().exchanges - before);
	}
	print_message("%zu operations, %zu commands\n", n,
	    bus_figures().exchanges - before);
	assert_int_equal(count(LOADED), 1);
	assert_int_equal(count(SAVED), 1);
	assert_int_equal(count(TRANSIENT), 0);
	reach();
	assert_int_equal(load(&context), 0);
	leave();
}

/* He saves one, and another one again and again: 65,535 times. */
static void
test_the_gap(void **state)
{
	struct said old, young;
	uint8_t first[4], second[4];
	uint32_t rc = 0;
	unsigned n = 0;
	char said[1024];

	(void)state;
	reach();
	assert_int_equal(start(first), 0);
	assert_int_equal(save(first, &old), 0);
	/* The last place is kept for the oldest one, so two are taken. */
	assert_int_equal(start(first), 0);
	assert_int_equal(start(second), 0);
	while (rc == 0 && n++ < 100000) {
		rc = save(second, &young);
		if (rc == 0)
			rc = load(&young);
	}
	leave();
	/* TPM_RC_CONTEXT_GAP */
	assert_int_equal(rc, 0x901);
	assert_true(n > 60000);
	print_message("the gap after %u contexts\n", n);
	said_begin();
	enum err e = work(0);
	said_end(said, sizeof(said));
	assert_err(e, ERR_LIMIT);
	assert_non_null(strstr(said, "a session was held too long"));
	for (size_t i = 0; i < 12; i++)
		assert_err(work(i), ERR_OK);
	assert_int_equal(count(SAVED), 0);
}

/* As many as there may be, all saved: no handle is left. */
static void
test_all_handles_are_taken(void **state)
{
	struct said context;
	uint8_t handle[4];
	unsigned n = 0;
	char said[1024];

	(void)state;
	reach();
	while (start(handle) == 0 && n++ < 1000)
		assert_int_equal(save(handle, &context), 0);
	leave();
	assert_true(n >= 32 && n < 1000);
	said_begin();
	enum err e = work(0);
	said_end(said, sizeof(said));
	assert_err(e, ERR_LIMIT);
	assert_non_null(strstr(said, "no handle for one more session"));
	assert_err(work(1), ERR_OK);
	assert_int_equal(count(SAVED), 0);
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, plug_in, unplug)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_many_commands_with_sessions_held),
		BENCH(test_the_gap),
		BENCH(test_all_handles_are_taken),
	};

	return cmocka_run_group_tests_name("tpm soak", tests, NULL, NULL);
}
