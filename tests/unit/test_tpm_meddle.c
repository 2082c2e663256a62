/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"


#include "base/own.h"
#include "base/secret.h"
#include "tests/judge.h"
#include "tests/plug.h"
#include "tpm/tpm_int.h"

/*
 * Who sits on the bus and changes a byte, sends a command twice or again
 * later, or answers with what was answered before: each act of tests/acts.c is
 * done over him.
 */

enum { COMMANDS_MAX = 64 };

/* What was sent, or answered, in an earlier run of the same act. */
struct earlier {
	unsigned	n;
	size_t		len[COMMANDS_MAX];
	uint8_t		at[COMMANDS_MAX][CARRIER_MAX];
};

struct meddler {
	unsigned	 at;		/* which command */
	size_t		 byte;
	bool		 done;		/* there was such a one */
	bool		 tells;		/* a session tells that he did it */
	uint32_t	 command;
	size_t		 len;
	uint8_t		 bytes[CARRIER_MAX];
};

typedef void meddling(void *arg, struct exchange *x);

static struct earlier earlier;
static struct { unsigned tried, noticed; } figures;

/* In a session that has an HMAC, and is not a password alone. */
static bool
is_vouched(struct span command)
{
	return command.at[1] == 0x02 && memmem(command.at + 10,
	    command.len - 10, "\x40\x00\x00\x09", 4) == NULL;
}

/* What the act steps; nobody meddles now. */
static uint64_t
counter_of(const struct act *a)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint64_t now = 0;

	if (a->steps == STEPS_NONE)
		return 0;
	assert_err(scene_auth(&auth), ERR_OK);
	assert_err(tpm_srk_pin(plug.t, &plug.scene.srk), ERR_OK);
	assert_err(a->steps == STEPS_EPOCH ?
	    tpm_epoch_read(plug.t, &plug.scene.officers.k, auth, &now) :
	    tpm_version_read(plug.t, &plug.scene.officers.k, &now), ERR_OK);
	return now;
}

/* What broke off is begun anew here, so that command n of an act is the same
 * one each time. */
static void
prepare(const struct act *a)
{
	plug_reset_for(a);
	plug_assert_clean();
	assert_err(plug_before(a), ERR_OK);
}

/* What was the matter with one act; NULL when all is well. */
static const char *
meddle(const struct act *a, struct meddler *m, meddling *before,
    meddling *after)
{
	uint64_t was, is;
	struct outcome out;
	enum err e;

	prepare(a);
	was = counter_of(a);
	m->done = m->tells = false;
	plug.hand.before = before;
	plug.hand.after = after;
	plug.hand.arg = m;
	e = plug_act(a, &out);
	plug.hand.before = plug.hand.after = NULL;
	/* He may have left something in the TPM himself. */
	plug.t->broken = true;
	is = counter_of(a);
	plug_assert_clean();
	if (!m->done)
		return "never sent";
	figures.tried++;
	figures.noticed += e != ERR_OK;
	if (is - was > 1 || (e == ERR_OK && a->steps != STEPS_NONE &&
	    is == was))
		return "not one step";
	if (e == ERR_OK && m->tells)
		return "not noticed";
	if (e == ERR_OK && a->vouched && !judge(plug.t, a, &plug.scene, &out))
		return "a wrong outcome";
	return NULL;
}

static void
keep(const uint8_t *at, size_t len)
{
	assert_true(earlier.n < COMMANDS_MAX);
	earlier.len[earlier.n] = len;
	memcpy(earlier.at[earlier.n++], at, len);
}

static void
keep_answer(void *arg, struct exchange *x)
{
	(void)arg;
	keep(x->response, x->len);
}

static void
keep_command(void *arg, struct exchange *x)
{
	(void)arg;
	keep(x->command.at, x->command.len);
}

/* Once as it should be. */
static void
begin(const struct act *a, meddling *before, meddling *after)
{
	struct outcome out;

	figures.tried = figures.noticed = 0;
	earlier.n = 0;
	/* What an approval is worth is asked the first time only. */
	prepare(a);
	assert_err(plug_act(a, &out), ERR_OK);
	prepare(a);
	plug.hand.before = before;
	plug.hand.after = after;
	assert_err(plug_act(a, &out), ERR_OK);
	plug.hand.before = plug.hand.after = NULL;
}

static void
end(const struct act *a, const char *what)
{
	print_message("%s: %u %s, %u noticed\n", a->name, figures.tried, what,
	    figures.noticed);
}

/* Each command in turn, or every fourth. */
static void
meddle_with_all(const struct act *a, meddling *before, meddling *after)
{
	const unsigned step = (unsigned)every(4);
	struct meddler m = { .at = 1 + (unsigned)(a - acts) % step };

	for (; m.at <= earlier.n; m.at += step) {
		const char *wrong = meddle(a, &m, before, after);

		if (wrong != NULL)
			fail_msg("command %u, 0x%x: %s", m.at, m.command,
			    wrong);
	}
}

