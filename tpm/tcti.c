/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <time.h>

#include "tpm/tpm_int.h"

/*
 * ESYS sends in one call and receives in the next; here the command waits for
 * the second, so that the carrier has one thing to do.
 *
 * "Not now" is answered here, for every command alike: none of these codes
 * means that the command was begun, so the same bytes are sent again.  The
 * pauses double from 5 ms, less than a second in all; ESYS sends a command
 * that is still put off five times anew.
 */
enum { TRIES = 8, FIRST_PAUSE_MS = 5, HEAD = 10 };

static struct tcti *
tcti_of(TSS2_TCTI_CONTEXT *context)
{
	return (struct tcti *)context;
}

static uint32_t
number_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

static bool
put_off(const uint8_t *response)
{
	switch (number_at(response + 6)) {
	case TPM2_RC_RETRY:
	case TPM2_RC_YIELDED:
	case TPM2_RC_TESTING:
	case TPM2_RC_NV_RATE:
		return true;
	default:
		return false;
	}
}

static void
pause_ms(const struct tpm *t, unsigned ms)
{
	const struct timespec time = { .tv_nsec = (long)ms * 1000000 };
	const struct waiter w = aside_waiter(t);

	if (w.wait != NULL)
		(void)!w.wait(w.self, -1, carrier_now_ms() + ms);
	else
		nanosleep(&time, NULL);
}

static TSS2_RC
exchange_once(struct tcti *c)
{
	struct exchange x = {
		.command = { c->command, c->command_len },
		.response = c->response,
		.limit_ms = c->tpm->limit_ms,
		.waiter = aside_waiter(c->tpm),
	};

	c->response_len = 0;
	if (c->tpm->carrier.exchange(c->tpm->carrier.self, &x) != ERR_OK) {
		c->tpm->why = x.why;
		c->tpm->trouble = x.trouble;
		/* ESYS would ask for ever. */
		return x.rc == TSS2_TCTI_RC_TRY_AGAIN ?
		    TSS2_TCTI_RC_IO_ERROR : x.rc;
	}
	if (x.len < HEAD || number_at(c->response + 2) != x.len) {
		c->tpm->why = "an answer of another length than it says";
		return TSS2_TCTI_RC_MALFORMED_RESPONSE;
	}
	c->response_len = x.len;
	return TSS2_RC_SUCCESS;
}

static TSS2_RC
exchange_patiently(struct tcti *c)
{
	unsigned ms = FIRST_PAUSE_MS;

	for (unsigned left = TRIES;; left--) {
		TSS2_RC rc = exchange_once(c);

		if (rc != TSS2_RC_SUCCESS || !put_off(c->response) || left == 1)
			return rc;
		pause_ms(c->tpm, ms);
		ms *= 2;
	}
}

/* For tpm/scrub.c. */
static TSS2_RC
refuse(struct tcti *c)
{
	static const uint8_t refusal[HEAD] = { 0x80, 0x01, 0, 0, 0, HEAD,
	    0, 0, TPM2_RC_COMMAND_CODE >> 8, TPM2_RC_COMMAND_CODE & 0xff };

	memcpy(c->response, refusal, HEAD);
	c->response_len = HEAD;
	return TSS2_RC_SUCCESS;
}

static TSS2_RC
transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
	struct tcti *c = tcti_of(context);

	if (size > sizeof(c->command))
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	memcpy(c->command, command, size);
	c->command_len = size;
	c->response_len = 0;
	return TSS2_RC_SUCCESS;
}

static TSS2_RC
receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response,
    int32_t timeout)
{
	struct tcti *c = tcti_of(context);

	(void)timeout;		/* the carrier's limit is what holds */
	if (c->response_len == 0) {
		TSS2_RC rc = c->mute ? refuse(c) : exchange_patiently(c);

		if (rc != TSS2_RC_SUCCESS)
			return rc;
	}
	if (response != NULL && *size < c->response_len)
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	*size = c->response_len;
	if (response != NULL) {
		memcpy(response, c->response, c->response_len);
		c->response_len = 0;
	}
	return TSS2_RC_SUCCESS;
}

void
tcti_init(struct tcti *tcti, struct tpm *t)
{
	*tcti = (struct tcti){
		.v1 = {
			.magic = 0x616e63686f726864,
			.version = 1,
			.transmit = transmit,
			.receive = receive,
		},
		.tpm = t,
	};
}
