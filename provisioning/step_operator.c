/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/otp.h"
#include "provisioning/otpauth.h"
#include "store/find.h"
#include "terminal/terminal.h"

/* Codes that a person may type until the step gives up. */
#define TRIES 5

/* Steps either side of the present one. */
#define WINDOW 1

static const struct algorithm {
	const char	*name;
	enum hash_alg	 alg;
	enum wire_hash	 record;
	size_t		 key_len;	/* that of its HMAC */
} algorithms[] = {
	{ "SHA1",   HASH_SHA1,	 WIRE_hash_sha1,   20 },
	{ "SHA256", HASH_SHA256, WIRE_hash_sha256, 32 },
	{ "SHA512", HASH_SHA512, WIRE_hash_sha512, 64 },
};

struct enrolment {
	const struct mint_options *o;
	const struct algorithm	*alg;
	struct secret		*key;
	uint64_t		 step;		/* of the code that fitted */
	struct terminal		 terminal;
};

static void
enrolment_drop(struct enrolment *e)
{
	secret_drop(&e->key);
	terminal_drop(&e->terminal);
}

static enum err
find_algorithm(const char *name, const struct algorithm **out)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(algorithms[i].name, name) == 0) {
			*out = &algorithms[i];
			return ERR_OK;
		}
	return log_err(ERR_MALFORMED, "--algorithm %s: SHA1, SHA256 or SHA512",
	    name);
}

static enum err
make_key(struct mint *m, struct enrolment *e)
{
	TRY(secret_new(e->alg->key_len, &e->key));
	return drbg_generate(m->drbg, (struct span){ 0 },
	    secret_expose(e->key), secret_len(e->key));
}

static enum err
write_uri(int fd, const struct secret *uri)
{
	const struct span s = secret_span(uri);

	if (write(fd, s.at, s.len) != (ssize_t)s.len ||
	    write(fd, "\n", 1) != 1)
		return log_errno("show the otpauth URI");
	return ERR_OK;
}

/* Once, to whoever is to have it. */
static enum err
show(const struct mint *m, struct enrolment *e)
{
	const struct mint_options *o = e->o;
	struct secret *uri OWNED(secret_drop) = NULL;
	const struct otpauth what = {
		m->root.issuer, o->operator_id, e->alg->alg, o->digits,
		o->period,
	};

	TRY(otpauth_make(&what, e->key, &uri));
	if (o->uri_fd != -1) {
		TRY(write_uri(o->uri_fd, uri));
		close(o->uri_fd);
		return ERR_OK;
	}
	terminal_say(&e->terminal, "\nThe secret of %s's device %s, shown "
	    "this once: scan it with the\nauthenticator, or type in the line "
	    "below.\n\n", o->operator_id, o->device_id);
	TRY(qr_print(e->terminal.fd, uri));
	TRY(write_uri(e->terminal.fd, uri));
	terminal_say(&e->terminal, "\n");
	return ERR_OK;
}

/* The step within the window whose code this is; NOT_FOUND if none. */
static enum err
find_step(struct enrolment *e, const struct secret *code)
{
	const struct span given = secret_span(code);
	const uint64_t now = clock_now().wall / e->o->period;
	enum err result = ERR_NOT_FOUND;
	char text[OTP_TEXT];

	if (given.len != e->o->digits)
		return ERR_NOT_FOUND;
	for (uint64_t step = now - WINDOW; step <= now + WINDOW; step++) {
		enum err f = hotp(e->alg->alg, secret_span(e->key), step,
		    e->o->digits, text);

		if (f != ERR_OK) {
			result = f;
			break;
		}
		if (secret_equal(given.at, (const uint8_t *)text, given.len)) {
			e->step = step;
			result = ERR_OK;
		}
	}
	explicit_bzero(text, sizeof(text));
	return result;
}

/* One code, from wherever it comes. */
static enum err
ask_once(struct enrolment *e)
{
	struct secret *code OWNED(secret_drop) = NULL;
	enum err f;

	if (e->o->code_fd != -1) {
		f = terminal_code_from(e->o->code_fd, &code);
	} else {
		f = terminal_code(&e->terminal,
		    "The code that it shows now: ", &code);
		if (f == ERR_STATE)
			terminal_finish();
	}
	if (f == ERR_MALFORMED)
		return ERR_NOT_FOUND;
	return f == ERR_OK ? find_step(e, code) :
	    log_err(ERR_DENIED, "no code was given");
}

