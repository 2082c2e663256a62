/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "luks/luks.h"
#include "tests/volume.h"

#define IMAGE "volume.img"

static const uint8_t key[32] = { 0x5e, 0, 0x0a, 0xff, 1, 2, 3, 4, 5, 6, 7 };

static struct secret *
secret_of(struct span from)
{
	struct secret *s = NULL;

	assert_err(secret_copy(from, &s), ERR_OK);
	return s;
}

static struct luks *
load(void)
{
	struct luks *l = NULL;

	assert_err(luks_load(volume_path(IMAGE), &l), ERR_OK);
	return l;
}

/* The facts of IMAGE as it is now. */
static struct luks_facts
facts(void)
{
	struct luks *l OWNED(luks_drop) = load();

	return *luks_facts(l);
}

static int
make_volume(void **state)
{
	(void)state;
	volume_make(IMAGE, "luks2");
	return 0;
}

static void
test_facts_are_the_header_s(void **state)
{
	const char *const set[] = { "luksUUID", "--uuid",
	    "01234567-89ab-cdef-0123-456789abcdef", volume_path(IMAGE), NULL };
	static const uint8_t none[LUKS_DIGEST_LEN];
	struct luks_facts f;

	(void)state;
	assert_int_equal(volume_cryptsetup(span_text(""), set), 0);
	f = facts();
	assert_string_equal(f.uuid, "01234567-89ab-cdef-0123-456789abcdef");
	assert_string_equal(f.cipher, "aes-xts-plain64");
	assert_int_equal(f.key_size, 64);
	assert_memory_not_equal(f.digest, none, sizeof(none));
}

static void
test_a_slot_is_added_and_leaves_the_facts(void **state)
{
	struct secret *old OWNED(secret_drop) =
	    secret_of(span_text(VOLUME_PASSPHRASE));
	struct secret *added OWNED(secret_drop) = secret_of(SPAN(key));
	struct luks *l OWNED(luks_drop) = load();
	struct luks_facts before = facts(), after;
	int slot = -1;

	(void)state;
	assert_err(luks_test(l, &before, added), ERR_AUTH);
	assert_err(luks_add_slot(l, old, added, &slot), ERR_OK);
	assert_int_equal(slot, 1);
	after = facts();
	assert_memory_equal(&before, &after, sizeof(before));

	luks_drop(&l);
	l = load();
	assert_err(luks_test(l, &before, added), ERR_OK);
	assert_true(volume_opens(IMAGE, SPAN(key)));
	assert_true(volume_opens(IMAGE, span_text(VOLUME_PASSPHRASE)));
}

static void
test_a_wrong_passphrase_adds_nothing(void **state)
{
	struct secret *wrong OWNED(secret_drop) = secret_of(span_text("no"));
	struct secret *added OWNED(secret_drop) = secret_of(SPAN(key));
	struct luks *l OWNED(luks_drop) = load();
	int slot = -1;

	(void)state;
	assert_err(luks_add_slot(l, wrong, added, &slot), ERR_AUTH);
	assert_int_equal(slot, -1);
	assert_false(volume_opens(IMAGE, SPAN(key)));
}

/* Every byte of the passphrase counts, the last and a zero among them. */
static void
test_only_the_passphrase_opens(void **state)
{
	struct secret *old OWNED(secret_drop) =
	    secret_of(span_text(VOLUME_PASSPHRASE));
	struct secret *added OWNED(secret_drop) = secret_of(SPAN(key));
	struct secret *other OWNED(secret_drop) = secret_of(SPAN(key));
	struct luks *l OWNED(luks_drop) = load();
	struct luks_facts f = facts();
	int slot;

	(void)state;
	assert_err(luks_add_slot(l, old, added, &slot), ERR_OK);
	assert_err(luks_test(l, &f, other), ERR_OK);
	secret_expose(other)[31] ^= 1;
	assert_err(luks_test(l, &f, other), ERR_AUTH);
	secret_expose(other)[31] ^= 1;
	assert_err(secret_shorten(&other, 1), ERR_OK);
	assert_err(luks_test(l, &f, other), ERR_AUTH);
}

