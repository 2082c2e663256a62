/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"


#include "base/own.h"
#include "tests/said.h"
#include "tests/tape.h"
#include "tpm/tpm_int.h"

/* What a TPM may answer instead of doing what it is asked. */
static const struct row {
	const char	*name;
	uint32_t	 code;
	enum err	 want;
	const char	*words;
	bool		 patient;	/* once is no failure */
} rows[] = {
	{ "RETRY",		0x922, ERR_BUSY, "busy", true },
	{ "YIELDED",		0x908, ERR_BUSY, "busy", true },
	{ "TESTING",		0x90a, ERR_BUSY, "testing itself", true },
	{ "NV_RATE",		0x920, ERR_BUSY, "from wear", true },
	{ "NV_UNAVAILABLE",	0x923, ERR_BUSY, "cannot be written", false },
	{ "LOCKOUT",		0x921, ERR_BUSY, "for a while, or until", false },
	{ "CANCELED",		0x909, ERR_BUSY, "called the command off", false },
	{ "NEEDS_TEST",		0x153, ERR_BUSY, "not tested yet", false },
	{ "CONTEXT_GAP",	0x901, ERR_LIMIT, "held too long", false },
	{ "OBJECT_MEMORY",	0x902, ERR_LIMIT, "one more object", false },
	{ "SESSION_MEMORY",	0x903, ERR_LIMIT, "one more session", false },
	{ "MEMORY",		0x904, ERR_LIMIT, "no memory left", false },
	{ "SESSION_HANDLES",	0x905, ERR_LIMIT, "no handle", false },
	{ "OBJECT_HANDLES",	0x906, ERR_LIMIT, "no handle", false },
	{ "NV_LOCKED",		0x148, ERR_STATE, "is locked", false },
	{ "NV_AUTHORIZATION",	0x149, ERR_DENIED, "not allow it", false },
	{ "NV_UNINITIALIZED",	0x14a, ERR_STATE, "never written", false },
	{ "NV_DEFINED",		0x14c, ERR_STATE, "there already", false },
	{ "NV_SPACE",		0x14b, ERR_LIMIT, "NV memory is full", false },
	{ "LOCALITY",		0x907, ERR_DENIED, "locality", false },
	{ "REFERENCE_H0",	0x910, ERR_STATE, "was reset meanwhile", false },
	{ "REFERENCE_H2",	0x912, ERR_STATE, "was reset meanwhile", false },
	{ "REFERENCE_S0",	0x918, ERR_STATE, "was reset meanwhile", false },
	{ "REFERENCE_S6",	0x91e, ERR_STATE, "was reset meanwhile", false },
	{ "INITIALIZE",		0x100, ERR_STATE, "TPM2_Startup", false },
	{ "FAILURE",		0x101, ERR_HARDWARE, "restart the cell", false },
	{ "UPGRADE",		0x12d, ERR_HARDWARE, "firmware update", false },
	{ "REBOOT",		0x130, ERR_HARDWARE, "restart the cell", false },
	{ "DISABLED",		0x120, ERR_DENIED, "switched off", false },
	{ "COMMAND_CODE",	0x143, ERR_NOT_FOUND, "that command", false },
	{ "AUTH_MISSING",	0x125, ERR_AUTH, "is missing", false },
	{ "AUTH_UNAVAILABLE",	0x12f, ERR_DENIED, "that kind", false },
	{ "POLICY",		0x126, ERR_DENIED, "policy is not met", false },
	{ "BAD_TAG",		0x01e, ERR_HARDWARE, "TPM 1.2", false },
	{ "AUTH_FAIL, session 1", 0x98e, ERR_AUTH, "counts it", false },
	{ "BAD_AUTH, session 1", 0x9a2, ERR_AUTH, "wrong authorisation", false },
	{ "POLICY_FAIL, session 1", 0x99d, ERR_DENIED, "PCRs are not", false },
	{ "HANDLE, handle 1",	0x18b, ERR_NOT_FOUND, "no object", false },
	{ "VALUE, handle 2",	0x284, ERR_MALFORMED, "does not take", false },
	{ "VALUE, parameter 1",	0x1c4, ERR_MALFORMED, "does not take", false },
	{ "SIZE, parameter 15",	0xfd5, ERR_MALFORMED, "a length is wrong", false },
	{ "INTEGRITY, parameter 1", 0x1df, ERR_AUTH, "another TPM or SRK", false },
	{ "SIGNATURE, parameter 2", 0x2db, ERR_AUTH, "does not verify", false },
	{ "TICKET, parameter 4", 0x4e0, ERR_AUTH, "another TPM's", false },
	{ "ATTRIBUTES, session 2", 0xa82, ERR_MALFORMED, "attributes", false },
	{ "INSUFFICIENT",	0x09a, ERR_MALFORMED, "bytes are missing", false },
	{ "HASH, parameter 2",	0x2c3, ERR_MALFORMED, "that hash", false },
	{ "CURVE",		0x0a6, ERR_MALFORMED, "that curve", false },
	{ "HIERARCHY, handle 1", 0x185, ERR_DENIED, "switched off", false },
	{ "a maker's own",	0x57a, ERR_HARDWARE, "ask its maker", false },
	{ "none that there is",	0x17f, ERR_HARDWARE, "0x0000017f", false },
	{ "too many bits",	0x40000000, ERR_HARDWARE, "0x40000000", false },
	{ "all bits",		0xffffffff, ERR_HARDWARE, "0xffffffff", false },
};

