/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "tests/faulty.h"
#include "tests/maker.h"
#include "tests/swtpm.h"
#include "tpm/tpm_int.h"

/* One TPM for all, whose bus can be tampered with. */
static struct swtpm machine;
static struct faulty hand;
static struct tpm *t;

static int
plug_in(void **state)
{
	struct carrier c = { 0 };
	struct tpm_name srk;

	(void)state;
	return swtpm_new(&machine) != ERR_OK ||
	    faulty_open(&hand, machine.tcti, &c) != ERR_OK ||
	    tpm_open_over(&c, &t) != ERR_OK ||
	    tpm_srk_create(t, &srk) != ERR_OK;
}

static int
unplug(void **state)
{
	struct tpm_info info = { .objects = 99 };
	enum err e = tpm_info(t, &info);

	(void)state;
	tpm_drop(&t);
	swtpm_drop(&machine);
	return e != ERR_OK || info.objects != 0 || info.sessions != 0 ||
	    info.failures != 0;
}

static uint8_t bytes[TPM_EK_CERT_MAX];

static void
make_bytes(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 5 + i / 256);
}

static void
assert_read(enum tpm_ek which, size_t want)
{
	uint8_t cert[TPM_EK_CERT_MAX] = { 0 };
	size_t len = 0;

	assert_err(tpm_ek_certificate(t, which, cert, &len), ERR_OK);
	assert_int_equal(len, want);
	assert_memory_equal(cert, bytes, want);
}

/* swtpm gives 1024 at once and keeps 2048 in an index. */
static void
test_a_certificate_of_any_size(void **state)
{
	static const size_t lens[] = { 1, 1023, 1024, 1025, 2047, 2048 };

	(void)state;
	make_bytes();
	for (size_t i = 0; i < ROWS(lens); i++) {
		assert_err(maker_index(t, MAKER_RSA, bytes, lens[i]), ERR_OK);
		assert_read(TPM_EK_RSA, lens[i]);
	}
	assert_err(maker_remove(t, MAKER_RSA), ERR_OK);
}

static void
test_which_have_one(void **state)
{
	static const uint32_t indexes[] = { MAKER_RSA, MAKER_ECC };
	uint8_t cert[TPM_EK_CERT_MAX];
	bool has[TPM_EKS];
	size_t len = 77;

	(void)state;
	make_bytes();
	for (unsigned set = 0; set < 4; set++) {
		for (unsigned i = 0; i < 2; i++)
			if (set >> i & 1)
				assert_err(maker_index(t, indexes[i], bytes,
				    40 + i), ERR_OK);
		assert_err(tpm_ek_certificates(t, has), ERR_OK);
		assert_int_equal(has[TPM_EK_RSA], set & 1);
		assert_int_equal(has[TPM_EK_ECC], set >> 1);
		for (unsigned i = 0; i < 2; i++) {
			if (has[i])
				assert_read(i, 40 + i);
			else
				assert_err(tpm_ek_certificate(t, i, cert,
				    &len), ERR_NOT_FOUND);
			if (has[i])
				assert_err(maker_remove(t, indexes[i]),
				    ERR_OK);
		}
	}
	assert_int_equal(len, 77);
}

/* What lies beside the two is none. */
static void
test_another_index_is_no_certificate(void **state)
{
	bool has[TPM_EKS] = { true, true };

	(void)state;
	make_bytes();
	assert_err(maker_index(t, MAKER_RSA + 1, bytes, 20), ERR_OK);
	assert_err(maker_index(t, MAKER_ECC + 12, bytes, 20), ERR_OK);
	assert_err(tpm_ek_certificates(t, has), ERR_OK);
	assert_false(has[TPM_EK_RSA] || has[TPM_EK_ECC]);
	assert_err(maker_remove(t, MAKER_RSA + 1), ERR_OK);
	assert_err(maker_remove(t, MAKER_ECC + 12), ERR_OK);
}

static void
test_room_for_one_is_none(void **state)
{
	uint8_t cert[TPM_EK_CERT_MAX];
	size_t len;

	(void)state;
	assert_err(maker_index(t, MAKER_ECC, NULL, 900), ERR_OK);
	assert_err(tpm_ek_certificate(t, TPM_EK_ECC, cert, &len),
	    ERR_NOT_FOUND);
	assert_err(maker_remove(t, MAKER_ECC), ERR_OK);
}

