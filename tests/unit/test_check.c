/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/aead.h"
#include "crypto/ecdh.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/selftest.h"

/*
 * What is left of a key on the stack once an operation has returned: each
 * runs in a thread whose stack is ours, and afterwards that is searched.
 */
#define STACK_LEN (1U << 20)
#define MARK_LEN 16

/* RFC 8032, 7.1, test 1: not a byte is twice in a row. */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
/* SHA-512 of it, clamped: the scalar, and what makes the nonces. */
#define SCALAR \
    "307c83864f2833cb427a2ef1c00a013cfdff2768d980c0a3a520f006904de94f"
#define PREFIX \
    "9b4f0afe280b746a778684e75442502057b7473a03f08f96f5a38e9287e01f8f"
/* HChaCha20 of it with sixteen zeros. */
#define SUBKEY \
    "059a9bdfdcf1c301a377b37b67978c25d77cce608536d1458708eba4b68aae58"

static uint8_t key[32], out[128];
static const struct span text = { out, 64 };

static enum err
do_hmac(void)
{
	return hmac(HASH_SHA512, SPAN(key), &text, 1, out);
}

static enum err
do_aes256gcm(void)
{
	return aes256gcm_seal(key, out, text, text, out + 32);
}

static enum err
do_xchacha(void)
{
	return xchacha_seal(key, out, text, text, out);
}

static enum err
do_public(void)
{
	return ed25519_public(key, out);
}

static enum err
do_sign(void)
{
	TRY(ed25519_public(key, out));
	return ed25519_sign(key, out, text, out + 32);
}

static enum err
do_x25519(void)
{
	return x25519_public(key, out);
}

static enum err
do_p256(void)
{
	return p256_public(key, out, out + 32);
}

/* How a library may keep a key: masked, and in another order. */
enum order { AS_GIVEN, BACKWARDS, WORDS };

static const struct row {
	const char	*name;
	enum err	(*act)(void);
	const char	*secret;
	uint8_t		 mask;
	enum order	 order;
} rows[] = {
	{ "HMAC, the key", do_hmac, SEED, 0, AS_GIVEN },
	{ "HMAC, the inner pad", do_hmac, SEED, 0x36, AS_GIVEN },
	{ "HMAC, the outer pad", do_hmac, SEED, 0x5c, AS_GIVEN },
	{ "AES-256-GCM, the key", do_aes256gcm, SEED, 0, AS_GIVEN },
	{ "AES-256-GCM, its words", do_aes256gcm, SEED, 0, WORDS },
	{ "XChaCha20, the subkey", do_xchacha, SUBKEY, 0, AS_GIVEN },
	{ "XChaCha20, the key", do_xchacha, SEED, 0, AS_GIVEN },
	{ "Ed25519 public, the seed", do_public, SEED, 0, AS_GIVEN },
	{ "Ed25519 public, the scalar", do_public, SCALAR, 0, AS_GIVEN },
	{ "Ed25519 public, the prefix", do_public, PREFIX, 0, AS_GIVEN },
	{ "Ed25519 sign, the seed", do_sign, SEED, 0, AS_GIVEN },
	{ "Ed25519 sign, the scalar", do_sign, SCALAR, 0, AS_GIVEN },
	{ "Ed25519 sign, the prefix", do_sign, PREFIX, 0, AS_GIVEN },
	{ "X25519, the scalar", do_x25519, SEED, 0, AS_GIVEN },
	{ "P-256, the scalar", do_p256, SEED, 0, AS_GIVEN },
	{ "P-256, its digits", do_p256, SEED, 0, BACKWARDS },
};

/* Some way down, where the thread's own end does not wipe by accident. */
static void *
run(void *arg)
{
	const struct row *row = arg;
	uint8_t above[8192];
	enum err e;

	__asm__ volatile("" : : "r"(above) : "memory");
	e = row->act();
	__asm__ volatile("" : : "r"(above) : "memory");
	return e == ERR_OK ? arg : NULL;
}

/* Through the kernel: a debugger of memory has its own idea of a dead
 * stack. */
static void
copy_stack(void *stack, uint8_t *copy)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, copy, STACK_LEN,
	    (off_t)(uintptr_t)stack), STACK_LEN);
	close(fd);
}

static void
run_on(void *stack, const struct row *row)
{
	pthread_attr_t attr;
	pthread_t thread;
	void *done = NULL;

	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstack(&attr, stack, STACK_LEN), 0);
	assert_int_equal(pthread_create(&thread, &attr, run,
	    (void *)(uintptr_t)row), 0);
	assert_int_equal(pthread_join(thread, &done), 0);
	pthread_attr_destroy(&attr);
	assert_ptr_equal(done, row);
}

/* What to look for: the middle, which no clamping changes. */
static void
mark_of(const struct row *row, uint8_t mark[static MARK_LEN])
{
	static const uint8_t first[] = {
		[AS_GIVEN] = 0, [BACKWARDS] = 15, [WORDS] = 3,
	};
	uint8_t secret[32];

	unhex(row->secret, secret, sizeof(secret));
	for (uint8_t i = 0; i < MARK_LEN; i++)
		mark[i] = secret[8 + (i ^ first[row->order])] ^ row->mask;
}

/* Whether the row's secret lies on the stack that it ran on. */
static int
is_left(const struct row *row)
{
	static uint8_t copy[STACK_LEN];
	uint8_t mark[MARK_LEN];
	void *stack = mmap(NULL, STACK_LEN, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(stack, MAP_FAILED);
	unhex(SEED, key, sizeof(key));
	memset(out, 0, sizeof(out));
	run_on(stack, row);
	copy_stack(stack, copy);
	munmap(stack, STACK_LEN);
	mark_of(row, mark);
	return memmem(copy, sizeof(copy), mark, sizeof(mark)) != NULL;
}

static void
test_row(void **state)
{
	assert_err(crypto_selftest(), ERR_OK);
	assert_false(is_left(*state));
}

static enum err
do_leave(void)
{
	uint8_t left[32];

	memcpy(left, key, sizeof(key));
	__asm__ volatile("" : : "r"(left) : "memory");
	return ERR_OK;
}

static void
test_a_secret_that_is_left_is_found(void **state)
{
	static const struct row row = { "left", do_leave, SEED, 0, AS_GIVEN };

	(void)state;
	assert_true(is_left(&row));
}

int
main(void)
{
	struct CMUnitTest tests[1 + ROWS(rows)] = {
		cmocka_unit_test(test_a_secret_that_is_left_is_found),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[1 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