/* Its length aside: swtpm would wait for the rest. */
static void
flip(void *arg, struct exchange *x)
{
	struct meddler *m = arg;

	if (plug.hand.count != m->at)
		return;
	if (m->byte >= 2 && m->byte < 6)
		m->byte = 6;
	m->done = true;
	m->tells = is_vouched(x->command);
	m->command = faulty_command(x);
	memcpy(m->bytes, x->command.at, x->command.len);
	m->bytes[m->byte] ^= (uint8_t)(1 << m->byte % 8);
	x->command.at = m->bytes;
}

/* The n-th byte of all that was sent. */
static bool
find_byte(size_t n, struct meddler *m)
{
	for (m->at = 1; m->at <= earlier.n; m->at++) {
		if (n < earlier.len[m->at - 1])
			break;
		n -= earlier.len[m->at - 1];
	}
	m->byte = n;
	return m->at <= earlier.n;
}

static void
test_a_changed_command(void **state)
{
	const struct act *a = *state;
	const size_t step = every(101);
	struct meddler m = { 0 };

	begin(a, keep_command, NULL);
	for (size_t n = (size_t)(a - acts) * 7 % step; find_byte(n, &m);
	    n += step) {
		const char *wrong = meddle(a, &m, flip, NULL);

		if (wrong != NULL)
			fail_msg("command %u, 0x%x, byte %zu: %s", m.at,
			    m.command, m.byte, wrong);
	}
	end(a, "commands with a bit flipped");
}

static enum err
send_aside(struct span command, struct exchange *x)
{
	x->command = command;
	x->limit_ms = 10000;
	return plug.hand.inner.exchange(plug.hand.inner.self, x);
}

static void
send_before(void *arg, struct exchange *x)
{
	struct meddler *m = arg;
	struct exchange own = { .response = m->bytes };

	if (plug.hand.count != m->at)
		return;
	m->done = true;
	m->command = faulty_command(x);
	assert_err(send_aside(x->command, &own), ERR_OK);
	m->len = own.len;
}

/* As above, and the answer is that to the second. */
static void
send_before_and_pass(void *arg, struct exchange *x)
{
	struct meddler *m = arg;

	send_before(arg, x);
	if (plug.hand.count == m->at)
		m->tells = is_vouched(x->command);
}

static void
answer_first(void *arg, struct exchange *x)
{
	const struct meddler *m = arg;

	if (plug.hand.count != m->at)
		return;
	memcpy(x->response, m->bytes, m->len);
	x->len = m->len;
}

/* Nothing is done twice: the second one's answer says so. */
static void
test_a_command_sent_twice(void **state)
{
	const struct act *a = *state;

	begin(a, keep_command, NULL);
	meddle_with_all(a, send_before, answer_first);
	meddle_with_all(a, send_before_and_pass, NULL);
	end(a, "commands sent twice");
}

static void
answer_as_before(void *arg, struct exchange *x)
{
	struct meddler *m = arg;
	const size_t i = m->at - 1;

	if (plug.hand.count != m->at)
		return;
	m->done = true;
	m->tells = is_vouched(x->command);
	m->command = faulty_command(x);
	memcpy(x->response, earlier.at[i], earlier.len[i]);
	x->len = earlier.len[i];
}

/* Each answer in turn is that of a run before, which was a good one. */
static void
test_an_answer_of_before(void **state)
{
	const struct act *a = *state;

	begin(a, NULL, keep_answer);
	meddle_with_all(a, NULL, answer_as_before);
	end(a, "answers of a run before");
}

/* All that was sent, once more when it is over: what was authorised then is
 * not now. */
static void
test_sent_again_later(void **state)
{
	const struct act *a = *state;
	static uint8_t answer[CARRIER_MAX];
	unsigned refused = 0;

	begin(a, keep_command, NULL);
	for (size_t i = 0; i < earlier.n; i++) {
		const struct span command = { earlier.at[i], earlier.len[i] };
		struct exchange x = { .response = answer };

		assert_err(send_aside(command, &x), ERR_OK);
		if (!is_vouched(command))
			continue;
		assert_true(x.len == 10 && memcmp(answer + 6, "\0\0\0", 4));
		refused++;
	}
	plug.t->broken = true;
	plug_assert_clean();
	print_message("%s: %u commands sent again, %u of them with an "
	    "authorisation and refused\n", a->name, earlier.n, refused);
}

int
main(void)
{
	int failed = plug_run("a changed command", test_a_changed_command);

	failed += plug_run("a command sent twice", test_a_command_sent_twice);
	failed += plug_run("an answer of before", test_an_answer_of_before);
	return failed + plug_run("sent again later", test_sent_again_later);
}