/* The linker's --wrap: a TPM with larger indexes than swtpm's, and one that
 * gives less than it was asked for. */
static uint16_t larger, less;
TSS2_RC __real_Esys_NV_ReadPublic(ESYS_CONTEXT *c, ESYS_TR at, ESYS_TR s1,
    ESYS_TR s2, ESYS_TR s3, TPM2B_NV_PUBLIC **area, TPM2B_NAME **name);
TSS2_RC __wrap_Esys_NV_ReadPublic(ESYS_CONTEXT *c, ESYS_TR at, ESYS_TR s1,
    ESYS_TR s2, ESYS_TR s3, TPM2B_NV_PUBLIC **area, TPM2B_NAME **name);
TSS2_RC __wrap_Esys_NV_Read(ESYS_CONTEXT *c, ESYS_TR by, ESYS_TR at,
    ESYS_TR s1, ESYS_TR s2, ESYS_TR s3, UINT16 len, UINT16 from,
    TPM2B_MAX_NV_BUFFER **data);
TSS2_RC __real_Esys_NV_Read(ESYS_CONTEXT *c, ESYS_TR by, ESYS_TR at,
    ESYS_TR s1, ESYS_TR s2, ESYS_TR s3, UINT16 len, UINT16 from,
    TPM2B_MAX_NV_BUFFER **data);

TSS2_RC
__wrap_Esys_NV_ReadPublic(ESYS_CONTEXT *c, ESYS_TR at, ESYS_TR s1, ESYS_TR s2,
    ESYS_TR s3, TPM2B_NV_PUBLIC **area, TPM2B_NAME **name)
{
	TSS2_RC rc = __real_Esys_NV_ReadPublic(c, at, s1, s2, s3, area, name);

	if (rc == TSS2_RC_SUCCESS && larger > 0)
		(*area)->nvPublic.dataSize = larger;
	return rc;
}

TSS2_RC
__wrap_Esys_NV_Read(ESYS_CONTEXT *c, ESYS_TR by, ESYS_TR at, ESYS_TR s1,
    ESYS_TR s2, ESYS_TR s3, UINT16 len, UINT16 from,
    TPM2B_MAX_NV_BUFFER **data)
{
	return __real_Esys_NV_Read(c, by, at, s1, s2, s3,
	    (UINT16)(len - less), from, data);
}

static void
test_one_that_comes_short(void **state)
{
	uint8_t cert[TPM_EK_CERT_MAX];
	size_t len = 0;

	(void)state;
	assert_err(maker_index(t, MAKER_ECC, bytes, 100), ERR_OK);
	less = 1;
	enum err e = tpm_ek_certificate(t, TPM_EK_ECC, cert, &len);
	less = 0;
	assert_err(e, ERR_HARDWARE);
	assert_int_equal(len, 0);
	assert_err(maker_remove(t, MAKER_ECC), ERR_OK);
}

static void
test_one_that_is_too_large(void **state)
{
	static uint8_t cert[TPM_EK_CERT_MAX + 1];
	size_t len = 0;

	(void)state;
	assert_err(maker_index(t, MAKER_ECC, bytes, 2048), ERR_OK);
	larger = TPM_EK_CERT_MAX + 1;
	enum err e = tpm_ek_certificate(t, TPM_EK_ECC, cert, &len);
	larger = 0;
	assert_err(e, ERR_LIMIT);
	assert_err(maker_remove(t, MAKER_ECC), ERR_OK);
}

/* ---- over a bus that lies ---- */

struct lie {
	uint8_t		chunk[8];	/* TPM2_PT_NV_BUFFER_MAX, value */
	unsigned	reads;
	uint8_t		command[CARRIER_MAX];
};

enum { GET_CAPABILITY = 0x17a, NV_READ = 0x14e, NV_READ_PUBLIC = 0x169 };

static void
answer_chunk(void *arg, struct exchange *x)
{
	static const uint8_t asked[] = { 0, 0, 0, 6, 0, 0, 0x01, 0x2c };
	struct lie *l = arg;

	l->reads += faulty_command(x) == NV_READ;
	if (faulty_command(x) == GET_CAPABILITY &&
	    memcmp(x->command.at + 10, asked, sizeof(asked)) == 0)
		memcpy(x->response + 19, l->chunk, sizeof(l->chunk));
}