/* Is the secret, given with its bits flipped, in these bytes? */
static int
holds(const uint8_t *at, size_t len, const uint8_t flipped[static 32])
{
	for (size_t i = 0; i + 32 <= len; i++) {
		size_t same = 0;

		while (same < 32 && (at[i + same] ^ flipped[same]) == 0xff)
			same++;
		if (same == 32)
			return 1;
	}
	return 0;
}

/* How many of the process's writable mappings hold it. */
static int
copies(const uint8_t flipped[static 32])
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), found = 0;
	unsigned long from, to;
	char line[512];

	while (fgets(line, sizeof(line), maps) != NULL) {
		uint8_t *copy;
		ssize_t n;

		if (sscanf(line, "%lx-%lx rw", &from, &to) != 2 ||
		    strstr(line, " rw") == NULL)
			continue;
		copy = mmap(NULL, to - from, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		n = pread(mem, copy, to - from, (off_t)from);
		found += n > 0 && holds(copy, (size_t)n, flipped);
		munmap(copy, to - from);
	}
	fclose(maps);
	close(mem);
	return found;
}

/* Valgrind and sanitizers have memory of their own, and too much of it. */
static int
memory_is_ours(void)
{
	const char *preload = getenv("LD_PRELOAD");
	const char *sanitizers = getenv("SANITIZERS");

	return (preload == NULL || strstr(preload, "vgpreload") == NULL) &&
	    (sanitizers == NULL || strcmp(sanitizers, "yes") != 0);
}

/* Only the secret itself, and nothing once it is dropped. */
static void
test_no_copy_of_a_passphrase_is_left(void **state)
{
	struct secret *old OWNED(secret_drop) = NULL;
	struct secret *added OWNED(secret_drop) = NULL;
	struct luks *l OWNED(luks_drop) = NULL;
	uint8_t flipped[32];
	int slot;

	(void)state;
	if (!memory_is_ours())
		skip();			/* it jumps: nothing is held yet */
	old = secret_of(span_text(VOLUME_PASSPHRASE));
	l = load();
	assert_err(secret_new(32, &added), ERR_OK);
	for (size_t i = 0; i < 32; i++) {
		flipped[i] = (uint8_t)(i * 37 + 11);
		secret_expose(added)[i] = flipped[i] ^ 0xff;
	}
	assert_err(luks_add_slot(l, old, added, &slot), ERR_OK);
	assert_err(luks_test(l, luks_facts(l), added), ERR_OK);
	assert_int_equal(copies(flipped), 1);
	secret_drop(&added);
	assert_int_equal(copies(flipped), 0);
}

/* Without device-mapper nothing is mapped; the checks come before it. */
static void
test_nothing_is_opened_unchecked(void **state)
{
	struct secret *old OWNED(secret_drop) =
	    secret_of(span_text(VOLUME_PASSPHRASE));
	struct luks *l OWNED(luks_drop) = load();
	struct luks_facts f = facts();

	(void)state;
	assert_err(luks_test(l, &f, old), ERR_OK);
	assert_err(luks_open(l, &f, "", old), ERR_LIMIT);
	f.digest[0] ^= 1;
	assert_err(luks_open(l, &f, "nowhere", old), ERR_DENIED);
	assert_err(luks_test(l, &f, old), ERR_DENIED);
}