static struct tapes was;

static int
set_up(void **state)
{
	(void)state;
	return tapes_record(&was) != ERR_OK;
}

/* The n-th command, and the same once more when it was put off. */
struct denial {
	unsigned	 n, times;
	uint32_t	 code;
	uint32_t	 command;	/* which one it was */
	size_t		 len;
	uint8_t		 at[CARRIER_MAX];
};

static bool
deny(void *arg, unsigned n, struct exchange *x)
{
	struct denial *d = arg;
	const uint8_t answer[10] = { 0x80, 0x01, 0, 0, 0, 10,
	    (uint8_t)(d->code >> 24), (uint8_t)(d->code >> 16),
	    (uint8_t)(d->code >> 8), (uint8_t)d->code };

	if (n == d->n) {
		d->command = (uint32_t)x->command.at[8] << 8 |
		    x->command.at[9];
		d->len = x->command.len;
		memcpy(d->at, x->command.at, d->len);
	}
	if (d->times == 0 || !span_equal(x->command,
	    (struct span){ d->at, d->len }))
		return false;
	d->times--;
	memcpy(x->response, answer, sizeof(answer));
	x->len = sizeof(answer);
	return true;
}

struct ending {
	enum err	e;
	bool		right;		/* the outcome is that of the TPM */
	bool		clean;		/* nothing is left loaded for good */
	unsigned	commands;
	char		said[2048];
};

static void
act_denied(size_t act, struct denial *d, struct ending *out)
{
	struct player p = {
		.tape = { was.of[act].at, was.of[act].len },
		.instead = deny, .arg = d };
	const struct outcome *right = &was.outcomes[act];
	struct carrier c OWNED(carrier_drop) = { 0 };
	struct outcome got;
	bool broken;

	player_open(&p, &c);
	said_begin();
	out->e = act_run(&acts[act], &c, &was.scene, &got, &broken);
	said_end(out->said, sizeof(out->said));
	out->right = got.len == right->len &&
	    memcmp(got.at, right->at, got.len) == 0;
	out->clean = broken || p.handles == 0;
	out->commands = p.count;
}

/* An SRK that is not the expected one has another name when it is made; an
 * index that is not there is STATE; and after nonsense for a flush in the
 * middle ESYS has lost its thread, which is a line more. */
static bool
is_another_story(size_t act, const struct denial *d, const struct row *row)
{
	if (d->command == TPM2_CC_FlushContext && row->code > 0xfff)
		return true;
	if (d->command == TPM2_CC_NV_ReadPublic && row->want == ERR_NOT_FOUND)
		return true;
	return strcmp(acts[act].name, "srk_create") == 0 &&
	    row->want == ERR_AUTH && d->command == TPM2_CC_ReadPublic;
}

/* What was done is not undone by what cannot be given back. */
static void
check(size_t act, const struct denial *d, const struct row *row,
    const struct ending *end)
{
	/* So a TPM says that the approval is for another policy. */
	static const struct row unmet = {
		.want = ERR_DENIED, .words = "PCRs are not" };
	const char *line = strchr(end->said, '\n');

	if (d->command == TPM2_CC_PolicyAuthorize && row->code == 0x1c4)
		row = &unmet;
	if (d->command == TPM2_CC_FlushContext && end->e == ERR_OK)
		assert_true(end->right);
	else if (!is_another_story(act, d, row) && end->e != row->want)
		fail_msg("%s: command %u, 0x%x: %s != %s: %s", acts[act].name,
		    d->n, d->command, err_name(end->e), err_name(row->want),
		    end->said);
	assert_true(end->clean);
	assert_non_null(strstr(end->said, "TPM (test): "));
	assert_non_null(strstr(end->said, row->words));
	if (!is_another_story(act, d, row) && (line == NULL || line[1] != '\0'))
		fail_msg("not one line: %s: %s", acts[act].name, end->said);
	assert_true(end->commands < 200);
}

/* Put off thrice it is done, anything else is the end of the act. */
static void
deny_one(size_t act, unsigned n, const struct row *row)
{
	struct denial d = { .n = n, .times = row->patient ? 3 : 1,
	    .code = row->code };
	struct ending end;

	act_denied(act, &d, &end);
	if (!row->patient) {
		check(act, &d, row, &end);
		return;
	}
	assert_err(end.e, ERR_OK);
	assert_true(end.right && end.clean);
	assert_string_equal(end.said, "");
}

/* The last act, which is one command behind those of an opening. */
static void
deny_for_good(const struct row *row)
{
	const size_t act = nacts - 1;
	struct denial d = { .n = tape_answers(&was.of[act]), .times = 1000,
	    .code = row->code };
	struct ending end;

	act_denied(act, &d, &end);
	check(act, &d, row, &end);
	assert_true(d.times > 900);
}

static void
test_code(void **state)
{
	const struct row *row = *state;
	const unsigned step = (unsigned)every(8);
	unsigned n = 1 + (unsigned)(row - rows) % step, tried = 0;

	/* One walk over the answers of all acts. */
	for (size_t act = 0; act < nacts; act++) {
		const unsigned last = tape_answers(&was.of[act]);

		for (; n <= last; n += step, tried++)
			deny_one(act, n, row);
		n -= last;
	}
	assert_true(tried >= 5);
	if (row->patient)
		deny_for_good(row);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_code, &rows[i]);
	return cmocka_run_group_tests_name("tpm codes", tests, set_up, NULL);
}