static const struct chunk {
	const char	*name;
	uint8_t		 at[8];
	unsigned	 reads;
	enum err	 want;
} chunks[] = {
#define MAX 0, 0, 0x01, 0x2c
	{ "1024 at once",	{ MAX, 0, 0, 4, 0 }, 2, ERR_OK },
	{ "100 at once",	{ MAX, 0, 0, 0, 100 }, 11, ERR_OK },
	{ "nothing at once",	{ MAX, 0, 0, 0, 0 }, 0, ERR_HARDWARE },
	{ "more than it does",	{ MAX, 0, 1, 0, 0 }, 1, ERR_MALFORMED },
	{ "more than anyone",	{ MAX, 255, 255, 255, 255 }, 1, ERR_MALFORMED },
	{ "something else",	{ 0, 0, 0x01, 0x2d, 0, 0, 4, 0 }, 0,
	  ERR_HARDWARE },
#undef MAX
};

static void
test_so_much_at_once(void **state)
{
	const struct chunk *c = *state;
	struct lie l = { .reads = 0 };
	uint8_t cert[TPM_EK_CERT_MAX];
	size_t len = 0;

	make_bytes();
	memcpy(l.chunk, c->at, sizeof(l.chunk));
	assert_err(maker_index(t, MAKER_ECC, bytes, 1100), ERR_OK);
	hand.after = answer_chunk;
	hand.arg = &l;
	enum err e = tpm_ek_certificate(t, TPM_EK_ECC, cert, &len);
	hand.after = NULL;
	assert_err(e, c->want);
	assert_int_equal(l.reads, c->reads);
	assert_int_equal(len, e == ERR_OK ? 1100 : 0);
	assert_err(maker_remove(t, MAKER_ECC), ERR_OK);
}

static void
ask_for_the_other(void *arg, struct exchange *x)
{
	struct lie *l = arg;
	uint8_t *at;

	memcpy(l->command, x->command.at, x->command.len);
	for (size_t i = 10; i + 4 <= x->command.len && i < 18; i += 4) {
		at = l->command + i;
		if (memcmp(at, "\x01\xc0\x00\x0a", 4) == 0)
			at[3] = 0x02;
	}
	x->command.at = l->command;
}

static void
say_it_is_the_one(void *arg, struct exchange *x)
{
	uint8_t *at = memmem(x->response, x->len, "\x01\xc0\x00\x02", 4);

	(void)arg;
	if (faulty_command(x) == NV_READ_PUBLIC && at != NULL)
		at[3] = 0x0a;
}

/* It has the Name that its public part has, and says where it lies. */
static void
test_one_certificate_for_the_other(void **state)
{
	uint8_t cert[TPM_EK_CERT_MAX];
	struct lie l;
	size_t len;
	enum err e;

	(void)state;
	make_bytes();
	assert_err(maker_index(t, MAKER_RSA, bytes, 300), ERR_OK);
	assert_err(maker_index(t, MAKER_ECC, bytes, 300), ERR_OK);
	hand.arg = &l;
	hand.before = ask_for_the_other;
	for (int patched = 0; patched < 2; patched++) {
		hand.after = patched ? say_it_is_the_one : NULL;
		e = tpm_ek_certificate(t, TPM_EK_ECC, cert, &len);
		assert_err(e, ERR_AUTH);
	}
	hand.before = hand.after = NULL;
	assert_read(TPM_EK_ECC, 300);
	assert_err(maker_remove(t, MAKER_RSA), ERR_OK);
	assert_err(maker_remove(t, MAKER_ECC), ERR_OK);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_certificate_of_any_size),
		cmocka_unit_test(test_which_have_one),
		cmocka_unit_test(test_another_index_is_no_certificate),
		cmocka_unit_test(test_room_for_one_is_none),
		cmocka_unit_test(test_one_that_is_too_large),
		cmocka_unit_test(test_one_that_comes_short),
		cmocka_unit_test(test_one_certificate_for_the_other),
	};
	struct CMUnitTest all[ROWS(chunks) + ROWS(tests)];
	size_t n = 0;

	for (size_t i = 0; i < ROWS(chunks); i++)
		all[n++] = ROW_TEST(chunks[i].name, test_so_much_at_once,
		    &chunks[i]);
	for (size_t i = 0; i < ROWS(tests); i++)
		all[n++] = tests[i];
	return cmocka_run_group_tests_name("tpm ek certificate", all, plug_in,
	    unplug);
}