/* A slot that costs memory, or time without end, is none of ours. */
static void
test_other_slots_are_not_tried(void **state)
{
	const char *const slow[] = { "luksConvertKey", "--pbkdf", "pbkdf2",
	    "--pbkdf-force-iterations", "100001", "--key-file", "-",
	    volume_path(IMAGE), NULL };
	const char *const large[] = { "luksConvertKey", "--pbkdf", "argon2id",
	    "--pbkdf-memory", "64", "--pbkdf-force-iterations", "4",
	    "--key-file", "-", volume_path(IMAGE), NULL };
	const char *const *const slots[] = { slow, large };
	struct secret *old OWNED(secret_drop) =
	    secret_of(span_text(VOLUME_PASSPHRASE));

	(void)state;
	for (size_t i = 0; i < ROWS(slots); i++) {
		struct luks *l OWNED(luks_drop) = NULL;

		assert_int_equal(volume_cryptsetup(
		    span_text(VOLUME_PASSPHRASE), slots[i]), 0);
		l = load();
		assert_err(luks_test(l, NULL, old), ERR_AUTH);
	}
}

/* A row is one word of the header changed; most are checked against the
 * facts from before. */
static const struct row {
	const char	*name;
	const char	*from;
	const char	*to;
	enum luks_flaw	 want;
} rows[] = {
	{ "nothing changed", "\"crypt\"", "\"crypt\"", LUKS_SOUND },
	{ "a null cipher", "\"iv_tweak\":\"0\",\"encryption\":"
	    "\"aes-xts-plain64\"", "\"iv_tweak\":\"0\",\"encryption\":"
	    "\"cipher_null-ecb\"", LUKS_FLAW_null },
	{ "a slot with a null cipher", "258048\",\"encryption\":"
	    "\"aes-xts-plain64\"", "258048\",\"encryption\":"
	    "\"cipher_null-ecb\"", LUKS_FLAW_null },
	{ "a re-encryption offline", "\"config\":{",
	    "\"config\":{\"requirements\":{\"mandatory\":"
	    "[\"offline-reencrypt\"]},", LUKS_FLAW_reencrypt },
	{ "a feature of tomorrow", "\"config\":{",
	    "\"config\":{\"requirements\":{\"mandatory\":"
	    "[\"levitation\"]},", LUKS_FLAW_requires },
	{ "the header of another device", "\"offset\":\"16777216\"",
	    "\"offset\":\"0\"", LUKS_FLAW_detached },
	{ "a plain segment", "\"type\":\"crypt\"", "\"type\":\"linear\"",
	    LUKS_FLAW_header },
	{ "a second segment", "\"size\":\"dynamic\",\"iv_tweak\":\"0\","
	    "\"encryption\":\"aes-xts-plain64\",\"sector_size\":4096}",
	    "\"size\":\"4096\",\"iv_tweak\":\"0\",\"encryption\":"
	    "\"aes-xts-plain64\",\"sector_size\":4096},\"1\":{\"type\":"
	    "\"linear\",\"offset\":\"16781312\",\"size\":\"dynamic\"}",
	    LUKS_FLAW_header },
	{ "a weaker cipher", "\"iv_tweak\":\"0\",\"encryption\":"
	    "\"aes-xts-plain64\"", "\"iv_tweak\":\"0\",\"encryption\":"
	    "\"aes-ecb\"", LUKS_FLAW_cipher },
	{ "a shorter key", "\"key_size\":64", "\"key_size\":32",
	    LUKS_FLAW_key_size },
	{ "data from elsewhere", "\"offset\":\"16777216\"",
	    "\"offset\":\"16781312\"", LUKS_FLAW_digest },
	{ "another count of sectors", "\"iv_tweak\":\"0\"",
	    "\"iv_tweak\":\"8\"", LUKS_FLAW_digest },
	{ "another volume key", "\"segments\":[\"0\"],\"hash\":\"sha256\","
	    "\"iterations\":1000,\"salt\":\"", "\"segments\":[\"0\"],"
	    "\"hash\":\"sha256\",\"iterations\":1000,\"salt\":\"QUJD",
	    LUKS_FLAW_digest },
	{ "discards let through", "\"config\":{",
	    "\"config\":{\"flags\":[\"allow-discards\"],",
	    LUKS_FLAW_digest },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct luks *l OWNED(luks_drop) = NULL;
	struct luks_facts before;

	volume_make(IMAGE, "luks2");
	before = facts();
	volume_retouch(IMAGE, row->from, row->to);
	l = load();
	assert_string_equal(luks_flaw_text(luks_check(l, &before)),
	    luks_flaw_text(row->want));
}