static enum err
confirm(struct enrolment *e)
{
	const int tries = e->o->code_fd != -1 ? 1 : TRIES;

	for (int i = 0; i < tries; i++) {
		enum err f = ask_once(e);

		if (f != ERR_NOT_FOUND)
			return f;
		if (i + 1 < tries)
			terminal_say(&e->terminal, "That is not its code. Is "
			    "the clock of both right?\n");
	}
	return log_err(ERR_DENIED, "the code is not the device's; nothing "
	    "was enrolled");
}

/* What the terminal showed is as good as the secret itself: gone, with what
 * it would scroll back to. */
static void
clear_terminal(const struct enrolment *e)
{
	if (e->o->uri_fd == -1)
		terminal_say(&e->terminal, "\033[H\033[2J\033[3J");
}

static enum err
put_device(struct mint *m, const struct enrolment *e)
{
	const struct mint_options *o = e->o;
	struct msg d = { .type = MSG_device };
	enum err f;

	d.device.alg = e->alg->record;
	d.device.step = o->period;
	d.device.digits = o->digits;
	d.device.offset = STATE_OFFSET_BIAS;
	d.device.floor = e->step;
	TRY(WIRE_SET_TEXT(d.device.operator_id, span_text(o->operator_id)));
	TRY(WIRE_SET_TEXT(d.device.device_id, span_text(o->device_id)));
	TRY(WIRE_SET_BYTES(d.device.secret, secret_span(e->key)));
	f = store_put(m->store, &d);
	wire_wipe(&d);
	return f;
}

static enum err
record(struct mint *m, const struct enrolment *e)
{
	const char *id = e->o->operator_id;
	struct msg r = { .type = MSG_operator };

	if (state_operator(m->state, span_text(id)) == NULL) {
		r.operator.enabled = true;
		TRY(WIRE_SET_TEXT(r.operator.operator_id, span_text(id)));
		TRY(store_put(m->store, &r));
	}
	TRY(put_device(m, e));
	return mint_commit(m, "provision.operator", id);
}

static enum err
check_options(const struct mint_options *o, const struct algorithm **alg)
{
	struct msg d = { .type = MSG_floor };
	uint8_t buf[512];
	size_t len;

	/* The codec knows what an identifier is. */
	if (WIRE_SET_TEXT(d.floor.operator_id, span_text(o->operator_id)) !=
	    ERR_OK || WIRE_SET_TEXT(d.floor.device_id,
	    span_text(o->device_id)) != ERR_OK ||
	    wire_encode_object(&d, buf, sizeof(buf), &len) != ERR_OK)
		return log_err(ERR_MALFORMED, "--operator %s --device %s: "
		    "names have 1 to 64 letters, digits, '.', '_' and '-' "
		    "and begin with a letter or digit", o->operator_id,
		    o->device_id);
	return find_algorithm(o->algorithm, alg);
}

/* Before a secret is shown that could not be kept. */
static enum err
check_room(const struct state *s, const struct mint_options *o)
{
	const bool known = state_operator(s,
	    span_text(o->operator_id)) != NULL;

	if ((known || s->noperators < STATE_OPERATORS) &&
	    s->ndevices < STATE_DEVICES)
		return ERR_OK;
	*o->blame = MINT_STATE;
	return log_err(ERR_LIMIT, "%s with %s: there is no room; an appliance "
	    "has at most %d operators, with %d devices", o->operator_id,
	    o->device_id, STATE_OPERATORS, STATE_DEVICES);
}

enum err
step_operator(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	struct enrolment e OWNED(enrolment_drop) = { .o = o,
	    .alg = algorithms,
	    .terminal = { .fd = -1 } };

	*o->blame = MINT_USAGE;
	TRY(check_options(o, &e.alg));
	TRY(mint_open(&m, o));
	if (state_device(m.state, span_text(o->operator_id),
	    span_text(o->device_id)) != NULL) {
		printf("operator: %s is there already, with %s\n",
		    o->operator_id, o->device_id);
		return ERR_OK;
	}
	TRY(check_room(m.state, o));
	if ((o->uri_fd == -1 || o->code_fd == -1) &&
	    terminal_open("/dev/tty", &e.terminal) != ERR_OK)
		return log_err(ERR_NOT_FOUND, "there is no terminal: give "
		    "--uri-fd and --code-fd");
	TRY(make_key(&m, &e));
	TRY(show(&m, &e));
	*o->blame = MINT_CODE;
	TRY(confirm(&e));
	clear_terminal(&e);
	*o->blame = MINT_SYSTEM;
	TRY(record(&m, &e));
	printf("operator: %s with %s; the code that confirmed is spent\n",
	    o->operator_id, o->device_id);
	return ERR_OK;
}