static void
test_a_re_encryption_is_pending(void **state)
{
	const char *const begin[] = { "reencrypt", "--init-only",
	    "--key-slot", "0", "--key-file", "-", volume_path(IMAGE), NULL };
	struct luks *l OWNED(luks_drop) = NULL;

	(void)state;
	assert_int_equal(volume_cryptsetup(span_text(VOLUME_PASSPHRASE),
	    begin), 0);
	l = load();
	assert_int_equal(luks_check(l, NULL), LUKS_FLAW_reencrypt);
}

static void
test_another_volume_is_not_this_one(void **state)
{
	struct luks_facts before = facts();
	struct luks *l OWNED(luks_drop) = NULL;

	(void)state;
	volume_make(IMAGE, "luks2");
	l = load();
	assert_int_equal(luks_check(l, NULL), LUKS_SOUND);
	assert_int_equal(luks_check(l, &before), LUKS_FLAW_uuid);
}

static void
test_luks1_is_refused(void **state)
{
	struct secret *old OWNED(secret_drop) =
	    secret_of(span_text(VOLUME_PASSPHRASE));
	struct secret *added OWNED(secret_drop) = secret_of(SPAN(key));
	struct luks *l OWNED(luks_drop) = NULL;
	int slot;

	(void)state;
	volume_make(IMAGE, "luks1");
	l = load();
	assert_int_equal(luks_check(l, NULL), LUKS_FLAW_luks1);
	assert_err(luks_test(l, NULL, old), ERR_DENIED);
	assert_err(luks_open(l, NULL, "nowhere", old), ERR_DENIED);
	assert_err(luks_add_slot(l, old, added, &slot), ERR_DENIED);
	assert_false(volume_opens(IMAGE, SPAN(key)));
}

static void
test_what_is_no_volume(void **state)
{
	struct luks *l OWNED(luks_drop) = NULL;
	int fd = open(volume_path(IMAGE), O_RDWR | O_TRUNC | O_CLOEXEC);

	(void)state;
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	close(fd);
	assert_err(luks_load(volume_path(IMAGE), &l), ERR_MALFORMED);
	assert_err(luks_load(volume_path("missing"), &l), ERR_NOT_FOUND);
	assert_err(luks_load("/dev/null", &l), ERR_MALFORMED);
	assert_null(l);
}

#define VOLUME_TEST(f) cmocka_unit_test_setup(f, make_volume)

int
main(void)
{
	struct CMUnitTest tests[11 + ROWS(rows)] = {
		VOLUME_TEST(test_facts_are_the_header_s),
		VOLUME_TEST(test_a_slot_is_added_and_leaves_the_facts),
		VOLUME_TEST(test_a_wrong_passphrase_adds_nothing),
		VOLUME_TEST(test_only_the_passphrase_opens),
		VOLUME_TEST(test_no_copy_of_a_passphrase_is_left),
		VOLUME_TEST(test_nothing_is_opened_unchecked),
		VOLUME_TEST(test_other_slots_are_not_tried),
		VOLUME_TEST(test_a_re_encryption_is_pending),
		VOLUME_TEST(test_another_volume_is_not_this_one),
		VOLUME_TEST(test_luks1_is_refused),
		VOLUME_TEST(test_what_is_no_volume),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[11 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	if (!volume_can()) {
		fprintf(stderr, "skipped: no cryptsetup program here\n");
		return 77;
	}
	assert_err(luks_start(), ERR_OK);
	return cmocka_run_group_tests_name("luks", tests, volume_folder,
	    volume_folder_drop);
}
